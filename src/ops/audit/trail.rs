//! The audit trail file. Each line is appended with a single write, so concurrent processes do not
//! interleave.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use keypool_domain::text::terminal_safe_json;

use super::entry::TrailLine;
use crate::aws::Failure;
use crate::ops::private_file::create_folder;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    file: Option<PathBuf>,
    reason: Option<String>,
}

impl Trail {
    /// If `file` is `None`, every change is refused.
    pub const fn new(file: Option<PathBuf>, reason: Option<String>) -> Self {
        Self { file, reason }
    }

    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    pub(super) fn append(&self, line: &TrailLine) -> Result<(), Failure> {
        let Some(path) = &self.file else {
            return Err(Failure::AuditUnavailable("there is no home folder to store it in".to_owned()));
        };
        let json = serde_json::to_string(line).map_err(io::Error::from);
        let written = json.and_then(|json| append(path, &terminal_safe_json(&json)));
        written.map_err(|why| Failure::AuditUnavailable(format!("{}: {why}", path.display())))
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    if path.metadata().is_ok_and(|existing| !existing.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut file = open_private(path)?;
    // A partial line, left when a disk was full, must not corrupt the next one.
    let separator = if ends_with_newline(&mut file)? { "" } else { "\n" };
    let bytes = format!("{separator}{line}\n").into_bytes();
    match file.write(&bytes)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::StorageFull, "only part of the line could be written")),
    }
}

fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(unix)]
fn open_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(file);
    }
    let why = format!("other users can open it (mode {mode:04o}): check who did, then run `chmod 600` on it");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

#[cfg(not(unix))]
fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}
