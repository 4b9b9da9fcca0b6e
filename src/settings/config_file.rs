//! Which file the configuration is in.

use std::path::PathBuf;

use super::config_error::{ConfigError, ConfigOrigin};
use super::document::{SourceFile, is_dangling_link};
use super::flags::Flags;
use super::paths::Environment;

const FILE_NAME: &str = "config.toml";

/// Returns the path of the file, whether it exists or not; `None` without a home folder.
pub(super) fn find_path(flags: &Flags, environment: &Environment) -> Option<PathBuf> {
    let named = named_file(flags, environment).map(|(path, _)| path);
    named.or_else(|| Some(environment.config_dir()?.join(FILE_NAME)))
}

/// Opens the file; `None` if there is none, and an error if a flag or variable names one that does not exist.
pub(super) fn open(
    flags: &Flags,
    environment: &Environment,
    errors: &mut Vec<ConfigError>,
) -> Option<SourceFile> {
    let Some((path, origin)) = named_file(flags, environment) else {
        return SourceFile::open(&environment.config_dir()?.join(FILE_NAME), errors);
    };
    let source = SourceFile::open(&path, errors);
    if source.is_none() && !path.exists() && !is_dangling_link(&path) {
        errors.push(ConfigError { origin, message: format!("there is no file {}", path.display()) });
    }
    source
}

/// Returns the file that a flag or variable names, and which of them.
fn named_file(flags: &Flags, environment: &Environment) -> Option<(PathBuf, ConfigOrigin)> {
    match (&flags.config, environment.variable("KEYPOOL_CONFIG")) {
        (Some(path), _) => Some((path.clone(), ConfigOrigin::Flag("--config"))),
        (None, Some(path)) => {
            Some((PathBuf::from(path), ConfigOrigin::Variable("KEYPOOL_CONFIG".to_owned())))
        }
        (None, None) => None,
    }
}

/// What a configuration file says of tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TenantsTable {
    Missing,
    /// A table `[tenants]` with these rules; empty without `from`.
    Present {
        from: Vec<String>,
    },
}

pub(crate) fn tenants_table(text: &str) -> TenantsTable {
    let source = SourceFile::new("config.toml", text);
    let root = source.parse(&mut Vec::new());
    let Some(table) = root.get("tenants") else { return TenantsTable::Missing };
    let from = table.get_ref().get("from").and_then(|from| from.get_ref().as_array());
    let rules = from.into_iter().flat_map(|rules| rules.iter());
    TenantsTable::Present {
        from: rules.filter_map(|rule| Some(rule.get_ref().as_str()?.to_owned())).collect(),
    }
}
