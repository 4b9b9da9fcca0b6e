//! The keys that work where help was asked for, from the keymap in force.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Row, Scope, TABLE};
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};

/// Cells of the column of keys.
const KEYS: usize = 14;
const WIDTH: u16 = 104;

/// Help for these places.
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
        self.scroll.act(action, frame::page(app));
        self.scroll.settle(self.rows(app).count(), frame::page(app));
        Reply::Stay
    }

    fn rows<'a>(&'a self, app: &'a App) -> impl Iterator<Item = (&'static Row, String)> + 'a {
        let here = TABLE.iter().filter(|row| row.scopes.iter().any(|scope| self.scopes.contains(scope)));
        let open = here.filter(|row| !(app.options.read_only && row.action.writes()));
        open.map(|row| (row, app.options.keymap.labels(row.action).join(" ")))
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let look = &app.options.look;
        let cells = usize::from(frame::room(app, WIDTH));
        let lines: Vec<_> = self
            .rows(app)
            .map(|(row, keys)| {
                let keys = text::fit(&keys, KEYS).into_owned();
                let gap = " ".repeat(KEYS + 1 - text::width(&keys));
                Line::from(vec![
                    Span::styled(keys, look.style(Role::Accent)),
                    Span::raw(gap),
                    Span::raw(text::fit(row.title, cells.saturating_sub(KEYS + 1)).into_owned()),
                ])
            })
            .collect();
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "keys that work here", frame::room(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}
