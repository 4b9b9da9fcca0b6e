//! `keypool usage --warn`: what a cron job looks after.

use keypool_domain::Inventory;
use keypool_domain::change::counted;
use keypool_domain::usage::{AccountUse, Limit, QuotaWarning, Tonight, Why};
use serde::Serialize;

use crate::cli::Stop;
use crate::cli::output::{self, Format, Record};
use crate::ops::listing::usage::{self, StandingRecord, with_standing};

/// Something that needs somebody: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WarningRecord {
    kind: &'static str,
    plan_id: Option<String>,
    plan: Option<String>,
    api_key_id: Option<String>,
    tenants: Vec<String>,
    #[serde(flatten)]
    standing: StandingRecord,
}

impl Record for WarningRecord {
    const FIELDS: &'static [&'static str] = with_standing!["kind", "planId", "plan", "apiKeyId", "tenants"];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("warning", "kind"),
        ("plan", "plan"),
        ("api key", "apiKeyId"),
        ("used", "used"),
        ("left", "left"),
        ("limit", "limit"),
        ("%", "percent"),
        ("runs out", "runsOut"),
        ("resets (expected)", "resetsAt"),
        ("tenants", "tenants"),
    ];
}

/// Lists the warnings; that there are any is one exit status, and that plans could not be asked is another.
pub(super) fn list(
    tonight: &Tonight,
    inventory: &Inventory,
    unread: usize,
    format: Format,
) -> Result<(), Stop> {
    let account = tonight.account.iter().filter(|limit| limit.over).map(of_account);
    let records: Vec<_> =
        tonight.quotas.iter().map(|warning| of_quota(warning, inventory)).chain(account).collect();
    output::list(&records, format)?;
    match (records.len(), unread) {
        (0, 0) => Ok(()),
        // Silence must not be taken for good news.
        (0, unread) => Err(Stop::Usage {
            what: format!("{} could not be asked for its usage", counted(unread, "usage plan")),
            hint: "the notes above say why".to_owned(),
        }),
        (count, _) => Err(Stop::Findings(count)),
    }
}

fn of_quota(warning: &QuotaWarning, inventory: &Inventory) -> WarningRecord {
    WarningRecord {
        kind: match warning.why {
            Why::Spent => "spent",
            Why::RunsOut(_) => "runs-out",
            Why::Over => "over",
        },
        plan_id: Some(warning.plan.to_string()),
        plan: Some(inventory.plan_name(&warning.plan).to_owned()),
        api_key_id: Some(warning.api_key.to_string()),
        tenants: usage::names_behind(inventory, &warning.api_key),
        standing: StandingRecord::of(Some(warning.standing)),
    }
}

fn of_account(limit: &AccountUse) -> WarningRecord {
    let (kind, api_key) = match &limit.limit {
        Limit::ApiKeys => ("api-keys", None),
        Limit::Plans => ("plans", None),
        Limit::PlansOfKey(key) => ("plans-of-key", Some(key.to_string())),
    };
    let standing = StandingRecord::counted(limit.count, limit.most, limit.percent());
    WarningRecord { kind, plan_id: None, plan: None, api_key_id: api_key, tenants: Vec::new(), standing }
}
