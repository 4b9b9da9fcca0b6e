//! The one mark of a row, right after its percentage, and the words for its state: the worst that is known of it.

use keypool_domain::usage::{QuotaStatus, QuotaWarningKind};

use crate::tui::model::usage_index::WARN_PERCENT;
use crate::tui::quota_text;
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
    /// The mark of one API key.
    pub(crate) fn of_quota(status: &QuotaStatus) -> Option<Self> {
        let is_near = || status.figure.percent().is_some_and(|percent| percent >= f64::from(WARN_PERCENT));
        let near = || is_near().then_some(Self::NearLimit);
        quota_text::key_warning(status).map(Self::of_warning).or_else(near)
    }

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
