//! Records of tenant keys; the value is included only with --reveal.

use clap::Args;
use keypool_domain::{Inventory, TenantKey};

use crate::cli::session::Session;
use crate::cli::{CommandError, Format};
use crate::ops;
use crate::ops::listing::TenantKeyRecord;

#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct RevealArgs {
    /// Include the secret values
    #[arg(long)]
    pub(super) reveal: bool,
}

pub(super) async fn key_record(
    tenant_key: &TenantKey,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
    format: Format,
) -> Result<TenantKeyRecord, CommandError> {
    let mut record = TenantKeyRecord::new(tenant_key, inventory, format.record_format());
    if reveal.reveal {
        record.value =
            Some(ops::read_key_value(&session.aws, inventory, &tenant_key.id).await?.expose().to_owned());
    }
    Ok(record)
}

/// Returns one record per tenant key, in the order given.
pub(super) async fn key_records<'a>(
    tenant_keys: impl IntoIterator<Item = &'a TenantKey>,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
    format: Format,
) -> Result<Vec<TenantKeyRecord>, CommandError> {
    let mut records = Vec::new();
    for tenant_key in tenant_keys {
        records.push(key_record(tenant_key, reveal, session, inventory, format).await?);
    }
    Ok(records)
}
