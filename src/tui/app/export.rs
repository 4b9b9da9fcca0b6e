//! Exports the focused list to a file.

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
    /// Opens the form that asks for the file.
    pub(super) fn export(&mut self) {
        match self.list_to_export() {
            Ok((list, name)) => {
                let file = self.default_file_name(&name);
                self.overlay = Some(Overlay::Prompt(PromptForm::export(list, &file)));
            }
            Err(why) => self.show_message(Tone::Error, why),
        }
    }

    /// The list on the current screen, and its name.
    fn list_to_export(&self) -> Result<(ExportList, String), String> {
        match self.view {
            View::Home => self.pane_list(),
            View::Usage => {
                let list = UsageContent::new(self).to_export(self).ok_or("usage is not loaded yet")?;
                Ok((list, "usage".to_owned()))
            }
            View::Report => {
                let loaded = self.report.charges_of_month(self.now).zip(self.inventory());
                let (charges, inventory) = loaded.ok_or("the report is not loaded yet")?;
                let month = charges.report.month.from().strftime("%Y-%m");
                Ok((
                    ExportList::Charges(charges.report.clone(), Arc::clone(inventory)),
                    format!("report of {month}"),
                ))
            }
            View::Doctor => {
                let diagnosis = self.doctor_report.value().ok_or("the doctor has not run yet")?;
                Ok((ExportList::Findings(Arc::clone(diagnosis)), "findings".to_owned()))
            }
            View::Setup | View::Methods => Err("this list cannot be exported".to_owned()),
        }
    }

    fn pane_list(&self) -> Result<(ExportList, String), String> {
        let inventory = Arc::clone(self.inventory().ok_or("the account is not loaded yet")?);
        let plan = self.plans.selected_id.clone();
        let plan_suffix = self.selected_plan().map_or_else(String::new, |plan| format!(" {}", plan.name));
        Ok(match self.focus {
            Pane::Plans => (ExportList::Plans(inventory), "plans".to_owned()),
            Pane::Pool => (ExportList::Pools(inventory, plan), format!("pools{plan_suffix}")),
            Pane::Keys => {
                let indexes = self.export_indexes()?;
                (ExportList::Keys(inventory, indexes), format!("keys{plan_suffix}"))
            }
            Pane::Test => return Err("calls cannot be exported: select pane 1, 2 or 3".to_owned()),
        })
    }

    /// A file name in the current directory.
    fn default_file_name(&self, name: &str) -> String {
        let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        format!("keypool-{name}-{}.csv", self.now.to_zoned(TimeZone::UTC).date())
    }

    /// Replaces a leading `~/` by the home directory.
    pub(crate) fn expand_home(&self, path: &str) -> PathBuf {
        let home_and_rest = path.strip_prefix("~/").zip(self.options.home.as_ref());
        home_and_rest.map_or_else(|| PathBuf::from(path), |(rest, home)| home.join(rest))
    }

    pub(super) fn write_file(&mut self, export: Box<ExportRequest>) {
        let id = self.tasks.start(TaskKind::Export(export.clone()), self.now);
        self.emit(Effect::Export(id, export));
    }

    pub(super) fn handle_exported(&mut self, kind: TaskKind, result: Result<ExportedFile, ExportError>) {
        match (result, kind) {
            (Ok(ExportedFile { path, records }), _) => {
                let message = format!("{} written to {}", pluralize(records, "row"), path.display());
                self.show_message(Tone::Success, message);
            }
            (Err(ExportError::Exists(path)), TaskKind::Export(export)) if self.overlay.is_none() => {
                self.overlay = Some(Overlay::Menu(Menu::for_existing_file(&path, *export)));
            }
            (Err(why), _) => self.show_message(Tone::Error, format!("not exported: {why}")),
        }
    }
}
