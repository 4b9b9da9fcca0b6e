//! A few short answers that a change needs before it can be shown: a grace, a number, a strategy.

mod file;
mod setup;

use std::fmt;

use keypool_domain::change::{Balance, Extension, PoolAsked, counted};
use keypool_domain::setup::Seen;
use keypool_domain::whose::Clue;
use keypool_domain::{ApiKeyId, Change, Inventory, MethodRef, PlanId, RowId, StageRef, Strategy};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use tui_input::{Input, InputRequest};

use crate::ops::{Grace, Listed, lasting_refusal};
use crate::tui::action::{Action, DialogAction};
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;
use crate::tui::widgets::suggestion::Suggestion;

use super::{Reply, frame};

const WIDTH: u16 = 64;
/// Cells of the column of names.
const NAME: u16 = 14;
/// Cells of the sign that there are choices.
const ARROWS: u16 = 4;
/// Characters of the longest id; what is longer may be a value.
const LONGEST_ID: usize = 12;
/// Characters of a value's end that are shown.
const SHOWN: usize = 4;
/// What becomes of the calls that are left.
const BALANCES: &[&str] = &["add", "set"];
const GRACES: &[&str] = &["24h", "0", "15m"];
const STRATEGIES: &[&str] = &["least-tenants", "least-used", "sticky", "random"];
/// What a new pool key takes where nothing else is said.
const CAPACITY: &str = "100";

/// What the answers are for.
#[derive(Debug, Clone)]
enum About {
    Rotate(Vec<RowId>),
    RotatePoolKey(ApiKeyId),
    Grow(PlanId),
    SetPool(PlanId),
    CreatePool(PlanId, Vec<ApiKeyId>),
    Extend(PlanId, Vec<ApiKeyId>),
    Whose,
    NewPlan,
    EditPlan(PlanId),
    Link(StageRef),
    LogRole(Seen<Option<String>>),
    AccessLog(StageRef),
    Export(Listed),
    LogFile,
    ThrottleMethod(PlanId, StageRef, MethodRef),
}

#[derive(Clone)]
struct Field {
    name: &'static str,
    value: Suggestion,
    choices: Vec<String>,
}

/// The questions, and the answers so far.
#[derive(Clone)]
pub(crate) struct Ask {
    about: About,
    title: String,
    note: String,
    fields: Vec<Field>,
    at: usize,
    mistake: Option<String>,
}

impl Ask {
    /// How long the values of siloed keys go on working.
    pub(crate) fn rotate(rows: Vec<RowId>, inventory: &Inventory) -> Self {
        let title = Change::Rotate { rows: rows.clone(), grace: 0 }.describe(inventory);
        Self::new(About::Rotate(rows), title, GRACE.to_owned(), vec![grace()])
    }

    /// The same for a pool key; `why` says how one came to it.
    pub(crate) fn rotate_pool_key(api_key: ApiKeyId, why: Option<String>, inventory: &Inventory) -> Self {
        let title = Change::RotatePoolKey { api_key: api_key.clone(), grace: 0 }.describe(inventory);
        let note = why.map_or_else(|| GRACE.to_owned(), |why| format!("{why} {GRACE}"));
        Self::new(About::RotatePoolKey(api_key), title, note, vec![grace()])
    }

