//! The word to type before a change that affects several tenants, or one that needs confirmation in production.

use keypool_domain::Tenant;

use crate::tui::model::options::Options;
use crate::tui::text;

/// Longer tenant names need not be typed.
const MAX_NAME_COLS: usize = 24;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConfirmationWord {
    pub(super) text: String,
    pub(super) description: &'static str,
}

impl ConfirmationWord {
    /// Returns `None` if selecting the button is enough.
    pub(super) fn for_change(
        tenants: &[Tenant],
        needs_confirmation: bool,
        options: &Options,
    ) -> Option<Self> {
        let is_guarded = options.is_production && needs_confirmation;
        if options.is_read_only || (tenants.len() < 2 && !is_guarded) {
            return None;
        }
        let count = || Self { text: tenants.len().to_string(), description: "the number of tenants" };
        Some(match tenants {
            [] => Self { text: options.label.clone(), description: "the profile's name" },
            [tenant] if is_typeable(tenant.as_str()) => {
                Self { text: tenant.as_str().to_owned(), description: "the tenant's name" }
            }
            _ => count(),
        })
    }

    /// Rejects e.g. `y` if the word is a number.
    pub(super) fn accepts(&self, c: char) -> bool {
        c.is_ascii_digit() || !self.text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Whether the name is short and looks on screen as it is typed.
fn is_typeable(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && text::clean(name) == name && text::width(name) <= MAX_NAME_COLS
}
