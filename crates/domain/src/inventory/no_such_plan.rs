//! Error of looking up a usage plan.

use crate::secret::mask_if_value;

/// An id or name does not identify exactly one plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchPlan {
    #[error("no usage plan has the id or name `{}`", mask_if_value(_0))]
    Unknown(String),
    #[error("several usage plans are named `{name}`: use an id ({})", .ids.join(", "))]
    Ambiguous { name: String, ids: Vec<String> },
}
