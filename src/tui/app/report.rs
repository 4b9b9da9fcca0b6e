//! The view of what tenants owe for a month.

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

/// The oldest month that can be chosen.
const MAX_MONTHS_BACK: u8 = 11;

impl App {
    pub(super) fn open_report(&mut self) {
        if self.inventory().is_none() {
            return self.show_message(Tone::Error, "nothing was read yet");
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
                let ask =
                    PromptForm::report_access_log(&file.unwrap_or_default(), &self.options.tenant_field);
                self.overlay = Some(Overlay::Prompt(ask));
            }
            ReportAction::Refreeze => self.confirm_refreeze(),
        }
        true
    }

    fn reload_report(&mut self) {
        self.report.charges = Remote::NotRequested;
        self.read_report();
    }

    fn go_to_month(&mut self, back: u8) {
        self.report.months_back = back;
        self.read_report();
    }

    pub(super) fn move_in_report(&mut self, motion: Motion) {
        let lines = self.report_line_count();
        self.report.move_cursor(motion, lines);
    }

    pub(super) fn report_line_count(&self) -> usize {
        self.report.charges_of_month(self.now).map_or(0, |charged| charged.report.lines.len())
    }

    /// Asks for the chosen month, unless it is here or on its way.
    fn read_report(&mut self) {
        let Some(query) = self.charges_query(false) else { return };
        let on_its_way = self.tasks.find(|errand| *errand == TaskKind::Load(query.clone())).is_some();
        if self.report.charges_of_month(self.now).is_some() || on_its_way {
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

    /// Another log, or none, is counted from now on.
    pub(super) fn set_access_log(&mut self, log: Option<PathBuf>) {
        self.report.access_log = log;
        self.reload_charges(false);
    }

    /// Of what is frozen nothing is lost by one key.
    fn confirm_refreeze(&mut self) {
        match self
            .report
            .charges_of_month(self.now)
            .map(|charged| (&charged.frozen, charged.differences.len()))
        {
            None => self.show_message(Tone::Error, "the report is not here yet"),
            Some((None, _)) => self.show_message(Tone::Info, "the month is not frozen"),
            Some((Some(_), 0)) => self.show_message(Tone::Info, "the frozen figures are those of now"),
            Some((Some(frozen), count)) => {
                self.overlay = Some(Overlay::Menu(Menu::for_refreeze(frozen, count)))
            }
        }
    }

    /// Reads the month again, whatever of it is on its way.
    pub(super) fn reload_charges(&mut self, refreeze: bool) {
        let Some(query) = self.charges_query(refreeze) else { return };
        if let Some((id, _)) = self.tasks.find(|errand| matches!(errand, TaskKind::Load(Query::Charges(_)))) {
            self.tasks.end(id);
            self.emit(Effect::Cancel(id));
        }
        self.report.charges = Remote::NotRequested;
        self.report.charges.start();
        self.load(query);
    }

    /// A report that is of another month than the chosen one comes too late.
    pub(super) fn handle_charges(&mut self, charged: ChargeReport) {
        if Some(charged.report.month) == UsageRange::Month(self.report.months_back).range_to_read(self.now) {
            self.report.charges.finish(Ok(charged), self.now);
        }
    }

    pub(super) fn handle_charges_failure(&mut self, month: DayRange, failure: &Failure) {
        if Some(month) == UsageRange::Month(self.report.months_back).range_to_read(self.now) {
            self.report.charges.finish(Err(failure.clone()), self.now);
        }
    }

    /// How far the reading is, for example " · 3/300".
    pub(crate) fn report_progress(&self) -> String {
        let task = self.tasks.find(|errand| matches!(errand, TaskKind::Load(Query::Charges(..))));
        let progress = task.and_then(|(_, task)| task.progress.as_ref());
        let total = progress.and_then(|progress| Some((progress.done, progress.total?)));
        total.map_or_else(String::new, |(done, total)| {
            format!(" · {}/{}", text::format_count(done), text::format_count(total))
        })
    }
}
