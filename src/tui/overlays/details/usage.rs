//! Usage in the details overlay.

use keypool_domain::usage::QuotaStatus;
use keypool_domain::{ApiKeyId, PlanId};

use crate::tui::app::App;
use crate::tui::panes::{figures, usage};

use super::facts::{Fact, fact};

pub(super) fn plan_usage(app: &App, plan: &PlanId) -> Vec<Fact> {
    usage_facts(
        app,
        app.usage().and_then(|index| index.plan_status(plan)),
        String::new(),
        usage::FIRST_OUT_LABEL,
    )
}

/// Usage of an API key; of a shared one, the total of all tenants that share it.
pub(super) fn key_usage(app: &App, plan: &PlanId, key: &ApiKeyId) -> Vec<Fact> {
    let shared = app.inventory().map(|inventory| usage::key_users(inventory, key));
    let shared = shared
        .filter(|users| users.starts_with("shared"))
        .map_or_else(String::new, |users| format!(" · {users}"));
    usage_facts(app, app.usage().and_then(|index| index.key_status(plan, key)), shared, usage::RUNS_OUT_LABEL)
}

fn usage_facts(app: &App, status: Option<&QuotaStatus>, shared: String, forecast_label: &str) -> Vec<Fact> {
    let Some(status) = status else {
        return app.usage().map(|_| fact("used", "–")).into_iter().collect();
    };
    let role = figures::usage_role(status, figures::key_warning(status));
    let percent = status.whole_percent().map_or_else(String::new, |percent| format!(" · {percent}%"));
    let used = format!("{}{percent}{shared}", usage::format_used(status));
    vec![
        Fact { role, ..fact("used", used) },
        Fact { role, ..fact("pace", usage::format_pace(status, forecast_label)) },
    ]
}
