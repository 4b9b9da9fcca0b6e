//! Ask for new tenant keys, or for edits of one. A refusal is shown at the field that it is about.

use jiff::Timestamp;
use keypool_domain::{
    Change, Edit, Expiry, Inventory, NewTenantKey, NewTenantKeys, PlanId, Refusal, Tenant, TenantKey,
    TenantKeyId,
};

use crate::ops::{ExpiryArg, final_refusal, needs_details};
use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::dialogs::forms::plan_room::describe_room;
use crate::tui::model::Model;
use crate::tui::screen::{Command, DecisionBasis};
use crate::tui::widgets::choice_field::ChoiceField;
use crate::tui::widgets::form::{FieldError, FormLayout};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::toggle_field::ToggleField;

const KEY_LAYOUT: FormLayout = FormLayout { cols: 72, label_cols: 13, arrow_cols: 0 };

#[derive(Debug, Clone)]
struct NewKeyForm {
    /// The choices of the field `plan`.
    plans: Vec<PlanId>,
    plan: ChoiceField,
    tenant: TextField,
    name: TextField,
    description: TextField,
    enabled: ToggleField,
    count: TextField,
    /// Empty for no end.
    expires: TextField,
}

/// What the field of the expiry takes.
const EXPIRY_NOTE: &str = "expires: a date (00:00 UTC) or 2026-12-31T18:00:00Z; empty is never";

pub(crate) fn open_for_new_keys(inventory: &Inventory, plan: PlanId) -> Command {
    let plans: Vec<_> = inventory.plans().iter().map(|plan| plan.id.clone()).collect();
    let form = NewKeyForm {
        plan: ChoiceField::by_letter("plan", Vec::new(), plans.iter().position(|id| *id == plan)),
        plans,
        tenant: TextField::new("tenant", ""),
        name: TextField::new("name", ""),
        description: TextField::new("description", ""),
        enabled: ToggleField::yes_or_no("enabled", Some(true)),
        count: TextField::digits("count", "1"),
        expires: TextField::new("expires", ""),
    };
    form::open("new key", EXPIRY_NOTE, form)
}

impl NewKeyForm {
    fn plan(&self) -> Option<&PlanId> {
        self.plans.get(self.plan.choice()?)
    }
}

impl Form for NewKeyForm {
    const ASKS_FOR_CHANGE: bool = true;
    const LAYOUT: FormLayout = KEY_LAYOUT;
    const INITIAL_FOCUS: Option<&'static str> = Some("tenant");
    form_fields!(plan, tenant, name, description, enabled, count, expires);

    fn submit(&self, model: &Model) -> Submission {
        let template = NewTenantKey {
            plan: self.plan().ok_or("no usage plan is selected")?.clone(),
            tenant: Tenant::new(self.tenant.text()),
            name: self.name.text().to_owned(),
            description: self.description.text().to_owned(),
            enabled: self.enabled.is_on(),
            expires_at: parse_expiry(&self.expires, model)?.time(),
        };
        // A number that overflows is rejected like one that is too large.
        let count = self.count.value();
        let count = count.parse().unwrap_or(if count.is_empty() { 0 } else { u32::MAX });
        apply_or_confirm(Change::Create(NewTenantKeys { template, count }), "plan", model)
    }

    fn sync(&mut self, model: &Model) {
        let Some(inventory) = model.inventory() else { return };
        let names = self.plans.iter().map(|id| inventory.plan_name(id).to_owned()).collect();
        let room = self.plan().map_or_else(String::new, |id| describe_room(inventory, id));
        self.plan.describe(names, room);
    }
}

#[derive(Debug, Clone)]
struct EditKeyForm {
    tenant_key: TenantKeyId,
    name: TextField,
    description: TextField,
    /// Unknown stays unchanged.
    enabled: ToggleField,
    /// Empty for no end. An unknown end stays unchanged unless another one is typed.
    expires: TextField,
    old_expiry: String,
}

