//! Files that are never visible half-written. Unless noted otherwise, only their owner may read them.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

/// Writes a new file into an existing folder.
pub(crate) fn create_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        // The first error is returned, even if the partial file cannot be removed.
        let _ = std::fs::remove_file(path);
    })
}

/// Replaces or creates a file. Creates missing folders.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    replace_with(&Builder::new(), path, text)
}

/// Replaces or creates a file that others may read, as far as the umask allows.
pub(crate) fn replace_shared(path: &Path, text: &str) -> io::Result<()> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    replace_with(&builder, path, text)
}

/// Writes a temporary file and renames it; if that fails, the temporary file is removed.
fn replace_with(temporary: &Builder<'_, '_>, path: &Path, text: &str) -> io::Result<()> {
    let mut file = temporary.tempfile_in(path.parent().unwrap_or(Path::new("")))?;
    file.as_file_mut().write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// Replaces or creates a file through a temporary file at this path, whatever a killed program left there. Only one
/// program may do so at a time.
pub(super) fn replace_through(temporary: &Path, path: &Path, text: &str) -> io::Result<()> {
    match std::fs::remove_file(temporary) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    create_new(temporary, text)?;
    std::fs::rename(temporary, path)
}

/// Creates a folder that only its owner may enter, and its missing parent folders.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
