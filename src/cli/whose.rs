//! `keypool whose`: finds the owner of a key.

use clap::Args;
use keypool_domain::key_lookup::{KeyMatch, KeyQuery};
use keypool_domain::{Inventory, TenantKey};
use serde_json::Value;

use super::CommandError;
use super::output::{self, OutputArgs, records};
use super::session::Session;
use crate::ops;
use crate::ops::listing::RecordFormat;

/// Find the owner of a key: its API key, plan and pool, and every tenant that uses it
///
/// Give the value of a key, its last 6 or more characters, or the ID of an API key or tenant key.
/// Execution logs show the end of a value as ****F0yrv6; the asterisks may be included. The value
/// itself is never printed. The exit status is 1 if no key matches.
#[derive(Debug, Args)]
pub struct Whose {
    /// Value, end of a value, or ID; - reads it from standard input, which keeps it out of process lists
    text: String,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct MatchRecord<'a> {
        by: &'static str => "found by",
        tenant_key_id: Option<&'a str>,
        api_key_id: &'a str => "api key",
        api_key_name: Option<&'a str>,
        enabled: Option<bool> => "enabled",
        plan_ids: Vec<String>,
        plans: Vec<&'a str> => "plan",
        pool: Option<MatchedPoolRecord>,
        /// Of a replaced key that still works.
        old_key_of: Option<OldKeyRecord<'a>>,
        /// Of a key that was replaced or expires.
        ending: Option<EndRecord<'a>>,
        keys: Vec<MatchedKeyRecord<'a>>,
    }

    struct OldKeyRecord<'a> {
        tenant: &'a str => "old key of",
        tenant_key_id: &'a str => "replaced by",
        /// As in `ending`, or the text of an end that cannot be read. Null if the key is disabled.
        until: Option<String>,
    }

    struct EndRecord<'a> {
        kind: &'static str,
        /// Null if it cannot be read.
        ends_at: Option<String> => "ends",
        replaced_by: Option<&'a str>,
        /// The tenants whose key it is, or was before it was replaced.
        tenants: Vec<&'a str> => "tenants",
    }

    struct MatchedPoolRecord {
        strategy: &'static str,
        tenants: Value,
        capacity: Value,
        state: &'static str => "pool key",
    }

    struct MatchedKeyRecord<'a> {
        tenant: &'a str => "tenant",
        id: &'a str => "key",
        name: &'a str => "name",
        mode: Option<&'static str> => "mode",
        /// Null if unknown.
        enabled: Option<bool>,
    }
}

impl Whose {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let query = KeyQuery::new(&self.read_text()?)
            .map_err(|why| CommandError::usage(why.to_string(), "`keypool keys list` shows ids"))?;
        let inventory = session.read_inventory().await?;
        let lookup = ops::look_up_key(&session.aws, &inventory, &query).await?;
        output::remarks(&lookup.remark);
        if lookup.matches.is_empty() {
            return Err(CommandError::NotFound { searched: lookup.searched.join(", ") });
        }
        let records: Vec<_> = lookup
            .matches
            .iter()
            .map(|key_match| match_record(key_match, &inventory, self.output.output.record_format()))
            .collect();
        output::list(&records, self.output.output)
    }

    fn read_text(&self) -> Result<String, CommandError> {
        if self.text != "-" {
            return Ok(self.text.clone());
        }
        let line = std::io::stdin().lines().next().transpose();
        Ok(line.map_err(CommandError::cannot_read("standard input"))?.unwrap_or_default())
    }
}

fn match_record<'a>(
    key_match: &'a KeyMatch,
    inventory: &'a Inventory,
    format: RecordFormat,
) -> MatchRecord<'a> {
    let api_key = inventory.api_key(&key_match.api_key).key();
    let plans = key_match.plans(inventory);
    let pool = inventory.pools().iter().find_map(|pool| Some((pool, pool.pool_key(&key_match.api_key)?)));
    let pool = pool.map(|(pool, key)| MatchedPoolRecord {
        strategy: pool.strategy.as_str(),
        tenants: format.value_or_mark(&inventory.pool_key_with_actual_count(key).tenants),
        capacity: format.value_or_mark(&key.capacity),
        state: key.state.as_str(),
    });
    let plan_name =
        |id: &keypool_domain::PlanId| inventory.plan(id).map(|plan| inventory.plan_name(&plan.id));
    MatchRecord {
        by: key_match.kind.as_str(),
        tenant_key_id: key_match.tenant_key.as_ref().map(|id| id.as_str()),
        api_key_id: key_match.api_key.as_str(),
        api_key_name: api_key.map(|key| key.name.as_str()),
        enabled: api_key.map(|key| key.enabled),
        plans: plans.iter().filter_map(plan_name).collect(),
        plan_ids: plans.iter().map(ToString::to_string).collect(),
        pool,
        old_key_of: inventory.key_in_grace(&key_match.api_key).map(|old| OldKeyRecord {
            tenant: old.successor.tenant.as_str(),
            tenant_key_id: old.successor.id.as_str(),
            until: old.until,
        }),
        ending: inventory.ending_of_api_key(&key_match.api_key).map(|ending| EndRecord {
            kind: ending.kind.as_str(),
            ends_at: ending.stops_at().value_to_show().map(|at| format!("{at:.0}")),
            replaced_by: ending.replaced_by.map(|id| id.as_str()),
            tenants: ending.tenants().into_iter().map(|tenant| tenant.as_str()).collect(),
        }),
        keys: key_match
            .tenant_keys(inventory)
            .into_iter()
            .map(|tenant_key| key_record(tenant_key, inventory))
            .collect(),
    }
}

fn key_record<'a>(tenant_key: &'a TenantKey, inventory: &Inventory) -> MatchedKeyRecord<'a> {
    MatchedKeyRecord {
        tenant: tenant_key.tenant.as_str(),
        id: tenant_key.id.as_str(),
        name: &tenant_key.name,
        mode: inventory.mode_name(tenant_key).into_result().ok(),
        enabled: tenant_key.enabled.value_to_show().copied(),
    }
}
