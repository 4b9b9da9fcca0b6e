//! Why no usage plan is meant by an id or a name.

use crate::secret::mask_if_value;

/// The plan that was asked for is not there, or is not the only one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchPlan {
    /// Neither an id nor a name.
    #[error("no usage plan has the id or name `{}`", mask_if_value(_0))]
    Unknown(String),
    /// Several plans have the name.
    #[error("several usage plans are named `{name}`: use an id ({})", .ids.join(", "))]
    Ambiguous {
        /// The name they share.
        name: String,
        /// The ids to choose from.
        ids: Vec<String>,
    },
}
