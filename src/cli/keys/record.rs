//! A tenant key as it is written for scripts: the names are an interface, and the value only by --reveal.

use clap::Args;
use keypool_domain::{Inventory, RowId, TenantKey};
use serde::Serialize;

use crate::cli::Stop;
use crate::cli::output::Record;
use crate::cli::session::Session;
use crate::ops;

/// The flag that shows secrets.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct RevealArgs {
    /// Show the secret values too
    #[arg(long)]
    pub(super) reveal: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyRecord {
    id: String,
    name: String,
    tenant: String,
    plan: String,
    plan_id: String,
    mode: &'static str,
    api_key_id: String,
    enabled: bool,
    description: String,
    created_at: Option<String>,
    /// The customer of AWS Marketplace, where the API key has one.
    customer_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl Record for KeyRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "name",
        "tenant",
        "plan",
        "planId",
        "mode",
        "apiKeyId",
        "enabled",
        "description",
        "createdAt",
        "customerId",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("id", "id"),
        ("name", "name"),
        ("tenant", "tenant"),
        ("plan", "plan"),
        ("mode", "mode"),
        ("api key", "apiKeyId"),
        ("enabled", "enabled"),
        ("created", "createdAt"),
    ];
}

impl KeyRecord {
    pub(super) fn of(row: &TenantKey, inventory: &Inventory) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            tenant: row.tenant.to_string(),
            plan: inventory.plan_name(&row.plan).to_owned(),
            plan_id: row.plan.to_string(),
            mode: inventory.mode(row),
            api_key_id: row.api_key().to_string(),
            enabled: row.enabled,
            description: row.description.clone(),
            created_at: row.created_at.map(|at| format!("{at:.0}")),
            customer_id: inventory.api_key(&row.api_key()).key().and_then(|key| key.customer_id.clone()),
            value: None,
        }
    }

    /// The same with its secret, where that was asked for.
    pub(super) async fn with_value(
        mut self,
        reveal: RevealArgs,
        session: &Session,
        inventory: &Inventory,
    ) -> Result<Self, Stop> {
        if reveal.reveal {
            let secret = ops::secret(&session.aws, inventory, &RowId::new(self.id.as_str())).await?;
            self.value = Some(secret.expose().to_owned());
        }
        Ok(self)
    }
}

/// The records of rows that are there, in the order asked for.
pub(super) async fn records<'a>(
    rows: impl IntoIterator<Item = &'a TenantKey>,
    reveal: RevealArgs,
    session: &Session,
    inventory: &Inventory,
) -> Result<Vec<KeyRecord>, Stop> {
    let mut records = Vec::new();
    for row in rows {
        records.push(KeyRecord::of(row, inventory).with_value(reveal, session, inventory).await?);
    }
    Ok(records)
}
