//! What fills the terminal between the status line and the messages: the home screen and the screens that replace it.

pub(crate) mod doctor;
pub(crate) mod empty;
pub(crate) mod filter_line;
pub(crate) mod home;
pub(crate) mod methods;
mod pool_dialogs;
pub(crate) mod report;
pub(crate) mod setup;
mod setup_parts;
pub(crate) mod usage;

use crate::tui::screen::Screen;
use crate::tui::view::View;

use doctor::Doctor;
use home::state::Home;
use methods::Methods;
use report::Report;
use setup::Setup;
use usage::state::Usage;

/// All screens, each with what was chosen there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Screens {
    pub(crate) home: Home,
    pub(crate) doctor: Doctor,
    pub(crate) setup: Setup,
    pub(crate) methods: Methods,
    pub(crate) usage: Usage,
    pub(crate) report: Report,
}

impl Screens {
    pub(crate) fn get(&self, view: View) -> &dyn Screen {
        match view {
            View::Home => &self.home,
            View::Doctor => &self.doctor,
            View::Setup => &self.setup,
            View::Methods => &self.methods,
            View::Usage => &self.usage,
            View::Report => &self.report,
        }
    }

    pub(crate) fn get_mut(&mut self, view: View) -> &mut dyn Screen {
        match view {
            View::Home => &mut self.home,
            View::Doctor => &mut self.doctor,
            View::Setup => &mut self.setup,
            View::Methods => &mut self.methods,
            View::Usage => &mut self.usage,
            View::Report => &mut self.report,
        }
    }
}
