//! Ask for the settings of a pool: of a new one, or to edit them.

use keypool_domain::change::NewPoolRequest;
use keypool_domain::{ApiKeyId, Change, Inventory, PlanId};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

const STRATEGY_CHOICES: &[&str] = &["least-tenants", "least-used", "sticky", "random"];
/// In tenant keys per pool key.
const DEFAULT_CAPACITY: &str = "100";
const NO_UNUSED_KEYS_NOTE: &str = "No API key of the plan is unused, so new ones are created for the pool. To share \
                                 existing keys instead, cancel and mark them first.";
const CAPACITY_NOTE: &str = "Capacity: maximum number of tenant keys per API key.";

#[derive(Debug, Clone)]
struct CreatePoolForm {
    plan: PlanId,
    /// The API keys to share.
    api_keys: Vec<ApiKeyId>,
    strategy: TextField,
    capacity: TextField,
    new_keys: TextField,
}

pub(crate) fn open_for_new_pool(plan: PlanId, api_keys: Vec<ApiKeyId>, inventory: &Inventory) -> Command {
    let names: Vec<_> = api_keys.iter().map(ApiKeyId::as_str).collect();
    let (note, new_keys) = match &names[..] {
        [] => (NO_UNUSED_KEYS_NOTE.to_owned(), "1"),
        names => (format!("Keys to share: {}", names.join(", ")), "0"),
    };
    let title = format!("create a pool for {}", inventory.plan_name(&plan));
    let (strategy, capacity) = (strategy_field(STRATEGY_CHOICES[0]), capacity_field(DEFAULT_CAPACITY));
    let new_keys = TextField::with_suggestion("new keys", new_keys);
    form::open(title, note, CreatePoolForm { plan, api_keys, strategy, capacity, new_keys })
}

impl Form for CreatePoolForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(strategy, capacity, new_keys);

    fn submit(&self, model: &Model) -> Submission {
        let strategy = self.strategy.text().parse()?;
        let capacity = self.capacity.parse_whole_number()?;
        let new_keys = self.new_keys.parse_whole_number()?;
        let (plan, api_keys) = (self.plan.clone(), self.api_keys.clone());
        let request = NewPoolRequest { plan, api_keys, new_keys, strategy, capacity };
        form::confirm(Change::CreatePool(request), model)
    }
}

#[derive(Debug, Clone)]
struct EditPoolForm {
    plan: PlanId,
    strategy: TextField,
    capacity: TextField,
}

/// Suggests the current settings.
pub(crate) fn open_for_edit(plan: PlanId, inventory: &Inventory) -> Command {
    let title = format!("edit the pool of {}", inventory.plan_name(&plan));
    let pool = inventory.pool(&plan);
    let strategy = pool.map_or_else(String::new, |pool| pool.strategy.to_string());
    let capacity = pool.and_then(|pool| pool.capacity.value_to_show());
    let capacity = capacity.map_or_else(String::new, ToString::to_string);
    let (strategy, capacity) = (strategy_field(&strategy), capacity_field(&capacity));
    form::open(title, CAPACITY_NOTE, EditPoolForm { plan, strategy, capacity })
}

impl Form for EditPoolForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(strategy, capacity);

    fn submit(&self, model: &Model) -> Submission {
        let strategy = self.strategy.text().parse()?;
        let capacity = self.capacity.parse_whole_number()?;
        let change =
            Change::SetPool { plan: self.plan.clone(), strategy: Some(strategy), capacity: Some(capacity) };
        form::confirm(change, model)
    }
}

fn strategy_field(strategy: &str) -> TextField {
    TextField::with_choices("strategy", strategy, STRATEGY_CHOICES)
}

fn capacity_field(capacity: &str) -> TextField {
    TextField::with_suggestion("capacity", capacity)
}
