//! Error of looking up a usage plan.

use crate::Unknown;
use crate::secret::mask_if_value;

/// An id or name does not identify exactly one plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchPlan {
    #[error("no usage plan has the id or name `{}`", mask_if_value(_0))]
    Unknown(String),
    #[error("several usage plans are named `{name}`: use an id ({})", .ids.join(", "))]
    Ambiguous { name: String, ids: Vec<String> },
    /// None of the plans that could be read.
    #[error("whether a usage plan has the id or name `{}` is not known: {reason}", mask_if_value(given))]
    Unreadable { given: String, reason: Unknown },
}
