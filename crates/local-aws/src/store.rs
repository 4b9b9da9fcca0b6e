//! State on disk: a journal of the account's entities, next to DynamoDB's file.
//!
//! Invariant: only their owner can read the files, whatever the folder permits, since they contain values of API keys.

mod database;
mod journal;
mod private_file;

use std::fs::File;
use std::path::{Path, PathBuf};

pub(crate) use self::journal::Journal;
use self::private_file::{create_private_file, create_private_folder, make_private};
use crate::state::Account;

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
    /// A file is missing, empty, cut or damaged.
    #[error("{path} {found}; restore the folder from a copy, or start with an empty folder")]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What was found, as a predicate: `is empty`.
        found: String,
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
        let lock = create_private_file(&lock_path).map_err(io_error(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
            Err(std::fs::TryLockError::Error(source)) => Err(io_error(&lock_path)(source)),
        }
    }

    pub(crate) fn database_path(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// Reads the account, and checks that the database is whole. Deletes what an interrupted first start left.
    pub(crate) fn read(&self) -> Result<StoredState, StoreError> {
        let (journal, database) = (self.journal_path(), self.database_path());
        if self.first_start_path().exists() {
            self.delete_database()?;
            return Ok(StoredState::Empty);
        }
        match File::open(&journal) {
            Ok(file) => {
                make_private(&journal).map_err(io_error(&journal))?;
                let account = journal::read(&journal, file)?;
                for path in self.database_files().iter().filter(|path| path.exists()) {
                    make_private(path).map_err(io_error(path))?;
                }
                database::check(&database)?;
                Ok(StoredState::Account(Box::new(account)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match database.exists() {
                true => Err(StoreError::Incomplete {
                    path: journal,
                    found: format!("is missing, but {} is there", database.display()),
                }),
                false => Ok(StoredState::Empty),
            },
            Err(source) => Err(io_error(&journal)(source)),
        }
    }

    /// Prepares a first start, which lasts until [`Self::start_journal`].
    pub(crate) fn begin_first_start(&self) -> Result<(), StoreError> {
        // SQLite gives its other files the permissions of the database.
        for path in [self.first_start_path(), self.database_path()] {
            create_private_file(&path).map_err(io_error(&path))?;
        }
        Ok(())
    }

    /// Writes the whole account to a new journal, and replaces the old one atomically.
    pub(crate) fn start_journal(self, account: &mut Account) -> Result<Journal, StoreError> {
        let first_start = self.first_start_path();
        let journal = Journal::create(self, account)?;
        match std::fs::remove_file(&first_start) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(io_error(&first_start)(source))
            }
            _ => Ok(journal),
        }
    }

    fn journal_path(&self) -> PathBuf {
        self.path.join("apigateway.jsonl")
    }

    /// A file that exists while the folder is filled for the first time.
    fn first_start_path(&self) -> PathBuf {
        self.path.join("first-start")
    }

    /// The database, its log and its shared memory.
    fn database_files(&self) -> [PathBuf; 3] {
        ["", "-wal", "-shm"].map(|suffix| {
            let mut path = self.database_path().into_os_string();
            path.push(suffix);
            path.into()
        })
    }

    fn delete_database(&self) -> Result<(), StoreError> {
        for path in self.database_files() {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io_error(&path)(source));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}
