//! What fills the screen between the first line and the messages: the four panes, or one view in their place.

use super::action::Scope;

/// The one that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum View {
    /// Plans, pool, keys and test.
    #[default]
    Home,
    /// What does not fit together.
    Doctor,
    /// How far an API is set up.
    Setup,
    /// Which of its methods need a key.
    Methods,
    /// What was used.
    Usage,
    /// What tenants owe.
    Report,
}

impl View {
    /// The places whose keys count in a view, the nearest first; none where it depends on the pane.
    pub(crate) const fn scopes(self) -> Option<&'static [Scope]> {
        match self {
            Self::Home => None,
            Self::Doctor => Some(&[Scope::Doctor, Scope::View]),
            Self::Setup => Some(&[Scope::Setup, Scope::View]),
            Self::Methods => Some(&[Scope::Methods, Scope::View]),
            Self::Usage => Some(&[Scope::Usage, Scope::View]),
            Self::Report => Some(&[Scope::Report, Scope::View]),
        }
    }
}
