//! A menu, e.g. of moves for the selected tenant keys. An unavailable item stays in the menu, with the reason.

mod file;
mod fixes;
mod setup;

use keypool_domain::change::OtherPlans;
use keypool_domain::text::pluralize;
use keypool_domain::{Change, Inventory, PlanId, Refusal, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::ops::final_refusal;
use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{Action, DialogAction, MotionAction};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::styles::Role;
use crate::tui::text;

const WIDTH: u16 = 72;
/// Indent of the reason below an unavailable item.
const REASON_INDENT_COLS: usize = 4;

#[derive(Debug, Clone)]
pub(crate) struct Menu {
    title: String,
    items: Vec<MenuItem>,
    selected: usize,
}

#[derive(Debug, Clone)]
struct MenuItem {
    label: String,
    /// The error is the reason why the item is unavailable.
    target: Result<MenuTarget, String>,
}

/// What selecting an item does.
#[derive(Debug, Clone)]
enum MenuTarget {
    Command(Box<Command>),
    /// Opens the menu of plans to move these tenant keys to.
    Plans(Vec<TenantKeyId>),
}

impl Menu {
    /// Moves of these tenant keys, and rebalancing the pool of `plan`.
    pub(crate) fn for_moves(
        tenant_keys: Vec<TenantKeyId>,
        plan: Option<PlanId>,
        inventory: &Inventory,
    ) -> Self {
        let mut items = Vec::new();
        if !tenant_keys.is_empty() {
            let isolate = Change::Isolate(tenant_keys.clone());
            items.push(change_item("isolate: own API key", isolate, inventory));
            let consolidate =
                |other_plans| Change::Consolidate { tenant_keys: tenant_keys.clone(), other_plans };
            items.extend(change_items("consolidate: into the plan's pool", consolidate, inventory));
            items.push(change_plan_item(tenant_keys.clone(), inventory));
        }
        items.extend(plan.map(|plan| {
            let label = format!("rebalance: even out the pool of {}", inventory.plan_name(&plan));
            change_item(label, Change::Rebalance(plan), inventory)
        }));
        let title = match &tenant_keys[..] {
            [] => "move".to_owned(),
            [key] => format!("move {}", inventory.tenant_key(key).map_or(key.as_str(), |key| &key.name)),
            tenant_keys => format!("move {}", pluralize(tenant_keys.len(), "key")),
        };
        Self::new(title, items)
    }

    /// Selects the first available item.
    fn new(title: String, items: Vec<MenuItem>) -> Self {
        let first = items.iter().position(|item| item.target.is_ok());
        Self { title, items, selected: first.unwrap_or(0) }
    }

    /// Edits of several tenant keys at once.
    pub(crate) fn for_edits(tenant_keys: &[TenantKeyId], inventory: &Inventory) -> Self {
        let set_enabled = |enabled, label| {
            change_item(label, Change::SetEnabled { tenant_keys: tenant_keys.to_vec(), enabled }, inventory)
        };
        let items = vec![set_enabled(false, "disable"), set_enabled(true, "enable")];
        Self::new(format!("edit {}", pluralize(tenant_keys.len(), "key")), items)
    }

    fn for_plans(tenant_keys: &[TenantKeyId], inventory: &Inventory) -> Self {
        Self::new("move to plan".to_owned(), plan_items(tenant_keys, inventory).collect())
    }

    fn accept(&mut self, model: &Model) -> Handled {
        let target = self.items.get(self.selected).map(|item| item.target.clone());
        match (target, model.inventory()) {
            (Some(Ok(MenuTarget::Command(command))), _) => close_with(*command),
            (Some(Ok(MenuTarget::Plans(tenant_keys))), Some(inventory)) => {
                *self = Self::for_plans(&tenant_keys, inventory);
                done()
            }
            _ => done(),
        }
    }
}

impl Screen for Menu {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog, Scope::Text]
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "choose" } else { spec.footer })
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        let last = self.items.len().saturating_sub(1);
        if action.closes_text() {
            return Some(vec![Command::Close]);
        }
        match (action.as_motion(), action.as_dialog()) {
            (_, Some(DialogAction::Accept)) => return self.accept(model),
            (Some(MotionAction::Down), _) | (_, Some(DialogAction::NextField)) => {
                self.selected = (self.selected + 1).min(last);
            }
            (Some(MotionAction::Up), _) | (_, Some(DialogAction::PreviousField)) => {
                self.selected = self.selected.saturating_sub(1);
            }
            (Some(MotionAction::Top), _) => self.selected = 0,
            (Some(MotionAction::Bottom), _) => self.selected = last,
            (
                Some(
                    MotionAction::PageDown
                    | MotionAction::PageUp
                    | MotionAction::HalfDown
                    | MotionAction::HalfUp,
                ),
                _,
            )
            | (_, Some(DialogAction::Dismiss | DialogAction::NextChoice | DialogAction::PreviousChoice))
            | (None, None) => return None,
        }
        done()
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let width = frame::content_cols(model, WIDTH);
        let mut lines = Vec::new();
        let mut selected_end = 0;
        for (at, item) in self.items.iter().enumerate() {
            let is_selected = at == self.selected;
            let marker = if is_selected { "►" } else { " " };
            let role = match (is_selected, &item.target) {
                (true, Ok(_)) => Role::Selection,
                (false, Ok(_)) => Role::Text,
                (_, Err(_)) => Role::Muted,
            };
            let label = format!("{marker} {}", text::clean(&item.label));
            lines.push(Line::styled(text::fit(&label, width.into()).into_owned(), styles.get(role)));
            if let Err(reason) = &item.target {
                let wrapped = text::wrap(reason, usize::from(width).saturating_sub(REASON_INDENT_COLS));
                lines.extend(wrapped.into_iter().map(|line| {
                    Line::styled(format!("{}{line}", " ".repeat(REASON_INDENT_COLS)), styles.get(Role::Muted))
                }));
            }
            if is_selected {
                selected_end = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            }
        }
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, &self.title, width, height);
        Scroll(selected_end.saturating_sub(inside.height)).draw(model, lines, inside, frame);
    }
}

