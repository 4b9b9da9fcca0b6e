//! Accounts for the tests of all crates, behind the feature `testing`.

mod inventory_builder;
mod parts;

pub use inventory_builder::{InventoryBuilder, start_time};
pub use parts::{at, former_key, inventory, members, parts, pool, pool_key, stage, tags, tenant_key};

/// A regular expression of texts that are hard to write and read back: separators and quotes of every format,
/// formulas, blanks, line breaks, control and invisible characters, letters of other scripts.
pub const HOSTILE_TEXT: &str = "[a-z0-9,;:'\"`=+@＝＠# |\\\\{}\\[\\]/\t\r\n\u{1}\u{1b}\u{7f}\u{85}\u{200b}\u{202e}\u{2028}\u{feff}é漢🗝]{0,12}";
