//! The setup view: the checklist with details of the selected step, and the tree of methods.

mod methods;

use keypool_domain::setup::{ChecklistItem, Form, TaskAction, TaskState};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::aws::Failure;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::store::Remote;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

use super::messages;
pub(crate) use methods::draw as draw_methods;

/// Rows for the details of the selected step or method, below the list.
const DETAIL_ROWS: u16 = 5;
const NAME_COLS: u16 = 20;
const STATE_COLS: u16 = 9;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SetupPane {
    cursor: Cursor,
    height: usize,
}

impl SetupPane {
    pub(crate) const fn selected(&self) -> usize {
        self.cursor.selected
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion, rows: usize) {
        self.cursor.move_by(motion, rows, self.height);
    }

    pub(crate) fn resize(&mut self, area: Rect, rows: usize) {
        self.height = table::body_height(list_height(area.height.saturating_sub(2)), rows);
        self.cursor.clamp(rows, self.height);
    }
}

/// Rows of the list; on a low screen, the list and the details below it share the height equally.
const fn list_height(available: u16) -> u16 {
    available - if DETAIL_ROWS < available / 2 { DETAIL_ROWS } else { available / 2 }
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let styles = &app.options.styles;
    let steps = app.steps();
    let missing = steps.iter().filter(|item| item.state == TaskState::Missing).count();
    let inside = panel::draw(frame, area, &title(app, "Setup", &format!("{missing} missing")), true, styles);
    if steps.is_empty() {
        return messages::draw_text(app, inside, frame, &empty_text(app));
    }
    let columns = [
        Column::new("step", Constraint::Length(NAME_COLS)),
        Column::new("state", Constraint::Length(STATE_COLS)),
        Column::new("status", Constraint::Fill(1)),
    ];
    let cursor = app.setup_pane.cursor;
    let view = TableView { columns: &columns, rows: steps.len(), cursor, focused: true, styles };
    let list = Rect { height: list_height(inside.height), ..inside };
    table::draw(frame, list, &view, |at| {
        let item = &steps[at];
        let state = Cell::Text(item.state.as_str(), styles.get(state_role(item.state)));
        let plain = Style::new();
        (false, vec![Cell::Text(item.task.title(), plain), state, Cell::Text(&item.summary, plain)])
    });
    if let Some(item) = steps.get(cursor.selected) {
        let action = action_text(app, item);
        draw_detail(
            app,
            Rect { y: list.bottom(), height: inside.height - list.height, ..inside },
            &item.summary,
            &action,
            frame,
        );
    }
}

const fn state_role(state: TaskState) -> Role {
    match state {
        TaskState::Done => Role::Ok,
        TaskState::Missing => Role::Error,
        TaskState::Unknown => Role::Warn,
        TaskState::Optional => Role::Muted,
    }
}

fn title(app: &App, view: &str, count: &str) -> String {
    let reading = app.setup.value().map(|setup| &setup.state);
    let stage = reading.and_then(|reading| {
        let stage = reading.stage.as_ref()?;
        Some(format!(" · {} {stage}", reading.api().map_or("", |api| &api.name)))
    });
    let state = match &app.setup {
        Remote::Loading { .. } => format!(" · {} reading", app.spinner()),
        Remote::Failed { .. } => " · stale".to_owned(),
        Remote::NotRequested | Remote::Ready { .. } => String::new(),
    };
    match reading {
        Some(_) => format!("{view}{} · {count}{state}", stage.unwrap_or_default()),
        None => view.to_owned(),
    }
}

fn empty_text(app: &App) -> String {
    match &app.setup {
        Remote::Failed { failure: Failure::Ambiguous { subject, .. }, .. } => {
            format!("Several {subject} found. Press {} to choose one.", app.key_label(Action::ChooseStage))
        }
        Remote::Failed { failure, .. } => failure.to_string(),
        Remote::NotRequested | Remote::Loading { .. } | Remote::Ready { .. } => {
            format!("{} reading APIs and stages", app.spinner())
        }
    }
}

/// The key to press for the step, and what it does.
fn action_text(app: &App, item: &ChecklistItem) -> String {
    let key = app.key_label(Action::DoStep);
    match &item.action {
        None => String::new(),
        Some(TaskAction::Apply(change)) => format!("{key}: {}", change.describe(&app.inventory_or_empty())),
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

fn draw_detail(app: &App, area: Rect, summary: &str, action: &str, frame: &mut Frame<'_>) {
    let styles = &app.options.styles;
    let cells = usize::from(area.width).saturating_sub(2);
    let paragraphs = [(summary, Role::Title), (action, Role::Accent)];
    let lines = paragraphs.into_iter().flat_map(|(paragraph, role)| {
        let style = styles.get(role);
        text::wrap(paragraph, cells).into_iter().map(move |line| Line::styled(format!(" {line}"), style))
    });
    let lines: Vec<_> = std::iter::once(Line::default()).chain(lines).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