impl Dialog for Menu {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}

fn command_item(label: String, command: Command) -> MenuItem {
    MenuItem { label, target: Ok(MenuTarget::Command(Box::new(command))) }
}

fn change_item(label: impl Into<String>, change: Change, inventory: &Inventory) -> MenuItem {
    let target = match final_refusal(&change, inventory) {
        None => Ok(MenuTarget::Command(Box::new(Command::Confirm(change)))),
        Some(refusal) => Err(refusal.to_string()),
    };
    MenuItem { label: label.into(), target }
}

fn change_plan_item(tenant_keys: Vec<TenantKeyId>, inventory: &Inventory) -> MenuItem {
    let label = "change plan".to_owned();
    let is_available = plan_items(&tenant_keys, inventory).any(|item| item.target.is_ok());
    let reason = || {
        let first_refusal = plan_items(&tenant_keys, inventory).find_map(|item| item.target.err());
        first_refusal.unwrap_or_else(|| "there are no other usage plans".to_owned())
    };
    let target = if is_available { Ok(MenuTarget::Plans(tenant_keys)) } else { Err(reason()) };
    MenuItem { label, target }
}

/// The items for each plan, except for a plan that all the keys are already in.
fn plan_items<'a>(
    tenant_keys: &'a [TenantKeyId],
    inventory: &'a Inventory,
) -> impl Iterator<Item = MenuItem> + 'a {
    let changes_plan = |plan: &PlanId| {
        tenant_keys.iter().any(|key| inventory.tenant_key(key).is_some_and(|key| key.plan != *plan))
    };
    inventory.plans().iter().filter(move |plan| changes_plan(&plan.id)).flat_map(|plan| {
        let model = text::format_model(inventory, &plan.id);
        let label = format!("{} · {model}", inventory.plan_name(&plan.id));
        let change = |other_plans| Change::ChangePlan {
            tenant_keys: tenant_keys.to_vec(),
            plan: plan.id.clone(),
            other_plans,
        };
        change_items(&label, change, inventory)
    })
}

/// Offers two variants, to keep or to leave the other plans, if the API keys are in other plans too.
fn change_items(label: &str, change: impl Fn(OtherPlans) -> Change, inventory: &Inventory) -> Vec<MenuItem> {
    let refusing = change(OtherPlans::Refuse);
    if !matches!(refusing.units(inventory), Err(Refusal::OtherPlans(_))) {
        return vec![change_item(label, refusing, inventory)];
    }
    let variants = [(OtherPlans::Keep, "keep the other plans"), (OtherPlans::Leave, "leave the other plans")];
    let items = variants
        .map(|(other_plans, what)| change_item(format!("{label} · {what}"), change(other_plans), inventory));
    items.into_iter().collect()
}
