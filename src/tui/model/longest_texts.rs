//! The widths of the longest names and tenants, so that a table gives them no more room than they need.

use keypool_domain::Inventory;

use crate::tui::text;

/// Longer texts are cut anyway.
const MAX_COLS: usize = 64;

/// In cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LongestTexts {
    pub(crate) name: u16,
    pub(crate) tenant: u16,
}

impl LongestTexts {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let keys = inventory.tenant_keys();
        let longest = |lengths: &mut dyn Iterator<Item = usize>| {
            u16::try_from(lengths.max().unwrap_or(0)).unwrap_or(u16::MAX)
        };
        Self {
            name: longest(&mut keys.iter().map(|key| width(&key.name))),
            tenant: longest(&mut keys.iter().map(|key| width(key.tenant.as_str()))),
        }
    }
}

/// A letter of ASCII has one cell.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len().min(MAX_COLS) } else { text::width(&text::fit(text, MAX_COLS)) }
}
