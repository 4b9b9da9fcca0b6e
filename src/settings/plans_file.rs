//! A file of usage plans: read with all its mistakes, and written.
//!
//! A plan is a table `[plans.NAME]`. What it does not say stays as it is; `"none"` takes a limit away.

mod reader;
mod render;

use std::ops::Range;

use keypool_domain::setup::DesiredPlan;

use super::document::SourceFile;
use super::{ConfigErrors, or_errors};

pub(crate) use render::render_plans;

/// A wanted plan, and where the file names it.
#[derive(Debug, PartialEq)]
pub(crate) struct PlanEntry {
    pub(crate) plan: DesiredPlan,
    pub(crate) span: Range<usize>,
}

/// The plans of a file; or every mistake in it, with its line.
pub(crate) fn read_plans(
    source: &SourceFile,
    stages: &dyn Fn(&str) -> Result<keypool_domain::StageRef, String>,
) -> Result<Vec<PlanEntry>, ConfigErrors> {
    let mut mistakes = Vec::new();
    let entries = reader::read_entries(source, stages, &mut mistakes);
    or_errors(entries, mistakes)
}
