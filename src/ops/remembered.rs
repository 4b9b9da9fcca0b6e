//! The remembered inventory: what was read of an account last, kept in a private file so that the console shows it at
//! once. It is for the screen alone; nothing is decided by it.
//!
//! A file belongs to an account id, a region, an endpoint, and the settings that say where keys and pools are. Every
//! other file is ignored, and so is a damaged one: the log says why.

mod file;
mod record;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use keypool_domain::Inventory;

use self::file::{Identity, RememberedFile};
use super::Run;
use super::inventory::read_inventory;
use super::usage::{account_label, folder_name};
use crate::aws::{Aws, Failure};

/// The folder of the files, in the state folder.
pub const REMEMBERED_FOLDER: &str = "inventory";

/// An account with more tenant keys is not remembered: to read its file takes seconds, and to write it as long again.
const MAX_TENANT_KEYS: usize = 200_000;

/// Reads what was remembered of the account of this connection.
pub async fn read_remembered(aws: &Aws) -> Option<Inventory> {
    // The account id takes a call, which is not worth it without any file.
    let _first = folder(aws)?.read_dir().ok()?.next()?;
    let file = find_file(aws).await?;
    let (now, without_tables) = (aws.now(), aws.without_tables().clone());
    let path = file.path().display().to_string();
    let reading = tokio::task::spawn_blocking(move || file.read(now, &without_tables));
    match reading.await.ok()? {
        Ok(inventory) => inventory,
        Err(why) => {
            tracing::warn!("the remembered inventory {path} is ignored: {why}");
            None
        }
    }
}

/// Remembers this inventory, if it is complete and not too large. That it cannot be written is a line in the log.
pub async fn remember(aws: &Aws, inventory: Arc<Inventory>) {
    if !is_worth_remembering(&inventory) {
        return;
    }
    let Some(file) = find_file(aws).await else { return };
    let path = file.path().display().to_string();
    let written = tokio::task::spawn_blocking(move || file.write(&inventory)).await;
    if let Ok(Err(why)) = written {
        tracing::warn!("the inventory cannot be remembered in {path}: {why}");
    }
}

/// Reads the inventory, and remembers it. Asks for the account id meanwhile, and does not wait for it.
pub async fn read_and_remember_inventory(aws: &Aws, run: &Run) -> Result<Inventory, Failure> {
    let reading = Box::pin(read_inventory(aws, run));
    if folder(aws).is_none() {
        return reading.await;
    }
    let account = Box::pin(aws.account_id());
    let inventory = match futures_util::future::select(reading, account).await {
        // A network may not reach STS.
        futures_util::future::Either::Left((inventory, _)) => return inventory,
        futures_util::future::Either::Right((_, reading)) => reading.await?,
    };
    let inventory = Arc::new(inventory);
    remember(aws, Arc::clone(&inventory)).await;
    Ok(Arc::unwrap_or_clone(inventory))
}

/// Whether all of the account was read, and it is not too large.
pub fn is_worth_remembering(inventory: &Inventory) -> bool {
    inventory.is_complete()
        && inventory.unreadable_plans().is_none()
        && inventory.plans_with_unread_members().next().is_none()
        && inventory.tenant_keys().len() <= MAX_TENANT_KEYS
}

/// `None` with `--no-cache`, for the demo, and for an endpoint on this machine: after a restart, a local server may
/// simulate another account.
fn folder(aws: &Aws) -> Option<PathBuf> {
    Some(aws.cache_folder().filter(|_| !aws.is_loopback())?.join(REMEMBERED_FOLDER))
}

/// `None` if nothing is remembered, or the account id is unknown.
async fn find_file(aws: &Aws) -> Option<RememberedFile> {
    let folder = folder(aws)?;
    let account = account_label(aws).await?;
    let name = folder_name(&account);
    Some(RememberedFile::new(&folder, &name, Identity { account, settings: aws.source_settings() }))
}
