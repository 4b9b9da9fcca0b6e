//! The form to create tenant keys or edit one. A validation error is shown at its field.

mod screen;

use keypool_domain::{
    Change, Edit, Inventory, NewTenantKey, NewTenantKeys, PlanId, Refusal, Tenant, TenantKey, TenantKeyId,
};
use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};

use crate::ops::{final_refusal, needs_details};
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{Action, DialogAction};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::screen::DecisionBasis;
use crate::tui::screen::Dialog;
use crate::tui::screen::Handled;
use crate::tui::screen::Screen;
use crate::tui::screen::close_with;
use crate::tui::screen::done;
use crate::tui::widgets::suggestion::Suggestion;

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

#[derive(Debug, Clone)]
pub(crate) struct KeyForm {
    /// The key to edit; `None` creates new keys.
    tenant_key: Option<TenantKeyId>,
    plans: Vec<PlanId>,
    /// Index into `plans`.
    plan: usize,
    tenant: Input,
    name: Input,
    description: Input,
    /// `None` if unknown: it then stays unchanged.
    enabled: Option<bool>,
    count: Suggestion,
    /// Index into `fields()`.
    focus: usize,
    error: Option<(KeyField, String)>,
}

impl KeyForm {
    pub(crate) fn for_new_key(inventory: &Inventory, plan: PlanId) -> Self {
        let plans: Vec<_> = inventory.plans().iter().map(|plan| plan.id.clone()).collect();
        Self {
            tenant_key: None,
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

    pub(crate) fn for_edit(key: &TenantKey) -> Self {
        Self {
            tenant_key: Some(key.id.clone()),
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
        if self.tenant_key.is_some() { EDIT_FIELDS } else { NEW_KEY_FIELDS }
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

    /// Unknown becomes enabled.
    fn toggle_enabled(&mut self) {
        self.enabled = Some(self.enabled != Some(true));
    }

    fn step_plan(&mut self, forward: bool) {
        let plans = self.plans.len().max(1);
        self.plan = (self.plan + if forward { 1 } else { plans - 1 }) % plans;
        self.error = None;
    }

    /// Selects the next plan whose name starts with this letter.
    fn jump_to_plan(&mut self, letter: char, model: &Model) {
        let Some(inventory) = model.inventory() else { return };
        let starts_with_letter = |id: &PlanId| {
            let first = inventory.plan_name(id).chars().next();
            first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
        };
        let following = (1..=self.plans.len()).map(|by| (self.plan + by) % self.plans.len());
        self.plan =
            following.into_iter().find(|&at| starts_with_letter(&self.plans[at])).unwrap_or(self.plan);
        self.error = None;
    }

    fn build_change(&self) -> Option<Change> {
        let text = |input: &Input| input.value().trim().to_owned();
        if let Some(tenant_key) = self.tenant_key.clone() {
            let edit = Edit {
                name: Some(text(&self.name)),
                description: Some(text(&self.description)),
                enabled: self.enabled,
            };
            return Some(Change::Edit { tenant_key, edit });
        }
        let key = NewTenantKey {
            plan: self.plans.get(self.plan)?.clone(),
            tenant: Tenant::new(text(&self.tenant)),
            name: text(&self.name),
            description: text(&self.description),
            enabled: self.enabled?,
        };
        // A number that overflows is rejected like one that is too large.
        let count =
            self.count.value().parse().unwrap_or(if self.count.value().is_empty() { 0 } else { u32::MAX });
        Some(Change::Create(NewTenantKeys { template: key, count }))
    }

    fn submit(&mut self, model: &Model) -> Handled {
        let (Some(inventory), Some(change)) = (model.inventory().cloned(), self.build_change()) else {
            return done();
        };
        let change = keep_changed_fields(change, &inventory);
        match final_refusal(&change, &inventory) {
            None if needs_details(&change, &inventory) => close_with(Command::Confirm(change)),
            None if change.cautions(&inventory).is_empty() && !change.needs_confirmation(&inventory) => {
                close_with(Command::Apply(change, DecisionBasis::from_inventory(inventory)))
            }
            None => close_with(Command::Confirm(change)),
            Some(refusal) => {
                let field = refused_field(&refusal, self.fields());
                self.focus = self.fields().iter().position(|other| *other == field).unwrap_or(self.focus);
                self.error = Some((field, refusal.to_string()));
                done()
            }
        }
    }
}

impl Screen for KeyForm {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "continue" } else { spec.footer })
    }

    fn takes_text(&self) -> bool {
        !matches!(self.focused_field(), KeyField::Plan | KeyField::Enabled)
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        let fields = self.fields().len();
        let action = action.as_dialog()?;
        match action {
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::Accept => return self.submit(model),
            DialogAction::NextField => self.focus = (self.focus + 1) % fields,
            DialogAction::PreviousField => self.focus = (self.focus + fields - 1) % fields,
            DialogAction::NextChoice | DialogAction::PreviousChoice => match self.focused_field() {
                KeyField::Plan => self.step_plan(action == DialogAction::NextChoice),
                KeyField::Enabled => self.toggle_enabled(),
                KeyField::Tenant | KeyField::Name | KeyField::Description | KeyField::Count => {
                    return None;
                }
            },
        }
        done()
    }

    fn edit(&mut self, request: InputRequest, model: &Model) {
        match (self.focused_field(), request) {
            (KeyField::Enabled, InputRequest::InsertChar(' ')) => self.toggle_enabled(),
            (KeyField::Plan, InputRequest::InsertChar(c)) => self.jump_to_plan(c, model),
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
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        self.draw_form(model, frame);
    }
}

impl Dialog for KeyForm {
    fn asks_for_change(&self) -> bool {
        true
    }
}

/// Drops unchanged fields, which would otherwise be announced as changes.
fn keep_changed_fields(change: Change, inventory: &Inventory) -> Change {
    let Change::Edit { tenant_key, edit } = change else { return change };
    let old = inventory.tenant_key(&tenant_key);
    let edit = Edit {
        name: edit.name.filter(|name| old.is_none_or(|old| old.name != *name)),
        description: edit.description.filter(|text| old.is_none_or(|old| old.description != *text)),
        enabled: edit.enabled.filter(|on| old.is_none_or(|old| !old.enabled.is_known_to_be(on))),
    };
    Change::Edit { tenant_key, edit }
}

/// The field at which to show the refusal.
#[expect(clippy::wildcard_enum_match_arm, reason = "a refusal without a field is shown at the first one")]
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
