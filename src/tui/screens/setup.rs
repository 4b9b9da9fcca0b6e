//! The setup: the checklist of an API and its stage, with details of the selected step.

use jiff::Timestamp;
use keypool_domain::setup::{ChecklistItem, Form, ReadResult, TaskAction, TaskState};
use keypool_domain::{ApiChange, Change, Plan, PlanId, StageRef};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use crate::aws::Failure;
use crate::ops::{SetupTarget, StageChoices};
use crate::tui::dialogs::forms::{key, link_plan, log_role, plan, stage_log};
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::{Action, Scope, SetupAction, ViewAction};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::message::Tone;
use crate::tui::model::query::Query;
use crate::tui::model::remote::Remote;
use crate::tui::screen::{Command, Handled, Screen, done};
use crate::tui::screens::setup_parts::{STATE_COLS, draw_detail, list_height, stopped_text, title};
use crate::tui::screens::{empty, pool_dialogs};
use crate::tui::styles::Role;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::follower::Follower;
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

const NAME_COLS: u16 = 20;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Setup {
    cursor: Cursor,
    /// The line whose details are shown.
    details: Follower<usize>,
    height: usize,
}

type StepColumn<'a> = Column<'a, &'a ChecklistItem>;

impl Screen for Setup {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Setup, Scope::View]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if let Some(motion) = action.motion() {
            let (is_repeated, selected) = (model.type_ahead().is_repeated(), self.cursor.selected);
            self.details.hold_if(is_repeated, model.now(), || selected);
            self.cursor.move_by(motion, steps(model).len(), self.height);
            return done();
        }
        self.details.release();
        if let Some(action) = action.as_view() {
            return Some(vec![match action {
                ViewAction::Refresh => Command::ReadSetup,
                ViewAction::Back | ViewAction::Close => leave(model),
            }]);
        }
        match action.as_setup()? {
            SetupAction::Setup => Some(vec![Command::ReadSetup]),
            SetupAction::DoStep => Some(self.do_step(model)),
            SetupAction::Methods => Some(vec![Command::Go(View::Methods)]),
            SetupAction::Deploy => Some(vec![deploy(model)]),
            SetupAction::ChooseStage => Some(vec![Command::Load(Query::StageChoices(None))]),
            // These need a selected method.
            SetupAction::RequireKey | SetupAction::ThrottleMethod => None,
        }
    }

    fn entered(&mut self, _model: &Model) -> Vec<Command> {
        vec![Command::ReadSetup]
    }

    fn settle(&mut self, area: Rect, model: &Model) {
        let rows = steps(model).len();
        self.height = table::body_height(list_height(area.height.saturating_sub(2)));
        self.cursor.clamp(rows, self.height);
    }

    fn tick(&mut self, now: Timestamp) {
        self.details.tick(now);
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.details.wakes_at()
    }

    fn draw(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let steps = steps(model);
        let missing = steps.iter().filter(|item| item.state == TaskState::Missing).count();
        let title = title(model, "Setup", &format!("{missing} missing"));
        let inside = panel::draw(frame, area, &title, true, styles);
        if steps.is_empty() {
            return empty::draw_text(model, inside, frame, &empty_text(model));
        }
        let columns = [
            StepColumn::new("step", Constraint::Length(NAME_COLS), |item| item.task.title()),
            StepColumn::new("state", Constraint::Length(STATE_COLS), |item| {
                Cell::Text(item.state.as_str(), styles.get(state_role(item.state)))
            }),
            StepColumn::new("status", Constraint::Fill(1), |item| &item.summary[..]),
        ];
        let view = TableView { rows: steps.len(), cursor: self.cursor, focused: true, styles };
        let list = Rect { height: list_height(inside.height), ..inside };
        table::draw(frame, list, &view, &columns, |at| steps.get(at));
        let detailed = self.details.held().copied().unwrap_or(self.cursor.selected);
        if let Some(item) = steps.get(detailed) {
            let below = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
            draw_detail(model, below, &item.summary, &action_text(model, item), frame);
        }
    }
}

impl Setup {
    fn do_step(&self, model: &Model) -> Vec<Command> {
        let Some(item) = steps(model).get(self.cursor.selected) else { return Vec::new() };
        match &item.action {
            Some(TaskAction::Apply(change)) => vec![Command::Confirm((**change).clone())],
            Some(TaskAction::Prompt(form)) => open_step_form(*form, model),
            None => {
                vec![Command::say(Tone::Info, format!("{}: {}", item.task.title(), item.summary))]
            }
        }
    }
}

/// Opens a menu of APIs or stages, or takes the only one.
pub(crate) fn choose_stage(choices: StageChoices, model: &Model) -> Command {
    let current = model.stage();
    Command::open(match choices {
        StageChoices::Apis(apis) if apis.is_empty() => {
            return Command::refuse("no REST API in this account and region");
        }
        StageChoices::Apis(apis) => Menu::for_apis(&apis, current),
        StageChoices::Stages(api, stages) if stages.len() > 1 => Menu::for_stages(&api, &stages, current),
        StageChoices::Stages(api, stages) => {
            if let Some(current) = current.filter(|current| current.api == api.id) {
                return Command::say(Tone::Info, format!("{current} is the only API and stage"));
            }
            let stage = stages.into_iter().next();
            return Command::ChooseSetupStage(SetupTarget {
                api: Some(api.id),
                stage,
                ..SetupTarget::default()
            });
        }
    })
}

