//! A form that asks for the parameters of a change or another action, e.g. a grace period or a file name.

mod file;
mod setup;

use std::fmt;

use keypool_domain::change::{BalanceChange, Extension, NewPoolRequest, pluralize};
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::setup::ReadResult;
use keypool_domain::{ApiKeyId, Change, Inventory, MethodRef, PlanId, StageRef, Strategy, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use tui_input::{Input, InputRequest};

use crate::ops::{ExportList, Grace, final_refusal};
use crate::tui::dialogs::frame;
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{Action, DialogAction};
use crate::tui::model::Model;
use crate::tui::model::query::Query;
use crate::tui::screen::{Command, Dialog, Handled, Screen, close_with, done};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;
use crate::tui::widgets::suggestion::Suggestion;

const WIDTH: u16 = 64;
const NAME_COLS: u16 = 14;
const ARROWS_COLS: u16 = 4;
/// Longer input in a key lookup may be a secret value, and is masked.
const MAX_ID_CHARS: usize = 12;
/// Unmasked characters at the end of a secret value.
const VISIBLE_CHARS: usize = 4;
/// Whether to add to or to set the remaining calls.
const BALANCE_CHOICES: &[&str] = &["add", "set"];
const GRACE_CHOICES: &[&str] = &["24h", "0", "15m"];
const STRATEGY_CHOICES: &[&str] = &["least-tenants", "least-used", "sticky", "random"];
/// In tenant keys per pool key.
const DEFAULT_CAPACITY: &str = "100";

#[derive(Debug, Clone)]
enum PromptPurpose {
    Rotate(Vec<TenantKeyId>),
    RotatePoolKey(ApiKeyId),
    Grow(PlanId),
    SetPool(PlanId),
    CreatePool(PlanId, Vec<ApiKeyId>),
    Extend(PlanId, Vec<ApiKeyId>),
    LookUpKey,
    NewPlan,
    EditPlan(PlanId),
    LinkPlan(StageRef),
    LogRole(ReadResult<Option<String>>),
    AccessLog(StageRef),
    Export(ExportList),
    ReportAccessLog,
    ThrottleMethod(PlanId, StageRef, MethodRef),
}

#[derive(Clone)]
struct PromptField {
    name: &'static str,
    value: Suggestion,
    /// Empty for free text.
    choices: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct PromptForm {
    purpose: PromptPurpose,
    title: String,
    note: String,
    fields: Vec<PromptField>,
    /// Index into `fields`.
    focus: usize,
    error: Option<String>,
}

impl PromptForm {
    /// Asks for the grace period with which siloed keys are rotated.
    pub(crate) fn rotate(tenant_keys: Vec<TenantKeyId>, inventory: &Inventory) -> Self {
        let title = Change::Rotate { tenant_keys: tenant_keys.clone(), grace: 0 }.describe(inventory);
        Self::new(PromptPurpose::Rotate(tenant_keys), title, GRACE_NOTE.to_owned(), vec![grace_field()])
    }

    /// Asks for the grace period with which a pool key is rotated. `why` explains that all its tenants are
    /// affected.
    pub(crate) fn rotate_pool_key(api_key: ApiKeyId, why: Option<String>, inventory: &Inventory) -> Self {
        let title = Change::RotatePoolKey { api_key: api_key.clone(), grace: 0 }.describe(inventory);
        let note = why.map_or_else(|| GRACE_NOTE.to_owned(), |why| format!("{why} {GRACE_NOTE}"));
        Self::new(PromptPurpose::RotatePoolKey(api_key), title, note, vec![grace_field()])
    }

    pub(crate) fn grow(plan: PlanId, inventory: &Inventory) -> Self {
        let title = format!("add API keys to the pool of {}", inventory.plan_name(&plan));
        let count = PromptField { name: "count", value: Suggestion::new("1"), choices: Vec::new() };
        Self::new(
            PromptPurpose::Grow(plan),
            title,
            "Each new key is added to the plan and takes new tenants.".to_owned(),
            vec![count],
        )
    }

    pub(crate) fn set_pool(plan: PlanId, inventory: &Inventory) -> Self {
        let title = format!("edit the pool of {}", inventory.plan_name(&plan));
        let pool = inventory.pool(&plan);
        let strategy = pool.map_or_else(String::new, |pool| pool.strategy.to_string());
        let capacity = pool.and_then(|pool| pool.capacity.value_to_show());
        let capacity = capacity.map_or_else(String::new, ToString::to_string);
        Self::new(
            PromptPurpose::SetPool(plan),
            title,
            CAPACITY_NOTE.to_owned(),
            pool_fields(&strategy, &capacity),
        )
    }

    pub(crate) fn create_pool(plan: PlanId, api_keys: Vec<ApiKeyId>, inventory: &Inventory) -> Self {
        let names: Vec<_> = api_keys.iter().map(ApiKeyId::as_str).collect();
        let (note, new_keys) = match &names[..] {
            [] => (NO_UNUSED_KEYS_NOTE.to_owned(), "1"),
            names => (format!("Keys to share: {}", names.join(", ")), "0"),
        };
        let title = format!("create a pool for {}", inventory.plan_name(&plan));
        let mut fields = pool_fields(STRATEGY_CHOICES[0], DEFAULT_CAPACITY);
        fields.push(PromptField { name: "new keys", value: Suggestion::new(new_keys), choices: Vec::new() });
        Self::new(PromptPurpose::CreatePool(plan, api_keys), title, note, fields)
    }

    /// Asks how to raise or lower the remaining quota. `note` shows the current one.
    pub(crate) fn extend(plan: PlanId, api_keys: Vec<ApiKeyId>, note: String, inventory: &Inventory) -> Self {
        let keys = match &api_keys[..] {
            [key] => format!("API key {key}"),
            keys => pluralize(keys.len(), "API key"),
        };
        let title = format!("remaining quota of {keys} in {}", inventory.plan_name(&plan));
        let fields = vec![
            PromptField {
                name: "add or set",
                value: Suggestion::new(BALANCE_CHOICES[0]),
                choices: to_strings(BALANCE_CHOICES),
            },
            PromptField { name: "calls", value: Suggestion::new(""), choices: Vec::new() },
            PromptField { name: "reason", value: Suggestion::new(""), choices: Vec::new() },
        ];
        Self { focus: 1, ..Self::new(PromptPurpose::Extend(plan, api_keys), title, note, fields) }
    }

    pub(crate) fn look_up_key() -> Self {
        let key = PromptField { name: "key", value: Suggestion::new(""), choices: Vec::new() };
        let note = "Key value, its last 6 characters (as in logs), API key id, or tenant key id.";
        Self::new(PromptPurpose::LookUpKey, "look up a key".to_owned(), note.to_owned(), vec![key])
    }

    const fn new(purpose: PromptPurpose, title: String, note: String, fields: Vec<PromptField>) -> Self {
        Self { purpose, title, note, fields, focus: 0, error: None }
    }

    fn step(&mut self, forward: bool) -> Handled {
        let field = &mut self.fields[self.focus];
        let choices = field.choices.len();
        if choices == 0 {
            return None;
        }
        let current = field.choices.iter().position(|choice| *choice == field.value.value());
        let next = current.map_or(0, |current| (current + if forward { 1 } else { choices - 1 }) % choices);
        field.value = Suggestion::new(&field.choices[next]);
        self.error = None;
        done()
    }

    fn submit(&mut self, model: &Model) -> Handled {
        let inventory = model.inventory_or_empty();
        if matches!(self.purpose, PromptPurpose::LookUpKey) {
            return match KeyQuery::new(self.answer(0)) {
                Ok(query) => close_with(Command::Load(Query::KeyLookup(query))),
                Err(why) => self.refuse(why.to_string()),
            };
        }
        if let Some(commands) = self.submit_file(model) {
            return Some(commands);
        }
        let change =
            self.build_change(&inventory).and_then(|change| match final_refusal(&change, &inventory) {
                None => Ok(change),
                Some(refusal) => Err(refusal.to_string()),
            });
        match change {
            Ok(change) => close_with(Command::Confirm(change)),
            Err(why) => self.refuse(why),
        }
    }

    fn refuse(&mut self, why: String) -> Handled {
        self.error = Some(why);
        done()
    }

    fn answer(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |field| field.value.value().trim())
    }

    fn build_change(&self, inventory: &Inventory) -> Result<Change, String> {
        let grace = || self.answer(0).parse().map(Grace::seconds);
        Ok(match self.purpose.clone() {
            PromptPurpose::Rotate(tenant_keys) => Change::Rotate { tenant_keys, grace: grace()? },
            PromptPurpose::RotatePoolKey(api_key) => Change::RotatePoolKey { api_key, grace: grace()? },
            PromptPurpose::Grow(plan) => Change::Grow { plan, count: parse_number("count", self.answer(0))? },
            PromptPurpose::SetPool(plan) => {
                let (strategy, capacity) = self.parse_pool_settings()?;
                Change::SetPool { plan, strategy: Some(strategy), capacity: Some(capacity) }
            }
            PromptPurpose::Extend(plan, api_keys) => {
                let calls = parse_calls(self.answer(1))?;
                let balance = match self.answer(0) {
                    "add" => BalanceChange::Add(calls),
                    "set" => BalanceChange::Set(calls),
                    _ => return Err("choose add or set: add to the remaining calls, or set them".to_owned()),
                };
                let keys = api_keys.into_iter().map(|key| (key, balance)).collect();
                Change::Extend(Extension { plan, keys, reason: self.answer(2).to_owned() })
            }
            PromptPurpose::CreatePool(plan, api_keys) => {
                let (strategy, capacity) = self.parse_pool_settings()?;
                let new_keys = parse_number("new keys", self.answer(2))?;
                Change::CreatePool(NewPoolRequest { plan, api_keys, new_keys, strategy, capacity })
            }
            PromptPurpose::LookUpKey
            | PromptPurpose::NewPlan
            | PromptPurpose::EditPlan(_)
            | PromptPurpose::LinkPlan(_)
            | PromptPurpose::LogRole(_)
            | PromptPurpose::AccessLog(_)
            | PromptPurpose::Export(_)
            | PromptPurpose::ReportAccessLog
            | PromptPurpose::ThrottleMethod(..) => return self.build_setup_change(inventory),
        })
    }

    fn parse_pool_settings(&self) -> Result<(Strategy, u32), String> {
        let strategy = self.answer(0).parse::<Strategy>().map_err(|why| why.to_string())?;
        Ok((strategy, parse_number("capacity", self.answer(1))?))
    }

    fn draw_field(
        &self,
        model: &Model,
        frame: &mut Frame<'_>,
        area: Rect,
        field: &PromptField,
        is_focused: bool,
    ) {
        let styles = model.styles();
        frame::draw_field_name(frame, area, field.name, is_focused, styles);
        let value =
            Rect { x: area.x + NAME_COLS, width: area.width.saturating_sub(NAME_COLS + ARROWS_COLS), ..area };
        let may_be_secret = matches!(self.purpose, PromptPurpose::LookUpKey);
        let input = if may_be_secret { &mask_input(&field.value.input) } else { &field.value.input };
        prompt::draw(frame, value, "", input, is_focused, styles);
        if !field.choices.is_empty() {
            let arrows = Rect { x: value.right(), width: ARROWS_COLS, ..area };
            frame.render_widget(Line::styled("← →", styles.get(Role::Accent)), arrows);
        }
    }
}

impl Screen for PromptForm {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "continue" } else { spec.footer })
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        let fields = self.fields.len();
        let action = action.as_dialog()?;
        match action {
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::Accept => return self.submit(model),
            DialogAction::NextField => self.focus = (self.focus + 1) % fields,
            DialogAction::PreviousField => self.focus = (self.focus + fields - 1) % fields,
            DialogAction::NextChoice | DialogAction::PreviousChoice => {
                return self.step(action == DialogAction::NextChoice);
            }
        }
        done()
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        self.fields[self.focus].value.handle(request);
        self.error = None;
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let width = frame::content_cols(model, WIDTH);
        let role = if self.error.is_some() { Role::Error } else { Role::Muted };
        let notes = text::wrap(self.error.as_deref().unwrap_or(&self.note), width.into());
        let fields = u16::try_from(self.fields.len()).unwrap_or(u16::MAX);
        let height = fields.saturating_add(u16::try_from(notes.len()).unwrap_or(1));
        let inside = frame::draw(model, frame, &self.title, width, height);
        for ((index, field), y) in self.fields.iter().enumerate().zip(inside.y..inside.bottom()) {
            self.draw_field(model, frame, Rect { y, height: 1, ..inside }, field, index == self.focus);
        }
        for (note, y) in notes.into_iter().zip(inside.y.saturating_add(fields)..inside.bottom()) {
            frame.render_widget(Line::styled(note, styles.get(role)), Rect { y, height: 1, ..inside });
        }
    }
}

