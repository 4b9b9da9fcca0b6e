//! What a pane of the home screen shows of the other panes, and its title.

use keypool_domain::{ApiKeyId, Plan};
use ratatui::Frame;
use ratatui::style::Style;

use crate::tui::layout::PaneArea;
use crate::tui::screens::home::loudest::LoudestTenants;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::panel::{self, Title};

#[derive(Debug, Clone, Copy)]
pub(crate) struct PaneContext<'a> {
    pub(crate) area: PaneArea,
    /// Whether the pane has the focus.
    pub(crate) is_focused: bool,
    /// The plan selected in the plans pane; `None`: all plans.
    pub(crate) plan: Option<&'a Plan>,
    /// The pool key whose tenants alone the keys pane lists.
    pub(crate) pool_key: Option<&'a ApiKeyId>,
    pub(super) loudest: &'a LoudestTenants,
}

impl PaneContext<'_> {
    /// `forms` are forms of the title, the longest first.
    pub(crate) fn draw_title(
        &self,
        frame: &mut Frame<'_>,
        forms: &[String],
        at_right: Option<(String, Style)>,
        styles: &Styles,
    ) {
        let title = Title { forms, at_right, is_focused: self.is_focused };
        panel::draw_title(frame, self.area.title, &title, styles);
    }

    /// E.g. `2/34`, if a list of this many rows has the focus or does not fit in `height` lines. Has the style of the
    /// border and its scrollbar: all of them change at each step.
    pub(crate) fn position(
        &self,
        cursor: Cursor,
        rows: usize,
        height: usize,
        styles: &Styles,
    ) -> Option<(String, Style)> {
        let is_shown = rows > 0 && !self.area.is_title_only() && (self.is_focused || rows > height);
        is_shown.then(|| {
            let position =
                format!("{}/{}", text::format_count(cursor.selected + 1), text::format_count(rows));
            (position, styles.get(if self.is_focused { Role::BorderFocused } else { Role::Border }))
        })
    }
}
