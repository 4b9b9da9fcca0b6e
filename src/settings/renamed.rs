//! Old names of actions and problem kinds. They are still read, with a warning, but never written.

/// Old and current names of actions in `keys.toml`.
pub(crate) const ACTIONS: &[(&str, &str)] = &[("mend", "fix"), ("mend-all", "fix-all")];

/// Old and current kinds of problems in `doctor --only`.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("dangling-row", "tenant-key-without-api-key"),
    ("plan-without-row", "plan-without-price"),
    ("pool-item-left", "stale-pool-item"),
    ("row-without-plan", "price-without-plan"),
    ("shop-window-differs", "price-list-differs"),
];

/// Returns the current name if `word` is an old one.
pub(crate) fn current_name(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(old, _)| *old == word).map(|(_, current)| *current)
}

pub(crate) fn warning(old: &str, current: &str) -> String {
    format!("`{old}` is now called `{current}`; the old name still works")
}

#[cfg(test)]
mod tests {
    use keypool_domain::drift::FindingKind;

    use super::*;
    use crate::tui::Action;

    #[test]
    fn old_names_lead_to_existing_names_and_are_no_longer_names_themselves() {
        for (old, current) in ACTIONS {
            assert!(Action::from_id(current).is_some(), "{current}");
            assert_eq!(Action::from_id(old), None);
        }
        let is_kind = |word: &str| FindingKind::ALL.iter().any(|kind| kind.as_str() == word);
        for (old, current) in KINDS {
            assert!(is_kind(current) && !is_kind(old), "{old} {current}");
        }
    }
}
