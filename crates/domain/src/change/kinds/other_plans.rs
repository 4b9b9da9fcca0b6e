//! What happens to the other usage plans of a moved API key.

/// How to treat the other usage plans of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherPlans {
    /// Refuse the change if the target does not cover all of them.
    #[default]
    Refuse,
    Leave,
    /// Not possible for a move into a pool: only the tenant's own API key can stay in the other plans.
    Keep,
}

impl OtherPlans {
    /// Appended to the description of the change.
    pub(crate) const fn description_suffix(self) -> &'static str {
        match self {
            Self::Refuse => "",
            Self::Leave => " and leave all other plans",
            Self::Keep => " and keep its other plans",
        }
    }
}