    pub(crate) fn grow(plan: PlanId, inventory: &Inventory) -> Self {
        let title = format!("add API keys to the pool of {}", inventory.plan_name(&plan));
        let count = Field { name: "how many", value: Suggestion::new("1"), choices: Vec::new() };
        Self::new(
            About::Grow(plan),
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
        Self::new(About::SetPool(plan), title, CAPACITIES.to_owned(), shape(&strategy, &capacity))
    }

    pub(crate) fn create_pool(plan: PlanId, api_keys: Vec<ApiKeyId>, inventory: &Inventory) -> Self {
        let named: Vec<_> = api_keys.iter().map(ApiKeyId::as_str).collect();
        let (note, new_keys) = match &named[..] {
            [] => (NO_FREE_KEYS.to_owned(), "1"),
            named => (format!("to be shared from now on: {}", named.join(", ")), "0"),
        };
        let title = format!("a pool for {}", inventory.plan_name(&plan));
        let mut fields = shape(STRATEGIES[0], CAPACITY);
        fields.push(Field { name: "new keys", value: Suggestion::new(new_keys), choices: Vec::new() });
        Self::new(About::CreatePool(plan, api_keys), title, note, fields)
    }

    /// More calls for API keys of a plan; `note` says where they stand.
    pub(crate) fn extend(plan: PlanId, api_keys: Vec<ApiKeyId>, note: String, inventory: &Inventory) -> Self {
        let keys = match &api_keys[..] {
            [key] => format!("API key {key}"),
            keys => counted(keys.len(), "API key"),
        };
        let title = format!("more calls for {keys} in {}", inventory.plan_name(&plan));
        let fields = vec![
            Field { name: "add or set", value: Suggestion::new(BALANCES[0]), choices: named(BALANCES) },
            Field { name: "calls", value: Suggestion::new(""), choices: Vec::new() },
            Field { name: "reason", value: Suggestion::new(""), choices: Vec::new() },
        ];
        Self { at: 1, ..Self::new(About::Extend(plan, api_keys), title, note, fields) }
    }

    /// Whose key something is.
    pub(crate) fn whose() -> Self {
        let key = Field { name: "key", value: Suggestion::new(""), choices: Vec::new() };
        let note = "its value, its last 6 characters as logs show them, or the id of an API key or row";
        Self::new(About::Whose, "whose key is this?".to_owned(), note.to_owned(), vec![key])
    }

    const fn new(about: About, title: String, note: String, fields: Vec<Field>) -> Self {
        Self { about, title, note, fields, at: 0, mistake: None }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        let fields = self.fields.len();
        let Some(action) = action.as_dialog() else { return Reply::Pass };
        match action {
            DialogAction::Dismiss => return Reply::Close,
            DialogAction::Accept => return self.submit(app),
            DialogAction::NextField => self.at = (self.at + 1) % fields,
            DialogAction::PreviousField => self.at = (self.at + fields - 1) % fields,
            DialogAction::NextChoice | DialogAction::PreviousChoice => {
                return self.step(action == DialogAction::NextChoice);
            }
        }
        Reply::Stay
    }

    fn step(&mut self, forward: bool) -> Reply {
        let field = &mut self.fields[self.at];
        let choices = field.choices.len();
        if choices == 0 {
            return Reply::Pass;
        }
        let now = field.choices.iter().position(|choice| *choice == field.value.value());
        let next = now.map_or(0, |now| (now + if forward { 1 } else { choices - 1 }) % choices);
        field.value = Suggestion::new(&field.choices[next]);
        self.mistake = None;
        Reply::Stay
    }

    pub(super) fn edit(&mut self, request: InputRequest) -> Reply {
        self.fields[self.at].value.handle(request);
        self.mistake = None;
        Reply::Stay
    }

    fn submit(&mut self, app: &App) -> Reply {
        let inventory = app.decided_on();
        if matches!(self.about, About::Whose) {
            return match Clue::new(self.answer(0)) {
                Ok(clue) => Reply::Whose(clue),
                Err(why) => self.refuse(why.to_string()),
            };
        }
        if let Some(reply) = self.file_reply(app) {
            return reply;
        }
        let asked = self.change(&inventory).and_then(|change| match lasting_refusal(&change, &inventory) {
            None => Ok(change),
            Some(refusal) => Err(refusal.to_string()),
        });
        match asked {
            Ok(change) => Reply::Confirm(change),
            Err(why) => self.refuse(why),
        }
    }

    fn refuse(&mut self, why: String) -> Reply {
        self.mistake = Some(why);
        Reply::Stay
    }

    fn answer(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |field| field.value.value().trim())
    }

    fn change(&self, inventory: &Inventory) -> Result<Change, String> {
        let grace = || self.answer(0).parse().map(Grace::seconds);
        Ok(match self.about.clone() {
            About::Rotate(rows) => Change::Rotate { rows, grace: grace()? },
            About::RotatePoolKey(api_key) => Change::RotatePoolKey { api_key, grace: grace()? },
            About::Grow(plan) => Change::Grow { plan, count: number("how many", self.answer(0))? },
            About::SetPool(plan) => {
                let (strategy, capacity) = self.shape()?;
                Change::SetPool { plan, strategy: Some(strategy), capacity: Some(capacity) }
            }
            About::Extend(plan, api_keys) => {
                let calls = calls(self.answer(1))?;
                let balance = match self.answer(0) {
                    "add" => Balance::Add(calls),
                    "set" => Balance::Set(calls),
                    _ => return Err("add or set: add calls to what is left, or set what is left".to_owned()),
                };
                let keys = api_keys.into_iter().map(|key| (key, balance)).collect();
                Change::Extend(Extension { plan, keys, reason: self.answer(2).to_owned() })
            }
            About::CreatePool(plan, api_keys) => {
                let (strategy, capacity) = self.shape()?;
                let new_keys = number("new keys", self.answer(2))?;
                Change::CreatePool(PoolAsked { plan, api_keys, new_keys, strategy, capacity })
            }
            About::Whose
            | About::NewPlan
            | About::EditPlan(_)
            | About::Link(_)
            | About::LogRole(_)
            | About::AccessLog(_)
            | About::Export(_)
            | About::LogFile
            | About::ThrottleMethod(..) => return self.setup_change(inventory),
        })
    }

