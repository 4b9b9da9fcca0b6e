//! A list to choose from: what can be done to the chosen tenant keys, which stage is set up, and the like. What is
//! impossible stays in the list and says why.

mod file;
mod fixes;
mod setup;

use keypool_domain::change::{OtherPlans, counted};
use keypool_domain::{Change, Inventory, PlanId, Refusal, RowId};
use ratatui::Frame;
use ratatui::text::Line;

use crate::ops::lasting_refusal;
use crate::tui::action::{Action, DialogAction, MotionAction};
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};

const WIDTH: u16 = 72;
/// Cells before the reason of what is impossible.
const INDENT: usize = 4;

/// The list and where one is in it.
#[derive(Debug, Clone)]
pub(crate) struct Menu {
    title: String,
    items: Vec<Item>,
    at: usize,
}

#[derive(Debug, Clone)]
struct Item {
    label: String,
    leads: Result<Lead, String>,
}

/// Where an item leads.
#[derive(Debug, Clone)]
enum Lead {
    To(Box<Reply>),
    /// To the plans that these could go to.
    Plans(Vec<RowId>),
}

impl Menu {
    /// For these tenant keys, and the pool of this plan.
    pub(crate) fn of(rows: Vec<RowId>, plan: Option<PlanId>, inventory: &Inventory) -> Self {
        let mut items = Vec::new();
        if !rows.is_empty() {
            let isolate = Change::Isolate(rows.clone());
            items.push(item("isolate: an API key of its own", isolate, inventory));
            let consolidate = |others| Change::Consolidate { rows: rows.clone(), others };
            items.extend(choices("consolidate: into the pool of its plan", consolidate, inventory));
            items.push(to_plans(rows.clone(), inventory));
        }
        items.extend(plan.map(|plan| {
            let label = format!("rebalance: bring the pool of {} level", inventory.plan_name(&plan));
            item(label, Change::Rebalance(plan), inventory)
        }));
        let title = match &rows[..] {
            [] => "move".to_owned(),
            [row] => format!("move {}", inventory.row(row).map_or(row.as_str(), |row| &row.name)),
            rows => format!("move {}", counted(rows.len(), "key")),
        };
        Self::new(title, items)
    }

    /// With the first that is possible under the cursor.
    fn new(title: String, items: Vec<Item>) -> Self {
        let first = items.iter().position(|item| item.leads.is_ok());
        Self { title, items, at: first.unwrap_or(0) }
    }

    /// The edits that several tenant keys can have at once.
    pub(crate) fn edits(rows: &[RowId], inventory: &Inventory) -> Self {
        let switch = |enabled, label| item(label, Change::Switch { rows: rows.to_vec(), enabled }, inventory);
        let items = vec![switch(false, "disable"), switch(true, "enable")];
        Self::new(format!("edit {}", counted(rows.len(), "key")), items)
    }

    fn plans(rows: &[RowId], inventory: &Inventory) -> Self {
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
                self.at = (self.at + 1).min(last);
            }
            (Some(MotionAction::Up), _) | (_, Some(DialogAction::PreviousField)) => {
                self.at = self.at.saturating_sub(1);
            }
            (Some(MotionAction::Top), _) => self.at = 0,
            (Some(MotionAction::Bottom), _) => self.at = last,
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
        let lead = self.items.get(self.at).map(|item| item.leads.clone());
        match (lead, app.known()) {
            (Some(Ok(Lead::To(reply))), _) => *reply,
            (Some(Ok(Lead::Plans(rows))), Some(inventory)) => {
                *self = Self::plans(&rows, inventory);
                Reply::Stay
            }
            _ => Reply::Stay,
        }
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let look = &app.options.look;
        let width = frame::room(app, WIDTH);
        let mut lines = Vec::new();
        let mut selected_ends = 0;
        for (at, item) in self.items.iter().enumerate() {
            let here = at == self.at;
            let sign = if here { "▶" } else { " " };
            let role = match (here, &item.leads) {
                (true, Ok(_)) => Role::Selection,
                (false, Ok(_)) => Role::Text,
                (_, Err(_)) => Role::Muted,
            };
            let label = format!("{sign} {}", text::clean(&item.label));
            lines.push(Line::styled(text::fit(&label, width.into()).into_owned(), look.style(role)));
            if let Err(why) = &item.leads {
                let wrapped = text::wrap(why, usize::from(width).saturating_sub(INDENT));
                lines.extend(wrapped.into_iter().map(|line| {
                    Line::styled(format!("{}{line}", " ".repeat(INDENT)), look.style(Role::Muted))
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

fn leading(label: String, to: Reply) -> Item {
    Item { label, leads: Ok(Lead::To(Box::new(to))) }
}

fn item(label: impl Into<String>, change: Change, inventory: &Inventory) -> Item {
    let leads = match lasting_refusal(&change, inventory) {
        None => Ok(Lead::To(Box::new(Reply::Confirm(change)))),
        Some(refusal) => Err(refusal.to_string()),
    };
    Item { label: label.into(), leads }
}

fn to_plans(rows: Vec<RowId>, inventory: &Inventory) -> Item {
    let label = "change plan: to another usage plan".to_owned();
    let open = plan_items(&rows, inventory).any(|item| item.leads.is_ok());
    let why = || {
        let refused = plan_items(&rows, inventory).find_map(|item| item.leads.err());
        refused.unwrap_or_else(|| "there is no other usage plan".to_owned())
    };
    let leads = if open { Ok(Lead::Plans(rows)) } else { Err(why()) };
    Item { label, leads }
}

/// The plans that not all of the keys are in already.
fn plan_items<'a>(rows: &'a [RowId], inventory: &'a Inventory) -> impl Iterator<Item = Item> + 'a {
    let elsewhere =
        |plan: &PlanId| rows.iter().any(|row| inventory.row(row).is_some_and(|row| row.plan != *plan));
    inventory.plans().iter().filter(move |plan| elsewhere(&plan.id)).flat_map(|plan| {
        let label = format!("{} · {}", plan.name, inventory.model(&plan.id));
        let to = |others| Change::ChangePlan { rows: rows.to_vec(), plan: plan.id.clone(), others };
        choices(&label, to, inventory)
    })
}

/// A change that is refused for other plans of the API keys is offered once for each thing that may become of them.
fn choices(label: &str, change: impl Fn(OtherPlans) -> Change, inventory: &Inventory) -> Vec<Item> {
    let plain = change(OtherPlans::Refuse);
    if !matches!(plain.units(inventory), Err(Refusal::OtherPlans(_))) {
        return vec![item(label, plain, inventory)];
    }
    let ways = [(OtherPlans::Keep, "keep the other plans"), (OtherPlans::Leave, "leave the other plans")];
    let offered = ways.map(|(others, what)| item(format!("{label} · {what}"), change(others), inventory));
    offered.into_iter().collect()
}
