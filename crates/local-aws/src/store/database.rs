//! A check of DynamoDB's file. SQLite takes a missing or empty file for a new database, and finds damage only when it
//! reaches it.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::StoreError;

/// Two tables that DynamoDB's library creates in every database.
const OWN_TABLES: &str =
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('_config', '_tables')";
const OWN_TABLE_COUNT: i64 = 2;

pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let incomplete = |found: String| StoreError::Incomplete { path: path.to_owned(), found };
    match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 => return Err(incomplete("is empty".to_owned())),
        Ok(_) => {}
        Err(error) => return Err(incomplete(format!("is missing ({error})"))),
    }
    match find_fault(path).unwrap_or_else(|error| Some(describe(&error))) {
        None => Ok(()),
        Some(fault) => Err(incomplete(fault)),
    }
}

/// Returns what is wrong with the database, as a predicate.
fn find_fault(path: &Path) -> rusqlite::Result<Option<String>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let own_tables: i64 = database.query_row(OWN_TABLES, [], |row| row.get(0))?;
    if own_tables < OWN_TABLE_COUNT {
        return Ok(Some("is a SQLite database of another program".to_owned()));
    }
    let result: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((result != "ok").then(|| DAMAGED.to_owned()))
}

const DAMAGED: &str = "is damaged: not all of it can be read";

fn describe(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "is not a SQLite database".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => DAMAGED.to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "is in use by another program".to_owned()
        }
        _ => format!("cannot be read ({error})"),
    }
}
