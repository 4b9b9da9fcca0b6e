//! A change, carried out unit by unit and step by step.

use keypool_domain::{Change, Inventory};

use super::{Applied, Run};
use crate::aws::{Aws, Failure};

/// Carries out a change; the first unit that fails ends it, and what was complete before stays.
pub async fn apply(
    _aws: &Aws,
    inventory: &Inventory,
    change: &Change,
    _run: &Run,
) -> Result<Applied, Failure> {
    change.units(inventory)?;
    Err(Failure::Unsupported("changes: they are not built yet".to_owned()))
}
