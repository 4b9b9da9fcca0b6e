//! An account that is still being read: a change has the steps that it has in the complete account, or is refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::{any, prop};
use proptest::{prop_assert_eq, proptest};

use super::*;
use crate::{AccountPart, Extent, Extents, Known, PlanId, Unknown};

/// How much of [`parts`] was read.
#[derive(Debug, Clone)]
struct Read {
    /// Whether all tenant keys were read, and which of them.
    tenant_keys: Option<Vec<bool>>,
    api_keys: bool,
    pools: Option<Vec<bool>>,
    members: Vec<bool>,
}

fn some_of(count: usize) -> impl proptest::strategy::Strategy<Value = Option<Vec<bool>>> {
    prop::option::of(prop::collection::vec(any::<bool>(), count))
}

fn retain<T>(items: &mut Vec<T>, is_read: Option<&Vec<bool>>) -> Extent {
    let Some(is_read) = is_read else { return Extent::Complete };
    let about = Some(items.len());
    let mut read = is_read.iter();
    items.retain(|_| read.next() == Some(&true));
    Extent::Partial { read: items.len(), about }
}

fn partly_read(read: &Read) -> Inventory {
    let mut parts = parts();
    let mut extents = Extents {
        tenant_keys: retain(&mut parts.tenant_keys, read.tenant_keys.as_ref()),
        pools: retain(&mut parts.pools, read.pools.as_ref()),
        ..Extents::default()
    };
    if !read.api_keys {
        parts.api_keys = Known::Unknown(Unknown::NotReadYet);
        extents.api_keys = Extent::NOTHING;
    }
    let unread: Vec<PlanId> = parts
        .plans
        .iter()
        .zip(&read.members)
        .filter(|(_, read)| !**read)
        .map(|(plan, _)| plan.id.clone())
        .collect();
    for plan in &unread {
        parts.members.remove(plan);
        // The sample application's references are resolved by the values of the plan's keys.
        for tenant_key in parts.tenant_keys.iter_mut().filter(|key| key.plan == *plan) {
            if tenant_key.known_pool_key().is_some() {
                tenant_key.pool_key = Known::Unknown(Unknown::NotReadYet);
            }
        }
    }
    Inventory::new(InventoryParts { extents, ..parts })
}

/// Every kind of change, and changes that the complete account refuses.
fn changes() -> Vec<Change> {
    let link = PlanEdit { link: vec![stage("gamma")], ..PlanEdit::default() };
    let refused = [
        PlanChange::Edit { plan: "silo".into(), edit: link }.into(),
        create_pool("silo", "x1"),
        create("gone"),
        edit("gone", true),
        extend("x1", BalanceChange::Add(1)),
        Change::Fix(Fix::Attach { api_key: "k1".into(), plan: "free".into() }),
        Change::DissolvePool("silo".into()),
        Change::DissolvePool("free".into()),
        Change::Rotate { tenant_keys: vec!["r1".into()], grace: 0 },
        Change::Retire("p1".into()),
        Change::Delete(vec!["r1".into(), "r2".into()]),
        Change::Delete(vec!["r1".into(), "k1".into()]),
        PlanChange::Delete("free".into()).into(),
    ];
    let moves = ["free", "theirs"].map(|plan| Change::ChangePlan {
        tenant_keys: vec!["k1".into()],
        plan: plan.into(),
        other_plans: OtherPlans::Refuse,
    });
    let consolidate = Change::Consolidate { tenant_keys: vec!["k1".into()], other_plans: OtherPlans::Leave };
    all_changes()
        .into_iter()
        .map(|(change, ..)| change)
        .chain(refused)
        .chain(moves)
        .chain([consolidate])
        .collect()
}

proptest! {
    #[test]
    fn a_change_of_a_partly_read_account_has_the_steps_of_the_complete_one_or_is_refused(
        tenant_keys in some_of(5),
        pools in some_of(2),
        api_keys in any::<bool>(),
        members in prop::collection::vec(any::<bool>(), 5),
    ) {
        let partial = partly_read(&Read { tenant_keys, api_keys, pools, members });
        for change in changes() {
            let Ok(units) = change.units(&partial) else { continue };
            prop_assert_eq!(Ok(units), change.units(&inventory()), "{:?}", change);
            let tenants = change.affected_tenants(&partial);
            prop_assert_eq!(tenants, change.affected_tenants(&inventory()), "{:?}", change);
        }
    }
}

