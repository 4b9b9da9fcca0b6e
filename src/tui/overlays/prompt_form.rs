//! A few short answers that a change needs before it can be shown: a grace, a number, a strategy.

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
use crate::tui::action::{Action, DialogAction};
use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;
use crate::tui::widgets::suggestion::Suggestion;

use super::{Reply, frame};

const WIDTH: u16 = 64;
/// Cells of the column of names.
const NAME_COLS: u16 = 14;
/// Cells of the sign that there are choices.
const ARROWS_COLS: u16 = 4;
/// Characters of the longest id; what is longer may be a value.
const MAX_ID_CHARS: usize = 12;
/// Characters of a value's end that are shown.
const VISIBLE_CHARS: usize = 4;
/// What becomes of the calls that are left.
const BALANCE_CHOICES: &[&str] = &["add", "set"];
const GRACE_CHOICES: &[&str] = &["24h", "0", "15m"];
const STRATEGY_CHOICES: &[&str] = &["least-tenants", "least-used", "sticky", "random"];
/// What a new pool key takes where nothing else is said.
const DEFAULT_CAPACITY: &str = "100";

/// What the answers are for.
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
    choices: Vec<String>,
}

/// The questions, and the answers so far.
#[derive(Clone)]
pub(crate) struct PromptForm {
    purpose: PromptPurpose,
    title: String,
    note: String,
    fields: Vec<PromptField>,
    focus: usize,
    error: Option<String>,
}

impl PromptForm {
    /// How long the values of siloed keys go on working.
    pub(crate) fn rotate(rows: Vec<TenantKeyId>, inventory: &Inventory) -> Self {
        let title = Change::Rotate { tenant_keys: rows.clone(), grace: 0 }.describe(inventory);
        Self::new(PromptPurpose::Rotate(rows), title, GRACE_NOTE.to_owned(), vec![grace_field()])
    }

    /// The same for a pool key; `why` says how one came to it.
    pub(crate) fn rotate_pool_key(api_key: ApiKeyId, why: Option<String>, inventory: &Inventory) -> Self {
        let title = Change::RotatePoolKey { api_key: api_key.clone(), grace: 0 }.describe(inventory);
        let note = why.map_or_else(|| GRACE_NOTE.to_owned(), |why| format!("{why} {GRACE_NOTE}"));
        Self::new(PromptPurpose::RotatePoolKey(api_key), title, note, vec![grace_field()])
    }

    pub(crate) fn grow(plan: PlanId, inventory: &Inventory) -> Self {
        let title = format!("add API keys to the pool of {}", inventory.plan_name(&plan));
        let count = PromptField { name: "how many", value: Suggestion::new("1"), choices: Vec::new() };
        Self::new(
            PromptPurpose::Grow(plan),
            title,
            "each is made in the plan and takes new tenants".to_owned(),
            vec![count],
        )
    }

    pub(crate) fn set_pool(plan: PlanId, inventory: &Inventory) -> Self {
        let title = format!("the pool of {}", inventory.plan_name(&plan));
        let pool = inventory.pool(&plan);
        let strategy = pool.map_or_else(String::new, |pool| pool.strategy.to_string());
        let capacity = pool.and_then(|pool| pool.capacity.value_to_show());
        let capacity = capacity.map_or_else(String::new, ToString::to_string);
        Self::new(PromptPurpose::SetPool(plan), title, CAPACITY_NOTE.to_owned(), shape(&strategy, &capacity))
    }

    pub(crate) fn create_pool(plan: PlanId, api_keys: Vec<ApiKeyId>, inventory: &Inventory) -> Self {
        let named: Vec<_> = api_keys.iter().map(ApiKeyId::as_str).collect();
        let (note, new_keys) = match &named[..] {
            [] => (NO_FREE_KEYS_NOTE.to_owned(), "1"),
            named => (format!("to be shared from now on: {}", named.join(", ")), "0"),
        };
        let title = format!("a pool for {}", inventory.plan_name(&plan));
        let mut fields = shape(STRATEGY_CHOICES[0], DEFAULT_CAPACITY);
        fields.push(PromptField { name: "new keys", value: Suggestion::new(new_keys), choices: Vec::new() });
        Self::new(PromptPurpose::CreatePool(plan, api_keys), title, note, fields)
    }

