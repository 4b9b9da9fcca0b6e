//! Performs actions. An action that is not possible shows why.

use crate::tui::app::App;
use crate::tui::dialogs::help::Help;
use crate::tui::dialogs::palette::Palette;
use crate::tui::dialogs::sort_picker::SortPicker;
use crate::tui::keys::action::{Action, AnywhereAction, OrderAction};
use crate::tui::model::effect::Effect;
use crate::tui::model::message::{Message, Tone};
use crate::tui::screen::{Command, Screen};
use crate::tui::view::View;

impl App {
    /// Performs an action from a key, the palette or a dialog. An action that the open screen does not know is
    /// performed on the home screen.
    pub(super) fn perform(&mut self, action: Action) {
        if self.refuse_if_read_only(action.spec().impact) {
            return;
        }
        if let Some(action) = action.as_anywhere() {
            return self.perform_anywhere(action);
        }
        if let Some(action) = action.as_order() {
            return self.sort(action);
        }
        let mut handled = self.stack.screen_mut().handle(action, &self.model);
        if handled.is_none() && self.stack.view != View::Home {
            self.stack.view = View::Home;
            handled = self.stack.screens.home.handle(action, &self.model);
        }
        self.execute_all(handled.unwrap_or_default());
    }

    fn perform_anywhere(&mut self, action: AnywhereAction) {
        match action {
            AnywhereAction::Export => {
                let command = self.stack.export(&self.model);
                self.execute(command);
            }
            AnywhereAction::Undo => match self.model.require_inventory() {
                Ok(_) => self.undo(),
                Err(why) => self.execute(Command::refuse(why)),
            },
            AnywhereAction::Help => self.execute(Command::open(Help::new(self.stack.scopes()))),
            AnywhereAction::Palette => {
                let palette = Palette::new(self.recent.clone(), self.stack.scopes());
                self.execute(Command::open(palette));
            }
            AnywhereAction::Suspend => self.model.emit(Effect::Suspend),
            AnywhereAction::Quit => self.quit(),
        }
    }

    /// Sorts the list that has the focus, or opens the choice of its columns.
    fn sort(&mut self, action: OrderAction) {
        let columns = match self.stack.screen().sort_columns(&self.model) {
            Ok(columns) => columns,
            Err(why) => return self.execute(Command::refuse(why)),
        };
        let order = match action {
            OrderAction::Sort => return self.execute(Command::open(SortPicker::new(columns))),
            OrderAction::SortLeft => columns.beside(false),
            OrderAction::SortRight => columns.beside(true),
            OrderAction::Invert => columns.inverted(),
        };
        if let Some(order) = order {
            self.stack.screen_mut().sort_by(order);
        }
    }

    /// Performs the action if its target is on the screen. Otherwise only goes to the pane with the target.
    pub(super) fn perform_by_name(&mut self, action: Action) {
        self.recent.retain(|other| *other != action);
        self.recent.insert(0, action);
        if self.refuse_if_read_only(action.spec().impact) {
            return;
        }
        let Some(pane) = action.pane_of_target().filter(|_| !self.stack.works_here(action)) else {
            return self.perform(action);
        };
        self.stack.view = View::Home;
        self.stack.screens.home.focus_pane(pane);
        let (id, key) = (action.spec().id, self.model.key_label(action));
        let text = format!("{id} acts on the selection here: press {key} to run it");
        self.message = Some(Message::new(Tone::Info, text));
    }
}
