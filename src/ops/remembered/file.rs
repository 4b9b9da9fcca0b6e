//! The file of a remembered inventory: a line with version and checksum, then JSON.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use keypool_domain::Inventory;
use serde::{Deserialize, Serialize};

use super::record::InventoryRecord;
use crate::aws::WithoutTables;
use crate::ops::private_file;

/// The first words of a file. Another version is another word, and its files are ignored.
const MAGIC: &str = "keypool-inventory-1 ";
const CHECKSUM_LEN: usize = 8;
/// A larger file is ignored unread. A tenant key takes about 150 bytes.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// What an inventory was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    /// Account id, region and endpoint.
    pub(super) account: String,
    /// The settings that say where plans, keys and pools are.
    pub(super) settings: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    identity: Identity,
    #[serde(borrow)]
    inventory: InventoryRecord<'a>,
}

#[derive(Debug)]
pub(super) struct RememberedFile {
    path: PathBuf,
    identity: Identity,
}

impl RememberedFile {
    /// The file of this account. Its name has no settings, so that their checksum tells the files of two settings apart.
    pub(super) fn new(folder: &Path, account_name: &str, identity: Identity) -> Self {
        let name = format!("{account_name}-{:08x}.json", crc32fast::hash(identity.settings.as_bytes()));
        Self { path: folder.join(name), identity }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the inventory; `None` if there is no file, or why the file is not used.
    pub(super) fn read(
        &self,
        now: Timestamp,
        without_tables: &WithoutTables,
    ) -> Result<Option<Inventory>, String> {
        let text = match read_limited(&self.path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(why.to_string()),
        };
        decode(&text, &self.identity, now, without_tables).map(Some)
    }

    /// Replaces the file, unless another program is replacing it.
    pub(super) fn write(&self, inventory: &Inventory) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            private_file::create_folder(folder)?;
        }
        let lock = open_private(&self.path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {
                let text = encode(inventory, &self.identity)?;
                private_file::replace_through(&self.path.with_extension("new"), &self.path, &text)
            }
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(why)) => Err(why),
        }
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reads a regular file that is not too large.
fn read_limited(path: &Path) -> io::Result<String> {
    let found = path.metadata()?;
    if !found.is_file() || found.len() > MAX_FILE_BYTES {
        return Err(io::Error::other("it is no file, or too large"));
    }
    let mut text = String::new();
    File::open(path)?.take(MAX_FILE_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

pub(super) fn encode(inventory: &Inventory, identity: &Identity) -> io::Result<String> {
    let document =
        Document { identity: identity.clone(), inventory: InventoryRecord::from_inventory(inventory) };
    let json = serde_json::to_string(&document)?;
    Ok(format!("{MAGIC}{}\n{json}", checksum(&json)))
}

pub(super) fn decode(
    text: &str,
    identity: &Identity,
    now: Timestamp,
    without_tables: &WithoutTables,
) -> Result<Inventory, String> {
    let rest = text.strip_prefix(MAGIC).ok_or("it is of another version")?;
    let json = rest.get(CHECKSUM_LEN..).and_then(|rest| rest.strip_prefix('\n'));
    let json = json.filter(|json| rest.starts_with(&checksum(json))).ok_or("it is damaged")?;
    let Document { identity: found, inventory } =
        serde_json::from_str(json).map_err(|why| why.to_string())?;
    if found != *identity {
        return Err("it is of another account, endpoint or region, or of other settings".to_owned());
    }
    let inventory = inventory.into_inventory(without_tables).ok_or("a value in it is invalid")?;
    if inventory.taken_at() > now {
        return Err(format!("it was read in the future, at {}", inventory.taken_at()));
    }
    Ok(inventory)
}

fn checksum(json: &str) -> String {
    format!("{:08x}", crc32fast::hash(json.as_bytes()))
}
