//! A file of usage plans: read with all its mistakes, and written.
//!
//! A plan is a table `[plans.NAME]`. What it does not say stays as it is; `"none"` takes a limit away.

mod reader;
mod write;

use std::ops::Range;

use keypool_domain::setup::WantedPlan;

use super::document::Source;
use super::{Mistakes, sound};

pub(crate) use write::written;

/// A wanted plan, and where the file names it.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) plan: WantedPlan,
    pub(crate) at: Range<usize>,
}

/// The plans of a file; or every mistake in it, with its line.
pub(crate) fn read(
    source: &Source,
    stages: &dyn Fn(&str) -> Result<keypool_domain::StageRef, String>,
) -> Result<Vec<Entry>, Mistakes> {
    let mut mistakes = Vec::new();
    let entries = reader::entries(source, stages, &mut mistakes);
    sound(entries, mistakes)
}
