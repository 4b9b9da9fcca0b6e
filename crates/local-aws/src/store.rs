//! State on disk: a journal of the account's entities, next to DynamoDB's file.
//!
//! Invariant: the journal has one line per changed entity, in order. Only the last line can be incomplete: the process
//! was killed while writing it, so no response had been sent.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::ids::IdGenerator;
use crate::state::{Account, Record};

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Another process uses the folder.
    #[error("{path} is in use by another process; stop that one or choose another folder")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A line of the journal, other than an incomplete last one, cannot be read.
    #[error("{path}, line {line}: {reason}; restore the file from a copy, or start with an empty folder")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line's number, starting at 1.
        line: usize,
        /// Why the line cannot be read.
        reason: String,
    },
}

#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    /// Locked while the folder is in use.
    _lock: File,
}

pub(crate) enum StoredState {
    /// A new folder, or one in which the first start was interrupted.
    Empty,
    Account(Box<Account>),
}

impl DataFolder {
    /// Locks the folder for this process, and creates it if it does not exist.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        create_private_folder(path).map_err(io_error(path))?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(io_error(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
            Err(std::fs::TryLockError::Error(source)) => Err(io_error(&lock_path)(source)),
        }
    }

    pub(crate) fn database_path(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// Reads the account. Without a journal, deletes the database that an interrupted first start left.
    pub(crate) fn read(&self) -> Result<StoredState, StoreError> {
        let path = self.journal_path();
        match File::open(&path) {
            Ok(file) => Ok(StoredState::Account(Box::new(replay(&path, file)?))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.delete_database()?;
                Ok(StoredState::Empty)
            }
            Err(source) => Err(io_error(&path)(source)),
        }
    }

    /// Writes the whole account to a new journal, and replaces the old one atomically.
    pub(crate) fn start_journal(self, account: &mut Account) -> Result<Journal, StoreError> {
        let (file, entities) = self.rewrite_journal(account)?;
        Ok(Journal { folder: self, file, lines_left: max_change_lines(entities) })
    }

    fn rewrite_journal(&self, account: &mut Account) -> Result<(File, usize), StoreError> {
        let (path, new_path) = (self.journal_path(), self.path.join("apigateway.jsonl.new"));
        account.clear_changes();
        let records = account.records();
        let mut file = File::create(&new_path).map_err(io_error(&new_path))?;
        write_lines(&mut file, &records).map_err(io_error(&new_path))?;
        file.sync_all().map_err(io_error(&new_path))?;
        std::fs::rename(&new_path, &path).map_err(io_error(&path))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(io_error(&path))?;
        Ok((file, records.len()))
    }

    fn journal_path(&self) -> PathBuf {
        self.path.join("apigateway.jsonl")
    }

    fn delete_database(&self) -> Result<(), StoreError> {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.database_path().into_os_string();
            path.push(suffix);
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io_error(Path::new(&path))(source));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: DataFolder,
    file: File,
    /// Lines of changes that may still be appended before the journal is compacted.
    lines_left: usize,
}

impl Journal {
    /// Appends the account's changes. On return the operating system has them, so they survive if this process is
    /// killed.
    pub(crate) fn append_changes(&mut self, account: &mut Account) -> Result<(), StoreError> {
        let changes = account.take_changes();
        if changes.is_empty() {
            return Ok(());
        }
        if changes.len() > self.lines_left {
            let (file, entities) = self.folder.rewrite_journal(account)?;
            (self.file, self.lines_left) = (file, max_change_lines(entities));
            return Ok(());
        }
        self.lines_left -= changes.len();
        write_lines(&mut self.file, &changes).map_err(io_error(&self.folder.journal_path()))
    }
}

/// Returns how many lines of changes may follow the initial line of each entity before the journal is compacted.
fn max_change_lines(entities: usize) -> usize {
    entities * 4 + 10_000
}

/// Creates a folder that only its owner can read, since the journal contains values of API keys.
fn create_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_lines(file: &mut File, records: &[Record]) -> std::io::Result<()> {
    let mut lines = BufWriter::new(file);
    for record in records {
        serde_json::to_writer(&mut lines, record)?;
        lines.write_all(b"\n")?;
    }
    lines.flush()
}

fn replay(path: &Path, file: File) -> Result<Account, StoreError> {
    let mut account = Account::new(IdGenerator::with_random_seed());
    let mut lines = BufReader::new(file);
    for number in 1.. {
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line).map_err(io_error(path))?;
        if line.last() != Some(&b'\n') {
            break;
        }
        let restored = serde_json::from_slice(&line).and_then(|record| account.restore(record));
        restored.map_err(|reason| StoreError::Damaged {
            path: path.to_owned(),
            line: number,
            reason: reason.to_string(),
        })?;
    }
    Ok(account)
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::state::Settings;

    #[test]
    fn compacting_the_journal_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut account = Account::default();
        let mut journal = DataFolder::open(folder.path()).unwrap().start_journal(&mut account).unwrap();
        let (mut longest, mut shrank) = (0, false);
        for number in 0..max_change_lines(1) + 5 {
            account.set_settings(Settings { features: vec![number.to_string()], ..Settings::default() });
            journal.append_changes(&mut account).unwrap();
            let length = std::fs::metadata(folder.path().join("apigateway.jsonl")).unwrap().len();
            shrank |= length < longest;
            longest = longest.max(length);
        }
        assert!(shrank, "{longest} bytes for one entity");
        drop(journal);
        match DataFolder::open(folder.path()).unwrap().read().unwrap() {
            StoredState::Account(restored) => assert_eq!(restored.records(), account.records()),
            StoredState::Empty => panic!("the account is missing"),
        }
    }
}
