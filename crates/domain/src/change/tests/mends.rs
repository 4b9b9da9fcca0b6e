//! What mends a finding: each with its line, its subject, its step in words, and the row that it changes.

use super::*;

struct Case {
    mend: Mend,
    line: &'static str,
    subject: &'static str,
    step: &'static str,
    row: Option<&'static str>,
}

fn cases() -> [Case; 12] {
    let case = |mend, line, subject, step, row| Case { mend, line, subject, step, row };
    let of_pool = |id: &str| (PlanId::from("shard"), ApiKeyId::from(id));
    let (plan, api_key) = of_pool("b1");
    let recount = Mend::Recount { plan, api_key };
    let (plan, api_key) = of_pool("b2");
    let take_out = Mend::TakeOutOfPool { plan, api_key };
    [
        case(
            Mend::FollowRow("off".into()),
            "let API Gateway follow row off",
            "acme · off-name",
            "on API key off enable",
            Some("off"),
        ),
        case(
            Mend::CorrectValue("s1".into()),
            "correct the value of row s1",
            "acme · s1-name",
            "write the value of API key b1 into row s1",
            Some("s1"),
        ),
        case(
            Mend::Rehome("s2".into()),
            "give row s2 a key of its plan's pool",
            "globex · s2-name",
            "let row s2 refer to a pool key of shard-plan, one tenant less on b1",
            Some("s2"),
        ),
        case(
            Mend::Attach { api_key: "spare".into(), plan: "other".into() },
            "attach API key spare to other-plan",
            "API key spare",
            "attach API key spare to usage plan other-plan",
            None,
        ),
        case(
            Mend::FinishMove { row: "k1".into(), plan: "other".into() },
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
            Mend::DeleteCounter(pool_key("spare", 2, 5)),
            "delete the counter of API key spare",
            "counter of API key spare",
            "delete the counter of API key spare, which is in no pool",
            None,
        ),
        case(
            Mend::WritePoolItem { plan: "shard".into(), api_key: "b1".into() },
            "write pool key b1 into the Keys table",
            "pool key b1 of shard-plan",
            "write API key b1 as a pool key into the Keys table",
            None,
        ),
        case(
            Mend::DeletePoolItem("k9".into()),
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
            Mend::WriteWindow("silo".into()),
            "write what silo-plan enforces into the Plans table",
            "silo-plan",
            "write what silo-plan enforces into the Plans table",
            None,
        ),
        case(
            Mend::DeleteWindow {
                plan: "old".into(),
                before: Box::new(crate::drift::plans::window(&Plan::new("old", "Old"))),
            },
            "delete old from the Plans table",
            "old",
            "delete old from the Plans table",
            None,
        ),
    ]
}

#[test]
fn each_mend_is_one_step_that_is_named() {
    let seen = inventory();
    for Case { mend, line, subject, step, row } in cases() {
        let change = Change::Mend(mend);
        assert_eq!((change.describe(&seen).as_str(), change.verb()), (line, "Mend"));
        assert!(!change.asks_first(&seen) && change.cautions(&seen).is_empty(), "{line}");
        assert_eq!(said(&change), [step]);
        assert_eq!(change.units(&seen).expect("a unit")[0].subject, subject);
        let rows: Vec<_> = change.rows(&seen).iter().map(|row| row.id.as_str().to_owned()).collect();
        assert_eq!(rows, row.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn a_counter_is_set_to_the_tenant_keys_that_refer_to_its_key() {
    let own_row = with(|parts| {
        parts.rows.push(row("b1", "shard", "acme", None));
        parts.pools[1].keys[0].tenants = 9.into();
    });
    let recount = |api_key: &str| {
        let recount = Mend::Recount { plan: "shard".into(), api_key: api_key.into() };
        steps_in(&own_row, &Change::Mend(recount)).concat()
    };
    let set = |api_key: &str, tenants| {
        [Step::SetCounter { plan: "shard".into(), api_key: api_key.into(), tenants }]
    };
    assert_eq!(recount("b1"), set("b1", 4), "the key's own row is no tenant of it");
    assert_eq!(recount("k1"), set("k1", 0));
}

#[test]
fn what_is_not_there_cannot_be_mended() {
    let refused = |mend| refused(&Change::Mend(mend));
    let no_row = "there is no key x, or not any more";
    for mend in [Mend::FollowRow("x".into()), Mend::CorrectValue("x".into()), Mend::Rehome("x".into())] {
        assert_eq!(refused(mend), no_row);
    }
    assert!(refused(Mend::Rehome("k1".into())).starts_with("silo-plan has no pool"));
    assert!(refused(Mend::WriteWindow("x".into())).starts_with("usage plan x is not there any more"));
}
