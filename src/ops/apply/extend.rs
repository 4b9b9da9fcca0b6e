//! Remaining quota of API keys: read once per change, then set key by key.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use keypool_domain::change::{BalanceChange, ExtensionResult};
use keypool_domain::usage::DayRange;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId};

use super::UnitOutcome;
use super::unit::UnitExecutor;
use crate::aws::{Aws, Failure};

/// Remaining quota per API key, in calls.
pub(super) type Balances = BTreeMap<ApiKeyId, u64>;

/// Reads the remaining quota of the keys of an extension. One call for a single key; for several, the
/// calls that list the whole plan. Other changes read nothing.
pub(super) async fn read_balances(
    aws: &Aws,
    change: &Change,
    inventory: &Inventory,
) -> Result<Balances, Failure> {
    let Change::Extend(extension) = change else { return Ok(Balances::new()) };
    let today = DayRange::last_days(1, aws.now().to_zoned(TimeZone::UTC).date());
    let usage = match &extension.keys[..] {
        [(api_key, _)] => aws.usage_of_key(&extension.plan, api_key, today).await?,
        _ => aws.usage(&extension.plan, today).await?,
    };
    // GetUsage omits API keys that have not been used: all of their quota remains.
    let limit = inventory.plan(&extension.plan).and_then(|plan| plan.quota).map_or(0, |quota| quota.limit);
    let remaining = |api_key: &ApiKeyId| {
        let day = usage.get(api_key).and_then(|days| days.last());
        day.and_then(|day| day.remaining).map_or(limit, |remaining| u64::try_from(remaining).unwrap_or(0))
    };
    Ok(extension.keys.iter().map(|(api_key, _)| (api_key.clone(), remaining(api_key))).collect())
}

impl UnitExecutor<'_> {
    /// Sets the remaining quota of an API key. Idempotent.
    pub(super) async fn set_balance(
        &mut self,
        plan: &PlanId,
        api_key: &ApiKeyId,
        balance: BalanceChange,
    ) -> Result<UnitOutcome, Failure> {
        let before = self.balances.get(api_key).copied().unwrap_or(0);
        let after = balance.after(before);
        self.aws.set_remaining(plan, api_key, after).await?;
        // A later unit of this change may extend the same key again.
        self.balances.insert(api_key.clone(), after);
        Ok(UnitOutcome::Extended(ExtensionResult {
            plan: plan.clone(),
            api_key: api_key.clone(),
            before,
            after,
        }))
    }
}
