//! The form for new keys, and for what of a key can be edited. What the rules refuse stands at the field it is about.

mod screen;

use keypool_domain::{
    Change, Edit, Inventory, NewTenantKey, NewTenantKeys, PlanId, Refusal, Tenant, TenantKey, TenantKeyId,
};
use tui_input::{Input, InputRequest};

use crate::ops::{final_refusal, needs_details};
use crate::tui::action::{Action, DialogAction};
use crate::tui::app::{App, Decision};
use crate::tui::widgets::suggestion::Suggestion;

use super::Reply;

/// A line of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyField {
    Plan,
    Tenant,
    Name,
    Description,
    Enabled,
    Count,
}

const NEW_KEY_FIELDS: &[KeyField] = &[
    KeyField::Plan,
    KeyField::Tenant,
    KeyField::Name,
    KeyField::Description,
    KeyField::Enabled,
    KeyField::Count,
];
const EDIT_FIELDS: &[KeyField] = &[KeyField::Name, KeyField::Description, KeyField::Enabled];

/// The form and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct KeyForm {
    /// The key that is edited; `None` makes new ones.
    row: Option<TenantKeyId>,
    plans: Vec<PlanId>,
    plan: usize,
    tenant: Input,
    name: Input,
    description: Input,
    /// `None` where an item does not say it: then it stays as it is.
    enabled: Option<bool>,
    count: Suggestion,
    focus: usize,
    error: Option<(KeyField, String)>,
}

