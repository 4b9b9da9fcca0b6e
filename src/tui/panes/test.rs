//! Pane 4: the protected API, called with the key under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::widgets::panel;

use super::messages;

/// The state of the test pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TestPane {}

impl TestPane {
    pub(crate) fn draw(&self, app: &App, area: Rect, frame: &mut Frame<'_>) {
        let inside = panel::draw(frame, area, "4 Test", app.focus == Pane::Test, &app.options.look);
        let sentence = match (app.known(), app.selected_key()) {
            (Some(inventory), Some(key)) => {
                let shared = inventory.rows_behind(&key.api_key()).len();
                let shared = if shared > 1 { format!(", shared by {shared}") } else { String::new() };
                format!("key {} ({}/{}{shared})", key.api_key(), inventory.plan_name(&key.plan), key.tenant)
            }
            _ => "choose a key in pane 3".to_owned(),
        };
        messages::plain(app, inside, frame, &sentence);
    }
}
