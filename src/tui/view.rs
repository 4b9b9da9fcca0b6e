//! The names of the screens, one of which is shown.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum View {
    /// Four panes: plans, pool, keys and test.
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
    pub(crate) const ALL: [Self; 6] =
        [Self::Home, Self::Doctor, Self::Setup, Self::Methods, Self::Usage, Self::Report];

    /// What is read again after a change that was made on this screen.
    pub(crate) const fn source(self) -> Source {
        match self {
            Self::Doctor => Source::Doctor,
            Self::Setup | Self::Methods => Source::Setup,
            Self::Home | Self::Usage | Self::Report => Source::Account,
        }
    }

    /// Whether the screen shows nothing before the account is loaded.
    pub(crate) const fn needs_inventory(self) -> bool {
        match self {
            Self::Doctor | Self::Usage | Self::Report => true,
            Self::Home | Self::Setup | Self::Methods => false,
        }
    }
}

/// What a screen is read from; each includes the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Account,
    /// The account and everything else that the doctor checks.
    Doctor,
    /// The account and the stage that is set up.
    Setup,
}