pub(crate) fn open_for_edit(key: &TenantKey, inventory: &Inventory) -> Command {
    let old_expiry = inventory.expiry(key).value_to_show().copied().flatten();
    let old_expiry = old_expiry.map(format_expiry).unwrap_or_default();
    let form = EditKeyForm {
        tenant_key: key.id.clone(),
        name: TextField::new("name", &key.name),
        description: TextField::new("description", &key.description),
        enabled: ToggleField::yes_or_no("enabled", key.enabled.value_to_show().copied()),
        expires: TextField::new("expires", &old_expiry),
        old_expiry,
    };
    form::open(format!("edit key \"{}\" of {}", inventory.key_name(key), key.tenant), EXPIRY_NOTE, form)
}

impl Form for EditKeyForm {
    const ASKS_FOR_CHANGE: bool = true;
    const LAYOUT: FormLayout = KEY_LAYOUT;
    form_fields!(name, description, enabled, expires);

    /// Drops unchanged fields, which would otherwise be announced as changes.
    fn submit(&self, model: &Model) -> Submission {
        let old = model.inventory().and_then(|inventory| inventory.tenant_key(&self.tenant_key));
        let changed = |field: &TextField, old: Option<&str>| {
            Some(field.text()).filter(|new| old != Some(new)).map(str::to_owned)
        };
        let is_new = |on: &bool| old.is_none_or(|old| !old.enabled.is_known_to_be(on));
        let expiry = match self.expires.text() == self.old_expiry {
            true => None,
            false => Some(parse_expiry(&self.expires, model)?),
        };
        let edit = Edit {
            name: changed(&self.name, old.map(|old| &*old.name)),
            description: changed(&self.description, old.map(|old| &*old.description)),
            enabled: self.enabled.value().filter(is_new),
            expiry,
        };
        apply_or_confirm(Change::Edit { tenant_key: self.tenant_key.clone(), edit }, "name", model)
    }
}

/// The end that was typed, which must not have passed.
fn parse_expiry(field: &TextField, model: &Model) -> Result<Expiry, FieldError> {
    if field.text().is_empty() {
        return Ok(Expiry::Never);
    }
    let expiry = field.text().parse::<ExpiryArg>().and_then(|expiry| expiry.expiry(model.now()));
    expiry.map_err(|why| FieldError::at("expires", why))
}

/// As it can be typed: a date, unless it has a time of day.
fn format_expiry(at: Timestamp) -> String {
    let text = format!("{at:.0}");
    text.strip_suffix("T00:00:00Z").map(str::to_owned).unwrap_or(text)
}

/// Applies a change without cautions at once, and shows the steps of any other. A refusal that is about no field is
/// shown at the field `first`.
fn apply_or_confirm(change: Change, first: &'static str, model: &Model) -> Submission {
    let inventory = model.require_inventory()?;
    if let Some(refusal) = final_refusal(&change, inventory) {
        return Err(FieldError::at(refused_field(&refusal).unwrap_or(first), refusal));
    }
    let is_harmless = !needs_details(&change, inventory)
        && change.cautions(inventory).is_empty()
        && !change.needs_confirmation(inventory);
    Ok(if is_harmless {
        Command::Apply(change, DecisionBasis::from_inventory(inventory.clone()))
    } else {
        Command::Confirm(change)
    })
}

/// The label of the field that the refusal is about.
#[expect(clippy::wildcard_enum_match_arm, reason = "most refusals are about no field")]
fn refused_field(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::EmptyField(name)
        | Refusal::SpaceAtEnd(name)
        | Refusal::TooLong { field: name, .. }
        | Refusal::InvalidCharacter { field: name, .. } => Some(name),
        Refusal::SharedKeyCannotExpire(_) | Refusal::PooledPlanCannotExpire(_) => Some("expires"),
        Refusal::InvalidCount(_) | Refusal::NotEnoughRoom { .. } => Some("count"),
        _ => None,
    }
}
