//! The methods of the API that is set up: which need an API key, which are deployed, and their throttles per plan.

use jiff::Timestamp;
use keypool_domain::setup::ApiMethod;
use keypool_domain::text::group_thousands_decimal;
use keypool_domain::{ApiChange, Change, Inventory, MethodRef, Plan, StageRef, Throttle};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use crate::tui::dialogs::forms::method_throttle;
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::{Action, Scope, SetupAction, ViewAction};
use crate::tui::model::Model;
use crate::tui::model::remote::Remote;
use crate::tui::screen::{Command, Handled, Screen, done};
use crate::tui::screens::empty;
use crate::tui::screens::setup::deploy;
use crate::tui::screens::setup_parts::{STATE_COLS, draw_detail, list_height, stopped_text, title};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::follower::Follower;
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

/// Fits e.g. `BasicPlan 10/s · 20`.
const THROTTLE_COLS: u16 = 24;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Methods {
    cursor: Cursor,
    /// The line whose details are shown.
    details: Follower<usize>,
    height: usize,
}

type MethodColumn<'a> = Column<'a, &'a ApiMethod>;

impl Screen for Methods {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Methods, Scope::View]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if let Some(motion) = action.motion() {
            let (is_repeated, selected) = (model.type_ahead().is_repeated(), self.cursor.selected);
            self.details.hold_if(is_repeated, model.now(), || selected);
            self.cursor.move_by(motion, methods(model).len(), self.height);
            return done();
        }
        self.details.release();
        if let Some(action) = action.as_view() {
            let stop = model.task_to_stop(View::Methods);
            return Some(vec![match action {
                ViewAction::Refresh => Command::ReadSetup,
                ViewAction::Back | ViewAction::Close => stop.map_or(Command::Go(View::Setup), Command::Stop),
            }]);
        }
        match action.as_setup()? {
            SetupAction::Methods => Some(vec![Command::ReadSetup]),
            SetupAction::RequireKey => Some(self.require_key(model).into_iter().collect()),
            SetupAction::ThrottleMethod => Some(self.throttle_method(model).into_iter().collect()),
            SetupAction::Deploy => Some(vec![deploy(model)]),
            SetupAction::Setup => Some(vec![Command::Go(View::Setup)]),
            // These belong to the list of steps.
            SetupAction::DoStep | SetupAction::ChooseStage => None,
        }
    }

    fn settle(&mut self, area: Rect, model: &Model) {
        let rows = methods(model).len();
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
        let methods = methods(model);
        let undeployed =
            model.setup().value().map(|setup| setup.state.undeployed_methods()).unwrap_or_default();
        let count = model.methods().map_or_else(|| "?".to_owned(), |_| text::format_count(undeployed.len()));
        let undeployed_count = format!("{count} not deployed");
        let inside = panel::draw(frame, area, &title(model, "Methods", &undeployed_count), true, styles);
        if methods.is_empty() {
            return empty::draw_text(model, inside, frame, &empty_text(model));
        }
        let columns = [
            MethodColumn::new("method", Constraint::Fill(1), |entry| {
                let depth = entry.method.path.matches('/').count().saturating_sub(1);
                format!("{}{} {}", "  ".repeat(depth), entry.method.verb, entry.method.path)
            })
            .with_max_cols(80),
            MethodColumn::new("needs a key", Constraint::Length(11), |entry| {
                let (text, role) =
                    if entry.needs_key { ("[x] yes", Role::Ok) } else { ("[ ] no", Role::Warn) };
                Cell::Text(text, styles.get(role))
            }),
            MethodColumn::new("deployed", Constraint::Length(STATE_COLS), |entry| {
                let is_undeployed = undeployed.contains(&&entry.method);
                let (text, role) = if is_undeployed { ("not yet", Role::Warn) } else { ("yes", Role::Text) };
                Cell::Text(text, styles.get(role))
            }),
            MethodColumn::new("method throttle", Constraint::Length(THROTTLE_COLS), |entry| {
                format_throttles(&throttles_of_method(model, &entry.method))
            }),
        ];
        let view = TableView { rows: methods.len(), cursor: self.cursor, focused: true, styles };
        let list = Rect { height: list_height(inside.height), ..inside };
        table::draw(frame, list, &view, &columns, |at| methods.get(at));
        let detailed = self.details.held().copied().unwrap_or(self.cursor.selected);
        if let Some(entry) = methods.get(detailed) {
            let below = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
            draw_detail(
                model,
                below,
                &describe_throttles(&entry.method, &throttles_of_method(model, &entry.method)),
                &key_hints(model),
                frame,
            );
        }
    }
}

