//! The list that has the focus, written to a file.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;

use crate::ops::{ExportError, ExportList, ExportRequest, ExportedFile};
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Menu, Overlay, PromptForm};
use crate::tui::panes::usage::UsageContent;
use crate::tui::store::TaskKind;
use crate::tui::view::View;

use super::App;

impl App {
    /// Asks where the list is written.
    pub(super) fn export(&mut self) {
        match self.list_to_export() {
            Ok((listed, of)) => {
                let name = self.default_file_name(&of);
                self.overlay = Some(Overlay::Prompt(PromptForm::export(listed, &name)));
            }
            Err(why) => self.show_message(Tone::Error, why),
        }
    }

    /// What is listed where one is, and what it is called.
    fn list_to_export(&self) -> Result<(ExportList, String), String> {
        match self.view {
            View::Home => self.pane_list(),
            View::Usage => {
                let listed = UsageContent::new(self).to_export(self).ok_or("usage is not here yet")?;
                Ok((listed, "usage".to_owned()))
            }
            View::Report => {
                let charged = self.report.charges_of_month(self.now).zip(self.inventory());
                let (charged, inventory) = charged.ok_or("the report is not here yet")?;
                let month = charged.report.month.from().strftime("%Y-%m");
                Ok((
                    ExportList::Charges(charged.report.clone(), Arc::clone(inventory)),
                    format!("report of {month}"),
                ))
            }
            View::Doctor => {
                let diagnosis = self.diagnosis.value().ok_or("the doctor has not looked yet")?;
                Ok((ExportList::Findings(Arc::clone(diagnosis)), "findings".to_owned()))
            }
            View::Setup | View::Methods => Err("what is listed here is not written to files".to_owned()),
        }
    }

    fn pane_list(&self) -> Result<(ExportList, String), String> {
        let inventory = Arc::clone(self.inventory().ok_or("nothing was read yet")?);
        let plan = self.plans.selected_id.clone();
        let of_plan = self.selected_plan().map_or_else(String::new, |plan| format!(" {}", plan.name));
        Ok(match self.focus {
            Pane::Plans => (ExportList::Plans(inventory), "plans".to_owned()),
            Pane::Pool => (ExportList::Pools(inventory, plan), format!("pools{of_plan}")),
            Pane::Keys => {
                let places = self.target_indexes()?;
                (ExportList::Keys(inventory, places), format!("keys{of_plan}"))
            }
            Pane::Test => return Err("calls are not written to files: choose pane 1, 2 or 3".to_owned()),
        })
    }

    /// A name in the folder that the console was started in.
    fn default_file_name(&self, of: &str) -> String {
        let of: String = of.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        format!("keypool-{of}-{}.csv", self.now.to_zoned(TimeZone::UTC).date())
    }

    /// The file that a person means.
    pub(crate) fn expand_home(&self, typed: &str) -> PathBuf {
        let below_home = typed.strip_prefix("~/").zip(self.options.home.as_ref());
        below_home.map_or_else(|| PathBuf::from(typed), |(rest, home)| home.join(rest))
    }

    pub(super) fn write_file(&mut self, export: Box<ExportRequest>) {
        let id = self.tasks.start(TaskKind::Export(export.clone()), self.now);
        self.emit(Effect::Export(id, export));
    }

    pub(super) fn handle_exported(&mut self, errand: TaskKind, result: Result<ExportedFile, ExportError>) {
        match (result, errand) {
            (Ok(ExportedFile { path, records }), _) => {
                let words = format!("{} written to {}", pluralize(records, "row"), path.display());
                self.show_message(Tone::Success, words);
            }
            (Err(ExportError::Exists(path)), TaskKind::Export(export)) if self.overlay.is_none() => {
                self.overlay = Some(Overlay::Menu(Menu::for_existing_file(&path, *export)));
            }
            (Err(why), _) => self.show_message(Tone::Error, format!("nothing was written: {why}")),
        }
    }
}
