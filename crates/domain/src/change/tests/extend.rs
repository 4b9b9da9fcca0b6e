//! Changing the remaining quota: steps, descriptions, refusals and reversal.

use super::*;
use crate::{Period, Quota};

fn inventory_with_quotas() -> Inventory {
    inventory_with(|parts| {
        for plan in &mut parts.plans {
            plan.quota = Some(Quota { limit: 100, period: Period::Day, offset: 0 });
        }
    })
}

fn extend(plan: &str, keys: &[(&str, BalanceChange)], reason: &str) -> Change {
    let keys = keys.iter().map(|(key, balance)| ((*key).into(), *balance)).collect();
    Change::Extend(Extension { plan: plan.into(), keys, reason: reason.to_owned() })
}

#[test]
fn each_key_is_one_unit_and_affects_every_tenant_sharing_it() {
    let change =
        extend("shard", &[("b1", BalanceChange::Add(500)), ("b2", BalanceChange::Set(40))], "launch");
    let inventory = inventory_with_quotas();
    let units = change.units(&inventory).expect("units");
    let steps: Vec<_> =
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(&inventory)).collect();
    assert_eq!(
        steps,
        [
            "add 500 calls to the remaining quota of API key b1 in shard-plan",
            "set the remaining quota of API key b2 to 40 calls in shard-plan"
        ]
    );
    let tenants: Vec<_> = change.affected_tenants(&inventory).iter().map(ToString::to_string).collect();
    assert_eq!(tenants, ["acme", "globex", "initech"]);
    assert_eq!(change.describe(&inventory), "change the remaining quota of 2 API keys in shard-plan");
    let cautions = change.cautions(&inventory);
    assert_eq!(cautions[0], "API key b1 is shared by 3 tenants: acme, globex, initech");
    assert_eq!((cautions.len(), change.reason(), change.verb()), (2, Some("launch"), "Extend"));
}

#[test]
fn only_reducing_the_balance_needs_confirmation() {
    let needs_confirmation =
        |balance| extend("silo", &[("k1", balance)], "why").needs_confirmation(&inventory_with_quotas());
    assert!(needs_confirmation(BalanceChange::Subtract(1)) && needs_confirmation(BalanceChange::Set(0)));
    assert!(
        !needs_confirmation(BalanceChange::Add(1))
            && needs_confirmation(BalanceChange::Set(99))
            && !needs_confirmation(BalanceChange::Set(100))
    );
    assert_eq!(
        extend("silo", &[("k1", BalanceChange::Set(1))], "why").cautions(&inventory_with_quotas()),
        [""; 0]
    );
}

#[test]
fn invalid_extensions_are_refused() {
    let inventory = inventory_with_quotas();
    let refused = |change: &Change, inventory: &Inventory| change.units(inventory).expect_err("refused");
    let add_one = |plan, key| extend(plan, &[(key, BalanceChange::Add(1))], "why");
    assert_eq!(refused(&add_one("gone", "k1"), &inventory), Refusal::NoPlan("gone".into()));
    assert_eq!(refused(&add_one("silo", "k1"), &self::inventory()), Refusal::NoQuota("silo-plan".into()));
    let outside = Refusal::NotInPlan { api_key: "b1".into(), plan: "silo-plan".into() };
    assert_eq!(refused(&add_one("silo", "b1"), &inventory), outside);
    assert_eq!(
        refused(&extend("silo", &[("k1", BalanceChange::Add(1))], " "), &inventory),
        Refusal::EmptyField("reason")
    );
    assert_eq!(refused(&extend("silo", &[], "why"), &inventory), Refusal::EmptyField("at least one API key"));
    assert_eq!(
        refused(&extend("silo", &[("k1", BalanceChange::Subtract(0))], "why"), &inventory),
        Refusal::NoDifference
    );
}

#[test]
fn reversal_is_the_difference_and_never_goes_below_zero() {
    let extended = |before, after| ExtensionResult { plan: "p".into(), api_key: "k".into(), before, after };
    assert_eq!(extended(20, 520).reversal(), BalanceChange::Subtract(500));
    assert_eq!(extended(900, 40).reversal(), BalanceChange::Add(860));
    // 30 of the 520 calls were made in between.
    assert_eq!(BalanceChange::Subtract(500).after(490), 0);
    assert_eq!((BalanceChange::Add(u64::MAX).after(1), BalanceChange::Set(7).after(3)), (u64::MAX, 7));
}

#[test]
fn a_balance_above_the_api_gateway_limit_is_refused() {
    let inventory = inventory_with_quotas();
    let change = |balance| extend("silo", &[("k1", balance)], "why");
    for balance in
        [BalanceChange::Add(1 << 31), BalanceChange::Subtract(1 << 31), BalanceChange::Set(1 << 31)]
    {
        let refused = change(balance).units(&inventory).expect_err("too much").to_string();
        assert_eq!(refused, "2147483648 is too large: API Gateway's maximum is 2147483647");
    }
    assert!(change(BalanceChange::Set((1 << 31) - 1)).units(&inventory).is_ok());
}

#[test]
fn the_button_says_extend_set_or_take_away() {
    let verb = |balance| extend("silo", &[("k1", balance)], "why").verb();
    assert_eq!(
        (
            verb(BalanceChange::Add(1)),
            verb(BalanceChange::Set(7)),
            verb(BalanceChange::Subtract(1)),
            verb(BalanceChange::Set(0))
        ),
        ("Extend", "Set", "Take away", "Take away")
    );
}
