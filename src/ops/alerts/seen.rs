//! The alerts that earlier runs have reported, in a file per account.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ops::private_file;
use crate::ops::usage::folder_name;

const FORMAT_VERSION: u32 = 1;

/// Ids of alerts, without anything that they say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SeenAlerts {
    path: PathBuf,
    account: String,
    ids: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SeenFile {
    version: u32,
    account: String,
    ids: BTreeSet<String>,
}

impl SeenAlerts {
    /// Reads the alerts of this account. A file that cannot be used is an error: otherwise every alert would be reported
    /// again in every run.
    pub(super) fn read(state_folder: &Path, account: &str) -> Result<Self, String> {
        let path = state_folder.join("alerts").join(format!("{}.json", folder_name(account)));
        let unusable = |why: String| {
            format!(
                "{}, which lists the alerts that were reported, cannot be used: {why}; delete it to report every alert \
                 again",
                path.display()
            )
        };
        let ids = match std::fs::read_to_string(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(why) => return Err(unusable(why.to_string())),
            Ok(text) => {
                let file: SeenFile = serde_json::from_str(&text).map_err(|why| unusable(why.to_string()))?;
                if (file.version, file.account.as_str()) != (FORMAT_VERSION, account) {
                    return Err(unusable("it is of another version or account".to_owned()));
                }
                file.ids
            }
        };
        Ok(Self { path, account: account.to_owned(), ids })
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Adds an alert, and writes the file at once.
    pub(super) fn add(&mut self, id: String) -> io::Result<()> {
        self.ids.insert(id);
        self.write()
    }

    /// Forgets alerts that are over, so that they are new when they come back.
    pub(super) fn retain(&mut self, is_current: impl Fn(&str) -> bool) -> io::Result<()> {
        let before = self.ids.len();
        self.ids.retain(|id| is_current(id));
        if self.ids.len() == before { Ok(()) } else { self.write() }
    }

    fn write(&self) -> io::Result<()> {
        let Self { path, account, ids } = self;
        let file = SeenFile { version: FORMAT_VERSION, account: account.clone(), ids: ids.clone() };
        private_file::replace(path, &format!("{}\n", serde_json::to_string(&file)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path) -> Result<SeenAlerts, String> {
        SeenAlerts::read(folder, "1234 us-east-1 AWS")
    }

    #[test]
    fn alerts_are_remembered_until_they_are_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut seen = read(folder.path()).expect("none yet");
        for id in ["a", "b"] {
            seen.add(id.to_owned()).expect("written");
        }
        let mut seen = read(folder.path()).expect("a file");
        assert!(seen.contains("a") && seen.contains("b") && !seen.contains("c"));
        seen.retain(|id| ["b", "c"].contains(&id)).expect("written");
        let seen = read(folder.path()).expect("a file");
        assert!(!seen.contains("a") && seen.contains("b") && !seen.contains("c"));
    }

    #[test]
    fn a_file_of_another_account_or_with_other_content_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        read(folder.path()).expect("none yet").add("a".to_owned()).expect("written");
        let path = folder.path().join("alerts/1234_us-east-1_AWS.json");
        let text = std::fs::read_to_string(&path).expect("a file").replace("1234", "5678");
        std::fs::write(&path, text).expect("written");
        assert!(read(folder.path()).is_err_and(|why| why.contains("another version or account")));
        std::fs::write(&path, "{").expect("written");
        assert!(read(folder.path()).is_err_and(|why| why.contains("delete it")));
    }
}
