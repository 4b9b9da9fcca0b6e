//! `keypool usage --warn`, for cron jobs.

use keypool_domain::Inventory;
use keypool_domain::text::pluralize;
use keypool_domain::usage::{AccountLimit, AccountLimitUse, QuotaWarning, QuotaWarningKind, UsageWarnings};

use crate::cli::CommandError;
use crate::cli::output::{self, Format, records};
use crate::ops::listing::usage::{self, QuotaStatusRecord};

records! {
    struct WarningRecord {
        kind: &'static str => "warning",
        plan_id: Option<String>,
        plan: Option<String> => "plan",
        api_key_id: Option<String> => "api key",
        tenants: Vec<String> => "tenants" [after("resets_at")],
        #[serde(flatten)]
        quota_status: QuotaStatusRecord [flat, hide("calls_per_day")],
    }
}

/// Lists the warnings. `unread` is the number of plans whose usage could not be read; if there are no
/// warnings, it decides the exit status.
pub(super) fn list_warnings(
    warnings: &UsageWarnings,
    inventory: &Inventory,
    unread: usize,
    format: Format,
) -> Result<(), CommandError> {
    let account_records =
        warnings.account_limits.iter().filter(|limit| limit.is_above_threshold).map(account_record);
    let records: Vec<_> = warnings
        .quotas
        .iter()
        .map(|warning| quota_record(warning, inventory))
        .chain(account_records)
        .collect();
    output::list(&records, format)?;
    match (records.len(), unread) {
        (0, 0) => Ok(()),
        // An empty list must not look as if all were well.
        (0, unread) => Err(CommandError::usage(
            format!("the usage of {} could not be read", pluralize(unread, "usage plan")),
            "the notes above say why",
        )),
        (count, _) => Err(CommandError::Findings(count)),
    }
}

fn quota_record(warning: &QuotaWarning, inventory: &Inventory) -> WarningRecord {
    WarningRecord {
        kind: match warning.kind {
            QuotaWarningKind::Exhausted => "exhausted",
            QuotaWarningKind::RunsOut(_) => "runs-out",
            QuotaWarningKind::AboveThreshold => "above-threshold",
        },
        plan_id: Some(warning.plan.to_string()),
        plan: Some(inventory.plan_name(&warning.plan).to_owned()),
        api_key_id: Some(warning.api_key.to_string()),
        tenants: usage::tenant_names(inventory, &warning.api_key),
        quota_status: QuotaStatusRecord::new(Some(warning.status)),
    }
}

fn account_record(limit: &AccountLimitUse) -> WarningRecord {
    let (kind, api_key) = match &limit.limit {
        AccountLimit::ApiKeys => ("api-keys", None),
        AccountLimit::Plans => ("plans", None),
        AccountLimit::PlansOfKey(key) => ("plans-of-key", Some(key.to_string())),
    };
    let quota_status = QuotaStatusRecord::for_account_limit(limit.count, limit.max, limit.percent());
    WarningRecord { kind, plan_id: None, plan: None, api_key_id: api_key, tenants: Vec::new(), quota_status }
}
