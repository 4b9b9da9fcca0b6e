//! The view of what tenants owe for a month.

use std::path::{Path, PathBuf};

use keypool_domain::usage::DayRange;

use crate::aws::Failure;
use crate::ops::{Charged, ChargesAsked, LogFile, Query};
use crate::tui::action::{Action, ReportAction, UsageAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::overlays::{Ask, Menu, Overlay};
use crate::tui::panes::usage::Span;
use crate::tui::store::{Errand, Remote};
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

/// The oldest month that can be chosen.
const OLDEST: u8 = 11;

impl App {
    pub(super) fn open_report(&mut self) {
        if self.known().is_none() {
            return self.say(Tone::Bad, "nothing was read yet");
        }
        self.view = View::Report;
        self.keys.typing = false;
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
                UsageAction::NextRange => self.go_to_month(self.report.back.saturating_sub(1)),
                UsageAction::PreviousRange => {
                    self.go_to_month(self.report.back.saturating_add(1).min(OLDEST));
                }
                UsageAction::Usage => return false,
            }
            return true;
        }
        let Some(action) = action.as_report() else { return false };
        match action {
            ReportAction::Report => self.reload_report(),
            ReportAction::AccessLog => {
                let file = self.report.log.as_deref().map(Path::display).map(|file| file.to_string());
                let ask = Ask::log_file(&file.unwrap_or_default(), &self.options.tenant_field);
                self.overlay = Some(Overlay::Ask(ask));
            }
            ReportAction::Refreeze => self.ask_to_refreeze(),
        }
        true
    }

    fn reload_report(&mut self) {
        self.report.charged = Remote::NotAsked;
        self.read_report();
    }

    fn go_to_month(&mut self, back: u8) {
        self.report.back = back;
        self.read_report();
    }

    pub(super) fn go_in_report(&mut self, motion: Motion) {
        let lines = self.report_lines();
        self.report.go(motion, lines);
    }

    pub(super) fn report_lines(&self) -> usize {
        self.report.shown(self.now).map_or(0, |charged| charged.report.lines.len())
    }

    /// Asks for the chosen month, unless it is here or on its way.
    fn read_report(&mut self) {
        let Some(query) = self.charges(false) else { return };
        let on_its_way = self.tasks.find(|errand| *errand == Errand::Load(query.clone())).is_some();
        if self.report.shown(self.now).is_some() || on_its_way {
            return;
        }
        self.report.charged.start();
        self.load(query);
    }

    fn charges(&self, refreeze: bool) -> Option<Query> {
        let month = Span::Month(self.report.back).to_read(self.now)?;
        let tenant_field = || self.options.tenant_field.clone();
        let log = self.report.log.clone().map(|path| LogFile { path, tenant_field: tenant_field() });
        let tariff = self.options.tariff.clone();
        Some(Query::Charges(ChargesAsked { month, tariff, log, refreeze }))
    }

    /// Another log, or none, is counted from now on.
    pub(super) fn count_by(&mut self, log: Option<PathBuf>) {
        self.report.log = log;
        self.charge_anew(false);
    }

    /// Of what is frozen nothing is lost by one key.
    fn ask_to_refreeze(&mut self) {
        match self.report.shown(self.now).map(|charged| (&charged.frozen, charged.differences.len())) {
            None => self.say(Tone::Bad, "the report is not here yet"),
            Some((None, _)) => self.say(Tone::Plain, "the month is not frozen"),
            Some((Some(_), 0)) => self.say(Tone::Plain, "the frozen figures are those of now"),
            Some((Some(frozen), count)) => self.overlay = Some(Overlay::Menu(Menu::refreeze(frozen, count))),
        }
    }

    /// Reads the month again, whatever of it is on its way.
    pub(super) fn charge_anew(&mut self, refreeze: bool) {
        let Some(query) = self.charges(refreeze) else { return };
        if let Some((id, _)) = self.tasks.find(|errand| matches!(errand, Errand::Load(Query::Charges(_)))) {
            self.tasks.end(id);
            self.ask(Effect::Cancel(id));
        }
        self.report.charged = Remote::NotAsked;
        self.report.charged.start();
        self.load(query);
    }

    /// A report that is of another month than the chosen one comes too late.
    pub(super) fn charged(&mut self, charged: Charged) {
        if Some(charged.report.month) == Span::Month(self.report.back).to_read(self.now) {
            self.report.charged.finish(Ok(charged), self.now);
        }
    }

    pub(super) fn not_charged(&mut self, month: DayRange, failure: &Failure) {
        if Some(month) == Span::Month(self.report.back).to_read(self.now) {
            self.report.charged.finish(Err(failure.clone()), self.now);
        }
    }

    /// How far the reading is, for example " · 3/300".
    pub(crate) fn report_so_far(&self) -> String {
        let task = self.tasks.find(|errand| matches!(errand, Errand::Load(Query::Charges(..))));
        let progress = task.and_then(|(_, task)| task.progress.as_ref());
        let total = progress.and_then(|progress| Some((progress.done, progress.total?)));
        total.map_or_else(String::new, |(done, total)| {
            format!(" · {}/{}", text::grouped(done), text::grouped(total))
        })
    }
}
