//! What is said of usage in the details.

use keypool_domain::usage::QuotaStatus;
use keypool_domain::{ApiKeyId, PlanId};

use crate::tui::app::App;
use crate::tui::panes::{figures, usage};

use super::facts::{Fact, fact};

/// Where the keys of a plan stand together.
pub(super) fn plan_usage(app: &App, plan: &PlanId) -> Vec<Fact> {
    usage_facts(
        app,
        app.usage().and_then(|index| index.plan_status(plan)),
        String::new(),
        usage::FIRST_OUT_LABEL,
    )
}

/// Where a key stands; of one that is shared, what all who share it used.
pub(super) fn key_usage(app: &App, plan: &PlanId, key: &ApiKeyId) -> Vec<Fact> {
    let shared = app.inventory().map(|inventory| usage::key_users(inventory, key));
    let shared =
        shared.filter(|who| who.starts_with("shared")).map_or_else(String::new, |who| format!(" · {who}"));
    usage_facts(app, app.usage().and_then(|index| index.key_status(plan, key)), shared, usage::RUNS_OUT_LABEL)
}

fn usage_facts(app: &App, standing: Option<&QuotaStatus>, shared: String, ends: &str) -> Vec<Fact> {
    let Some(standing) = standing else {
        return app.usage().map(|_| fact("used", "–")).into_iter().collect();
    };
    let role = figures::usage_role(standing, figures::key_warning(standing));
    let percent = standing.whole_percent().map_or_else(String::new, |percent| format!(" · {percent}%"));
    let used = format!("{}{percent}{shared}", usage::format_used(standing));
    vec![
        Fact { role, ..fact("used", used) },
        Fact { role, ..fact("pace", usage::format_pace(standing, ends)) },
    ]
}
