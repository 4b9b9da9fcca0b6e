//! Performs actions. An action that is not possible shows why.

use crate::tui::app::App;
use crate::tui::dialogs::help::Help;
use crate::tui::dialogs::palette::Palette;
use crate::tui::dialogs::prompt_form::PromptForm;
use crate::tui::keys::action::{Action, AnywhereAction};
use crate::tui::model::effect::Effect;
use crate::tui::model::message::{Message, Tone};
use crate::tui::screen::{Command, Screen};
use crate::tui::view::View;

impl App {
    /// Performs an action from a key, the palette or a dialog. An action that the open screen does not know is
    /// performed on the home screen.
    pub(super) fn perform(&mut self, action: Action) {
        if self.refuses(action.spec().impact) {
            return;
        }
        if let Some(action) = action.as_anywhere() {
            return self.perform_anywhere(action);
        }
        let mut handled = self.screens.get_mut(self.view).handle(action, &self.model);
        if handled.is_none() && self.view != View::Home {
            self.view = View::Home;
            handled = self.screens.home.handle(action, &self.model);
        }
        self.execute_all(handled.unwrap_or_default());
    }

    fn perform_anywhere(&mut self, action: AnywhereAction) {
        match action {
            AnywhereAction::Export => self.export(),
            AnywhereAction::Undo => match self.model.require_inventory() {
                Ok(_) => self.undo(),
                Err(why) => self.execute(Command::refuse(why)),
            },
            AnywhereAction::Help => self.execute(Command::open(Help::new(self.scopes()))),
            AnywhereAction::Palette => self.execute(Command::open(Palette::default())),
            AnywhereAction::Suspend => self.model.emit(Effect::Suspend),
            AnywhereAction::Quit => self.quit(),
        }
    }

    /// Opens the form that asks for the file to export the list on the screen to.
    fn export(&mut self) {
        let command = match self.screens.get(self.view).export(&self.model) {
            Ok((list, name)) => {
                let file = default_file_name(&name, &self.model.now());
                Command::open(PromptForm::export(list, &file))
            }
            Err(why) => Command::refuse(why),
        };
        self.execute(command);
    }

    /// Performs the action if its target is on the screen. Otherwise only goes to the pane with the target.
    pub(super) fn perform_by_name(&mut self, action: Action) {
        if self.refuses(action.spec().impact) {
            return;
        }
        let Some(pane) = action.pane_of_target().filter(|_| !self.works_here(action)) else {
            return self.perform(action);
        };
        self.view = View::Home;
        self.screens.home.focus_pane(pane);
        let (id, key) = (action.spec().id, self.model.key_label(action));
        let text = format!("{id} acts on the selection here: press {key} to run it");
        self.message = Some(Message::new(Tone::Info, text));
    }

    /// Whether the action works on the current pane or screen.
    fn works_here(&self, action: Action) -> bool {
        let scopes = self.scopes();
        let acts_on_plan = self.view == View::Home
            && self.screens.home.has_selected_plan()
            && action.acts_on_selected_plan();
        acts_on_plan || action.spec().scopes.iter().any(|scope| scopes.contains(scope))
    }
}

/// A file name in the current directory.
fn default_file_name(name: &str, now: &jiff::Timestamp) -> String {
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("keypool-{name}-{}.csv", now.to_zoned(jiff::tz::TimeZone::UTC).date())
}
