//! Tenant keys as they are written for scripts, the value only by --reveal.

use clap::Args;
use keypool_domain::{Inventory, TenantKey};

use crate::cli::session::Session;
use crate::cli::{CommandError, Format};
use crate::ops;
use crate::ops::listing::TenantKeyRecord;

/// The flag that shows secrets.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct RevealArgs {
    /// Show the secret values too
    #[arg(long)]
    pub(super) reveal: bool,
}

/// The record of a row, with its secret where that was asked for.
pub(super) async fn key_record(
    row: &TenantKey,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
    format: Format,
) -> Result<TenantKeyRecord, CommandError> {
    let mut record = TenantKeyRecord::new(row, inventory, format.form());
    if reveal.reveal {
        record.value = Some(ops::read_key_value(&session.aws, inventory, &row.id).await?.expose().to_owned());
    }
    Ok(record)
}

/// The records of rows that are there, in the order asked for.
pub(super) async fn key_records<'a>(
    rows: impl IntoIterator<Item = &'a TenantKey>,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
    format: Format,
) -> Result<Vec<TenantKeyRecord>, CommandError> {
    let mut records = Vec::new();
    for row in rows {
        records.push(key_record(row, reveal, session, inventory, format).await?);
    }
    Ok(records)
}
