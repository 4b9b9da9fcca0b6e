//! Former words of the interface: still read, with a warning, and never written.

/// Former and present names of actions, as `keys.toml` has them.
pub(crate) const ACTIONS: &[(&str, &str)] = &[("mend", "fix"), ("mend-all", "fix-all")];

/// Former and present kinds of problems, as `doctor --only` takes them.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("dangling-row", "tenant-key-without-api-key"),
    ("plan-without-row", "plan-without-price"),
    ("pool-item-left", "stale-pool-item"),
    ("row-without-plan", "price-without-plan"),
    ("shop-window-differs", "price-list-differs"),
];

/// The present name, where `word` is a former one.
pub(crate) fn present_name(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(former, _)| *former == word).map(|(_, present)| *present)
}

/// The warning about a former name.
pub(crate) fn warning(former: &str, present: &str) -> String {
    format!("`{former}` is now called `{present}`; the old name still works")
}

#[cfg(test)]
mod tests {
    use keypool_domain::drift::Kind;

    use super::*;
    use crate::tui::Action;

    #[test]
    fn a_former_name_leads_to_a_name_in_use_and_is_itself_free() {
        for (former, present) in ACTIONS {
            assert!(Action::from_id(present).is_some(), "{present}");
            assert_eq!(Action::from_id(former), None);
        }
        let is_kind = |word: &str| Kind::ALL.iter().any(|kind| kind.as_str() == word);
        for (former, present) in KINDS {
            assert!(is_kind(present) && !is_kind(former), "{former} {present}");
        }
    }
}
