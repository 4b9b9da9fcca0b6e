//! What fills the screen between the status line and the messages: the four panes, or one view.

use super::action::Scope;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum View {
    /// The panes: plans, pool, keys and test.
    #[default]
    Home,
    /// The problems that the doctor found.
    Doctor,
    /// The steps to set up an API.
    Setup,
    /// Which methods of the API require a key.
    Methods,
    /// Usage per day, and forecast.
    Usage,
    /// Monthly charges per tenant.
    Report,
}

impl View {
    /// The scopes whose keys work in this view, the innermost first; `None` on the home screen, where the pane
    /// decides.
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
