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

impl Screen for Help {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Text]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if action.closes_text() || action == Action::Help {
            return Some(vec![Command::Close]);
        }
        self.scroll.act(action, frame::page_rows(model));
        self.scroll.clamp(self.available_actions(model).count(), frame::page_rows(model));
        done()
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let lines: Vec<_> = self
            .available_actions(model)
            .map(|(spec, keys)| {
                let keys = text::fit(&keys, KEY_COLS).into_owned();
                let gap = " ".repeat(KEY_COLS + 1 - text::width(&keys));
                Line::from(vec![
                    Span::styled(keys, styles.get(Role::Accent)),
                    Span::raw(gap),
                    Span::raw(text::fit(spec.title, cells.saturating_sub(KEY_COLS + 1)).into_owned()),
                ])
            })
            .collect();
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
