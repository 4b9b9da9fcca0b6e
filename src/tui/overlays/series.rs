//! How many calls, and how many of them a second.

use keypool_domain::RowId;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use tui_input::InputRequest;

use crate::tui::action::{Action, DialogAction};
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::panes::test::Series;
use crate::tui::text;
use crate::tui::widgets::prompt;
use crate::tui::widgets::suggestion::Suggestion;

use super::{Reply, frame};

const WIDTH: u16 = 56;
/// Cells of the column of names.
const NAME: u16 = 14;
/// The longest series: every answer leaves a sign.
const MOST: u32 = 100_000;
const NAMES: [&str; 2] = ["how many", "per second"];

/// The form of a series.
#[derive(Debug, Clone)]
pub(crate) struct SeriesForm {
    row: RowId,
    fields: [Suggestion; 2],
    at: usize,
    mistake: Option<String>,
}

impl SeriesForm {
    /// For the key of this row.
    pub(crate) fn new(row: RowId) -> Self {
        Self { row, fields: ["20", ""].map(Suggestion::new), at: 0, mistake: None }
    }

    pub(super) fn act(&mut self, action: Action) -> Reply {
        let Some(action) = action.as_dialog() else { return Reply::Pass };
        match action {
            DialogAction::Dismiss => return Reply::Close,
            DialogAction::Accept => match self.series() {
                Ok(series) => return Reply::Call(self.row.clone(), series),
                Err(why) => self.mistake = Some(why),
            },
            DialogAction::NextField | DialogAction::PreviousField => self.at = 1 - self.at,
            DialogAction::NextChoice | DialogAction::PreviousChoice => return Reply::Pass,
        }
        Reply::Stay
    }

    pub(super) fn edit(&mut self, request: InputRequest) -> Reply {
        self.fields[self.at].handle(request);
        self.mistake = None;
        Reply::Stay
    }

    fn series(&self) -> Result<Series, String> {
        let [count, rate] = [0, 1].map(|at| self.fields[at].value().trim());
        let count = count.parse().ok().filter(|count| (1..=MOST).contains(count));
        let count =
            count.ok_or_else(|| format!("how many: a number from 1 to {}", text::grouped(MOST as usize)))?;
        let wrong =
            || "per second: a number such as 5 or 0.5, or nothing for as fast as answers come".to_owned();
        let rate = match rate {
            "" => None,
            rate => {
                Some(rate.parse().ok().filter(|rate| (0.001..=1_000.0).contains(rate)).ok_or_else(wrong)?)
            }
        };
        Ok(Series { count, rate })
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let look = &app.options.look;
        let width = frame::room(app, WIDTH);
        let note = self.mistake.as_deref().unwrap_or("without a rate each call waits for the one before");
        let notes = text::wrap(note, width.into());
        let role = if self.mistake.is_some() { Role::Error } else { Role::Muted };
        let height = 2 + u16::try_from(notes.len()).unwrap_or(1);
        let inside = frame::draw(app, frame, "a series of calls", width, height);
        let lines = notes.into_iter().map(|note| Line::styled(note, look.style(role)));
        for (at, y) in (0..2).zip(inside.y..inside.bottom()) {
            let area = Rect { y, height: 1, ..inside };
            let here = at == self.at;
            frame::name(frame, area, NAMES[at], here, look);
            let value = Rect { x: area.x + NAME, width: area.width.saturating_sub(NAME), ..area };
            prompt::draw(frame, value, "", &self.fields[at].input, here, look);
        }
        for (line, y) in lines.zip(inside.y + 2..inside.bottom()) {
            frame.render_widget(line, Rect { y, height: 1, ..inside });
        }
    }
}
