//! The summary of every kind of finding.

use super::pool_items::pool_item;
use super::*;
use crate::{Period, Throttle};

type Case = (FindingKind, fn(&mut Account), &'static str);

fn drain_first_key(account: &mut Account) {
    account.pool().keys[0].state = PoolKeyState::Draining;
}

fn add_successor(account: &mut Account) {
    account.keys()[2].tags.insert(tag::REPLACES.to_owned(), "p1".to_owned());
}

pub(super) fn remove_tenant_key(account: &mut Account) {
    account.parts.tenant_keys.retain(|tenant_key| tenant_key.id.as_str() != "r1");
    account.pool().keys[0].tenants = 0.into();
}

fn remove_api_key(account: &mut Account, id: &str) {
    account.keys().retain(|key| key.id.as_str() != id);
}

pub(super) fn attach_key(account: &mut Account, plan: &str, key: &str) {
    account.attach(plan, key);
}

pub(super) fn push_api_key(account: &mut Account, tags: &[(&str, &str)]) {
    account.keys().push(api_key("x", tags));
}

fn crowd_first_key(account: &mut Account) {
    account.parts.tenant_keys.extend((3..=6).map(|n| tenant_key(&format!("r{n}"), "free", Some("p1"))));
    account.pool().keys[0].tenants = 5.into();
}

const KEY_CASES: &[Case] = &[
    (
        FindingKind::ValueDiffers,
        |account| {
            account.observed.values.insert("p1".into(), Secret::new("other"));
        },
        "tenant key r1 \"web\" of acme stores a value that differs from that of API key p1",
    ),
    (
        FindingKind::NameDiffers,
        |account| account.keys()[0].name = "mobile".to_owned(),
        "tenant key k1 \"web\" of acme is named \"mobile\" in API Gateway",
    ),
    (
        FindingKind::EnabledDiffers,
        |account| account.keys()[0].enabled = false,
        "tenant key k1 \"web\" of acme is enabled in the Keys table but disabled in API Gateway",
    ),
    (
        FindingKind::EnabledDiffers,
        |account| account.parts.tenant_keys[0].enabled = false.into(),
        "tenant key k1 \"web\" of acme is disabled in the Keys table but enabled in API Gateway",
    ),
    (
        FindingKind::KeyOutsidePlan,
        |account| account.empty_plans(),
        "tenant key k1 \"web\" of acme is not in silo-plan",
    ),
    (FindingKind::InterruptedMove, in_progress::move_away, in_progress::MOVED_AWAY),
    (
        FindingKind::TenantKeyWithoutApiKey,
        |account| remove_api_key(account, "k1"),
        "tenant key k1 \"web\" of acme has no API key in API Gateway",
    ),
    (
        FindingKind::SupersededKey,
        |account| {
            push_api_key(account, &[(tag::OWNER, "acme")]);
            account.keys()[0].tags.insert(tag::REPLACES.to_owned(), "x".to_owned());
            account.keys()[0].tags.insert(tag::OWNER.to_owned(), "acme".to_owned());
        },
        "API key x \"name of x\" still works although API key k1 replaced it",
    ),
    (
        FindingKind::InterruptedCreate,
        |account| push_api_key(account, &[(tag::REQUEST, "r"), (tag::OWNER, "acme")]),
        "API key x \"name of x\" was created for acme, but no tenant key refers to it",
    ),
    (
        FindingKind::InterruptedCreate,
        |account| push_api_key(account, &[(tag::REQUEST, "r")]),
        "API key x \"name of x\" was created, but no tenant key refers to it",
    ),
    (
        FindingKind::SupersededKey,
        |account| push_api_key(account, &[(tag::RETIRES_AT, NOON)]),
        "API key x \"name of x\" still works although its grace period is over",
    ),
    (
        FindingKind::SupersededKey,
        |account| push_api_key(account, &[(tag::RETIRES_AT, "soon")]),
        "API key x \"name of x\" has an invalid retirement time, \"soon\"",
    ),
    (
        FindingKind::InterruptedDelete,
        |account| push_api_key(account, &[(tag::DELETING, NOON)]),
        "API key x \"name of x\" was being deleted but still exists",
    ),
    (
        FindingKind::InterruptedDelete,
        |account| {
            account.keys()[0].enabled = false;
            account.keys()[0].tags.insert(tag::DELETING.to_owned(), NOON.to_owned());
        },
        "tenant key k1 \"web\" of acme was being deleted but still exists",
    ),
    (
        FindingKind::OrphanKey,
        |account| {
            push_api_key(account, &[]);
            attach_key(account, "silo", "x");
        },
        "API key x \"name of x\" is in silo-plan and has no tenant key",
    ),
    (
        FindingKind::OrphanKey,
        |account| {
            account.keys().push(ApiKey { enabled: false, ..api_key("x", &[]) });
            attach_key(account, "silo", "x");
        },
        "API key x \"name of x\" is in silo-plan, is disabled and has no tenant key",
    ),
    (
        FindingKind::TwoPlans,
        |account| attach_key(account, "free", "k1"),
        "API key k1 is in silo-plan and free-plan, which cover the same stage api:prod",
    ),
];

const POOL_CASES: &[Case] = &[
    (
        FindingKind::CounterMissing,
        |account| {
            account.observed.keys_without_counter.insert("p1".into());
        },
        "pool key p1 has no counter; 1 tenant key refers to it",
    ),
    (
        FindingKind::CounterDiffers,
        |account| account.pool().keys[0].tenants = 3.into(),
        "the counter of pool key p1 says 3; 1 tenant key refers to it",
    ),
    (
        FindingKind::CounterWithoutPool,
        |account| account.observed.counters_without_pool.push(pool_key("gone", 3, PoolKeyState::Active)),
        "the Pools table counts 3 tenant keys for API key gone, which is in no pool",
    ),
    (
        FindingKind::PoolItemMissing,
        |account| account.parts.tenant_keys[0].revision = None,
        "pool key p1 of free-plan is not in the Keys table",
    ),
    (
        FindingKind::PoolItemDiffers,
        |account| {
            account.parts.tenant_keys[0].revision = None;
            account.parts.tenant_keys.extend(["p1", "p2"].map(pool_item));
            account.observed.values.insert("p1".into(), Secret::new("w"));
        },
        "the item of pool key p1 in the Keys table stores a wrong value",
    ),
    (
        FindingKind::StalePoolItem,
        |account| account.parts.tenant_keys.push(pool_item("k9")),
        "the Keys table has an item for pool key k9, which is in no pool",
    ),
    (
        FindingKind::InterruptedRotation,
        |account| {
            drain_first_key(account);
            add_successor(account);
        },
        "pool key p1 of free-plan was being replaced; 1 tenant key still refers to it",
    ),
    (
        FindingKind::InterruptedDrain,
        drain_first_key,
        "pool key p1 of free-plan was being drained; 1 tenant key still refers to it",
    ),
    (
        FindingKind::SupersededKey,
        |account| {
            drain_first_key(account);
            remove_tenant_key(account);
        },
        "pool key p1 of free-plan was replaced and its grace period is over",
    ),
    (
        FindingKind::PoolKeyMissing,
        |account| remove_api_key(account, "p1"),
        "pool key p1 of free-plan is not in API Gateway; 1 tenant key refers to it",
    ),
    (
        FindingKind::PoolKeyDisabled,
        |account| account.keys()[1].enabled = false,
        "pool key p1 of free-plan is disabled; 1 tenant key refers to it",
    ),
    (
        FindingKind::PoolKeyOutsidePlan,
        |account| account.empty_plans(),
        "pool key p1 is not in free-plan; 1 tenant key refers to it",
    ),
    (
        FindingKind::LostReference,
        |account| account.parts.tenant_keys.push(tenant_key("r3", "free", Some("gone"))),
        "tenant key r3 \"web\" of acme refers to API key gone, which is in no pool",
    ),
    (
        FindingKind::LostReference,
        |account| account.parts.tenant_keys[1].plan = "silo".into(),
        "tenant key r1 \"web\" of acme refers to API key p1, which is in the pool of free-plan",
    ),
    (
        FindingKind::OverCapacity,
        |account| {
            crowd_first_key(account);
            account.pool().keys[0].capacity = 4.into();
        },
        "pool key p1 takes up to 4 tenant keys, but 5 tenant keys refer to it",
    ),
    (
        FindingKind::Skewed,
        crowd_first_key,
        "the pool keys of free-plan have between 1 and 5 tenant keys each",
    ),
    (
        FindingKind::CounterUnreadable,
        |account| account.pool().keys[0].tenants = unreadable_number("tenants"),
        "the counter of pool key p1 is unknown: `tenants` is missing in item key#p1 of the Pools table; fix it \
         there; 1 tenant key refers to it",
    ),
    (
        FindingKind::CapacityUnreadable,
        |account| account.pool().keys[0].capacity = unreadable_number("capacity"),
        "the capacity of pool key p1 is unknown: `capacity` is missing in item key#p1 of the Pools table; fix \
         it there",
    ),
];

fn unreadable_number(attribute: &str) -> Known<u32> {
    Known::unreadable(format!("`{attribute}` is missing"), "item key#p1 of the Pools table")
}

const PLAN_CASES: &[Case] = &[
    (
        FindingKind::PriceListDiffers,
        |account| account.parts.plans[0].quota = Some(Quota { limit: 9, period: Period::Week, offset: 0 }),
        "silo-plan: the price list says \"2000 per DAY\", API Gateway enforces 9 per WEEK",
    ),
    (
        FindingKind::PriceListDiffers,
        |account| {
            account.parts.plans[0].quota = None;
            account.parts.plans[0].throttle = Some(Throttle { rate: 10.0, burst: 20 });
        },
        "silo-plan: the price list says \"2000 per DAY\", \"\", API Gateway enforces no limit, 10 TPS",
    ),
    (
        FindingKind::PriceListDiffers,
        |account| account.parts.plans[0].throttle = Some(Throttle { rate: 10.0, burst: 20 }),
        "silo-plan: the price list says \"\", API Gateway enforces 10 TPS",
    ),
    (
        FindingKind::PriceListDiffers,
        |account| account.parts.plans[0].quota = None,
        "silo-plan: the price list says \"2000 per DAY\", API Gateway enforces no limit",
    ),
    (
        FindingKind::PlanWithoutPrice,
        |account| account.parts.plans[1].price_list_entry = None,
        "free-plan has no price-list entry",
    ),
    (
        FindingKind::PriceWithoutPlan,
        |account| account.observed.price_list.push(("old".into(), entry("Old"))),
        "price-list entry \"Old\" (old) has no usage plan",
    ),
    (
        FindingKind::NoStage,
        |account| account.parts.plans[1].stages.clear(),
        "free-plan covers no stage; its 2 API keys work nowhere",
    ),
    (
        FindingKind::NoStage,
        |account| account.parts.plans[0].stages.clear(),
        "silo-plan covers no stage; its API key works nowhere",
    ),
    (
        FindingKind::NoStage,
        |account| {
            account.parts.plans.push(Plan { stages: Vec::new(), ..plan("empty") });
            account.parts.members.insert("empty".into(), Vec::new().into());
        },
        "empty-plan covers no stage and has no API keys",
    ),
    (
        FindingKind::ProtectsNothing,
        |account| {
            account
                .observed
                .stages
                .values_mut()
                .for_each(|stage| stage.deployed.values_mut().for_each(|on| *on = false));
        },
        "no method of stage api:prod requires an API key",
    ),
    (
        FindingKind::KeysFromAuthorizer,
        |account| account.observed.authorizer_key_apis.extend(["api".to_owned()]),
        "stage api:prod takes API keys from its authorizer (apiKeySource AUTHORIZER)",
    ),
    (
        FindingKind::NotDeployed,
        |account| {
            let stages = account.observed.stages.values_mut();
            stages.for_each(|stage| {
                stage.edited.extend([("POST /a".to_owned(), true), ("PUT /a".to_owned(), false)])
            });
        },
        "POST /a, PUT /a of stage api:prod were edited but not deployed",
    ),
    (
        FindingKind::NoLogRole,
        |account| account.observed.has_log_role = Some(false),
        "API Gateway has no role for writing logs to CloudWatch",
    ),
    (
        FindingKind::NearLimit,
        |account| fill_plans_up_to(account, 270),
        "the account has 270 of 300 usage plans",
    ),
    (
        FindingKind::NearLimit,
        |account| {
            fill_plans_up_to(account, 20);
            (0..9).for_each(|n| attach_key(account, &format!("more{n}"), "k1"));
        },
        "API key k1 is in 10 of 10 usage plans",
    ),
];

fn summaries(change: fn(&mut Account)) -> Vec<(FindingKind, String)> {
    let account = Account::consistent().with(change);
    let all = findings(&Inventory::new(account.parts), &account.observed);
    all.into_iter().map(|found| (found.kind, found.summary)).collect()
}

#[test]
fn every_kind_of_finding_has_its_summary() {
    let cases = || [KEY_CASES, POOL_CASES, PLAN_CASES].into_iter().flatten();
    for (kind, change, sentence) in cases() {
        let summaries = summaries(*change);
        assert!(summaries.contains(&(*kind, (*sentence).to_owned())), "{sentence}: {summaries:#?}");
    }
    // `in_progress`, `ends` and `ages` test these.
    let elsewhere = [FindingKind::InterruptedImport, FindingKind::ExpiredKey, FindingKind::RotationOverdue];
    let tested_here = FindingKind::ALL.iter().filter(|kind| !elsewhere.contains(kind));
    let missing = tested_here.into_iter().find(|kind| !cases().any(|(tested, ..)| tested == *kind));
    assert_eq!(missing, None, "a kind has no case here");
}

#[test]
fn findings_that_setup_fixes_have_no_fix_of_their_own() {
    let of_setup: Vec<_> =
        FindingKind::ALL.iter().filter(|kind| kind.is_fixed_by_setup()).map(|kind| kind.as_str()).collect();
    assert_eq!(of_setup, ["no-stage", "protects-nothing", "not-deployed", "no-log-role"]);
    for (_, change, sentence) in PLAN_CASES {
        let account = Account::consistent().with(*change);
        let found = findings(&Inventory::new(account.parts), &account.observed);
        let fixable = found.iter().find(|found| found.kind.is_fixed_by_setup() && found.fix.is_possible());
        assert_eq!(fixable, None, "{sentence}");
    }
}

#[test]
fn a_counter_written_during_the_read_is_not_a_finding() {
    let moving = |account: &mut Account| {
        account.pool().keys[0].tenants = 3.into();
        account.observed.recently_written_counters.insert("p1".into());
    };
    assert_eq!(summaries(moving), []);
}

#[test]
fn limits_are_near_from_ninety_percent() {
    assert_eq!(summaries(|account| fill_plans_up_to(account, 269)), []);
    let nine = |account: &mut Account| {
        fill_plans_up_to(account, 20);
        (0..8).for_each(|n| attach_key(account, &format!("more{n}"), "k1"));
    };
    assert!(!summaries(nine).iter().any(|(kind, _)| *kind == FindingKind::NearLimit));
}
