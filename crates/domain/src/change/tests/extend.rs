//! More calls in this period: steps, words, refusals, and what sets it back.

use super::*;
use crate::{Period, Quota};

fn with_quotas() -> Inventory {
    with(|parts| {
        for plan in &mut parts.plans {
            plan.quota = Some(Quota { limit: 100, period: Period::Day, offset: 0 });
        }
    })
}

fn extend(plan: &str, keys: &[(&str, Balance)], reason: &str) -> Change {
    let keys = keys.iter().map(|(key, balance)| ((*key).into(), *balance)).collect();
    Change::Extend(Extension { plan: plan.into(), keys, reason: reason.to_owned() })
}

#[test]
fn each_key_is_a_unit_of_its_own_and_touches_everybody_behind_it() {
    let change = extend("shard", &[("b1", Balance::Add(500)), ("b2", Balance::Set(40))], "launch");
    let inventory = with_quotas();
    let units = change.units(&inventory).expect("units");
    let said: Vec<_> =
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.sentence(&inventory)).collect();
    assert_eq!(
        said,
        ["give API key b1 500 calls more in shard-plan", "leave API key b2 40 calls in shard-plan"]
    );
    let tenants: Vec<_> = change.blast_radius(&inventory).iter().map(ToString::to_string).collect();
    assert_eq!(tenants, ["acme", "globex", "initech"]);
    assert_eq!(change.describe(&inventory), "change what is left of 2 API keys in shard-plan");
    let cautions = change.cautions(&inventory);
    assert_eq!(cautions[0], "API key b1 is shared by 3: it is for acme, globex, initech together");
    assert_eq!((cautions.len(), change.reason(), change.verb()), (2, Some("launch"), "Extend"));
}

#[test]
fn only_what_leaves_fewer_calls_is_asked_about() {
    let takes_away = |balance| extend("silo", &[("k1", balance)], "why").asks_first(&with_quotas());
    assert!(takes_away(Balance::Take(1)) && takes_away(Balance::Set(0)));
    assert!(!takes_away(Balance::Add(1)) && takes_away(Balance::Set(99)) && !takes_away(Balance::Set(100)));
    assert_eq!(extend("silo", &[("k1", Balance::Set(1))], "why").cautions(&with_quotas()), [""; 0]);
}

#[test]
fn what_cannot_be_extended_is_refused() {
    let inventory = with_quotas();
    let refused = |change: &Change, inventory: &Inventory| change.units(inventory).expect_err("refused");
    let more = |plan, key| extend(plan, &[(key, Balance::Add(1))], "why");
    assert_eq!(refused(&more("gone", "k1"), &inventory), Refusal::NoPlan("gone".into()));
    assert_eq!(refused(&more("silo", "k1"), &self::inventory()), Refusal::NoQuota("silo-plan".into()));
    let outside = Refusal::NotInPlan { api_key: "b1".into(), plan: "silo-plan".into() };
    assert_eq!(refused(&more("silo", "b1"), &inventory), outside);
    assert_eq!(
        refused(&extend("silo", &[("k1", Balance::Add(1))], " "), &inventory),
        Refusal::Empty("reason")
    );
    assert_eq!(refused(&extend("silo", &[], "why"), &inventory), Refusal::Empty("list of API keys"));
    assert_eq!(
        refused(&extend("silo", &[("k1", Balance::Take(0))], "why"), &inventory),
        Refusal::NoDifference
    );
}

#[test]
fn what_sets_it_back_is_the_difference_and_never_less_than_none() {
    let extended = |before, after| Extended { plan: "p".into(), api_key: "k".into(), before, after };
    assert_eq!(extended(20, 520).reversal(), Balance::Take(500));
    assert_eq!(extended(900, 40).reversal(), Balance::Add(860));
    // 30 of the 520 were used meanwhile.
    assert_eq!(Balance::Take(500).after(490), 0);
    assert_eq!((Balance::Add(u64::MAX).after(1), Balance::Set(7).after(3)), (u64::MAX, 7));
}

#[test]
fn no_balance_is_more_than_api_gateway_counts() {
    let inventory = with_quotas();
    let change = |balance| extend("silo", &[("k1", balance)], "why");
    for balance in [Balance::Add(1 << 31), Balance::Take(1 << 31), Balance::Set(1 << 31)] {
        let refused = change(balance).units(&inventory).expect_err("too much").to_string();
        assert_eq!(refused, "2147483648 is more than API Gateway counts: 2147483647 is the most");
    }
    assert!(change(Balance::Set((1 << 31) - 1)).units(&inventory).is_ok());
}

#[test]
fn the_button_says_whether_calls_are_given_set_or_taken() {
    let verb = |balance| extend("silo", &[("k1", balance)], "why").verb();
    assert_eq!(
        (verb(Balance::Add(1)), verb(Balance::Set(7)), verb(Balance::Take(1)), verb(Balance::Set(0))),
        ("Extend", "Set", "Take away", "Take away")
    );
}