impl Methods {
    fn selected<'a>(&self, model: &'a Model) -> Option<(&'a ApiMethod, &'a StageRef)> {
        Some((methods(model).get(self.cursor.selected)?, model.stage()?))
    }

    fn require_key(&self, model: &Model) -> Option<Command> {
        let (method, stage) = self.selected(model)?;
        let change = ApiChange::RequireKeys {
            api: stage.api.clone(),
            methods: vec![(method.resource.clone(), method.method.clone())],
            required: !method.needs_key,
        };
        Some(Command::Confirm(Change::from(change)))
    }

    /// Opens the form to throttle the selected method in the plan that covers the stage, or a menu if several do.
    fn throttle_method(&self, model: &Model) -> Option<Command> {
        let (method, stage) = self.selected(model)?;
        let (method, stage) = (method.method.clone(), stage.clone());
        let inventory = model.inventory_or_empty();
        let covers = |plan: &&Plan| plan.stages.contains(&stage);
        let plans: Vec<_> = inventory.plans().iter().filter(covers).collect();
        Some(match &plans[..] {
            [] => Command::refuse(format!("no usage plan covers {stage}: link a plan first")),
            [plan] => method_throttle::open(plan, &inventory, stage, method),
            plans => Command::open(Menu::for_method_throttle(plans, &inventory, &stage, &method)),
        })
    }
}

/// The rows of the list, which are none until the methods were read.
fn methods(model: &Model) -> &[ApiMethod] {
    model.methods().unwrap_or_default()
}

fn empty_text(model: &Model) -> String {
    match (model.setup(), model.setup().value().map(|setup| &setup.state.methods)) {
        (Remote::Loading { .. }, None) => format!("{} reading methods", model.spinner()),
        (Remote::Stopped, _) => stopped_text(model),
        (_, Some(Ok(_))) => "no methods found for this API".to_owned(),
        (_, Some(Err(why))) => format!("the methods could not be read: {why}"),
        (_, None) => {
            format!("The methods are not read. Press {} to read them.", model.key_label(Action::Refresh))
        }
    }
}

/// The throttles for this method of the selected stage, by name of the plan that sets them.
fn throttles_of_method<'a>(model: &'a Model, method: &MethodRef) -> Vec<(&'a str, Throttle)> {
    let (Some(stage), Some(inventory)) = (model.stage(), model.inventory()) else { return Vec::new() };
    throttles_in_plans(inventory, stage, method)
}

fn throttles_in_plans<'a>(
    inventory: &'a Inventory,
    stage: &StageRef,
    method: &MethodRef,
) -> Vec<(&'a str, Throttle)> {
    let key = (stage.clone(), method.clone());
    let throttle = |plan: &'a keypool_domain::Plan| {
        Some((inventory.plan_name(&plan.id), *plan.method_throttles.get(&key)?))
    };
    inventory.plans().iter().filter_map(throttle).collect()
}

fn format_throttles(throttles: &[(&str, Throttle)]) -> String {
    match throttles {
        [] => "–".to_owned(),
        [(plan, throttle)] => format!(
            "{plan} {}/s · {}",
            group_thousands_decimal(&throttle.rate.to_string()),
            text::format_count(throttle.burst as usize)
        ),
        plans => format!("{} plans", plans.len()),
    }
}

fn describe_throttles(method: &MethodRef, throttles: &[(&str, Throttle)]) -> String {
    if throttles.is_empty() {
        return format!("{method}: no method throttle in any plan");
    }
    let parts: Vec<_> = throttles.iter().map(|(plan, throttle)| format!("{throttle} in {plan}")).collect();
    format!("{method}: {}", parts.join("; "))
}

fn key_hints(model: &Model) -> String {
    format!(
        "{}: require a key or not, takes effect when you deploy ({}) · {}: throttle, takes effect at once",
        model.key_label(Action::RequireKey),
        model.key_label(Action::Deploy),
        model.key_label(Action::ThrottleMethod)
    )
}
