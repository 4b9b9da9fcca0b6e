//! Fixes: description, subject, step and changed tenant key of each.

use super::*;

struct Case {
    fix: Fix,
    line: &'static str,
    subject: &'static str,
    step: &'static str,
    tenant_key: Option<&'static str>,
}

fn cases() -> [Case; 12] {
    let case = |fix, line, subject, step, tenant_key| Case { fix, line, subject, step, tenant_key };
    let of_pool = |id: &str| (PlanId::from("shard"), ApiKeyId::from(id));
    let (plan, api_key) = of_pool("b1");
    let recount = Fix::Recount { plan, api_key };
    let (plan, api_key) = of_pool("b2");
    let remove_from_pool = Fix::RemoveFromPool { plan, api_key };
    [
        case(
            Fix::ApplyEnabled("off".into()),
            "copy the enabled state of tenant key off to its API key",
            "acme · off-name",
            "API key off: enable",
            Some("off"),
        ),
        case(
            Fix::CorrectValue("s1".into()),
            "correct the value of tenant key s1",
            "acme · s1-name",
            "copy the value of API key b1 to tenant key s1",
            Some("s1"),
        ),
        case(
            Fix::ReassignPoolKey("s2".into()),
            "assign tenant key s2 a key of its plan's pool",
            "globex · s2-name",
            "point tenant key s2 at a pool key of shard-plan; pool key b1: −1 tenant",
            Some("s2"),
        ),
        case(
            Fix::Attach { api_key: "spare".into(), plan: "other".into() },
            "attach API key spare to other-plan",
            "API key spare",
            "attach API key spare to usage plan other-plan",
            None,
        ),
        case(
            Fix::FinishMove { tenant_key: "k1".into(), plan: "other".into() },
            "finish the move of tenant key k1 to other-plan",
            "acme · k1-name",
            "set the plan of tenant key k1 to other-plan",
            Some("k1"),
        ),
        case(
            recount,
            "recount the tenants of pool key b1",
            "pool key b1 of shard-plan",
            "set the counter of pool key b1 to its number of tenant keys (4 when read)",
            None,
        ),
        case(
            Fix::DeleteCounter(pool_key("spare", 2, 5)),
            "delete the counter of API key spare",
            "counter of API key spare",
            "delete the counter of API key spare, which is in no pool",
            None,
        ),
        case(
            Fix::WritePoolItem { plan: "shard".into(), api_key: "b1".into() },
            "write pool key b1 to the Keys table",
            "pool key b1 of shard-plan",
            "write API key b1 as a pool key to the Keys table",
            None,
        ),
        case(
            Fix::DeletePoolItem("k9".into()),
            "delete the item of API key k9 from the Keys table",
            "item of API key k9",
            "delete the item of pool key k9 from the Keys table",
            None,
        ),
        case(
            remove_from_pool,
            "remove b2 from its pool",
            "pool key b2 of shard-plan",
            "remove API key b2 from the pool of shard-plan, once it has no tenants",
            None,
        ),
        case(
            Fix::WritePriceListEntry("silo".into()),
            "write the limits of silo-plan to the Plans table",
            "silo-plan",
            "write the limits of silo-plan to the Plans table",
            None,
        ),
        case(
            Fix::DeletePriceListEntry {
                plan: "old".into(),
                before: Box::new(crate::price_list::accurate_price_list_entry(&Plan::new("old", "Old"))),
            },
            "delete old from the Plans table",
            "old",
            "delete old from the Plans table",
            None,
        ),
    ]
}

#[test]
fn each_fix_has_one_step_and_a_description() {
    let inventory = inventory();
    for Case { fix, line, subject, step, tenant_key } in cases() {
        let change = Change::Fix(fix);
        assert_eq!((change.describe(&inventory).as_str(), change.verb()), (line, "Fix"));
        assert!(!change.needs_confirmation(&inventory) && change.cautions(&inventory).is_empty(), "{line}");
        assert_eq!(described_steps(&change), [step]);
        assert_eq!(change.units(&inventory).expect("a unit")[0].subject, subject);
        let changed: Vec<_> = change
            .tenant_keys(&inventory)
            .iter()
            .map(|tenant_key| tenant_key.id.as_str().to_owned())
            .collect();
        assert_eq!(changed, tenant_key.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn recount_sets_the_counter_to_the_number_of_referring_tenant_keys() {
    let with_own_tenant_key = inventory_with(|parts| {
        parts.tenant_keys.push(tenant_key("b1", "shard", "acme", None));
        parts.pools[1].keys[0].tenants = 9.into();
    });
    let recount = |api_key: &str| {
        let recount = Fix::Recount { plan: "shard".into(), api_key: api_key.into() };
        steps_in(&with_own_tenant_key, &Change::Fix(recount)).concat()
    };
    let set = |api_key: &str, tenants| {
        [Step::SetCounter { plan: "shard".into(), api_key: api_key.into(), tenants }]
    };
    assert_eq!(recount("b1"), set("b1", 4), "the key's own tenant key is not counted");
    assert_eq!(recount("k1"), set("k1", 0));
}

#[test]
fn fixing_a_missing_key_or_plan_is_refused() {
    let refused = |fix| refusal(&Change::Fix(fix));
    let no_tenant_key = "tenant key x does not exist";
    for fix in
        [Fix::ApplyEnabled("x".into()), Fix::CorrectValue("x".into()), Fix::ReassignPoolKey("x".into())]
    {
        assert_eq!(refused(fix), no_tenant_key);
    }
    assert!(refused(Fix::ReassignPoolKey("k1".into())).starts_with("silo-plan has no pool"));
    assert!(refused(Fix::WritePriceListEntry("x".into())).starts_with("usage plan x does not exist"));
}
