//! What API keys have left of their quota, read once for a change and then set key by key.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use keypool_domain::change::{BalanceChange, ExtensionResult};
use keypool_domain::usage::DayRange;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId};

use super::UnitOutcome;
use super::unit::UnitExecutor;
use crate::aws::{Aws, Failure};

/// What each API key of an extension has left.
pub(super) type Balances = BTreeMap<ApiKeyId, u64>;

/// Reads what is left of the keys of an extension: a call for a single key, and no more than those of the plan for
/// many; other changes need none.
pub(super) async fn read_balances(
    aws: &Aws,
    change: &Change,
    inventory: &Inventory,
) -> Result<Balances, Failure> {
    let Change::Extend(extension) = change else { return Ok(Balances::new()) };
    let today = DayRange::last_days(1, aws.now().to_zoned(TimeZone::UTC).date());
    let told = match &extension.keys[..] {
        [(api_key, _)] => aws.usage_of_key(&extension.plan, api_key, today).await?,
        _ => aws.usage_for_refresh(&extension.plan, today).await?,
    };
    // A key of which nothing is told has used nothing.
    let limit = inventory.plan(&extension.plan).and_then(|plan| plan.quota).map_or(0, |quota| quota.limit);
    let left = |api_key: &ApiKeyId| {
        let day = told.get(api_key).and_then(|days| days.last());
        day.and_then(|day| day.remaining).map_or(limit, |left| u64::try_from(left).unwrap_or(0))
    };
    Ok(extension.keys.iter().map(|(api_key, _)| (api_key.clone(), left(api_key))).collect())
}

impl UnitExecutor<'_> {
    /// Sets what an API key has left; told twice it is the same.
    pub(super) async fn set_balance(
        &mut self,
        plan: &PlanId,
        api_key: &ApiKeyId,
        balance: BalanceChange,
    ) -> Result<UnitOutcome, Failure> {
        let before = self.balances.get(api_key).copied().unwrap_or(0);
        let after = balance.after(before);
        self.aws.set_remaining(plan, api_key, after).await?;
        // The same key may be named again.
        self.balances.insert(api_key.clone(), after);
        Ok(UnitOutcome::Extended(ExtensionResult {
            plan: plan.clone(),
            api_key: api_key.clone(),
            before,
            after,
        }))
    }
}
