//! The form for new keys, and for what of a key can be edited. What the rules refuse stands at the field it is about.

mod screen;

use keypool_domain::{Change, Edit, Inventory, NewKey, NewKeys, PlanId, Refusal, RowId, Tenant, TenantKey};
use tui_input::{Input, InputRequest};

use crate::ops::{lasting_refusal, needs_details};
use crate::tui::action::{Action, DialogAction};
use crate::tui::app::{App, Decision};
use crate::tui::widgets::suggestion::Suggestion;

use super::Reply;

/// A line of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Plan,
    Tenant,
    Name,
    Description,
    Enabled,
    Count,
}

const OF_NEW: &[Field] =
    &[Field::Plan, Field::Tenant, Field::Name, Field::Description, Field::Enabled, Field::Count];
const OF_EDIT: &[Field] = &[Field::Name, Field::Description, Field::Enabled];

/// The form and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// The key that is edited; `None` makes new ones.
    row: Option<RowId>,
    plans: Vec<PlanId>,
    plan: usize,
    tenant: Input,
    name: Input,
    description: Input,
    /// `None` where an item does not say it: then it stays as it is.
    enabled: Option<bool>,
    count: Suggestion,
    at: usize,
    mistake: Option<(Field, String)>,
}

impl Form {
    /// An empty form for this plan.
    pub(crate) fn create(inventory: &Inventory, plan: PlanId) -> Self {
        let plans: Vec<_> = inventory.plans().iter().map(|plan| plan.id.clone()).collect();
        Self {
            row: None,
            plan: plans.iter().position(|id| *id == plan).unwrap_or(0),
            plans,
            tenant: Input::default(),
            name: Input::default(),
            description: Input::default(),
            enabled: Some(true),
            count: Suggestion::new("1"),
            at: 1,
            mistake: None,
        }
    }

    /// A form with what this key has.
    pub(crate) fn edit_of(key: &TenantKey) -> Self {
        Self {
            row: Some(key.id.clone()),
            plans: Vec::new(),
            plan: 0,
            tenant: Input::default(),
            name: Input::new(key.name.clone()),
            description: Input::new(key.description.clone()),
            enabled: key.enabled.value_to_show().copied(),
            count: Suggestion::new(""),
            at: 0,
            mistake: None,
        }
    }

