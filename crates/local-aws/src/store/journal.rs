//! The journal: a header, one line for each entity that existed when the journal was written, and one line for each
//! change since.
//!
//! A line is JSON, a tab, and a checksum of this and all earlier lines in hexadecimal. Journals of earlier versions have
//! neither header nor checksums, and one line for each changed entity.
//!
//! Invariant: only the last line can be incomplete: the process was killed while writing it, so no response had been
//! sent. The header and the lines of the entities are never incomplete, since they were on disk before the journal
//! got its name.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::{DataFolder, StoreError, create_private_file, io_error};
use crate::ids::IdGenerator;
use crate::state::{Account, Record};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The format of the journal.
    journal: u32,
    /// Number of lines of entities that follow.
    entities: usize,
}

const FORMAT: u32 = 2;

/// CRC-32 of the JSON of all lines so far.
#[derive(Debug, Clone, Copy, Default)]
struct Checksum(u32);

impl Checksum {
    fn add(&mut self, json: &[u8]) {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.0);
        hasher.update(json);
        self.0 = hasher.finalize();
    }
}

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: DataFolder,
    file: File,
    checksum: Checksum,
    /// Changed entities that may still be appended before the journal is compacted.
    records_left: usize,
}

impl Journal {
    pub(super) fn create(folder: DataFolder, account: &mut Account) -> Result<Self, StoreError> {
        let (file, checksum, entities) = write_new(&folder, account)?;
        Ok(Self { folder, file, checksum, records_left: max_changed_entities(entities) })
    }

    /// Appends the account's changes as one line. On return the operating system has it, so it survives if this process
    /// is killed.
    pub(crate) fn append_changes(&mut self, account: &mut Account) -> Result<(), StoreError> {
        let changes = account.take_changes();
        if changes.is_empty() {
            return Ok(());
        }
        if changes.len() > self.records_left {
            let (file, checksum, entities) = write_new(&self.folder, account)?;
            (self.file, self.checksum, self.records_left) = (file, checksum, max_changed_entities(entities));
            return Ok(());
        }
        self.records_left -= changes.len();
        let written = encode_line(&mut self.checksum, &changes).and_then(|line| self.file.write_all(&line));
        written.map_err(|source| {
            // The file may end with a part of the line, so the next change must not be appended to it.
            self.records_left = 0;
            io_error(&self.folder.journal_path())(source)
        })
    }
}

/// Returns how many changed entities may follow the initial line of each entity before the journal is compacted.
fn max_changed_entities(entities: usize) -> usize {
    entities * 4 + 10_000
}

/// Writes the whole account to a new journal, and replaces the old one atomically.
fn write_new(folder: &DataFolder, account: &mut Account) -> Result<(File, Checksum, usize), StoreError> {
    let (path, new_path) = (folder.journal_path(), folder.path.join("apigateway.jsonl.new"));
    account.clear_changes();
    let records = account.records();
    let file = create_private_file(&new_path).map_err(io_error(&new_path))?;
    let checksum = write_entities(&file, &records).map_err(io_error(&new_path))?;
    file.sync_all().map_err(io_error(&new_path))?;
    std::fs::rename(&new_path, &path).map_err(io_error(&path))?;
    let file = OpenOptions::new().append(true).open(&path).map_err(io_error(&path))?;
    Ok((file, checksum, records.len()))
}

fn write_entities(file: &File, records: &[Record]) -> std::io::Result<Checksum> {
    let (mut lines, mut checksum) = (BufWriter::new(file), Checksum::default());
    let header = Header { journal: FORMAT, entities: records.len() };
    lines.write_all(&encode_line(&mut checksum, &header)?)?;
    for record in records {
        lines.write_all(&encode_line(&mut checksum, record)?)?;
    }
    lines.flush()?;
    Ok(checksum)
}

fn encode_line(checksum: &mut Checksum, content: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(content)?;
    checksum.add(&line);
    writeln!(line, "\t{:08x}", checksum.0)?;
    Ok(line)
}

