//! How the console's lists were sorted and filtered last, kept in a private file for each context. It has no secrets: a
//! text that may be the end of a key's value is never among them.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ops::private_file;
use crate::ops::usage::folder_name;

/// The folder of the files, in the state folder.
const FOLDER: &str = "lists";
/// A larger file is ignored unread.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// The lists of the home screen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RememberedLists {
    pub plans: RememberedList,
    pub pool: RememberedList,
    pub keys: RememberedList,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RememberedList {
    /// The head of the column; `None` for the order that the list has by itself.
    pub sorted_by: Option<String>,
    pub is_reversed: bool,
    /// As it is typed, without the leading `/`.
    pub filter: String,
}

/// The file of a context.
pub fn lists_file(state_folder: &Path, context: &str) -> PathBuf {
    // The checksum differs for names that differ only in characters that a file name cannot have.
    let checksum = crc32fast::hash(context.as_bytes());
    state_folder.join(FOLDER).join(format!("{}-{checksum:08x}.json", folder_name(context)))
}

/// What was remembered. A file that is missing or damaged is like an empty one; the log says why.
pub fn read_lists(file: &Path) -> RememberedLists {
    let read = std::fs::metadata(file).and_then(|about| match about.len() {
        ..=MAX_FILE_BYTES => std::fs::read_to_string(file),
        _ => Err(io::Error::other("it is too large")),
    });
    match read.and_then(|text| Ok(serde_json::from_str(&text)?)) {
        Ok(lists) => lists,
        Err(why) => {
            if why.kind() != io::ErrorKind::NotFound {
                tracing::warn!("the remembered lists {} are ignored: {why}", file.display());
            }
            RememberedLists::default()
        }
    }
}

/// Replaces what is remembered. That it cannot be written is a line in the log.
pub fn write_lists(file: &Path, lists: &RememberedLists) {
    let written = serde_json::to_string(lists).map_err(io::Error::from);
    if let Err(why) = written.and_then(|text| private_file::replace(file, &text)) {
        tracing::warn!("the lists cannot be remembered in {}: {why}", file.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_remembered_for_each_context() {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, second] = ["a b", "a:b"].map(|context| lists_file(folder.path(), context));
        assert_eq!(read_lists(&first), RememberedLists::default());
        let keys = RememberedList {
            sorted_by: Some("%".to_owned()),
            is_reversed: true,
            filter: "plan:x".to_owned(),
        };
        let lists = RememberedLists { keys, ..RememberedLists::default() };
        write_lists(&first, &lists);
        assert_eq!((read_lists(&first), read_lists(&second)), (lists, RememberedLists::default()));
        std::fs::write(&first, "{\"keys\":1}").expect("written");
        assert_eq!(read_lists(&first), RememberedLists::default());
    }
}
