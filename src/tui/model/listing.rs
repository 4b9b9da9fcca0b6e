//! The list of tenant keys of a table that is too large to be read unasked: a page at a time, for the plan, tenant or pool
//! key that the operator looks at.

use crate::aws::Failure;
use crate::ops::{KeyListing, ListedKeys};
use crate::tui::model::Model;
use crate::tui::model::query::Query;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::tasks::TaskKind;

impl Model {
    /// What was read of the list; `None` if all tenant keys are read.
    pub(crate) fn listed(&self) -> Option<&ListedKeys> {
        self.snapshot()?.listed.as_deref()
    }

    /// Reads the first page of the wanted list or, if the cursor nears the end of what was read of it, the next. One page
    /// at a time, so a cursor that moves fast reads only where it stops.
    pub(crate) fn read_listing_if_due(&mut self, wanted: &KeyListing, nears_end: bool) {
        let Some(listed) = self.listed() else { return };
        let is_due = listed.listing != *wanted || (nears_end && listed.can_continue());
        let is_running = |kind: &TaskKind| matches!(kind, TaskKind::Load(Query::ListKeys(_)));
        if is_due && self.listing_failure(wanted).is_none() && self.tasks.find(is_running).is_none() {
            self.load(Query::ListKeys(wanted.clone()));
        }
    }

    /// Why the next page of this list could not be read. It is read again after a refresh.
    pub(crate) fn listing_failure(&self, wanted: &KeyListing) -> Option<&Failure> {
        let (listing, failure) = self.failed_listing.as_ref()?;
        (listing == wanted).then_some(failure)
    }

    pub(crate) fn finish_listing(&mut self, listing: &KeyListing, result: Result<Snapshot, Failure>) {
        match result {
            Ok(snapshot) => {
                self.failed_listing = None;
                self.show_addition(snapshot);
            }
            Err(failure) => self.failed_listing = Some((listing.clone(), failure)),
        }
    }
}
