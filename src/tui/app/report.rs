//! The view of what tenants owe for a month.

use keypool_domain::usage::DayRange;

use crate::aws::Failure;
use crate::ops::{Charged, Query};
use crate::tui::action::Action;
use crate::tui::message::Tone;
use crate::tui::panes::usage::Span;
use crate::tui::store::Errand;
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
        match action {
            Action::Report | Action::Refresh => {
                self.report.charged = Default::default();
                self.read_report();
            }
            Action::NextRange => self.go_to_month(self.report.back.saturating_sub(1)),
            Action::PreviousRange => self.go_to_month(self.report.back.saturating_add(1).min(OLDEST)),
            Action::Back | Action::Close => {
                if !(self.stop_change() || self.stop_slow_reading()) {
                    self.view = View::Home;
                }
            }
            _ => return false,
        }
        true
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
        let Some(month) = Span::Month(self.report.back).to_read(self.now) else { return };
        let query = Query::Charges(month, self.options.tariff.clone());
        let on_its_way = self.tasks.find(|errand| *errand == Errand::Load(query.clone())).is_some();
        if self.report.shown(self.now).is_some() || on_its_way {
            return;
        }
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
