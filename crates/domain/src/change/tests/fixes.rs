//! What mends a finding: each with its line, its subject, its step in words, and the row that it changes.

use super::*;

struct Case {
    fix: Fix,
    line: &'static str,
    subject: &'static str,
    step: &'static str,
    tenant_key: Option<&'static str>,
}

fn cases() -> [Case; 12] {
    let case = |mend, line, subject, step, row| Case { fix: mend, line, subject, step, tenant_key: row };
    let of_pool = |id: &str| (PlanId::from("shard"), ApiKeyId::from(id));
    let (plan, api_key) = of_pool("b1");
    let recount = Fix::Recount { plan, api_key };
    let (plan, api_key) = of_pool("b2");
    let take_out = Fix::RemoveFromPool { plan, api_key };
    [
        case(
            Fix::ApplyEnabled("off".into()),
            "let API Gateway follow row off",
            "acme · off-name",
            "on API key off enable",
            Some("off"),
        ),
        case(
            Fix::CorrectValue("s1".into()),
            "correct the value of row s1",
            "acme · s1-name",
            "write the value of API key b1 into row s1",
            Some("s1"),
        ),
        case(
            Fix::ReassignPoolKey("s2".into()),
            "give row s2 a key of its plan's pool",
            "globex · s2-name",
            "let row s2 refer to a pool key of shard-plan, one tenant less on b1",
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
            "finish the move of row k1 to other-plan",
            "acme · k1-name",
            "set the plan of row k1 to other-plan",
            Some("k1"),
        ),
        case(
            recount,
            "recount the tenants of pool key b1",
            "pool key b1 of shard-plan",
            "set the counter of pool key b1 to what refers to it (4 tenant keys as read)",
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
            "write pool key b1 into the Keys table",
            "pool key b1 of shard-plan",
            "write API key b1 as a pool key into the Keys table",
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
            take_out,
            "take b2 out of its pool",
            "pool key b2 of shard-plan",
            "take API key b2, once nobody is behind it, out of the pool of shard-plan",
            None,
        ),
        case(
            Fix::WritePriceListEntry("silo".into()),
            "write what silo-plan enforces into the Plans table",
            "silo-plan",
            "write what silo-plan enforces into the Plans table",
            None,
        ),
        case(
            Fix::DeletePriceListEntry {
                plan: "old".into(),
                before: Box::new(crate::drift::plans::accurate_price_list_entry(&Plan::new("old", "Old"))),
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
    let seen = inventory();
    for Case { fix: mend, line, subject, step, tenant_key: row } in cases() {
        let change = Change::Fix(mend);
        assert_eq!((change.describe(&seen).as_str(), change.verb()), (line, "Mend"));
        assert!(!change.needs_confirmation(&seen) && change.cautions(&seen).is_empty(), "{line}");
        assert_eq!(described_steps(&change), [step]);
        assert_eq!(change.units(&seen).expect("a unit")[0].subject, subject);
        let rows: Vec<_> = change.tenant_keys(&seen).iter().map(|row| row.id.as_str().to_owned()).collect();
        assert_eq!(rows, row.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn recount_sets_the_counter_to_the_number_of_referring_tenant_keys() {
    let own_row = inventory_with(|parts| {
        parts.tenant_keys.push(tenant_key("b1", "shard", "acme", None));
        parts.pools[1].keys[0].tenants = 9.into();
    });
    let recount = |api_key: &str| {
        let recount = Fix::Recount { plan: "shard".into(), api_key: api_key.into() };
        steps_in(&own_row, &Change::Fix(recount)).concat()
    };
    let set = |api_key: &str, tenants| {
        [Step::SetCounter { plan: "shard".into(), api_key: api_key.into(), tenants }]
    };
    assert_eq!(recount("b1"), set("b1", 4), "the key's own row is no tenant of it");
    assert_eq!(recount("k1"), set("k1", 0));
}

#[test]
fn fixing_a_missing_key_or_plan_is_refused() {
    let refused = |mend| refusal(&Change::Fix(mend));
    let no_row = "there is no key x, or not any more";
    for mend in
        [Fix::ApplyEnabled("x".into()), Fix::CorrectValue("x".into()), Fix::ReassignPoolKey("x".into())]
    {
        assert_eq!(refused(mend), no_row);
    }
    assert!(refused(Fix::ReassignPoolKey("k1".into())).starts_with("silo-plan has no pool"));
    assert!(refused(Fix::WritePriceListEntry("x".into())).starts_with("usage plan x is not there any more"));
}
