//! A list to choose from: what can be done to the chosen tenant keys, which stage is set up, and the like. What is
//! impossible stays in the list and says why.

mod file;
mod fixes;
mod setup;

use keypool_domain::change::{OtherPlans, pluralize};
use keypool_domain::{Change, Inventory, PlanId, Refusal, TenantKeyId};
use ratatui::Frame;
use ratatui::text::Line;

use crate::ops::final_refusal;
use crate::tui::action::{Action, DialogAction, MotionAction};
use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};

const WIDTH: u16 = 72;
/// Cells before the reason of what is impossible.
const REASON_INDENT_COLS: usize = 4;

/// The list and where one is in it.
#[derive(Debug, Clone)]
pub(crate) struct Menu {
    title: String,
    items: Vec<MenuItem>,
    selected: usize,
}

#[derive(Debug, Clone)]
struct MenuItem {
    label: String,
    target: Result<MenuTarget, String>,
}

/// Where an item leads.
#[derive(Debug, Clone)]
enum MenuTarget {
    Reply(Box<Reply>),
    /// To the plans that these could go to.
    Plans(Vec<TenantKeyId>),
}

impl Menu {
    /// For these tenant keys, and the pool of this plan.
    pub(crate) fn for_moves(rows: Vec<TenantKeyId>, plan: Option<PlanId>, inventory: &Inventory) -> Self {
        let mut items = Vec::new();
        if !rows.is_empty() {
            let isolate = Change::Isolate(rows.clone());
            items.push(change_item("isolate: an API key of its own", isolate, inventory));
            let consolidate = |others| Change::Consolidate { tenant_keys: rows.clone(), others };
            items.extend(change_items("consolidate: into the pool of its plan", consolidate, inventory));
            items.push(change_plan_item(rows.clone(), inventory));
        }
        items.extend(plan.map(|plan| {
            let label = format!("rebalance: bring the pool of {} level", inventory.plan_name(&plan));
            change_item(label, Change::Rebalance(plan), inventory)
        }));
        let title = match &rows[..] {
            [] => "move".to_owned(),
            [row] => format!("move {}", inventory.tenant_key(row).map_or(row.as_str(), |row| &row.name)),
            rows => format!("move {}", pluralize(rows.len(), "key")),
        };
        Self::new(title, items)
    }

    /// With the first that is possible under the cursor.
    fn new(title: String, items: Vec<MenuItem>) -> Self {
        let first = items.iter().position(|item| item.target.is_ok());
        Self { title, items, selected: first.unwrap_or(0) }
    }

    /// The edits that several tenant keys can have at once.
    pub(crate) fn for_edits(rows: &[TenantKeyId], inventory: &Inventory) -> Self {
        let switch = |enabled, label| {
            change_item(label, Change::SetEnabled { tenant_keys: rows.to_vec(), enabled }, inventory)
        };
        let items = vec![switch(false, "disable"), switch(true, "enable")];
        Self::new(format!("edit {}", pluralize(rows.len(), "key")), items)
    }

    fn for_plans(rows: &[TenantKeyId], inventory: &Inventory) -> Self {
        Self::new("to which plan?".to_owned(), plan_items(rows, inventory).collect())
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        let last = self.items.len().saturating_sub(1);
        if action.closes_text() {
            return Reply::Close;
        }
        match (action.as_motion(), action.as_dialog()) {
            (_, Some(DialogAction::Accept)) => return self.accept(app),
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
            | (None, None) => return Reply::Pass,
        }
        Reply::Stay
    }

    fn accept(&mut self, app: &App) -> Reply {
        let lead = self.items.get(self.selected).map(|item| item.target.clone());
        match (lead, app.inventory()) {
            (Some(Ok(MenuTarget::Reply(reply))), _) => *reply,
            (Some(Ok(MenuTarget::Plans(rows))), Some(inventory)) => {
                *self = Self::for_plans(&rows, inventory);
                Reply::Stay
            }
            _ => Reply::Stay,
        }
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let look = &app.options.styles;
        let width = frame::content_cols(app, WIDTH);
        let mut lines = Vec::new();
        let mut selected_ends = 0;
        for (at, item) in self.items.iter().enumerate() {
            let here = at == self.selected;
            let sign = if here { "▶" } else { " " };
            let role = match (here, &item.target) {
                (true, Ok(_)) => Role::Selection,
                (false, Ok(_)) => Role::Text,
                (_, Err(_)) => Role::Muted,
            };
            let label = format!("{sign} {}", text::clean(&item.label));
            lines.push(Line::styled(text::fit(&label, width.into()).into_owned(), look.get(role)));
            if let Err(why) = &item.target {
                let wrapped = text::wrap(why, usize::from(width).saturating_sub(REASON_INDENT_COLS));
                lines.extend(wrapped.into_iter().map(|line| {
                    Line::styled(format!("{}{line}", " ".repeat(REASON_INDENT_COLS)), look.get(Role::Muted))
                }));
            }
            if here {
                selected_ends = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            }
        }
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, &self.title, width, height);
        Scroll(selected_ends.saturating_sub(inside.height)).draw(app, lines, inside, frame);
    }
}

fn reply_item(label: String, to: Reply) -> MenuItem {
    MenuItem { label, target: Ok(MenuTarget::Reply(Box::new(to))) }
}

fn change_item(label: impl Into<String>, change: Change, inventory: &Inventory) -> MenuItem {
    let leads = match final_refusal(&change, inventory) {
        None => Ok(MenuTarget::Reply(Box::new(Reply::Confirm(change)))),
        Some(refusal) => Err(refusal.to_string()),
    };
    MenuItem { label: label.into(), target: leads }
}

fn change_plan_item(rows: Vec<TenantKeyId>, inventory: &Inventory) -> MenuItem {
    let label = "change plan: to another usage plan".to_owned();
    let open = plan_items(&rows, inventory).any(|item| item.target.is_ok());
    let why = || {
        let refused = plan_items(&rows, inventory).find_map(|item| item.target.err());
        refused.unwrap_or_else(|| "there is no other usage plan".to_owned())
    };
    let leads = if open { Ok(MenuTarget::Plans(rows)) } else { Err(why()) };
    MenuItem { label, target: leads }
}

/// The plans that not all of the keys are in already.
fn plan_items<'a>(rows: &'a [TenantKeyId], inventory: &'a Inventory) -> impl Iterator<Item = MenuItem> + 'a {
    let elsewhere =
        |plan: &PlanId| rows.iter().any(|row| inventory.tenant_key(row).is_some_and(|row| row.plan != *plan));
    inventory.plans().iter().filter(move |plan| elsewhere(&plan.id)).flat_map(|plan| {
        let label = format!("{} · {}", plan.name, inventory.model(&plan.id));
        let to = |others| Change::ChangePlan { tenant_keys: rows.to_vec(), plan: plan.id.clone(), others };
        change_items(&label, to, inventory)
    })
}

/// A change that is refused for other plans of the API keys is offered once for each thing that may become of them.
fn change_items(label: &str, change: impl Fn(OtherPlans) -> Change, inventory: &Inventory) -> Vec<MenuItem> {
    let plain = change(OtherPlans::Refuse);
    if !matches!(plain.units(inventory), Err(Refusal::OtherPlans(_))) {
        return vec![change_item(label, plain, inventory)];
    }
    let ways = [(OtherPlans::Keep, "keep the other plans"), (OtherPlans::Leave, "leave the other plans")];
    let offered =
        ways.map(|(others, what)| change_item(format!("{label} · {what}"), change(others), inventory));
    offered.into_iter().collect()
}
