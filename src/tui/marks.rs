//! The one mark of a row, right after its percentage, and the words for its state: the worst that is known of it.

use keypool_domain::usage::QuotaWarningKind;

use crate::tui::styles::Role;

/// Most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// The quota is used up: calls get 429.
    Spent,
    /// At least 80% is used, or the quota runs out before its reset.
    NearLimit,
    /// The doctor found a problem.
    Problem,
    Disabled,
}

impl Mark {
    pub(crate) const fn of_warning(kind: QuotaWarningKind) -> Self {
        match kind {
            QuotaWarningKind::Exhausted => Self::Spent,
            QuotaWarningKind::RunsOut(_) | QuotaWarningKind::AboveThreshold => Self::NearLimit,
        }
    }

    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Spent => "✗",
            Self::NearLimit => "▲",
            Self::Problem => "•",
            Self::Disabled => "○",
        }
    }

    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Spent => Role::Error,
            Self::NearLimit => Role::Warn,
            Self::Problem => Role::Problem,
            Self::Disabled => Role::Muted,
        }
    }
}
