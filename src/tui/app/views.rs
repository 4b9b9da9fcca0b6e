//! Actions and the mouse wheel in a view that replaces the home screen.

use crate::tui::action::Action;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

impl App {
    /// Performs an action that works in the open view. For any other action, goes back to the home screen and
    /// returns false.
    pub(super) fn perform_in_view(&mut self, action: Action) -> bool {
        if self.view == View::Home {
            return false;
        }
        if let Some(motion) = action.motion() {
            self.move_in_view(motion);
            return true;
        }
        if let Some(action) = action.as_anywhere() {
            self.perform_anywhere(action);
            return true;
        }
        let done = match self.view {
            View::Home => false,
            View::Doctor => self.perform_in_doctor(action),
            View::Setup => self.perform_in_setup(action),
            View::Methods => self.perform_in_methods(action),
            View::Usage => self.perform_in_usage(action),
            View::Report => self.perform_in_report(action),
        };
        if !done {
            self.view = View::Home;
        }
        done
    }

    pub(super) fn move_in_view(&mut self, motion: Motion) {
        match self.view {
            View::Home => self.move_cursor(motion),
            View::Doctor => self.move_in_doctor(motion),
            View::Setup => self.move_in_setup(motion),
            View::Methods => self.move_in_methods(motion),
            View::Usage => self.move_in_usage(motion),
            View::Report => self.move_in_report(motion),
        }
    }
}