    const fn fields(&self) -> &'static [Field] {
        if self.row.is_some() { OF_EDIT } else { OF_NEW }
    }

    fn field(&self) -> Field {
        self.fields()[self.at]
    }

    fn input(&mut self) -> Option<&mut Input> {
        match self.field() {
            Field::Tenant => Some(&mut self.tenant),
            Field::Name => Some(&mut self.name),
            Field::Description => Some(&mut self.description),
            Field::Count | Field::Plan | Field::Enabled => None,
        }
    }

    pub(super) fn takes_text(&self) -> bool {
        !matches!(self.field(), Field::Plan | Field::Enabled)
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        let fields = self.fields().len();
        let Some(action) = action.as_dialog() else { return Reply::Pass };
        match action {
            DialogAction::Dismiss => return Reply::Close,
            DialogAction::Accept => return self.submit(app),
            DialogAction::NextField => self.at = (self.at + 1) % fields,
            DialogAction::PreviousField => self.at = (self.at + fields - 1) % fields,
            DialogAction::NextChoice | DialogAction::PreviousChoice => match self.field() {
                Field::Plan => self.step_plan(action == DialogAction::NextChoice),
                Field::Enabled => self.toggle(),
                Field::Tenant | Field::Name | Field::Description | Field::Count => return Reply::Pass,
            },
        }
        Reply::Stay
    }

    /// What is not known becomes yes first.
    fn toggle(&mut self) {
        self.enabled = Some(self.enabled != Some(true));
    }

    fn step_plan(&mut self, forward: bool) {
        let plans = self.plans.len().max(1);
        self.plan = (self.plan + if forward { 1 } else { plans - 1 }) % plans;
        self.mistake = None;
    }

    pub(super) fn edit(&mut self, request: InputRequest, app: &App) -> Reply {
        match (self.field(), request) {
            (Field::Enabled, InputRequest::InsertChar(' ')) => self.toggle(),
            (Field::Plan, InputRequest::InsertChar(c)) => self.jump(c, app),
            (Field::Plan | Field::Enabled, _) => {}
            (Field::Count, InputRequest::InsertChar(c)) if !c.is_ascii_digit() => {}
            (Field::Count, request) => {
                self.count.handle(request);
                self.mistake = None;
            }
            _ => {
                if let Some(input) = self.input() {
                    input.handle(request);
                }
                self.mistake = None;
            }
        }
        Reply::Stay
    }

    /// To the next plan whose name begins with this letter.
    fn jump(&mut self, letter: char, app: &App) {
        let Some(inventory) = app.known() else { return };
        let begins = |id: &PlanId| {
            let first = inventory.plan_name(id).chars().next();
            first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
        };
        let further = (1..=self.plans.len()).map(|by| (self.plan + by) % self.plans.len());
        self.plan = further.into_iter().find(|&at| begins(&self.plans[at])).unwrap_or(self.plan);
        self.mistake = None;
    }

    /// What the form asks for.
    fn change(&self) -> Option<Change> {
        let text = |input: &Input| input.value().trim().to_owned();
        if let Some(row) = self.row.clone() {
            let edit = Edit {
                name: Some(text(&self.name)),
                description: Some(text(&self.description)),
                enabled: self.enabled,
            };
            return Some(Change::Edit { row, edit });
        }
        let key = NewKey {
            plan: self.plans.get(self.plan)?.clone(),
            tenant: Tenant::new(text(&self.tenant)),
            name: text(&self.name),
            description: text(&self.description),
            enabled: self.enabled?,
        };
        // A number too long for the type is refused as one that is too large.
        let count =
            self.count.value().parse().unwrap_or(if self.count.value().is_empty() { 0 } else { u32::MAX });
        Some(Change::Create(NewKeys { key, count }))
    }

    fn submit(&mut self, app: &App) -> Reply {
        let (Some(inventory), Some(change)) = (app.known().cloned(), self.change()) else {
            return Reply::Stay;
        };
        let change = only_differences(change, &inventory);
        match lasting_refusal(&change, &inventory) {
            None if needs_details(&change, &inventory) => Reply::Confirm(change),
            None if change.cautions(&inventory).is_empty() && !change.asks_first(&inventory) => {
                Reply::Apply(change, Decision::of(inventory))
            }
            None => Reply::Confirm(change),
            Some(refusal) => {
                let field = field_of(&refusal, self.fields());
                self.at = self.fields().iter().position(|of| *of == field).unwrap_or(self.at);
                self.mistake = Some((field, refusal.to_string()));
                Reply::Stay
            }
        }
    }
}

/// An edit of a field that stays as it is would be shown as a change.
fn only_differences(change: Change, inventory: &Inventory) -> Change {
    let Change::Edit { row, edit } = change else { return change };
    let old = inventory.row(&row);
    let edit = Edit {
        name: edit.name.filter(|name| old.is_none_or(|old| old.name != *name)),
        description: edit.description.filter(|text| old.is_none_or(|old| old.description != *text)),
        enabled: edit.enabled.filter(|on| old.is_none_or(|old| !old.enabled.is_known_to_be(on))),
    };
    Change::Edit { row, edit }
}

/// The field that a refusal is about.
#[expect(clippy::wildcard_enum_match_arm, reason = "a refusal that is about no field is shown at the first")]
fn field_of(refusal: &Refusal, fields: &[Field]) -> Field {
    match refusal {
        Refusal::Empty(name)
        | Refusal::TooLong { field: name, .. }
        | Refusal::Character { field: name, .. } => match *name {
            "tenant" => Field::Tenant,
            "description" => Field::Description,
            _ => Field::Name,
        },
        Refusal::Count(_) | Refusal::PoolRoom { .. } => Field::Count,
        _ => fields[0],
    }
}