    /// More calls for API keys of a plan; `note` says where they stand.
    pub(crate) fn extend(plan: PlanId, api_keys: Vec<ApiKeyId>, note: String, inventory: &Inventory) -> Self {
        let keys = match &api_keys[..] {
            [key] => format!("API key {key}"),
            keys => pluralize(keys.len(), "API key"),
        };
        let title = format!("more calls for {keys} in {}", inventory.plan_name(&plan));
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

    /// Whose key something is.
    pub(crate) fn look_up_key() -> Self {
        let key = PromptField { name: "key", value: Suggestion::new(""), choices: Vec::new() };
        let note = "its value, its last 6 characters as logs show them, or the id of an API key or row";
        Self::new(PromptPurpose::LookUpKey, "whose key is this?".to_owned(), note.to_owned(), vec![key])
    }

    const fn new(about: PromptPurpose, title: String, note: String, fields: Vec<PromptField>) -> Self {
        Self { purpose: about, title, note, fields, focus: 0, error: None }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        let fields = self.fields.len();
        let Some(action) = action.as_dialog() else { return Reply::Pass };
        match action {
            DialogAction::Dismiss => return Reply::Close,
            DialogAction::Accept => return self.submit(app),
            DialogAction::NextField => self.focus = (self.focus + 1) % fields,
            DialogAction::PreviousField => self.focus = (self.focus + fields - 1) % fields,
            DialogAction::NextChoice | DialogAction::PreviousChoice => {
                return self.step(action == DialogAction::NextChoice);
            }
        }
        Reply::Stay
    }

    fn step(&mut self, forward: bool) -> Reply {
        let field = &mut self.fields[self.focus];
        let choices = field.choices.len();
        if choices == 0 {
            return Reply::Pass;
        }
        let now = field.choices.iter().position(|choice| *choice == field.value.value());
        let next = now.map_or(0, |now| (now + if forward { 1 } else { choices - 1 }) % choices);
        field.value = Suggestion::new(&field.choices[next]);
        self.error = None;
        Reply::Stay
    }

    pub(super) fn edit(&mut self, request: InputRequest) -> Reply {
        self.fields[self.focus].value.handle(request);
        self.error = None;
        Reply::Stay
    }

    fn submit(&mut self, app: &App) -> Reply {
        let inventory = app.inventory_or_empty();
        if matches!(self.purpose, PromptPurpose::LookUpKey) {
            return match KeyQuery::new(self.answer(0)) {
                Ok(clue) => Reply::LookUpKey(clue),
                Err(why) => self.refuse(why.to_string()),
            };
        }
        if let Some(reply) = self.file_reply(app) {
            return reply;
        }
        let asked =
            self.build_change(&inventory).and_then(|change| match final_refusal(&change, &inventory) {
                None => Ok(change),
                Some(refusal) => Err(refusal.to_string()),
            });
        match asked {
            Ok(change) => Reply::Confirm(change),
            Err(why) => self.refuse(why),
        }
    }

    fn refuse(&mut self, why: String) -> Reply {
        self.error = Some(why);
        Reply::Stay
    }

    fn answer(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |field| field.value.value().trim())
    }

