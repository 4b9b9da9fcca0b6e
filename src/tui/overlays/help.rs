//! The help: the keys that work where it was opened, from the current keymap.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::action::{ACTIONS, Action, ActionSpec, Scope};
use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};

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

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() || action == Action::Help {
            return Reply::Close;
        }
        self.scroll.act(action, frame::page_rows(app));
        self.scroll.clamp(self.available_actions(app).count(), frame::page_rows(app));
        Reply::Stay
    }

    fn available_actions<'a>(
        &'a self,
        app: &'a App,
    ) -> impl Iterator<Item = (&'static ActionSpec, String)> + 'a {
        let in_scope =
            ACTIONS.iter().filter(|spec| spec.scopes.iter().any(|scope| self.scopes.contains(scope)));
        let allowed = in_scope.filter(|spec| !(app.options.is_read_only && spec.action.writes()));
        allowed.map(|spec| (spec, app.options.keymap.labels(spec.action).join(" ")))
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let styles = &app.options.styles;
        let cells = usize::from(frame::content_cols(app, WIDTH));
        let lines: Vec<_> = self
            .available_actions(app)
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
        let inside = frame::draw(app, frame, "keys", frame::content_cols(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}
