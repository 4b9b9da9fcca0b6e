//! Settings of the console.

use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::charging::{AccessLogFields, Tariff};

use crate::ops::RememberedLists;
use crate::tui::keys::keymap::Keymap;
use crate::tui::styles::Styles;

#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The name of the context: `demo` or the profile.
    pub label: String,
    /// Whether every write is refused.
    pub is_read_only: bool,
    /// Whether deletions and other risky changes ask for a word to be typed.
    pub is_production: bool,
    /// The interval of automatic refreshes; `None`: only on request.
    pub refresh: Option<Duration>,
    pub keymap: Keymap,
    pub styles: Styles,
    pub tariff: Tariff,
    pub access_log_fields: AccessLogFields,
    /// The directory that `~` stands for in a path.
    pub home: Option<PathBuf>,
    /// Where the console remembers how lists are sorted and filtered; `None`: nowhere.
    pub lists_file: Option<PathBuf>,
    /// How they were the last time.
    pub lists: RememberedLists,
}

impl Options {
    /// Replaces a leading `~/` by the home directory.
    pub(crate) fn expand_home(&self, path: &str) -> PathBuf {
        let home_and_rest = path.strip_prefix("~/").zip(self.home.as_ref());
        home_and_rest.map_or_else(|| PathBuf::from(path), |(rest, home)| home.join(rest))
    }
}

#[cfg(test)]
impl Options {
    /// Plain settings with the default keys.
    pub(crate) fn for_tests() -> Self {
        use keypool_domain::charging::Currency;

        Self {
            label: "demo".to_owned(),
            is_read_only: false,
            is_production: false,
            refresh: None,
            keymap: Keymap::default(),
            styles: Styles::new(false, false),
            tariff: Tariff {
                currency: Currency::default(),
                billing: keypool_domain::charging::Billing::WholeMonths,
                rates: std::collections::BTreeMap::new(),
            },
            access_log_fields: AccessLogFields::default(),
            home: None,
            lists_file: None,
            lists: RememberedLists::default(),
        }
    }
}
