//! State that outlives the process: a journal of the account's entities beside DynamoDB's file.
//!
//! Invariant: the journal is a line for each change, in order; one that a killed process left half written is the
//! last, and was never answered for.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::ids::Ids;
use crate::state::{Account, Record};

/// Why the folder of the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("cannot use {path}: {source}")]
    Io {
        /// What was to be read or written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process works on the same folder.
    #[error("{path} is in use by another process; stop that one or choose another folder")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A line in the middle of the journal says nothing.
    #[error("{path}, line {line}: {reason}; restore the file from a copy, or start with an empty folder")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The folder a local AWS keeps its state in.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Held as long as the folder is in use.
    _lock: File,
}

/// What a folder held when it was opened.
pub(crate) enum Found {
    /// Nothing yet, or only what an interrupted first start left.
    Nothing,
    /// The account as it was.
    Account(Box<Account>),
}

impl Folder {
    /// Takes a folder for this process alone, making it where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path).map_err(refused(path))?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(refused(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
            Err(std::fs::TryLockError::Error(source)) => Err(refused(&lock_path)(source)),
        }
    }

    /// DynamoDB's file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// Reads the account; with none there, what DynamoDB has of an interrupted first start goes away too.
    pub(crate) fn read(&self) -> Result<Found, StoreError> {
        let path = self.journal();
        match File::open(&path) {
            Ok(file) => Ok(Found::Account(Box::new(replay(&path, file)?))),
            Err(absent) if absent.kind() == std::io::ErrorKind::NotFound => {
                self.forget_database()?;
                Ok(Found::Nothing)
            }
            Err(source) => Err(refused(&path)(source)),
        }
    }

    /// Writes the whole account as the new journal, which takes the old one's place at once or not at all.
    pub(crate) fn begin_journal(self, account: &mut Account) -> Result<Journal, StoreError> {
        let (file, entities) = self.write_whole(account)?;
        Ok(Journal { folder: self, file, room: room_beside(entities) })
    }

    fn write_whole(&self, account: &mut Account) -> Result<(File, usize), StoreError> {
        let (path, draft) = (self.journal(), self.path.join("apigateway.jsonl.new"));
        account.forget_changes();
        let records = account.records();
        let mut file = File::create(&draft).map_err(refused(&draft))?;
        write_lines(&mut file, &records).map_err(refused(&draft))?;
        file.sync_all().map_err(refused(&draft))?;
        std::fs::rename(&draft, &path).map_err(refused(&path))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(refused(&path))?;
        Ok((file, records.len()))
    }

    fn journal(&self) -> PathBuf {
        self.path.join("apigateway.jsonl")
    }

    fn forget_database(&self) -> Result<(), StoreError> {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.database().into_os_string();
            path.push(suffix);
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(refused(Path::new(&path))(source));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The journal while it is written.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: Folder,
    file: File,
    /// Lines until it is written anew.
    room: usize,
}

impl Journal {
    /// Keeps what was changed; it is with the system, and so survives this process, when this returns.
    pub(crate) fn keep(&mut self, account: &mut Account) -> Result<(), StoreError> {
        let changes = account.take_changes();
        if changes.is_empty() {
            return Ok(());
        }
        if changes.len() > self.room {
            let (file, entities) = self.folder.write_whole(account)?;
            (self.file, self.room) = (file, room_beside(entities));
            return Ok(());
        }
        self.room -= changes.len();
        write_lines(&mut self.file, &changes).map_err(refused(&self.folder.journal()))
    }
}

/// How many lines of changes may follow so many of entities.
fn room_beside(entities: usize) -> usize {
    entities * 4 + 10_000
}

/// Makes a folder that only its owner looks into, since values of API keys are kept there.
fn make_private(path: &Path) -> std::io::Result<()> {
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
    let mut account = Account::new(Ids::random());
    let mut lines = BufReader::new(file);
    for number in 1.. {
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line).map_err(refused(path))?;
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

fn refused(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::state::Settings;

    #[test]
    fn a_journal_that_grows_is_written_anew_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut account = Account::default();
        let mut journal = Folder::open(folder.path()).unwrap().begin_journal(&mut account).unwrap();
        let (mut longest, mut shrank) = (0, false);
        for number in 0..room_beside(1) + 5 {
            account.set_settings(Settings { features: vec![number.to_string()], ..Settings::default() });
            journal.keep(&mut account).unwrap();
            let length = std::fs::metadata(folder.path().join("apigateway.jsonl")).unwrap().len();
            shrank |= length < longest;
            longest = longest.max(length);
        }
        assert!(shrank, "{longest} bytes for one entity");
        drop(journal);
        match Folder::open(folder.path()).unwrap().read().unwrap() {
            Found::Account(found) => assert_eq!(found.records(), account.records()),
            Found::Nothing => panic!("the account is gone"),
        }
    }
}
