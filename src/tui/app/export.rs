//! The list that has the focus, written to a file.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use keypool_domain::change::counted;

use crate::ops::{Export, Exported, Listed, NotExported};
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Ask, Menu, Overlay};
use crate::tui::panes::usage::Content;
use crate::tui::store::Errand;
use crate::tui::view::View;

use super::App;

impl App {
    /// Asks where the list is written.
    pub(super) fn export(&mut self) {
        match self.listed() {
            Ok((listed, of)) => {
                let name = self.file_name(&of);
                self.overlay = Some(Overlay::Ask(Ask::export(listed, &name)));
            }
            Err(why) => self.say(Tone::Bad, why),
        }
    }

    /// What is listed where one is, and what it is called.
    fn listed(&self) -> Result<(Listed, String), String> {
        match self.view {
            View::Home => self.listed_in_pane(),
            View::Usage => {
                let listed = Content::of(self).listed(self).ok_or("usage is not here yet")?;
                Ok((listed, "usage".to_owned()))
            }
            View::Report => {
                let charged = self.report.shown(self.now).zip(self.known());
                let (charged, inventory) = charged.ok_or("the report is not here yet")?;
                let month = charged.report.month.from().strftime("%Y-%m");
                Ok((
                    Listed::Charges(charged.report.clone(), Arc::clone(inventory)),
                    format!("report of {month}"),
                ))
            }
            View::Doctor => {
                let diagnosis = self.diagnosis.value().ok_or("the doctor has not looked yet")?;
                Ok((Listed::Findings(Arc::clone(diagnosis)), "findings".to_owned()))
            }
            View::Setup | View::Methods => Err("what is listed here is not written to files".to_owned()),
        }
    }

    fn listed_in_pane(&self) -> Result<(Listed, String), String> {
        let inventory = Arc::clone(self.known().ok_or("nothing was read yet")?);
        let plan = self.plans.choice.clone();
        let of_plan = self.chosen_plan().map_or_else(String::new, |plan| format!(" {}", plan.name));
        Ok(match self.focus {
            Pane::Plans => (Listed::Plans(inventory), "plans".to_owned()),
            Pane::Pool => (Listed::Pools(inventory, plan), format!("pools{of_plan}")),
            Pane::Keys => {
                let places = self.target_places()?;
                (Listed::Keys(inventory, places), format!("keys{of_plan}"))
            }
            Pane::Test => return Err("calls are not written to files: choose pane 1, 2 or 3".to_owned()),
        })
    }

    /// A name in the folder that the console was started in.
    fn file_name(&self, of: &str) -> String {
        let of: String = of.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        format!("keypool-{of}-{}.csv", self.now.to_zoned(TimeZone::UTC).date())
    }

    /// The file that a person means.
    pub(crate) fn path_of(&self, typed: &str) -> PathBuf {
        let below_home = typed.strip_prefix("~/").zip(self.options.home.as_ref());
        below_home.map_or_else(|| PathBuf::from(typed), |(rest, home)| home.join(rest))
    }

    pub(super) fn write_file(&mut self, export: Box<Export>) {
        let id = self.tasks.start(Errand::Export(export.clone()), self.now);
        self.ask(Effect::Export(id, export));
    }

    pub(super) fn exported(&mut self, errand: Errand, result: Result<Exported, NotExported>) {
        match (result, errand) {
            (Ok(Exported { path, records }), _) => {
                let words = format!("{} written to {}", counted(records, "row"), path.display());
                self.say(Tone::Good, words);
            }
            (Err(NotExported::Exists(path)), Errand::Export(export)) if self.overlay.is_none() => {
                self.overlay = Some(Overlay::Menu(Menu::replace(&path, *export)));
            }
            (Err(why), _) => self.say(Tone::Bad, format!("nothing was written: {why}")),
        }
    }
}
