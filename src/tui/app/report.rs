//! The view of monthly charges per tenant.

use std::path::{Path, PathBuf};

use keypool_domain::usage::DayRange;

use crate::aws::Failure;
use crate::ops::{AccessLogFile, ChargeReport, Query, ReportRequest};
use crate::tui::action::{Action, ReportAction, UsageAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::overlays::{Menu, Overlay, PromptForm};
use crate::tui::panes::usage::UsageRange;
use crate::tui::store::{Remote, TaskKind};
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

const MAX_MONTHS_BACK: u8 = 11;

impl App {
    pub(super) fn open_report(&mut self) {
        if self.inventory().is_none() {
            return self.show_message(Tone::Error, "the account is not loaded yet");
        }
        self.view = View::Report;
        self.keys.is_typing_filter = false;
        self.read_report();
    }

    pub(super) fn perform_in_report(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_view() {
            match action {
                ViewAction::Refresh => self.reload_report(),
                ViewAction::Back | ViewAction::Close => {
                    if !(self.stop_change() || self.stop_slow_reading()) {
                        self.view = View::Home;
                    }
                }
            }
            return true;
        }
        if let Some(action) = action.as_usage() {
            match action {
                UsageAction::NextRange => self.go_to_month(self.report.months_back.saturating_sub(1)),
                UsageAction::PreviousRange => {
                    self.go_to_month(self.report.months_back.saturating_add(1).min(MAX_MONTHS_BACK));
                }
                UsageAction::Usage => return false,
            }
            return true;
        }
        let Some(action) = action.as_report() else { return false };
        match action {
            ReportAction::Report => self.reload_report(),
            ReportAction::AccessLog => {
                let file = self.report.access_log.as_deref().map(Path::display).map(|file| file.to_string());
                let form =
                    PromptForm::report_access_log(&file.unwrap_or_default(), &self.options.tenant_field);
                self.overlay = Some(Overlay::Prompt(form));
            }
            ReportAction::Refreeze => self.confirm_refreeze(),
        }
        true
    }

    fn reload_report(&mut self) {
        self.report.charges = Remote::NotRequested;
        self.read_report();
    }

    fn go_to_month(&mut self, months_back: u8) {
        self.report.months_back = months_back;
        self.read_report();
    }

    pub(super) fn move_in_report(&mut self, motion: Motion) {
        let lines = self.report_line_count();
        self.report.move_cursor(motion, lines);
    }

    pub(super) fn report_line_count(&self) -> usize {
        self.report.charges_of_month(self.now).map_or(0, |charges| charges.report.lines.len())
    }

    /// Reads the charges of the chosen month, unless they are loaded or being read.
    fn read_report(&mut self) {
        let Some(query) = self.charges_query(false) else { return };
        let is_reading = self.tasks.find(|kind| *kind == TaskKind::Load(query.clone())).is_some();
        if self.report.charges_of_month(self.now).is_some() || is_reading {
            return;
        }
        self.report.charges.start();
        self.load(query);
    }

    fn charges_query(&self, refreeze: bool) -> Option<Query> {
        let month = UsageRange::Month(self.report.months_back).range_to_read(self.now)?;
        let tenant_field = || self.options.tenant_field.clone();
        let log =
            self.report.access_log.clone().map(|path| AccessLogFile { path, tenant_field: tenant_field() });
        let tariff = self.options.tariff.clone();
        Some(Query::Charges(ReportRequest { month, tariff, log, refreeze }))
    }

    /// Counts the calls of shared keys per tenant from this access log; `None` estimates them.
    pub(super) fn set_access_log(&mut self, log: Option<PathBuf>) {
        self.report.access_log = log;
        self.reload_charges(false);
    }

    /// Opens a menu before frozen figures are replaced.
    fn confirm_refreeze(&mut self) {
        match self
            .report
            .charges_of_month(self.now)
            .map(|charges| (&charges.frozen, charges.differences.len()))
        {
            None => self.show_message(Tone::Error, "the report is not loaded yet"),
            Some((None, _)) => self.show_message(Tone::Info, "the month is not frozen"),
            Some((Some(_), 0)) => self.show_message(Tone::Info, "the frozen figures are current"),
            Some((Some(frozen), count)) => {
                self.overlay = Some(Overlay::Menu(Menu::for_refreeze(frozen, count)))
            }
        }
    }

    /// Reads the charges again, and cancels a read that is running.
    pub(super) fn reload_charges(&mut self, refreeze: bool) {
        let Some(query) = self.charges_query(refreeze) else { return };
        if let Some((id, _)) = self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Charges(_)))) {
            self.tasks.end(id);
            self.emit(Effect::Cancel(id));
        }
        self.report.charges = Remote::NotRequested;
        self.report.charges.start();
        self.load(query);
    }

    /// Stores the charges, unless another month was chosen meanwhile.
    pub(super) fn handle_charges(&mut self, charges: ChargeReport) {
        if Some(charges.report.month) == UsageRange::Month(self.report.months_back).range_to_read(self.now) {
            self.report.charges.finish(Ok(charges), self.now);
        }
    }

    pub(super) fn handle_charges_failure(&mut self, month: DayRange, failure: &Failure) {
        if Some(month) == UsageRange::Month(self.report.months_back).range_to_read(self.now) {
            self.report.charges.finish(Err(failure.clone()), self.now);
        }
    }

    /// The progress of reading charges, for example " · 3/300".
    pub(crate) fn report_progress(&self) -> String {
        let task = self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Charges(..))));
        let progress = task.and_then(|(_, task)| task.progress.as_ref());
        let counts = progress.and_then(|progress| Some((progress.done, progress.total?)));
        counts.map_or_else(String::new, |(done, total)| {
            format!(" · {}/{}", text::format_count(done), text::format_count(total))
        })
    }
}