/// Does the first that applies: stops the running change, stops the running check, leaves the screen.
fn leave(model: &Model) -> Command {
    let check = || model.running_read(View::Setup);
    let task = model.running_change().map(|(id, _)| id).or_else(check);
    task.map_or(Command::Go(View::Home), Command::Stop)
}

pub(super) fn deploy(model: &Model) -> Command {
    match model.stage() {
        Some(stage) => Command::Confirm(Change::from(ApiChange::Deploy(stage.clone()))),
        None => Command::refuse("no API yet: create one first"),
    }
}

fn open_step_form(form: Form, model: &Model) -> Vec<Command> {
    let Some(stage) = model.stage().cloned() else { return Vec::new() };
    vec![match form {
        Form::Plan => plan::open_for_new_plan(&[stage]),
        Form::Link => link_plan::open(stage, &model.inventory_or_empty()),
        Form::LogRole => log_role::open(log_role(model)),
        Form::AccessLog => stage_log::open(stage),
        Form::Methods => Command::Go(View::Methods),
        Form::Pool => add_first_pool(&stage, model),
        Form::Key => return add_first_key(&stage, model).into_iter().collect(),
        Form::Call => return make_first_call(model),
    }]
}

/// The account's CloudWatch role for API Gateway logs, if it could be read.
fn log_role(model: &Model) -> ReadResult<Option<String>> {
    let not_read = || Err("the account was not read".to_owned());
    model.setup().value().map_or_else(not_read, |setup| setup.state.log_role.clone())
}

/// Opens the form of a pool for the plan that covers the stage, or a menu if several plans do.
fn add_first_pool(stage: &StageRef, model: &Model) -> Command {
    let inventory = model.inventory_or_empty();
    let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
    let plans: Vec<PlanId> = covering.map(|plan| plan.id.clone()).collect();
    if let [plan] = &plans[..] {
        return pool_dialogs::create_pool(plan.clone(), &[], &inventory);
    }
    let forms = plans.into_iter().map(|plan| {
        let name = inventory.plan_name(&plan).to_owned();
        (name, pool_dialogs::open_form(plan, &[], &inventory))
    });
    Command::open(Menu::for_new_pool(forms.collect()))
}

/// Opens the form of a key in the first plan that covers the stage.
fn add_first_key(stage: &StageRef, model: &Model) -> Option<Command> {
    let inventory = model.inventory_or_empty();
    let covers = |plan: &&Plan| plan.stages.contains(stage);
    let plan = inventory.plans().iter().find(covers)?;
    Some(key::open_for_new_keys(&inventory, plan.id.clone()))
}

/// Goes to the keys pane, and calls the API if there is only one key.
fn make_first_call(model: &Model) -> Vec<Command> {
    let has_one_key = model.inventory().is_some_and(|inventory| inventory.tenant_keys().len() == 1);
    if has_one_key {
        return vec![Command::GoToPane(Pane::Keys), Command::Perform(Action::Call)];
    }
    let key = model.key_label(Action::Call);
    let hint = format!("select a key, then press {key} to call the API with it");
    vec![Command::GoToPane(Pane::Keys), Command::say(Tone::Info, hint)]
}

const fn state_role(state: TaskState) -> Role {
    match state {
        TaskState::Done => Role::Ok,
        TaskState::Missing => Role::Error,
        TaskState::Unknown => Role::Warn,
        TaskState::Optional => Role::Muted,
    }
}

/// The rows of the list, which are none until the setup was read.
fn steps(model: &Model) -> &[ChecklistItem] {
    model.steps().unwrap_or_default()
}

fn empty_text(model: &Model) -> String {
    match model.setup() {
        Remote::Failed { failure: Failure::Ambiguous { subject, .. }, .. } => {
            format!("Several {subject} found. Press {} to choose one.", model.key_label(Action::ChooseStage))
        }
        Remote::Failed { failure, .. } => failure.to_string(),
        Remote::Stopped => stopped_text(model),
        Remote::NotRequested | Remote::Loading { .. } | Remote::Ready { .. } => {
            format!("{} reading APIs and stages", model.spinner())
        }
    }
}

/// The key to press for the step, and what it does.
fn action_text(model: &Model, item: &ChecklistItem) -> String {
    let key = model.key_label(Action::DoStep);
    match &item.action {
        None => String::new(),
        Some(TaskAction::Apply(change)) => format!("{key}: {}", change.describe(&model.inventory_or_empty())),
        Some(TaskAction::Prompt(form)) => format!("{key}: {}", form_label(*form)),
    }
}

const fn form_label(form: Form) -> &'static str {
    match form {
        Form::Plan => "create a usage plan",
        Form::Link => "choose the usage plan that covers the stage",
        Form::Methods => "choose the methods that need a key",
        Form::LogRole => "set the IAM role for API Gateway logs",
        Form::AccessLog => "set the access log destination",
        Form::Pool => "create a pool of shared keys",
        Form::Key => "create a key for a tenant",
        Form::Call => "call the API with the key",
    }
}
