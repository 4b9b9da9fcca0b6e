//! Asks how to raise or lower the remaining quota of API keys.

use keypool_domain::change::{BalanceChange, Extension};
use keypool_domain::text::pluralize;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct ExtendForm {
    plan: PlanId,
    api_keys: Vec<ApiKeyId>,
    /// Whether to add to or to set the remaining calls.
    add_or_set: TextField,
    calls: TextField,
    reason: TextField,
}

/// `note` shows the current quota status.
pub(crate) fn open(plan: PlanId, api_keys: Vec<ApiKeyId>, note: String, inventory: &Inventory) -> Command {
    let keys = match &api_keys[..] {
        [key] => format!("API key {key}"),
        keys => pluralize(keys.len(), "API key"),
    };
    let title = format!("remaining quota of {keys} in {}", inventory.plan_name(&plan));
    let form = ExtendForm {
        plan,
        api_keys,
        add_or_set: TextField::with_choices("add or set", "add", &["add", "set"]),
        calls: TextField::new("calls", ""),
        reason: TextField::new("reason", ""),
    };
    form::open(title, note, form)
}

impl Form for ExtendForm {
    const ASKS_FOR_CHANGE: bool = true;
    const INITIAL_FOCUS: Option<&'static str> = Some("calls");
    form_fields!(add_or_set, calls, reason);

    fn submit(&self, model: &Model) -> Submission {
        let calls = self.calls.text().replace([',', '_'], "");
        let calls = calls.parse().map_err(|_| "calls must be a whole number, e.g. 500")?;
        let balance = match self.add_or_set.text() {
            "add" => BalanceChange::Add(calls),
            "set" => BalanceChange::Set(calls),
            _ => return Err("choose add or set: add to the remaining calls, or set them".into()),
        };
        let keys = self.api_keys.iter().map(|key| (key.clone(), balance)).collect();
        let reason = self.reason.text().to_owned();
        form::confirm(Change::Extend(Extension { plan: self.plan.clone(), keys, reason }), model)
    }
}
