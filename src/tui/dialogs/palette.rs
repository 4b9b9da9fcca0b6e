//! The command palette: screens and actions by name, the last used first.

mod ranking;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::{Input, InputRequest};

use crate::tui::dialogs::frame;
use crate::tui::folding::Needle;
use crate::tui::keys::action::{Action, ActionSpec, DialogAction, FilterAction, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::highlight::Highlight;
use crate::tui::widgets::prompt;

use ranking::{ALIASES, is_named, rank};

const WIDTH: u16 = 90;
const ID_COLS: usize = 16;
const KEY_COLS: usize = 10;
/// In a narrower list, the title of an action is below its name.
const MIN_TITLE_COLS: usize = 30;
/// On a lower screen, the list alone is shown.
const MIN_ROWS_WITH_ALIASES: u16 = 16;

#[derive(Debug, Clone)]
pub(crate) struct Palette {
    input: Input,
    cursor: Cursor,
    /// What was run from the palette, the last first.
    recent: Vec<Action>,
    /// Where the palette was opened.
    scopes: Vec<Scope>,
    /// The action that must be typed by name before it runs.
    requires_name_of: Option<&'static str>,
}

impl Palette {
    pub(crate) fn new(recent: Vec<Action>, scopes: Vec<Scope>) -> Self {
        Self { input: Input::default(), cursor: Cursor::default(), recent, scopes, requires_name_of: None }
    }

    fn matching_actions(&self) -> Vec<&'static ActionSpec> {
        rank(self.input.value(), &self.recent)
    }

    /// Where the action works, if not where the palette was opened.
    fn place(&self, spec: &ActionSpec) -> Option<&'static str> {
        let works_here = spec.scopes.iter().any(|scope| self.scopes.contains(scope));
        if works_here { None } else { spec.scopes.iter().find_map(|scope| scope.place()) }
    }

    /// The name and the key of an action, and below or beside them what it does. No line is cut.
    fn lines(&self, model: &Model, spec: &ActionSpec, is_selected: bool, cells: usize) -> Vec<Line<'static>> {
        let styles = model.styles();
        let is_blocked = model.is_read_only() && spec.action.writes();
        let role = match (is_blocked, spec.action.is_destructive()) {
            (true, _) => Role::Muted,
            (false, true) => Role::Error,
            (false, false) => Role::Text,
        };
        let marker = if is_selected { "▌" } else { " " };
        let needle = Needle::new(self.input.value().trim());
        let highlight = Highlight::new([(None, &needle)]);
        let name = Line::from(Span::styled(spec.id, styles.get(role)));
        let mut head = vec![Span::raw(marker)];
        head.extend(highlight.paint(name, "", styles).spans);
        head.push(Span::raw(" ".repeat((ID_COLS + 1).saturating_sub(text::width(spec.id)))));
        let key = model.label(spec.action).unwrap_or_default();
        let key_gap = " ".repeat((KEY_COLS + 1).saturating_sub(text::width(&key)));
        head.push(Span::styled(key, styles.get(Role::Accent)));
        head.push(Span::raw(key_gap));
        let place = self.place(spec).map_or_else(String::new, |place| format!(" · {place}"));
        let read_only = if is_blocked { " (read-only)" } else { "" };
        let title = format!("{}{read_only}{place}", spec.title);
        let indent = if cells < ID_COLS + KEY_COLS + 3 + MIN_TITLE_COLS { 3 } else { ID_COLS + KEY_COLS + 3 };
        let mut wrapped = text::wrap(&title, cells.saturating_sub(indent)).into_iter();
        let mut lines = Vec::new();
        if indent > 3
            && let Some(first) = wrapped.next()
        {
            head.push(Span::styled(first, styles.get(Role::Muted)));
        }
        lines.push(Line::from(head));
        let is_shown = indent > 3 || is_selected;
        lines.extend(
            wrapped
                .filter(|_| is_shown)
                .map(|line| Line::styled(format!("{}{line}", " ".repeat(indent)), styles.get(Role::Muted))),
        );
        if is_selected {
            lines[0] = std::mem::take(&mut lines[0]).style(styles.get(Role::Selection));
        }
        lines
    }
}

impl Screen for Palette {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Palette]
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "run" } else { spec.footer })
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        let specs = self.matching_actions();
        if let Some(motion) = action.motion() {
            self.cursor.move_by(motion, specs.len(), frame::page_rows(model).into());
            self.requires_name_of = None;
            return done();
        }
        let selected = specs.get(self.cursor.selected);
        if action.as_filter() == Some(FilterAction::Complete) {
            if let Some(spec) = selected {
                self.input = Input::new(spec.id.to_owned());
                self.cursor = Cursor::default();
            }
            return done();
        }
        match action.as_dialog()? {
            DialogAction::Accept => match selected {
                Some(spec) if !is_named(spec, self.input.value()) => self.requires_name_of = Some(spec.id),
                Some(spec) => return close_with(Command::PerformByName(spec.action)),
                None => {}
            },
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::NextField => self.cursor.move_by(Motion::Rows(1), specs.len(), 1),
            DialogAction::PreviousField => self.cursor.move_by(Motion::Rows(-1), specs.len(), 1),
            DialogAction::NextChoice | DialogAction::PreviousChoice => return None,
        }
        done()
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        self.input.handle(request);
        self.cursor = Cursor::default();
        self.requires_name_of = None;
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let specs = self.matching_actions();
        let width = frame::content_cols(model, WIDTH);
        let inside = frame::draw(model, frame, "Go to · run", width, frame::page_rows(model));
        prompt::draw(frame, Rect { height: 1, ..inside }, ":", &self.input, true, styles);
        let mut list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let below = match self.requires_name_of {
            Some(id) => vec![Line::styled(format!("type {id} to run it"), styles.get(Role::Warn))],
            None if inside.height >= MIN_ROWS_WITH_ALIASES => {
                let aliases = ALIASES.iter().map(|(alias, action)| format!("{alias} {}", action.spec().id));
                let aliases = format!("aliases: {}", aliases.collect::<Vec<_>>().join(" · "));
                let lines = text::wrap(&aliases, list.width.into());
                lines.into_iter().map(|line| Line::styled(line, styles.get(Role::Muted))).collect()
            }
            None => Vec::new(),
        };
        let rows = u16::try_from(below.len()).unwrap_or(0).min(list.height);
        list.height -= rows;
        frame.render_widget(Paragraph::new(below), Rect { y: list.bottom(), height: rows, ..list });
        if specs.is_empty() {
            let empty = Line::styled("no matching action", styles.get(Role::Muted));
            return frame.render_widget(empty, list);
        }
        let mut lines: Vec<Line<'static>> = Vec::new();
        let mut selected_end = 0;
        for (at, spec) in specs.iter().enumerate() {
            let is_selected = at == self.cursor.selected;
            lines.extend(self.lines(model, spec, is_selected, list.width.into()));
            if is_selected {
                selected_end = lines.len();
            }
        }
        let top = selected_end.saturating_sub(list.height.into());
        let visible: Vec<_> = lines.into_iter().skip(top).take(list.height.into()).collect();
        frame.render_widget(Paragraph::new(visible), list);
    }
}

impl Dialog for Palette {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}
