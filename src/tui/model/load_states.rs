//! The parts of an account that are read, each with the state of its last read. Their values are in the snapshot.

use jiff::Timestamp;

use crate::aws::Failure;
use crate::tui::model::remote::Remote;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Plans,
    ApiKeys,
    /// Which API keys each plan has, read in the background.
    Membership,
    TenantKeys,
    Pools,
    /// Usage of the current quota periods.
    Usage,
}

/// The parts that a refresh reads.
pub(crate) const INVENTORY: [Part; 4] = [Part::Plans, Part::ApiKeys, Part::TenantKeys, Part::Pools];

const PARTS: usize = Part::Usage as usize + 1;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct LoadStates([Remote<()>; PARTS]);

impl LoadStates {
    pub(crate) const fn get(&self, part: Part) -> &Remote<()> {
        &self.0[part as usize]
    }

    pub(crate) fn of_inventory(&self) -> impl Iterator<Item = &Remote<()>> {
        INVENTORY.into_iter().map(|part| self.get(part))
    }

    pub(crate) fn start(&mut self, parts: &[Part]) {
        self.update(parts, Remote::start);
    }

    pub(crate) fn finish(&mut self, parts: &[Part], result: &Result<(), Failure>, at: Timestamp) {
        self.update(parts, |state| state.finish(result.clone(), at));
    }

    /// Stops loading these parts, and keeps their old values.
    pub(crate) fn stop(&mut self, parts: &[Part]) {
        self.update(parts, Remote::stop);
    }

    fn update(&mut self, parts: &[Part], change: impl Fn(&mut Remote<()>)) {
        parts.iter().for_each(|part| change(&mut self.0[*part as usize]));
    }
}