impl Dialog for PromptForm {
    fn asks_for_change(&self) -> bool {
        match &self.purpose {
            PromptPurpose::LookUpKey | PromptPurpose::Export(_) | PromptPurpose::ReportAccessLog => false,
            PromptPurpose::Rotate(_)
            | PromptPurpose::RotatePoolKey(_)
            | PromptPurpose::Grow(_)
            | PromptPurpose::SetPool(_)
            | PromptPurpose::CreatePool(..)
            | PromptPurpose::Extend(..)
            | PromptPurpose::NewPlan
            | PromptPurpose::EditPlan(_)
            | PromptPurpose::LinkPlan(_)
            | PromptPurpose::LogRole(_)
            | PromptPurpose::AccessLog(_)
            | PromptPurpose::ThrottleMethod(..) => true,
        }
    }
}

/// Masks input that is longer than an ID, except for its end.
fn mask_input(input: &Input) -> Input {
    let count = input.value().chars().count();
    if count <= MAX_ID_CHARS {
        return input.clone();
    }
    let masked = input.value().chars().enumerate();
    let masked = masked.map(|(index, c)| if index + VISIBLE_CHARS < count { '•' } else { c });
    Input::new(masked.collect()).with_cursor(input.cursor())
}

impl fmt::Debug for PromptForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Input may be a secret value.
        f.debug_struct("PromptForm").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

