//! The help: the keys that work where it was opened, by topic, from the current keymap. `/` searches it.

mod topic;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::{Input, InputRequest};

use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::folding::Needle;
use crate::tui::keys::action::{ACTIONS, Action, ActionSpec, FilterAction, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, done};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;

use topic::Topic;

const WIDTH: u16 = 120;
/// Narrower help has one column of topics.
const MIN_TWO_COLUMNS_COLS: usize = 72;
const COLUMN_GAP_COLS: usize = 2;
/// Keys that are wider stand on a line of their own.
const KEY_COLS: usize = 13;
/// In a column narrower than [`MIN_WIDE_KEY_COLUMN_COLS`].
const NARROW_KEY_COLS: usize = 8;
const MIN_WIDE_KEY_COLUMN_COLS: usize = 44;

/// What stands in the place of a figure, and what it means.
const SIGNS: [(&str, &str); 4] = [
    (text::PENDING, "still being read; after a number: there may be more"),
    (text::UNKNOWN, "not known: it could not be read, or reading was stopped"),
    (text::NOT_APPLICABLE, "does not apply, e.g. the quota of a plan without one"),
    ("~", "an estimate"),
];

#[derive(Debug, Clone)]
pub(crate) struct Help {
    scopes: Vec<Scope>,
    scroll: Scroll,
    /// What is searched.
    input: Input,
    is_typing: bool,
}

impl Help {
    pub(crate) fn new(scopes: Vec<Scope>) -> Self {
        Self { scopes, scroll: Scroll::default(), input: Input::default(), is_typing: false }
    }

    /// The keys of a topic, and what they do.
    fn entries(&self, topic: Topic, model: &Model) -> Vec<(String, &'static str)> {
        let needle = Needle::new(self.input.value().trim());
        let is_found = |(keys, text): &(String, &'static str)| needle.is_in(keys) || needle.is_in(text);
        if topic == Topic::Signs {
            let signs = SIGNS.into_iter().map(|(sign, meaning)| (sign.to_owned(), meaning));
            return signs.filter(is_found).collect();
        }
        let works_here = |spec: &&ActionSpec| spec.scopes.iter().any(|scope| self.scopes.contains(scope));
        let is_allowed = |spec: &&ActionSpec| !(model.is_read_only() && spec.action.writes());
        let of_topic = |spec: &&ActionSpec| Topic::of(spec.action) == topic;
        let specs = ACTIONS.iter().filter(works_here).filter(is_allowed).filter(of_topic);
        specs.map(|spec| (model.labels(spec.action).join(" "), spec.title)).filter(is_found).collect()
    }

    /// The lines of each topic that has something to show.
    fn topics(&self, model: &Model, cells: usize) -> Vec<Vec<Line<'static>>> {
        let title = |topic: Topic| Line::styled(topic.title(), model.styles().get(Role::Title));
        let lines = Topic::ALL.iter().filter_map(|topic| {
            let entries = self.entries(*topic, model);
            let lines = entries.iter().flat_map(|(keys, text)| entry_lines(model, keys, text, cells));
            (!entries.is_empty()).then(|| std::iter::once(title(*topic)).chain(lines).collect())
        });
        lines.collect()
    }

    fn lines(&self, model: &Model) -> Vec<Line<'static>> {
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let none = || vec![Line::styled("nothing found", model.styles().get(Role::Muted))];
        if cells < MIN_TWO_COLUMNS_COLS {
            let lines: Vec<_> = self.topics(model, cells).into_iter().flatten().collect();
            return if lines.is_empty() { none() } else { lines };
        }
        let column_cols = (cells - COLUMN_GAP_COLS) / 2;
        let topics = self.topics(model, column_cols);
        if topics.is_empty() {
            return none();
        }
        let half = topics.iter().map(Vec::len).sum::<usize>().div_ceil(2);
        let (mut left, mut right): (Vec<Line<'static>>, Vec<Line<'static>>) = Default::default();
        for topic in topics {
            let column =
                if left.len() + topic.len() / 2 < half && right.is_empty() { &mut left } else { &mut right };
            column.extend(topic);
        }
        side_by_side(left, right, column_cols)
    }
}

fn side_by_side(
    left: Vec<Line<'static>>,
    right: Vec<Line<'static>>,
    column_cols: usize,
) -> Vec<Line<'static>> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let row = |_| {
        let mut line = left.next().unwrap_or_default();
        let gap = (column_cols + COLUMN_GAP_COLS).saturating_sub(line.width());
        // The style of a line is that of its spans, so that it ends with the column.
        let style = line.style;
        line.spans.iter_mut().for_each(|span| span.style = style.patch(span.style));
        let right = right.next().unwrap_or_default();
        let right_style = right.style;
        line.spans.push(Span::raw(" ".repeat(gap)));
        line.spans.extend(
            right.spans.into_iter().map(|span| Span { style: right_style.patch(span.style), ..span }),
        );
        Line::from(line.spans)
    };
    (0..rows).map(row).collect()
}

/// Keys, and what they do beside them; wide keys stand above it. No line is cut.
fn entry_lines(model: &Model, keys: &str, meaning: &str, cells: usize) -> Vec<Line<'static>> {
    let key_cols = if cells < MIN_WIDE_KEY_COLUMN_COLS { NARROW_KEY_COLS } else { KEY_COLS };
    let accent = model.styles().get(Role::Accent);
    let indent = key_cols + 2;
    let mut wrapped = text::wrap(meaning, cells.saturating_sub(indent)).into_iter();
    let is_wide = text::width(keys) > key_cols;
    let first = if is_wide { String::new() } else { wrapped.next().unwrap_or_default() };
    let gap = " ".repeat((key_cols + 1).saturating_sub(text::width(keys)));
    let head = Line::from(vec![Span::styled(format!(" {keys}"), accent), Span::raw(gap), Span::raw(first)]);
    let rest = wrapped.map(|line| Line::from(format!("{}{line}", " ".repeat(indent))));
    std::iter::once(head).chain(rest).collect()
}

impl Screen for Help {
    fn scopes(&self) -> &'static [Scope] {
        if self.is_typing { &[Scope::Filter] } else { &[Scope::Help, Scope::Text] }
    }

    fn takes_text(&self) -> bool {
        self.is_typing
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        self.input.handle(request);
        self.scroll = Scroll::default();
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if self.is_typing
            && let Some(action) = action.as_filter()
        {
            match action {
                FilterAction::KeepFilter => self.is_typing = false,
                FilterAction::DropFilter => (self.is_typing, self.input) = (false, Input::default()),
                FilterAction::Complete => {}
            }
            return done();
        }
        if action.as_search().is_some() {
            self.is_typing = true;
            return done();
        }
        if action == Action::Dismiss && !self.input.value().is_empty() {
            self.input.reset();
            return done();
        }
        if action.closes_text() || action == Action::Help {
            return Some(vec![Command::Close]);
        }
        self.scroll.act(action, frame::page_rows(model));
        self.scroll.clamp(self.lines(model).len(), frame::page_rows(model));
        done()
    }

    fn draw_input_line(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) -> bool {
        if self.is_typing {
            prompt::draw(frame, area, "/", &self.input, true, model.styles());
        }
        self.is_typing
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let lines = self.lines(model);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, "Help", frame::content_cols(model, WIDTH), height);
        self.scroll.draw(model, lines, inside, frame);
    }
}

impl Dialog for Help {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}
