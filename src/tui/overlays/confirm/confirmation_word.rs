//! The word that is typed before several tenants are touched, or before something is taken away in production.

use keypool_domain::Tenant;

use crate::tui::app::Options;
use crate::tui::text;

/// Cells of the longest name that is asked for.
const MAX_NAME_COLS: usize = 24;

/// What is to be typed, and what that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfirmationWord {
    pub(super) text: String,
    pub(super) description: &'static str,
}

impl ConfirmationWord {
    /// The one for a change that touches these tenants; `None` where a yes is enough.
    pub(super) fn for_change(tenants: &[Tenant], takes_away: bool, options: &Options) -> Option<Self> {
        let guarded = options.is_production && takes_away;
        if options.is_read_only || (tenants.len() < 2 && !guarded) {
            return None;
        }
        let count = || Self { text: tenants.len().to_string(), description: "the number of tenants" };
        Some(match tenants {
            [] => Self { text: options.label.clone(), description: "the name of this context" },
            [tenant] if is_typeable(tenant.as_str()) => {
                Self { text: tenant.as_str().to_owned(), description: "the name of the tenant" }
            }
            _ => count(),
        })
    }

    /// Whether this character can be part of it: `y` is no number.
    pub(super) fn accepts(&self, c: char) -> bool {
        c.is_ascii_digit() || !self.text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Whether a name is short and plain enough to be typed as it stands on the screen.
fn is_typeable(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && text::clean(name) == name && text::width(name) <= MAX_NAME_COLS
}