    fn shape(&self) -> Result<(Strategy, u32), String> {
        let strategy = self.answer(0).parse::<Strategy>().map_err(|why| why.to_string())?;
        Ok((strategy, number("capacity", self.answer(1))?))
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let look = &app.options.look;
        let width = frame::room(app, WIDTH);
        let role = if self.mistake.is_some() { Role::Error } else { Role::Muted };
        let notes = text::wrap(self.mistake.as_deref().unwrap_or(&self.note), width.into());
        let fields = u16::try_from(self.fields.len()).unwrap_or(u16::MAX);
        let height = fields.saturating_add(u16::try_from(notes.len()).unwrap_or(1));
        let inside = frame::draw(app, frame, &self.title, width, height);
        for ((at, field), y) in self.fields.iter().enumerate().zip(inside.y..inside.bottom()) {
            self.draw_field(app, frame, Rect { y, height: 1, ..inside }, field, at == self.at);
        }
        for (note, y) in notes.into_iter().zip(inside.y.saturating_add(fields)..inside.bottom()) {
            frame.render_widget(Line::styled(note, look.style(role)), Rect { y, height: 1, ..inside });
        }
    }

    fn draw_field(&self, app: &App, frame: &mut Frame<'_>, area: Rect, field: &Field, here: bool) {
        let look = &app.options.look;
        frame::name(frame, area, field.name, here, look);
        let value = Rect { x: area.x + NAME, width: area.width.saturating_sub(NAME + ARROWS), ..area };
        let may_be_secret = matches!(self.about, About::Whose);
        let input = if may_be_secret { &masked(&field.value.input) } else { &field.value.input };
        prompt::draw(frame, value, "", input, here, look);
        if !field.choices.is_empty() {
            let arrows = Rect { x: value.right(), width: ARROWS, ..area };
            frame.render_widget(Line::styled("← →", look.style(Role::Accent)), arrows);
        }
    }
}

/// A value that was typed or pasted, but for its end; ids are shown.
fn masked(input: &Input) -> Input {
    let count = input.value().chars().count();
    if count <= LONGEST_ID {
        return input.clone();
    }
    let shown = input.value().chars().enumerate();
    let shown = shown.map(|(at, c)| if at + SHOWN < count { '•' } else { c });
    Input::new(shown.collect()).with_cursor(input.cursor())
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is typed may be a secret.
        f.debug_struct("Ask").field("about", &self.about).finish_non_exhaustive()
    }
}

const GRACE: &str = "For so long the old value works as well; 0 ends it at once.";
const NO_FREE_KEYS: &str = "No API key of the plan is free, so new ones are made for the pool. To share keys that \
                            tenants have, mark the keys that are to be shared first.";
const CAPACITIES: &str = "The capacity is the most tenant keys behind one API key.";

fn grace() -> Field {
    Field { name: "grace", value: Suggestion::new(GRACES[0]), choices: named(GRACES) }
}

fn shape(strategy: &str, capacity: &str) -> Vec<Field> {
    vec![
        Field { name: "strategy", value: Suggestion::new(strategy), choices: named(STRATEGIES) },
        Field { name: "capacity", value: Suggestion::new(capacity), choices: Vec::new() },
    ]
}

fn named(choices: &[&str]) -> Vec<String> {
    choices.iter().map(|choice| (*choice).to_owned()).collect()
}

fn calls(text: &str) -> Result<u64, String> {
    text.replace([',', '_'], "").parse().map_err(|_| "calls: a whole number such as 500".to_owned())
}

fn number(name: &str, text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{name}: a whole number such as 20"))
}
