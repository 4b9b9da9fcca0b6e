//! What could not be read decides nothing: what needs it is refused, and everything else goes on.

use super::*;
use crate::{Known, Unknown};

fn unreadable() -> Unknown {
    Unknown::Unreadable {
        what: "`enabled` is a number, not true or false".to_owned(),
        place: "item k1 of the Keys table".to_owned(),
    }
}

/// `k1`, whose item says `enabled` in a way that cannot be read.
fn odd_item() -> Inventory {
    with(|parts| parts.rows[0].enabled = Known::Unknown(unreadable()))
}

#[test]
fn a_key_of_unknown_state_is_not_made_again_by_that_state() {
    let value = Secret::new("v");
    let restored = |inventory: &Inventory| {
        let row = Box::new(inventory.row(&"k1".into()).expect("a row").clone());
        Change::Restore { row, value: value.clone() }
    };
    for change in [restored(&odd_item()), Change::Mend(Mend::FollowRow("k1".into()))] {
        let refused = change.units(&odd_item()).expect_err("refused");
        let what = "whether key k1 is enabled".to_owned();
        assert_eq!(refused, Refusal::NotKnown { what, why: unreadable() });
        assert_eq!(
            refused.to_string(),
            "whether key k1 is enabled is not known: `enabled` is a number, not true or false in item k1 of the \
             Keys table; correct it there"
        );
    }
}

#[test]
fn a_key_of_unknown_state_can_be_enabled_disabled_renamed_and_deleted() {
    let edit =
        |edit: Edit| Change::Edit { row: "k1".into(), edit }.units(&odd_item()).map(|units| units.len());
    for on in [true, false] {
        assert_eq!(edit(Edit { enabled: Some(on), ..Edit::default() }), Ok(1), "either is a difference");
        let switch = Change::Switch { rows: vec!["k1".into()], enabled: on };
        assert_eq!(switch.units(&odd_item()).map(|units| units.len()), Ok(1));
    }
    let renamed =
        Change::Edit { row: "k1".into(), edit: Edit { name: Some("other".into()), ..Edit::default() } };
    let units = renamed.units(&odd_item()).expect("steps");
    let Step::UpdateApiKey { edit, .. } = &units[0].steps[0] else { panic!("{units:?}") };
    assert_eq!(edit.enabled, None, "nothing says that it changes");
    assert!(Change::Delete(vec!["k1".into()]).units(&odd_item()).is_ok());
}
