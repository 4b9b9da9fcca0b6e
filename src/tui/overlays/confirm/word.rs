//! The word that is typed before several tenants are touched, or before something is taken away in production.

use keypool_domain::Tenant;

use crate::tui::app::Options;
use crate::tui::text;

/// Cells of the longest name that is asked for.
const MOST: usize = 24;

/// What is to be typed, and what that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) word: String,
    pub(super) what: &'static str,
}

impl Word {
    /// The one for a change that touches these tenants; `None` where a yes is enough.
    pub(super) fn of(tenants: &[Tenant], takes_away: bool, options: &Options) -> Option<Self> {
        let guarded = options.production && takes_away;
        if options.read_only || (tenants.len() < 2 && !guarded) {
            return None;
        }
        let count = || Self { word: tenants.len().to_string(), what: "the number of tenants" };
        Some(match tenants {
            [] => Self { word: options.label.clone(), what: "the name of this context" },
            [tenant] if can_be_typed(tenant.as_str()) => {
                Self { word: tenant.as_str().to_owned(), what: "the name of the tenant" }
            }
            _ => count(),
        })
    }

    /// Whether this character can be part of it: `y` is no number.
    pub(super) fn takes(&self, c: char) -> bool {
        c.is_ascii_digit() || !self.word.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Whether a name is short and plain enough to be typed as it stands on the screen.
fn can_be_typed(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && text::clean(name) == name && text::width(name) <= MOST
}