#[test]
fn what_is_still_being_read_is_named_in_the_refusal() {
    let tenant_keys = Some(vec![true, true, true, false, false]);
    let everything_else = Read { tenant_keys, api_keys: true, pools: None, members: vec![true; 5] };
    let partial = partly_read(&everything_else);
    let refusal =
        |change: Change, inventory: &Inventory| change.units(inventory).expect_err("refused").to_string();
    assert_eq!(
        refusal(Change::Delete(vec!["k1".into()]), &partial),
        "tenant keys are not all read yet (3 of about 5): wait for the rest, or refresh"
    );
    assert_eq!(
        edit("k1", false).units(&partial),
        edit("k1", false).units(&inventory()),
        "needs no other tenant key"
    );
    assert!(refusal(edit("r4", false), &partial).starts_with("tenant keys are not all read yet"));
    let without_members =
        partly_read(&Read { members: vec![false; 5], tenant_keys: None, ..everything_else });
    assert!(without_members.find_partially_read(&AccountPart::ALL).is_none());
    let pool = create_pool("silo", "k1");
    assert_eq!(pool.plans_with_unread_members(&without_members), ["silo".into()]);
    assert_eq!(
        refusal(pool, &without_members),
        "which API keys are in usage plan silo-plan is not known: not read yet; refresh"
    );
}

#[test]
fn a_change_of_listed_tenant_keys_has_the_steps_of_the_complete_account_or_is_refused() {
    let complete = inventory();
    let (mut possible, mut deleted) = (Vec::new(), BTreeSet::new());
    for listed in 0..=parts().tenant_keys.len() {
        let tenant_keys = parts().tenant_keys.into_iter().take(listed).collect();
        let on_demand = complete.clone().with_listed_tenant_keys(tenant_keys, Some(5));
        for change in changes() {
            let named = change.tenant_keys_to_read_again(&on_demand);
            if !named.is_empty() {
                assert!(change.units(&on_demand).is_err(), "{change:?} rests on an index");
            }
            let read = named.into_iter().map(|id| (id.clone(), complete.tenant_key(&id).cloned()));
            let read_again = on_demand.clone().with_tenant_keys_read_again(read.collect());
            let Ok(units) = change.units(&read_again) else { continue };
            assert_eq!(Ok(units), change.units(&complete), "{change:?}");
            assert_eq!(
                change.affected_tenants(&read_again),
                change.affected_tenants(&complete),
                "{change:?}"
            );
            possible.push(change.operation_name());
            if let Change::Delete(tenant_keys) = change {
                deleted.extend(tenant_keys);
            }
        }
    }
    assert_eq!(deleted, ["r1", "r2"].map(Into::into).into(), "references to a pool key");
    possible.sort_unstable();
    possible.dedup();
    assert!(["create", "edit", "set enabled"].iter().all(|name| possible.contains(name)), "{possible:?}");
    let ends = ["rotate", "drain", "dissolve pool", "consolidate", "retire", "delete plan"];
    assert!(ends.iter().all(|name| !possible.contains(name)), "{possible:?}");
}

#[test]
fn an_operation_needs_what_its_changes_need() {
    let partial = partly_read(&Read {
        tenant_keys: Some(vec![true, true, true, true, false]),
        api_keys: true,
        pools: None,
        members: vec![true; 5],
    });
    for change in changes() {
        let of_kind = change.kind().find_unread_part(&partial);
        // A change of a tenant key that was not read, or of a stage that no plan covers, differs from its kind.
        let is_special = ["edit", "set enabled", "deploy"].contains(&change.operation_name());
        assert!(is_special || change.find_unread_part(&partial) == of_kind, "{change:?}");
    }
}

#[test]
fn no_change_rests_on_a_remembered_account() {
    let at = Timestamp::from_second(1_764_424_980).expect("a time");
    let remembered = inventory().into_remembered(at);
    for change in changes() {
        let refusal = change.units(&remembered).expect_err("refused").to_string();
        assert!(
            refusal.contains("what was remembered at 29 Nov 2025 14:03 UTC: wait"),
            "{change:?}: {refusal}"
        );
    }
}

#[test]
fn the_model_of_a_plan_is_unknown_until_pools_are_read() {
    let read =
        Read { tenant_keys: None, api_keys: true, pools: Some(vec![true, false]), members: vec![true; 5] };
    let partial = partly_read(&read);
    let (sharded, siloed) = (Known::Value(crate::Model::Sharded), Known::Value(crate::Model::Siloed));
    assert_eq!(
        ["free", "silo", "idle"].map(|plan| partial.model(&plan.into()).reason().is_some()),
        [false, true, true]
    );
    assert_eq!((partial.model(&"free".into()), inventory().model(&"silo".into())), (sharded, siloed));
}
