//! Usage in the details dialog.

use keypool_domain::usage::QuotaStatus;
use keypool_domain::{ApiKeyId, PlanId};

use crate::tui::dialogs::details::facts::{Fact, fact};
use crate::tui::model::Model;
use crate::tui::model::usage_loading::UsageState;
use crate::tui::quota_text;

pub(super) fn plan_usage(model: &Model, plan: &PlanId) -> Vec<Fact> {
    usage_facts(
        model,
        plan,
        model.usage().and_then(|index| index.plan_status(plan)),
        String::new(),
        quota_text::FIRST_OUT_LABEL,
    )
}

/// Usage of an API key; of a shared one, the total of all tenants that share it.
pub(super) fn key_usage(model: &Model, plan: &PlanId, key: &ApiKeyId) -> Vec<Fact> {
    let users = model.inventory().map(|inventory| quota_text::key_users(inventory, key));
    let shared_by = users
        .filter(|users| users.starts_with("shared"))
        .map_or_else(String::new, |users| format!(" · {users}"));
    usage_facts(
        model,
        plan,
        model.usage().and_then(|index| index.key_status(plan, key)),
        shared_by,
        quota_text::RUNS_OUT_LABEL,
    )
}

fn usage_facts(
    model: &Model,
    plan: &PlanId,
    status: Option<&QuotaStatus>,
    shared_by: String,
    forecast_label: &str,
) -> Vec<Fact> {
    let Some(status) = status else {
        let state = model.usage_state(plan);
        let why = match state {
            UsageState::Read => "",
            UsageState::Pending => " (not read yet)",
            UsageState::Unread => " (not read)",
        };
        return vec![fact("used", format!("{}{why}", state.missing_mark()))];
    };
    let role = quota_text::usage_role(status, quota_text::key_warning(status));
    let percent = status.figure.whole_percent().map_or_else(String::new, |percent| format!(" · {percent}%"));
    let used = format!("{}{percent}{shared_by}", quota_text::format_used(status.figure));
    vec![
        Fact { role, ..fact("used", used) },
        Fact { role, ..fact("pace", quota_text::format_pace(status, forecast_label)) },
    ]
}
