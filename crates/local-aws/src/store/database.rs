//! A check of DynamoDB's file. SQLite takes a missing or empty file for a new database, and finds damage only when it
//! reaches it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let incomplete = |found: String| StoreError::Incomplete { path: path.to_owned(), found };
    match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 => return Err(incomplete("is empty".to_owned())),
        Ok(_) => {}
        Err(error) => return Err(incomplete(format!("is missing ({error})"))),
    }
    match find_damage(path) {
        Ok(None) => Ok(()),
        Ok(Some(damage)) => Err(incomplete(format!("is damaged ({damage})"))),
        Err(error) => Err(incomplete(format!("cannot be read ({error})"))),
    }
}

fn find_damage(path: &Path) -> rusqlite::Result<Option<String>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(Some("it has no table".to_owned()));
    }
    let result: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((result != "ok").then_some(result))
}
