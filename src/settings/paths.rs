//! Environment variables, and the folders that follow from them. No other module reads the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use directories::BaseDirs;

/// Variables and home folder at program start.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Reads the process's environment; variables that are not UTF-8 are ignored.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn read() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let home = BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let home = home.filter(|home| can_be_folder(home)).or_else(passwd_home);
        Self { variables, home: home.filter(|home| can_be_folder(home)) }
    }

    /// Creates an environment for tests.
    pub fn new<N: Into<String>, V: Into<String>>(
        home: impl Into<PathBuf>,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, home: Some(home.into()).filter(|home: &PathBuf| can_be_folder(home)) }
    }

    /// Returns a variable; empty and blank ones count as unset.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    pub(super) fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Returns the folder of `config.toml`, `keys.toml` and `themes/`: below `~/.config` on every
    /// system.
    pub fn config_dir(&self) -> Option<PathBuf> {
        self.xdg_dir("XDG_CONFIG_HOME", ".config")
    }

    /// Returns the folder of the files that keypool writes.
    pub fn state_dir(&self) -> Option<PathBuf> {
        self.xdg_dir("XDG_STATE_HOME", ".local/state")
    }

    pub fn audit_file(&self) -> Option<PathBuf> {
        Some(self.state_dir()?.join("audit.jsonl"))
    }

    fn xdg_dir(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        // The XDG specification says to ignore relative paths.
        let from_variable = self.variable(variable).map(Path::new).filter(|path| path.is_absolute());
        let base =
            from_variable.map(Path::to_owned).or_else(|| Some(self.home.as_ref()?.join(below_home)))?;
        Some(base.join("keypool"))
    }
}

/// Returns the home folder of this process's user in the system's list of users.
#[cfg(unix)]
fn passwd_home() -> Option<PathBuf> {
    home_in_passwd(&std::fs::read_to_string("/etc/passwd").ok()?, rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn passwd_home() -> Option<PathBuf> {
    None
}

/// Finds a user in lines of `name:password:uid:gid:comment:home:shell`.
#[cfg(unix)]
fn home_in_passwd(passwd: &str, user: u32) -> Option<PathBuf> {
    let mut users = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = users.find(|fields| fields.get(2).and_then(|id| id.parse().ok()) == Some(user))?;
    fields.get(5).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Whether a path is a folder or could become one. A home such as `/dev/null` is like none.
fn can_be_folder(path: &Path) -> bool {
    path.is_dir() || !path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_that_is_no_folder_is_like_none() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        for home in [Path::new("/dev/null"), file.path()].into_iter().filter(|home| home.exists()) {
            let environment = Environment::new(home, [("XDG_CONFIG_HOME", "/etc/xdg")]);
            assert_eq!((environment.home(), environment.state_dir()), (None, None), "{}", home.display());
            assert_eq!(environment.config_dir(), Some("/etc/xdg/keypool".into()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_list_of_users_names_a_home() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\n# comment\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:1:::\n";
        let home = |user| home_in_passwd(passwd, user);
        assert_eq!((home(0), home(1000)), (Some("/root".into()), Some("/home/ann".into())));
        assert_eq!((home(1001), home(1), home_in_passwd("", 0)), (None, None, None));
    }

    #[test]
    fn folders_follow_xdg_and_fall_back_to_home() {
        let relative = Environment::new("/home/ann", [("XDG_CONFIG_HOME", "not/absolute")]);
        assert_eq!(relative.config_dir(), Some("/home/ann/.config/keypool".into()));
        assert_eq!(relative.state_dir(), Some("/home/ann/.local/state/keypool".into()));
        let absolute =
            Environment::new("/home/ann", [("XDG_CONFIG_HOME", "/etc/xdg"), ("XDG_STATE_HOME", "/var/s")]);
        assert_eq!(absolute.config_dir(), Some("/etc/xdg/keypool".into()));
        assert_eq!(absolute.state_dir(), Some("/var/s/keypool".into()));
    }
}