/// Rebuilds the account from a journal.
pub(super) fn read(path: &Path, file: File) -> Result<Account, StoreError> {
    let mut lines = Lines { path, reader: BufReader::new(file), number: 0 };
    let incomplete = |found: String| StoreError::Incomplete { path: path.to_owned(), found };
    let Some(first) = lines.next()? else {
        return Err(incomplete("is empty, or cut in its first line".to_owned()));
    };
    let mut account = Account::new(IdGenerator::with_random_seed());
    let Some(header) = parse_header(&first) else {
        read_without_checksums(&mut lines, first, &mut account)?;
        return Ok(account);
    };
    let mut checksum = Checksum::default();
    lines.check(&first, &mut checksum)?;
    if header.journal != FORMAT {
        return Err(lines.damaged(&format!("its format is {}; this version reads {FORMAT}", header.journal)));
    }
    let mut entities = 0;
    while let Some(line) = lines.next()? {
        let json = lines.check(&line, &mut checksum)?;
        let restored = if entities < header.entities {
            entities += 1;
            serde_json::from_slice(json).and_then(|record| account.restore(record))
        } else {
            serde_json::from_slice(json).and_then(|changes: Vec<Record>| {
                changes.into_iter().try_for_each(|record| account.restore(record))
            })
        };
        restored.map_err(|error| lines.damaged(&describe_json_error(&error)))?;
    }
    match entities == header.entities {
        true => Ok(account),
        false => Err(incomplete(format!("ends after {entities} of {} entities", header.entities))),
    }
}

/// Reads a journal of an earlier version, which starts with the given line.
fn read_without_checksums(
    lines: &mut Lines<'_>,
    first: Vec<u8>,
    account: &mut Account,
) -> Result<(), StoreError> {
    let mut next = Some(first);
    while let Some(line) = next {
        if line.trim_ascii().is_empty() {
            return Err(lines.damaged("it is empty"));
        }
        let restored = serde_json::from_slice(&line).and_then(|record| account.restore(record));
        restored.map_err(|error| lines.damaged(&describe_json_error(&error)))?;
        next = lines.next()?;
    }
    Ok(())
}

/// Describes what is wrong with a line, and quotes parts of it only if it is well-formed JSON.
fn describe_json_error(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => "it is not JSON".to_owned(),
        Category::Data => format!("it is no record that this version knows ({error})"),
    }
}

/// Returns the header in the first line, if it has one, without checking its checksum.
fn parse_header(line: &[u8]) -> Option<Header> {
    serde_json::from_slice(split_checksum(line)?.0).ok()
}

/// Splits a line into its JSON and its checksum.
fn split_checksum(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let tab = line.iter().rposition(|byte| *byte == b'\t')?;
    Some((&line[..tab], &line[tab + 1..]))
}

/// The complete lines of a journal.
struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    /// The last line's number, starting at 1.
    number: usize,
}

impl Lines<'_> {
    /// Returns the next line without its end.
    fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).map_err(io_error(self.path))?;
        self.number += 1;
        Ok(line.pop_if(|byte| *byte == b'\n').map(|_| line))
    }

    /// Returns the JSON of a line. Fails unless the checksum of this and all earlier lines is correct.
    fn check<'l>(&self, line: &'l [u8], checksum: &mut Checksum) -> Result<&'l [u8], StoreError> {
        let split = split_checksum(line);
        let (json, written) = split.ok_or_else(|| self.damaged("it has no checksum"))?;
        checksum.add(json);
        match written == format!("{:08x}", checksum.0).as_bytes() {
            true => Ok(json),
            false => Err(self.damaged("its checksum is wrong: this line or an earlier one was changed")),
        }
    }

    fn damaged(&self, reason: &str) -> StoreError {
        StoreError::Damaged { path: self.path.to_owned(), line: self.number, reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests;