    fn build_change(&self, inventory: &Inventory) -> Result<Change, String> {
        let grace = || self.answer(0).parse().map(Grace::seconds);
        Ok(match self.purpose.clone() {
            PromptPurpose::Rotate(rows) => Change::Rotate { tenant_keys: rows, grace: grace()? },
            PromptPurpose::RotatePoolKey(api_key) => Change::RotatePoolKey { api_key, grace: grace()? },
            PromptPurpose::Grow(plan) => {
                Change::Grow { plan, count: parse_number("how many", self.answer(0))? }
            }
            PromptPurpose::SetPool(plan) => {
                let (strategy, capacity) = self.parse_pool_settings()?;
                Change::SetPool { plan, strategy: Some(strategy), capacity: Some(capacity) }
            }
            PromptPurpose::Extend(plan, api_keys) => {
                let calls = parse_calls(self.answer(1))?;
                let balance = match self.answer(0) {
                    "add" => BalanceChange::Add(calls),
                    "set" => BalanceChange::Set(calls),
                    _ => return Err("add or set: add calls to what is left, or set what is left".to_owned()),
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

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let look = &app.options.styles;
        let width = frame::content_cols(app, WIDTH);
        let role = if self.error.is_some() { Role::Error } else { Role::Muted };
        let notes = text::wrap(self.error.as_deref().unwrap_or(&self.note), width.into());
        let fields = u16::try_from(self.fields.len()).unwrap_or(u16::MAX);
        let height = fields.saturating_add(u16::try_from(notes.len()).unwrap_or(1));
        let inside = frame::draw(app, frame, &self.title, width, height);
        for ((at, field), y) in self.fields.iter().enumerate().zip(inside.y..inside.bottom()) {
            self.draw_field(app, frame, Rect { y, height: 1, ..inside }, field, at == self.focus);
        }
        for (note, y) in notes.into_iter().zip(inside.y.saturating_add(fields)..inside.bottom()) {
            frame.render_widget(Line::styled(note, look.get(role)), Rect { y, height: 1, ..inside });
        }
    }

    fn draw_field(&self, app: &App, frame: &mut Frame<'_>, area: Rect, field: &PromptField, here: bool) {
        let look = &app.options.styles;
        frame::draw_field_name(frame, area, field.name, here, look);
        let value =
            Rect { x: area.x + NAME_COLS, width: area.width.saturating_sub(NAME_COLS + ARROWS_COLS), ..area };
        let may_be_secret = matches!(self.purpose, PromptPurpose::LookUpKey);
        let input = if may_be_secret { &mask_input(&field.value.input) } else { &field.value.input };
        prompt::draw(frame, value, "", input, here, look);
        if !field.choices.is_empty() {
            let arrows = Rect { x: value.right(), width: ARROWS_COLS, ..area };
            frame.render_widget(Line::styled("← →", look.get(Role::Accent)), arrows);
        }
    }
}

/// A value that was typed or pasted, but for its end; ids are shown.
fn mask_input(input: &Input) -> Input {
    let count = input.value().chars().count();
    if count <= MAX_ID_CHARS {
        return input.clone();
    }
    let shown = input.value().chars().enumerate();
    let shown = shown.map(|(at, c)| if at + VISIBLE_CHARS < count { '•' } else { c });
    Input::new(shown.collect()).with_cursor(input.cursor())
}

impl fmt::Debug for PromptForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is typed may be a secret.
        f.debug_struct("Ask").field("about", &self.purpose).finish_non_exhaustive()
    }
}

const GRACE_NOTE: &str = "For so long the old value works as well; 0 ends it at once.";
const NO_FREE_KEYS_NOTE: &str = "No API key of the plan is free, so new ones are made for the pool. To share keys that \
                            tenants have, mark the keys that are to be shared first.";
const CAPACITY_NOTE: &str = "The capacity is the most tenant keys behind one API key.";

fn grace_field() -> PromptField {
    PromptField {
        name: "grace",
        value: Suggestion::new(GRACE_CHOICES[0]),
        choices: to_strings(GRACE_CHOICES),
    }
}

fn shape(strategy: &str, capacity: &str) -> Vec<PromptField> {
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
    text.replace([',', '_'], "").parse().map_err(|_| "calls: a whole number such as 500".to_owned())
}

fn parse_number(name: &str, text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{name}: a whole number such as 20"))
}
