//! Files of usage plans: parsing and rendering.
//!
//! A plan is a table `[plans.NAME]`, whose field `id` names one of several plans of that name. Omitted fields keep their values; `"none"` removes a throttle, quota, product
//! code or pool.

mod reader;
mod render;

use std::ops::Range;

use keypool_domain::setup::DesiredPlan;

use super::document::SourceFile;
use super::{ConfigErrors, or_errors};

pub(crate) use render::render_plans;

/// A desired plan, and the position of its name in the file.
#[derive(Debug, PartialEq)]
pub(crate) struct PlanEntry {
    pub(crate) plan: DesiredPlan,
    pub(crate) span: Range<usize>,
}

/// Reads the plans of a file, or returns all errors in it; `resolve_stage` turns a stage as written there into a
/// reference.
pub(crate) fn read_plans(
    source: &SourceFile,
    resolve_stage: &dyn Fn(&str) -> Result<keypool_domain::StageRef, String>,
) -> Result<Vec<PlanEntry>, ConfigErrors> {
    let mut errors = Vec::new();
    let entries = reader::read_entries(source, resolve_stage, &mut errors);
    or_errors(entries, errors)
}
