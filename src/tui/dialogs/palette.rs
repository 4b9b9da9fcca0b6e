//! The command palette: all actions with name and key, filtered as the user types.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::{Input, InputRequest};

use crate::tui::dialogs::frame;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{ACTIONS, Action, ActionSpec, DialogAction};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::prompt;

const WIDTH: u16 = 72;
/// Actions visible at once.
const MAX_LISTED: usize = 14;
const ID_COLS: usize = 16;
const KEY_COLS: usize = 10;
/// In a narrower list, the title of the selected action is below it.
const MIN_TITLE_COLS: usize = 30;
/// Lines below the list.
const TITLE_ROWS: u16 = 2;
/// Shortest prefix of an action name that counts as the name.
const MIN_PREFIX_CHARS: usize = 3;

#[derive(Debug, Clone, Default)]
pub(crate) struct Palette {
    input: Input,
    cursor: Cursor,
    /// The action that must be typed by name before it runs.
    requires_name_of: Option<&'static str>,
}

impl Palette {
    fn query(&self) -> String {
        self.input.value().trim().to_lowercase()
    }

    /// Whether the query is the name of the action or a long enough prefix of it.
    fn is_named_by_query(&self, spec: &ActionSpec) -> bool {
        let query = self.query();
        spec.id == query || (query.len() >= MIN_PREFIX_CHARS && spec.id.starts_with(&query))
    }

    /// Best match first.
    fn matching_actions(&self) -> Vec<&'static ActionSpec> {
        let actions = ACTIONS.iter().filter(|spec| spec.action.is_in_palette());
        if self.input.value().trim().is_empty() {
            return actions.collect();
        }
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut scratch = Vec::new();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut scratch), &mut matcher);
        let mut matches: Vec<_> = actions
            .filter_map(|spec| {
                let by_id = score(spec.id).map(|score| score * 2);
                Some((by_id.max(score(spec.title))?, spec))
            })
            .collect();
        let query = self.query();
        let rank = |spec: &ActionSpec| (spec.id == query, spec.id.starts_with(&query));
        matches.sort_by_key(|&(score, spec)| std::cmp::Reverse((rank(spec), score)));
        matches.into_iter().map(|(_, spec)| spec).collect()
    }
}

impl Screen for Palette {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "run" } else { spec.footer })
    }

    fn handle(&mut self, action: Action, _model: &Model) -> Handled {
        let specs = self.matching_actions();
        match action.as_dialog()? {
            DialogAction::Accept => match specs.get(self.cursor.selected) {
                Some(spec) if spec.action.requires_typed_name() && !self.is_named_by_query(spec) => {
                    self.requires_name_of = Some(spec.id)
                }
                Some(spec) => return close_with(Command::PerformByName(spec.action)),
                None => {}
            },
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::NextField => self.cursor.move_by(Motion::Rows(1), specs.len(), MAX_LISTED),
            DialogAction::PreviousField => self.cursor.move_by(Motion::Rows(-1), specs.len(), MAX_LISTED),
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
        let specs = self.matching_actions();
        let height = u16::try_from(MAX_LISTED + 1).unwrap_or(1);
        let inside = frame::draw(model, frame, "actions", frame::content_cols(model, WIDTH), height);
        prompt::draw(frame, Rect { height: 1, ..inside }, ":", &self.input, true, model.styles());
        let mut list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        if let Some(id) = self.requires_name_of {
            list.height = list.height.saturating_sub(1);
            let text = format!("type {id} to run it");
            let line = Line::styled(text, model.styles().get(Role::Warn));
            frame.render_widget(line, Rect { y: list.bottom(), height: 1, ..list });
        }
        let mut cursor = self.cursor;
        let title_cols = usize::from(list.width).saturating_sub(ID_COLS + KEY_COLS + 4);
        if title_cols < MIN_TITLE_COLS && list.height > TITLE_ROWS {
            list.height -= TITLE_ROWS;
            let below = Rect { y: list.bottom(), height: TITLE_ROWS, ..list };
            if let Some(spec) = specs.get(cursor.selected) {
                draw_title(model, spec, below, frame);
            }
        }
        cursor.clamp(specs.len(), list.height.into());
        let visible = specs.iter().enumerate().skip(cursor.top).take(list.height.into());
        let lines: Vec<_> = visible
            .map(|(at, spec)| action_line(model, spec, at == cursor.selected, usize::from(list.width)))
            .collect();
        let empty = vec![Line::styled("no matching action", model.styles().get(Role::Muted))];
        frame.render_widget(Paragraph::new(if lines.is_empty() { empty } else { lines }), list);
    }
}

impl Dialog for Palette {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}

fn action_line(model: &Model, spec: &ActionSpec, selected: bool, cells: usize) -> Line<'static> {
    let styles = model.styles();
    let key = model.label(spec.action).unwrap_or_default();
    let title_cols = cells.saturating_sub(ID_COLS + KEY_COLS + 4);
    let (title, is_blocked) = title(model, spec);
    let title =
        if title_cols < MIN_TITLE_COLS { String::new() } else { text::fit(&title, title_cols).into_owned() };
    let marker = if selected { "▌" } else { " " };
    let line = Line::from(vec![
        Span::raw(marker),
        Span::raw(format!("{:<ID_COLS$} ", text::fit(spec.id, ID_COLS))),
        Span::styled(format!("{:<KEY_COLS$} ", text::fit(&key, KEY_COLS)), styles.get(Role::Accent)),
        Span::styled(title, styles.get(if is_blocked { Role::Muted } else { Role::Text })),
    ]);
    if selected { line.style(styles.get(Role::Selection)) } else { line }
}

/// The title of an action, and whether the action is refused because the context is read-only.
fn title(model: &Model, spec: &ActionSpec) -> (String, bool) {
    let is_blocked = model.is_read_only() && spec.action.writes();
    let title = if is_blocked { format!("{} (read-only)", spec.title) } else { spec.title.to_owned() };
    (title, is_blocked)
}

fn draw_title(model: &Model, spec: &ActionSpec, area: Rect, frame: &mut Frame<'_>) {
    let (title, is_blocked) = title(model, spec);
    let style = model.styles().get(if is_blocked { Role::Muted } else { Role::Text });
    let lines = text::wrap(&title, area.width.into()).into_iter().map(|line| Line::styled(line, style));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}
