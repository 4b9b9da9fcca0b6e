//! The row of a pool key's own: the sample application makes its pool keys as tenant keys, and tenants share them.

use super::*;

/// With a row for pool key `b1` itself, behind which four others are.
fn seen() -> Inventory {
    with(|parts| parts.rows.push(row("b1", "shard", "umbrella", None)))
}

#[test]
fn its_deletion_leaves_the_api_key_to_those_who_share_it() {
    let delete = Change::Delete(vec!["b1".into()]);
    assert_eq!(steps_in(&seen(), &delete), [[Step::DeleteRow("b1".into())]]);
    assert!(delete.cautions(&seen())[0].starts_with("this key is shared"), "{:?}", delete.cautions(&seen()));
}

#[test]
fn what_is_edited_stays_in_the_row() {
    let off = Edit { enabled: Some(false), ..Edit::default() };
    let edit = Change::Edit { row: "b1".into(), edit: off.clone() };
    let step = Step::UpdateRow { row: "b1".into(), revision: Some(3), edit: off };
    assert_eq!(steps_in(&seen(), &edit), [[step]]);
    assert!(edit.cautions(&seen())[0].contains("isolate it first"));
}

#[test]
fn it_is_rotated_or_moved_away_only_as_a_shared_key_is() {
    let shared = "key b1 shares API key b1 with others: isolate it first, or rotate the pool key";
    assert_eq!(refused_in(&seen(), &Change::Rotate { rows: vec!["b1".into()], grace: 0 }), shared);
    assert_eq!(refused_in(&seen(), &change_plan("b1", "other")), shared);
}

#[test]
fn isolated_it_gets_another_api_key_and_the_pool_key_stays() {
    let isolate = Change::Isolate(vec!["b1".into()]);
    assert_eq!(
        said_in(&seen(), &isolate)[1..],
        [
            "attach the new API key to usage plan shard-plan",
            "wait until the API of shard-plan lets the new API key in",
            "write row b1 anew under the new API key's id",
        ]
    );
}

#[test]
fn in_a_pool_it_becomes_a_reference_and_the_pool_key_stays() {
    let refer = |plan: &str| Step::Refer { row: "b1".into(), plan: plan.into(), from: None };
    assert_eq!(
        steps_in(&seen(), &Change::Consolidate { rows: vec!["b1".into()], others: OtherPlans::Refuse }),
        [[refer("shard")]]
    );
    assert_eq!(steps_in(&seen(), &change_plan("b1", "free")), [[refer("free")]]);
}
