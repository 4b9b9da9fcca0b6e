//! The view of the set-up: every step with its state, and what does the selected one; and the tree of methods.

mod methods;

use keypool_domain::setup::{Form, Item, Remedy, State};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::aws::Failure;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::store::Remote;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, View};

use super::messages;
pub(crate) use methods::draw as draw_methods;

/// Lines below the list, about the selected row.
const ABOUT: u16 = 5;
/// Cells of the columns of names and states.
const NAME: u16 = 20;
const STATE: u16 = 9;

/// Where one is in a list of the set-up.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SetupPane {
    cursor: Cursor,
    height: usize,
}

impl SetupPane {
    pub(crate) const fn selected(&self) -> usize {
        self.cursor.at
    }

    pub(crate) fn go(&mut self, motion: Motion, rows: usize) {
        self.cursor.go(motion, rows, self.height);
    }

    pub(crate) fn scroll(&mut self, area: Rect, rows: usize) {
        self.height = table::body_height(list_height(area.height.saturating_sub(2)), rows);
        self.cursor.settle(rows, self.height);
    }
}

/// On a low screen list and explanation share what there is.
const fn list_height(inside: u16) -> u16 {
    inside - if ABOUT < inside / 2 { ABOUT } else { inside / 2 }
}

/// The steps.
pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let look = &app.options.look;
    let steps = app.steps();
    let missing = steps.iter().filter(|item| item.state == State::Missing).count();
    let inside = panel::draw(frame, area, &title(app, "Setup", &format!("{missing} missing")), true, look);
    if steps.is_empty() {
        return messages::plain(app, inside, frame, &nothing(app));
    }
    let columns = [
        Column::new("step", Constraint::Length(NAME)),
        Column::new("state", Constraint::Length(STATE)),
        Column::new("seen", Constraint::Fill(1)),
    ];
    let cursor = app.setup_pane.cursor;
    let view = View { columns: &columns, rows: steps.len(), cursor, focused: true, look };
    let list = Rect { height: list_height(inside.height), ..inside };
    table::draw(frame, list, &view, |at| {
        let item = &steps[at];
        let state = Cell::Text(item.state.as_str(), look.style(role(item.state)));
        let plain = Style::new();
        (false, vec![Cell::Text(item.task.title(), plain), state, Cell::Text(&item.seen, plain)])
    });
    if let Some(item) = steps.get(cursor.at) {
        let does = remedy(app, item);
        about(
            app,
            Rect { y: list.bottom(), height: inside.height - list.height, ..inside },
            &item.seen,
            &does,
            frame,
        );
    }
}

const fn role(state: State) -> Role {
    match state {
        State::Done => Role::Ok,
        State::Missing => Role::Error,
        State::Unknown => Role::Warn,
        State::Optional => Role::Muted,
    }
}

fn title(app: &App, view: &str, count: &str) -> String {
    let read = app.setup.value().map(|read| &read.reading);
    let stage = read.and_then(|reading| {
        let stage = reading.stage.as_ref()?;
        Some(format!(" · {} {stage}", reading.api().map_or("", |api| &api.name)))
    });
    let spinner = match &app.setup {
        Remote::Loading { .. } => format!(" · {} looking", app.spinner()),
        Remote::Failed { .. } => " · stale".to_owned(),
        Remote::NotAsked | Remote::Ready { .. } => String::new(),
    };
    match read {
        Some(_) => format!("{view}{} · {count}{spinner}", stage.unwrap_or_default()),
        None => view.to_owned(),
    }
}

fn nothing(app: &App) -> String {
    match &app.setup {
        Remote::Failed { failure: Failure::Several { what, .. }, .. } => {
            format!("there are several {what}: {} chooses one", app.key_of(Action::ChooseStage))
        }
        Remote::Failed { failure, .. } => failure.to_string(),
        Remote::NotAsked | Remote::Loading { .. } | Remote::Ready { .. } => {
            format!("{} looking at APIs and stages", app.spinner())
        }
    }
}

/// What does the step, and by which key.
fn remedy(app: &App, item: &Item) -> String {
    let key = app.key_of(Action::DoStep);
    match &item.remedy {
        None => String::new(),
        Some(Remedy::Do(change)) => format!("{key}: {}", change.describe(&app.decided_on())),
        Some(Remedy::Ask(form)) => format!("{key}: {}", asks(*form)),
    }
}

const fn asks(form: Form) -> &'static str {
    match form {
        Form::Plan => "create a usage plan",
        Form::Link => "choose the usage plan that covers the stage",
        Form::Methods => "choose the methods that need a key",
        Form::LogRole => "name the role with which API Gateway writes logs",
        Form::AccessLog => "name the log that gets a line for each call",
        Form::Pool => "make a pool of shared keys",
        Form::Key => "create a key for a tenant",
        Form::Call => "call the API with the key",
    }
}

/// What was seen, and what does it.
fn about(app: &App, area: Rect, seen: &str, does: &str, frame: &mut Frame<'_>) {
    let look = &app.options.look;
    let cells = usize::from(area.width).saturating_sub(2);
    let said = [(seen, Role::Title), (does, Role::Accent)];
    let lines = said.into_iter().flat_map(|(words, role)| {
        let style = look.style(role);
        text::wrap(words, cells).into_iter().map(move |line| Line::styled(format!(" {line}"), style))
    });
    let lines: Vec<_> = std::iter::once(Line::default()).chain(lines).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
