//! The help: the keys that work where it was opened, from the current keymap.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::keys::action::{ACTIONS, Action, ActionSpec, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, done};
use crate::tui::styles::Role;
use crate::tui::text;

const KEY_COLS: usize = 14;
const WIDTH: u16 = 104;
/// Narrower help has a narrower column of keys.
const MIN_COLUMNS_COLS: usize = 50;
const NARROW_KEY_COLS: usize = 8;

#[derive(Debug, Clone)]
pub(crate) struct Help {
    scopes: Vec<Scope>,
    scroll: Scroll,
}

impl Help {
    pub(crate) fn new(scopes: Vec<Scope>) -> Self {
        Self { scopes, scroll: Scroll::default() }
    }

    fn available_actions<'a>(
        &'a self,
        model: &'a Model,
    ) -> impl Iterator<Item = (&'static ActionSpec, String)> + 'a {
        let in_scope =
            ACTIONS.iter().filter(|spec| spec.scopes.iter().any(|scope| self.scopes.contains(scope)));
        let allowed = in_scope.filter(|spec| !(model.is_read_only() && spec.action.writes()));
        allowed.map(|spec| (spec, model.labels(spec.action).join(" ")))
    }
}

/// What stands in the place of a figure, and what it means.
const SIGNS: [(&str, &str); 4] = [
    (text::PENDING, "still being read; after a number: there may be more"),
    (text::UNKNOWN, "not known: it could not be read, or reading was stopped"),
    (text::NOT_APPLICABLE, "does not apply, e.g. the quota of a plan without one"),
    ("~", "an estimate"),
];

impl Help {
    fn lines(&self, model: &Model) -> Vec<Line<'static>> {
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let actions = self.available_actions(model).map(|(spec, keys)| (keys, spec.title));
        let signs = SIGNS.into_iter().map(|(sign, meaning)| (sign.to_owned(), meaning));
        let blank = std::iter::once((String::new(), ""));
        actions
            .chain(blank)
            .chain(signs)
            .flat_map(|(key, text)| entry_lines(model, &key, text, cells))
            .collect()
    }
}

/// A key or sign, and what it means; on a narrow screen below each other.
fn entry_lines(model: &Model, key: &str, meaning: &str, cells: usize) -> Vec<Line<'static>> {
    let key_cols = if cells < MIN_COLUMNS_COLS { NARROW_KEY_COLS } else { KEY_COLS };
    let key = text::fit(key, key_cols).into_owned();
    let gap = " ".repeat(key_cols + 1 - text::width(&key));
    let mut head = vec![Span::styled(key, model.styles().get(Role::Accent)), Span::raw(gap)];
    let wrapped = text::wrap(meaning, cells.saturating_sub(key_cols + 1));
    let lines = wrapped.into_iter().map(move |line| {
        let indent = vec![Span::raw(" ".repeat(key_cols + 1))];
        let mut spans = std::mem::replace(&mut head, indent);
        spans.push(Span::raw(line));
        Line::from(spans)
    });
    lines.collect()
}

impl Screen for Help {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Text]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if action.closes_text() || action == Action::Help {
            return Some(vec![Command::Close]);
        }
        self.scroll.act(action, frame::page_rows(model));
        self.scroll.clamp(self.lines(model).len(), frame::page_rows(model));
        done()
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let lines = self.lines(model);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, "keys", frame::content_cols(model, WIDTH), height);
        self.scroll.draw(model, lines, inside, frame);
    }
}

impl Dialog for Help {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}
