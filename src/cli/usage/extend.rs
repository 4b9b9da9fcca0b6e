//! `keypool usage extend`.

use std::collections::BTreeSet;

use clap::Args;
use keypool_domain::change::{BalanceChange, Extension, ExtensionResult};
use keypool_domain::secret::mask_if_value;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId, Presence, TenantKeyId};

use crate::aws::Failure;
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::key_values::refuse_value;
use crate::cli::output::{self, OutputArgs, records};
use crate::cli::session::Session;
use crate::ops::listing::usage;

/// Raise or lower the remaining quota of API keys for the current period
///
/// The remaining quota is taken from API Gateway, which reports it minutes late. A shared key is
/// extended for all of its tenants. The next period starts with the plan's own limit. --reason is
/// required; it is recorded in the audit trail.
#[derive(Debug, Args)]
pub(super) struct ExtendQuota {
    /// IDs of API keys, or of tenant keys to extend the API keys they use; `keypool keys list --tenant`
    /// shows both
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Add this many calls to the remaining quota
    #[arg(long, value_name = "CALLS", required_unless_present_any = ["take", "remaining"], conflicts_with_all = ["take", "remaining"])]
    add: Option<u64>,
    /// Subtract this many calls from the remaining quota; reverts --add
    #[arg(long, value_name = "CALLS", conflicts_with = "remaining")]
    take: Option<u64>,
    /// Set the remaining quota to this many calls
    #[arg(long, value_name = "CALLS")]
    remaining: Option<u64>,
    /// Usage plan, required if an API key is in several
    #[arg(long, value_name = "NAME|ID")]
    plan: Option<String>,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct ExtensionRecord {
        plan_id: String,
        plan: String => "plan",
        api_key_id: String => "api key",
        tenants: Vec<String>,
        shared_by: Option<usize> => "shared by",
        before: u64 => "before",
        left: u64 => "left",
    }
}

impl ExtendQuota {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let (plan, api_keys) = self.find_plan_and_keys(&inventory)?;
        let reason = session.settings.reason.clone().ok_or_else(|| {
            CommandError::usage(
                "reason is required",
                "give it with --reason TEXT; it is recorded in the audit trail",
            )
        })?;
        let keys = api_keys.into_iter().map(|api_key| (api_key, self.balance_change())).collect();
        let change = Change::Extend(Extension { plan, keys, reason });
        let format = self.output.output;
        let applied = apply::apply_change(session, &inventory, &change, self.writing, format).await?;
        let Some(applied) = applied else { return Ok(()) };
        let records: Vec<_> = applied.extended.iter().map(|key| extension_record(key, &inventory)).collect();
        output::list(&records, format)?;
        Ok(())
    }

    fn balance_change(&self) -> BalanceChange {
        match (self.add, self.take, self.remaining) {
            (Some(calls), ..) => BalanceChange::Add(calls),
            (_, Some(calls), _) => BalanceChange::Subtract(calls),
            (.., remaining) => BalanceChange::Set(remaining.unwrap_or_default()),
        }
    }

    /// Returns the plan, and each API key once.
    fn find_plan_and_keys(&self, inventory: &Inventory) -> Result<(PlanId, Vec<ApiKeyId>), CommandError> {
        let requested = self.plan.as_ref().map(|plan| inventory.find_plan(plan)).transpose()?;
        let mut plans: Vec<PlanId> = requested.map(|plan| plan.id.clone()).into_iter().collect();
        let mut api_keys: Vec<ApiKeyId> = Vec::new();
        for id in &self.ids {
            refuse_value(id, inventory)?;
            check_is_key(id, inventory)?;
            let tenant_key = inventory.tenant_key(&TenantKeyId::new(id.as_str()));
            let api_key = match tenant_key {
                None => ApiKeyId::new(id.as_str()),
                Some(tenant_key) => tenant_key.require_api_key().map_err(Failure::from)?,
            };
            if requested.is_none() {
                plans.extend(
                    plans_with_key(&api_key, inventory)
                        .into_iter()
                        .filter(|plan| !plans.contains(plan))
                        .collect::<Vec<_>>(),
                );
            }
            if !api_keys.contains(&api_key) {
                api_keys.push(api_key);
            }
        }
        match <[PlanId; 1]>::try_from(plans) {
            Ok([plan]) => Ok((plan, api_keys)),
            Err(plans) => Err(plan_count_error(&plans, inventory)),
        }
    }
}

/// Fails unless the id belongs to an API key or tenant key, with a hint where to find ids.
fn check_is_key(id: &str, inventory: &Inventory) -> Result<(), CommandError> {
    let api_key = ApiKeyId::new(id);
    let is_tenant_key = inventory.tenant_key(&TenantKeyId::new(id)).is_some();
    // A caller who may not list API keys can still give the id of one.
    if is_tenant_key || inventory.api_key(&api_key) != Presence::Missing {
        return Ok(());
    }
    let tenant_keys = inventory.tenant_keys().iter().filter(|tenant_key| tenant_key.tenant.as_str() == id);
    let keys = tenant_keys.filter_map(|tenant_key| {
        Some(format!("{} ({})", tenant_key.api_key().value_to_show()?, inventory.plan_name(&tenant_key.plan)))
    });
    let keys: Vec<_> = keys.collect::<BTreeSet<_>>().into_iter().collect();
    Err(match keys.is_empty() {
        true => CommandError::for_unknown_id(
            id,
            format!("no API key in a usage plan and no tenant key has the id `{}`", mask_if_value(id)),
        ),
        false => CommandError::usage(
            format!("`{id}` is a tenant with the API keys {}", keys.join(", ")),
            format!("give the id of one; `keypool keys list --tenant {id}` lists them"),
        ),
    })
}

fn plans_with_key(api_key: &ApiKeyId, inventory: &Inventory) -> Vec<PlanId> {
    let is_member =
        |plan: &&keypool_domain::Plan| inventory.is_member(&plan.id, api_key).is_known_to_be(&true);
    inventory.plans().iter().filter(is_member).map(|plan| plan.id.clone()).collect()
}

fn plan_count_error(plans: &[PlanId], inventory: &Inventory) -> CommandError {
    let names: Vec<_> = plans.iter().map(|plan| inventory.plan_name(plan)).collect();
    let what = match names[..] {
        [] => "no usage plan has these API keys".to_owned(),
        _ => format!("these API keys are in several usage plans: {}", names.join(", ")),
    };
    CommandError::usage(what, "`keypool usage` lists API keys with their plans; choose one with --plan")
}

fn extension_record(key: &ExtensionResult, inventory: &Inventory) -> ExtensionRecord {
    ExtensionRecord {
        plan_id: key.plan.to_string(),
        plan: inventory.plan_name(&key.plan).to_owned(),
        api_key_id: key.api_key.to_string(),
        tenants: usage::tenant_names(inventory, &key.api_key),
        shared_by: usage::count_sharing_tenants(inventory, &key.api_key),
        before: key.before,
        left: key.after,
    }
}