impl KeyForm {
    /// An empty form for this plan.
    pub(crate) fn for_new_key(inventory: &Inventory, plan: PlanId) -> Self {
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
            focus: 1,
            error: None,
        }
    }

    /// A form with what this key has.
    pub(crate) fn for_edit(key: &TenantKey) -> Self {
        Self {
            row: Some(key.id.clone()),
            plans: Vec::new(),
            plan: 0,
            tenant: Input::default(),
            name: Input::new(key.name.clone()),
            description: Input::new(key.description.clone()),
            enabled: key.enabled.value_to_show().copied(),
            count: Suggestion::new(""),
            focus: 0,
            error: None,
        }
    }

    const fn fields(&self) -> &'static [KeyField] {
        if self.row.is_some() { EDIT_FIELDS } else { NEW_KEY_FIELDS }
    }

    fn focused_field(&self) -> KeyField {
        self.fields()[self.focus]
    }

    fn focused_input(&mut self) -> Option<&mut Input> {
        match self.focused_field() {
            KeyField::Tenant => Some(&mut self.tenant),
            KeyField::Name => Some(&mut self.name),
            KeyField::Description => Some(&mut self.description),
            KeyField::Count | KeyField::Plan | KeyField::Enabled => None,
        }
    }

    pub(super) fn takes_text(&self) -> bool {
        !matches!(self.focused_field(), KeyField::Plan | KeyField::Enabled)
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        let fields = self.fields().len();
        let Some(action) = action.as_dialog() else { return Reply::Pass };
        match action {
            DialogAction::Dismiss => return Reply::Close,
            DialogAction::Accept => return self.submit(app),
            DialogAction::NextField => self.focus = (self.focus + 1) % fields,
            DialogAction::PreviousField => self.focus = (self.focus + fields - 1) % fields,
            DialogAction::NextChoice | DialogAction::PreviousChoice => match self.focused_field() {
                KeyField::Plan => self.step_plan(action == DialogAction::NextChoice),
                KeyField::Enabled => self.toggle_enabled(),
                KeyField::Tenant | KeyField::Name | KeyField::Description | KeyField::Count => {
                    return Reply::Pass;
                }
            },
        }
        Reply::Stay
    }

    /// What is not known becomes yes first.
    fn toggle_enabled(&mut self) {
        self.enabled = Some(self.enabled != Some(true));
    }

    fn step_plan(&mut self, forward: bool) {
        let plans = self.plans.len().max(1);
        self.plan = (self.plan + if forward { 1 } else { plans - 1 }) % plans;
        self.error = None;
    }

    pub(super) fn edit(&mut self, request: InputRequest, app: &App) -> Reply {
        match (self.focused_field(), request) {
            (KeyField::Enabled, InputRequest::InsertChar(' ')) => self.toggle_enabled(),
            (KeyField::Plan, InputRequest::InsertChar(c)) => self.jump_to_plan(c, app),
            (KeyField::Plan | KeyField::Enabled, _) => {}
            (KeyField::Count, InputRequest::InsertChar(c)) if !c.is_ascii_digit() => {}
            (KeyField::Count, request) => {
                self.count.handle(request);
                self.error = None;
            }
            _ => {
                if let Some(input) = self.focused_input() {
                    input.handle(request);
                }
                self.error = None;
            }
        }
        Reply::Stay
    }

    /// To the next plan whose name begins with this letter.
    fn jump_to_plan(&mut self, letter: char, app: &App) {
        let Some(inventory) = app.inventory() else { return };
        let begins = |id: &PlanId| {
            let first = inventory.plan_name(id).chars().next();
            first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
        };
        let further = (1..=self.plans.len()).map(|by| (self.plan + by) % self.plans.len());
        self.plan = further.into_iter().find(|&at| begins(&self.plans[at])).unwrap_or(self.plan);
        self.error = None;
    }

    /// What the form asks for.
    fn build_change(&self) -> Option<Change> {
        let text = |input: &Input| input.value().trim().to_owned();
        if let Some(row) = self.row.clone() {
            let edit = Edit {
                name: Some(text(&self.name)),
                description: Some(text(&self.description)),
                enabled: self.enabled,
            };
            return Some(Change::Edit { tenant_key: row, edit });
        }
        let key = NewTenantKey {
            plan: self.plans.get(self.plan)?.clone(),
            tenant: Tenant::new(text(&self.tenant)),
            name: text(&self.name),
            description: text(&self.description),
            enabled: self.enabled?,
        };
        // A number too long for the type is refused as one that is too large.
        let count =
            self.count.value().parse().unwrap_or(if self.count.value().is_empty() { 0 } else { u32::MAX });
        Some(Change::Create(NewTenantKeys { template: key, count }))
    }

    fn submit(&mut self, app: &App) -> Reply {
        let (Some(inventory), Some(change)) = (app.inventory().cloned(), self.build_change()) else {
            return Reply::Stay;
        };
        let change = keep_changed_fields(change, &inventory);
        match final_refusal(&change, &inventory) {
            None if needs_details(&change, &inventory) => Reply::Confirm(change),
            None if change.cautions(&inventory).is_empty() && !change.needs_confirmation(&inventory) => {
                Reply::Apply(change, Decision::from_inventory(inventory))
            }
            None => Reply::Confirm(change),
            Some(refusal) => {
                let field = refused_field(&refusal, self.fields());
                self.focus = self.fields().iter().position(|of| *of == field).unwrap_or(self.focus);
                self.error = Some((field, refusal.to_string()));
                Reply::Stay
            }
        }
    }
}

/// An edit of a field that stays as it is would be shown as a change.
fn keep_changed_fields(change: Change, inventory: &Inventory) -> Change {
    let Change::Edit { tenant_key: row, edit } = change else { return change };
    let old = inventory.tenant_key(&row);
    let edit = Edit {
        name: edit.name.filter(|name| old.is_none_or(|old| old.name != *name)),
        description: edit.description.filter(|text| old.is_none_or(|old| old.description != *text)),
        enabled: edit.enabled.filter(|on| old.is_none_or(|old| !old.enabled.is_known_to_be(on))),
    };
    Change::Edit { tenant_key: row, edit }
}

/// The field that a refusal is about.
#[expect(clippy::wildcard_enum_match_arm, reason = "a refusal that is about no field is shown at the first")]
fn refused_field(refusal: &Refusal, fields: &[KeyField]) -> KeyField {
    match refusal {
        Refusal::EmptyField(name)
        | Refusal::TooLong { field: name, .. }
        | Refusal::InvalidCharacter { field: name, .. } => match *name {
            "tenant" => KeyField::Tenant,
            "description" => KeyField::Description,
            _ => KeyField::Name,
        },
        Refusal::InvalidCount(_) | Refusal::NotEnoughRoom { .. } => KeyField::Count,
        _ => fields[0],
    }
}
