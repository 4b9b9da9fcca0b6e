//! `keypool whose`: from a key that somebody reports to everybody behind it.

use clap::Args;
use keypool_domain::key_lookup::{KeyMatch, KeyQuery};
use keypool_domain::{Inventory, TenantKey};
use serde::Serialize;
use serde_json::Value;

use super::CommandError;
use super::output::{self, OutputArgs, Record};
use super::session::Session;
use crate::ops;
use crate::ops::listing::RecordFormat;

/// Say whose key this is: its API key, plan and pool, and every tenant behind it
///
/// What is given is a key's value, its last 6 or more characters, the id of an API key, or the id of a row.
/// Execution logs show the end of a value as ****F0yrv6; the asterisks may stay. The value itself is never printed.
/// Where nothing is found, the exit status is 1.
#[derive(Debug, Args)]
pub struct Whose {
    /// What you have of the key; - reads it from standard input, where no process list shows it
    text: String,
    #[command(flatten)]
    output: OutputArgs,
}

/// A key that was found, for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MatchRecord<'a> {
    by: &'static str,
    tenant_key_id: Option<&'a str>,
    api_key_id: &'a str,
    api_key_name: Option<&'a str>,
    enabled: Option<bool>,
    plan_ids: Vec<String>,
    plans: Vec<&'a str>,
    pool: Option<MatchedPoolRecord>,
    keys: Vec<MatchedKeyRecord<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MatchedPoolRecord {
    strategy: &'static str,
    tenants: Value,
    capacity: Value,
    state: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MatchedKeyRecord<'a> {
    tenant: &'a str,
    id: &'a str,
    name: &'a str,
    mode: Option<&'static str>,
    /// Null where the item does not say it.
    enabled: Option<bool>,
}

impl Record for MatchRecord<'_> {
    const FIELDS: &'static [&'static str] = &[
        "by",
        "tenantKeyId",
        "apiKeyId",
        "apiKeyName",
        "enabled",
        "planIds",
        "plans",
        "pool.strategy",
        "pool.tenants",
        "pool.capacity",
        "pool.state",
        "keys.tenant",
        "keys.id",
        "keys.name",
        "keys.mode",
        "keys.enabled",
    ];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("found by", "by"),
        ("api key", "apiKeyId"),
        ("enabled", "enabled"),
        ("plan", "plans"),
        ("pool key", "pool.state"),
        ("tenant", "keys.tenant"),
        ("key", "keys.id"),
        ("name", "keys.name"),
        ("mode", "keys.mode"),
    ];
}

impl Whose {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let clue = KeyQuery::new(&self.text()?).map_err(|why| CommandError::Usage {
            what: why.to_string(),
            hint: "`keypool keys list` shows ids".to_owned(),
        })?;
        let inventory = session.read_inventory().await?;
        let whose = ops::look_up_key(&session.aws, &inventory, &clue).await?;
        if let Some(remark) = &whose.remark {
            output::note(&format!("note: {remark}"));
        }
        if whose.matches.is_empty() {
            return Err(CommandError::NotFound { looked: whose.searched.join(", ") });
        }
        let records: Vec<_> = whose
            .matches
            .iter()
            .map(|found| match_record(found, &inventory, self.output.output.form()))
            .collect();
        output::list(&records, self.output.output)
    }

    fn text(&self) -> Result<String, CommandError> {
        if self.text != "-" {
            return Ok(self.text.clone());
        }
        let line = std::io::stdin().lines().next().transpose();
        let line =
            line.map_err(|why| CommandError::Io { what: "standard input cannot be read".to_owned(), why })?;
        Ok(line.unwrap_or_default())
    }
}

fn match_record<'a>(found: &'a KeyMatch, inventory: &'a Inventory, form: RecordFormat) -> MatchRecord<'a> {
    let api_key = inventory.api_key(&found.api_key).key();
    let plans = found.plans(inventory);
    let pool = inventory.pools().iter().find_map(|pool| Some((pool, pool.pool_key(&found.api_key)?)));
    let pool = pool.map(|(pool, key)| MatchedPoolRecord {
        strategy: pool.strategy.as_str(),
        tenants: form.value_or_mark(&inventory.pool_key_with_actual_count(key).tenants),
        capacity: form.value_or_mark(&key.capacity),
        state: key.state.as_str(),
    });
    let named = |id: &keypool_domain::PlanId| {
        inventory.plans().iter().find(|plan| plan.id == *id).map(|plan| plan.name.as_str())
    };
    MatchRecord {
        by: found.kind.as_str(),
        tenant_key_id: found.tenant_key.as_ref().map(|id| id.as_str()),
        api_key_id: found.api_key.as_str(),
        api_key_name: api_key.map(|key| key.name.as_str()),
        enabled: api_key.map(|key| key.enabled),
        plans: plans.iter().filter_map(named).collect(),
        plan_ids: plans.iter().map(ToString::to_string).collect(),
        pool,
        keys: found.tenant_keys(inventory).into_iter().map(|row| key_record(row, inventory)).collect(),
    }
}

fn key_record<'a>(row: &'a TenantKey, inventory: &Inventory) -> MatchedKeyRecord<'a> {
    MatchedKeyRecord {
        tenant: row.tenant.as_str(),
        id: row.id.as_str(),
        name: &row.name,
        mode: inventory.mode_name(row).into_result().ok(),
        enabled: row.enabled.value_to_show().copied(),
    }
}
