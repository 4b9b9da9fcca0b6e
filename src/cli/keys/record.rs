//! Tenant keys as they are written for scripts, the value only by --reveal.

use clap::Args;
use keypool_domain::{Inventory, TenantKey};

use crate::cli::session::Session;
use crate::cli::{Format, Stop};
use crate::ops;
use crate::ops::listing::KeyRecord;

/// The flag that shows secrets.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct RevealArgs {
    /// Show the secret values too
    #[arg(long)]
    pub(super) reveal: bool,
}

/// The record of a row, with its secret where that was asked for.
pub(super) async fn record(
    row: &TenantKey,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
    format: Format,
) -> Result<KeyRecord, Stop> {
    let mut record = KeyRecord::of(row, inventory, format.form());
    if reveal.reveal {
        record.value = Some(ops::secret(&session.aws, inventory, &row.id).await?.expose().to_owned());
    }
    Ok(record)
}

/// The records of rows that are there, in the order asked for.
pub(super) async fn records<'a>(
    rows: impl IntoIterator<Item = &'a TenantKey>,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
    format: Format,
) -> Result<Vec<KeyRecord>, Stop> {
    let mut records = Vec::new();
    for row in rows {
        records.push(record(row, reveal, session, inventory, format).await?);
    }
    Ok(records)
}