const GRACE_NOTE: &str = "How long the old value keeps working; 0 stops it now.";
const NO_UNUSED_KEYS_NOTE: &str = "No API key of the plan is unused, so new ones are created for the pool. To share \
                                 existing keys instead, cancel and mark them first.";
const CAPACITY_NOTE: &str = "Capacity: maximum number of tenant keys per API key.";

fn grace_field() -> PromptField {
    PromptField {
        name: "grace",
        value: Suggestion::new(GRACE_CHOICES[0]),
        choices: to_strings(GRACE_CHOICES),
    }
}

fn pool_fields(strategy: &str, capacity: &str) -> Vec<PromptField> {
    vec![
        PromptField {
            name: "strategy",
            value: Suggestion::new(strategy),
            choices: to_strings(STRATEGY_CHOICES),
        },
        PromptField { name: "capacity", value: Suggestion::new(capacity), choices: Vec::new() },
    ]
}

fn to_strings(choices: &[&str]) -> Vec<String> {
    choices.iter().map(|choice| (*choice).to_owned()).collect()
}

fn parse_calls(text: &str) -> Result<u64, String> {
    text.replace([',', '_'], "").parse().map_err(|_| "calls must be a whole number, e.g. 500".to_owned())
}

fn parse_number(name: &str, text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{name} must be a whole number, e.g. 20"))
}
