//! One small account for each kind of finding, and a consistent account without findings.

mod access;
mod account;
mod ages;
mod balance;
mod choices;
mod consent;
mod deletions;
mod ends;
mod fixes;
mod foreign;
mod in_progress;
mod old_keys;
mod outside_plan;
mod pool_items;
mod sentences;
mod unknown;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::change::Fix;
use crate::key::tag;
use crate::{
    ApiKey, Change, InventoryParts, Known, Plan, Pool, PoolKey, PoolKeyState, Quota, TenantKey, TenantKeyId,
    testing,
};

use super::*;

const NOON: &str = "2026-03-10T12:00:00Z";

fn plan(id: &str) -> Plan {
    let plan = Plan {
        quota: Some(Quota { limit: 2_000, period: crate::Period::Day, offset: 0 }),
        stages: vec![testing::stage("prod")],
        ..Plan::new(id, format!("{id}-plan"))
    };
    plan.with_price_list_entry(None, None)
}

fn entry(name: &str) -> PriceListEntry {
    crate::price_list::accurate_price_list_entry(&Plan::new("", name))
}

fn api_key(id: &str, tags: &[(&str, &str)]) -> ApiKey {
    ApiKey { tags: testing::tags(tags), ..ApiKey::new(id, format!("name of {id}")) }
}

fn tenant_key(id: &str, plan: &str, pool_key: Option<&str>) -> TenantKey {
    TenantKey {
        name: "web".into(),
        value: Some(Secret::new("v")).into(),
        ..testing::tenant_key(id, plan, "acme", pool_key).with_attributes(|its| its.revision = Some(1))
    }
}

fn pool_key(id: &str, tenants: u32, state: PoolKeyState) -> PoolKey {
    PoolKey { state, ..testing::pool_key(id, tenants, 10) }
}

/// A siloed plan with one key, and a pool of two keys with one tenant each.
struct Account {
    parts: InventoryParts,
    observed: Observations,
}

impl Account {
    fn consistent() -> Self {
        let keys = vec![pool_key("p1", 1, PoolKeyState::Active), pool_key("p2", 1, PoolKeyState::Active)];
        let parts = InventoryParts {
            plans: vec![plan("silo"), plan("free")],
            api_keys: vec![
                ApiKey { name: "web".to_owned(), ..api_key("k1", &[]) },
                api_key("p1", &[]),
                api_key("p2", &[]),
            ]
            .into(),
            members: testing::members(&[("silo", &["k1"]), ("free", &["p1", "p2"])]),
            tenant_keys: vec![
                tenant_key("k1", "silo", None),
                tenant_key("r1", "free", Some("p1")),
                tenant_key("r2", "free", Some("p2")),
            ],
            pools: vec![testing::pool("free", 10, keys)],
            taken_at: testing::at(NOON),
            ..testing::parts()
        };
        let stage = StageMethods {
            deployed: BTreeMap::from([("GET /api".to_owned(), true)]),
            edited: BTreeMap::from([("GET /api".to_owned(), true)]),
            authorizations: BTreeMap::new(),
        };
        let observed = Observations {
            price_list: vec![("silo".into(), entry("silo-plan")), ("free".into(), entry("free-plan"))],
            values: HashMap::from(["k1", "p1", "p2"].map(|id| (id.into(), Secret::new("v")))),
            stages: BTreeMap::from([(testing::stage("prod"), stage)]),
            authorizer_key_apis: BTreeSet::new(),
            keys_without_counter: BTreeSet::new(),
            recently_written_counters: BTreeSet::new(),
            counters_without_pool: Vec::new(),
            stores_values: true,
            unread_api_keys: BTreeSet::new(),
            has_log_role: Some(true),
            max_key_age_days: None,
            now: NOON.parse().expect("a time"),
        };
        Self { parts, observed }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn keys(&mut self) -> &mut Vec<ApiKey> {
        self.parts.api_keys.value_mut().expect("listed")
    }

    fn attach(&mut self, plan: &str, api_key: &str) {
        let members = self.parts.members.entry(plan.into()).or_insert_with(|| Vec::new().into());
        members.value_mut().expect("listed").push(api_key.into());
    }

    fn empty_plans(&mut self) {
        self.parts.members.values_mut().filter_map(Known::value_mut).for_each(Vec::clear);
    }

    fn pool(&mut self) -> &mut Pool {
        &mut self.parts.pools[0]
    }

    fn findings_and_fixes(self) -> Vec<(FindingKind, String, Option<Change>)> {
        let all = findings(&Inventory::new(self.parts), &self.observed);
        all.into_iter().map(|found| (found.kind, found.subject, found.fix.only_change().cloned())).collect()
    }
}

fn fill_plans_up_to(account: &mut Account, count: usize) {
    let existing = account.parts.plans.len();
    account.parts.plans.extend((0..count - existing).map(|n| plan(&format!("more{n}"))));
}

fn retire(id: &str) -> Option<Change> {
    Some(Change::Retire(id.into()))
}

fn fix(fix: Fix) -> Option<Change> {
    Some(Change::Fix(fix))
}

#[test]
fn a_consistent_account_has_no_findings() {
    assert_eq!(Account::consistent().findings_and_fixes(), []);
}

#[test]
fn unreadable_lists_cause_no_findings() {
    let unreadable = Account::consistent().with(|account| {
        account.parts.api_keys = Known::not_allowed("apigateway:GET", "/apikeys");
        account.parts.members.clear();
        account.observed.values.clear();
        account.observed.stages.clear();
        account.observed.has_log_role = None;
    });
    assert_eq!(unreadable.findings_and_fixes(), []);
}

#[test]
fn a_replaced_key_is_found_once_its_grace_period_is_over() {
    let replaced = |tags: &[(&str, &str)]| {
        let old = api_key("old", tags);
        Account::consistent().with(|account| {
            account.keys()[0].tags.insert(tag::REPLACES.to_owned(), "old".to_owned());
            let name = account.keys()[0].name.clone();
            account.keys().push(ApiKey { name, ..old });
        })
    };
    let found = |tags| replaced(tags).findings_and_fixes();
    assert_eq!(found(&[(tag::RETIRES_AT, "2026-03-10T12:00:01Z")]), []);
    for due in [&[(tag::RETIRES_AT, NOON)][..], &[], &[(tag::RETIRES_AT, "soon")]] {
        assert_eq!(found(due), [(FindingKind::SupersededKey, "old".to_owned(), retire("old"))]);
    }
}

#[test]
fn unused_keys_are_classified_by_tags_and_plan() {
    let ours =
        Account::consistent().with(|account| account.keys().push(api_key("x", &[(tag::REQUEST, "r")])));
    assert_eq!(ours.findings_and_fixes(), [(FindingKind::InterruptedCreate, "x".to_owned(), retire("x"))]);
    let foreign = Account::consistent().with(|account| account.keys().push(api_key("x", &[])));
    assert_eq!(foreign.findings_and_fixes(), [], "other keys of the account are none of our business");
    let by_hand = |enabled| {
        Account::consistent().with(|account| {
            account.keys().push(ApiKey { enabled, ..api_key("x", &[]) });
            account.attach("silo", "x");
        })
    };
    assert_eq!(by_hand(true).findings_and_fixes(), [(FindingKind::OrphanKey, "x".to_owned(), retire("x"))]);
    assert_eq!(by_hand(false).findings_and_fixes(), [(FindingKind::OrphanKey, "x".to_owned(), retire("x"))]);
}

#[test]
fn the_former_key_of_a_tenant_key_that_joined_a_pool_is_unused() {
    let found = Account::consistent()
        .with(|account| {
            account.parts.tenant_keys[0] = tenant_key("k1", "free", Some("p1"));
            account.pool().keys[0].tenants = 2.into();
            account.keys()[0].tags.insert(tag::REQUEST.to_owned(), "r".to_owned());
        })
        .findings_and_fixes();
    assert_eq!(found, [(FindingKind::InterruptedCreate, "k1".to_owned(), retire("k1"))]);
}

#[test]
fn keys_outside_their_plan_are_attached() {
    let detached = Account::consistent().with(|account| account.empty_plans());
    let attach = |id: &str, plan: &str| fix(Fix::Attach { api_key: id.into(), plan: plan.into() });
    assert_eq!(
        detached.findings_and_fixes(),
        [
            (FindingKind::PoolKeyOutsidePlan, "p1".to_owned(), attach("p1", "free")),
            (FindingKind::PoolKeyOutsidePlan, "p2".to_owned(), attach("p2", "free")),
            (FindingKind::KeyOutsidePlan, "k1".to_owned(), attach("k1", "silo")),
        ]
    );
}

#[test]
fn a_missing_pool_key_is_replaced_if_it_has_tenants() {
    let gone = Account::consistent().with(|account| account.keys().retain(|key| key.id.as_str() != "p1"));
    let rotation = Some(Change::RotatePoolKey { api_key: "p1".into(), grace: 0 });
    assert_eq!(gone.findings_and_fixes(), [(FindingKind::PoolKeyMissing, "p1".to_owned(), rotation)]);
    let empty = Account::consistent().with(|account| {
        account.keys().retain(|key| key.id.as_str() != "p1");
        account.parts.tenant_keys.retain(|tenant_key| tenant_key.id.as_str() != "r1");
        account.pool().keys[0].tenants = 0.into();
    });
    let removal = fix(Fix::RemoveFromPool { plan: "free".into(), api_key: "p1".into() });
    assert_eq!(empty.findings_and_fixes(), [(FindingKind::PoolKeyMissing, "p1".to_owned(), removal)]);
}

#[test]
fn interrupted_drains_and_rotations_continue() {
    let draining = |account: &mut Account| account.pool().keys[0].state = PoolKeyState::Draining;
    let drained = Account::consistent().with(draining);
    let drain = Some(Change::Drain("p1".into()));
    assert_eq!(drained.findings_and_fixes(), [(FindingKind::InterruptedDrain, "p1".to_owned(), drain)]);
    let rotated = Account::consistent().with(draining).with(|account| {
        account.keys()[2].tags.insert(tag::REPLACES.to_owned(), "p1".to_owned());
    });
    let continuation = Some(Change::RotatePoolKey { api_key: "p1".into(), grace: 0 });
    assert_eq!(
        rotated.findings_and_fixes(),
        [(FindingKind::InterruptedRotation, "p1".to_owned(), continuation)]
    );
    let graceful = |due: &'static str| {
        Account::consistent().with(draining).with(|account| {
            account.keys()[2].tags.insert(tag::REPLACES.to_owned(), "p1".to_owned());
            account.keys()[1].tags.insert(tag::RETIRES_AT.to_owned(), due.to_owned());
        })
    };
    let continued_by = |change| [(FindingKind::InterruptedRotation, "p1".to_owned(), Some(change))];
    let finish = Change::Fix(Fix::FinishRotation("p1".into()));
    assert_eq!(
        graceful("2026-03-10T12:01:30Z").findings_and_fixes(),
        continued_by(finish),
        "the grace period stays as promised"
    );
    let end = Change::RotatePoolKey { api_key: "p1".into(), grace: 0 };
    assert_eq!(graceful("2026-03-09T12:00:00Z").findings_and_fixes(), continued_by(end));
    let without_tenants = |due: &'static str| {
        Account::consistent().with(draining).with(|account| {
            account.parts.tenant_keys.retain(|tenant_key| tenant_key.id.as_str() != "r1");
            account.pool().keys[0].tenants = 0.into();
            account.keys()[1].tags.insert(tag::RETIRES_AT.to_owned(), due.to_owned());
        })
    };
    assert_eq!(
        without_tenants("2026-03-11T00:00:00Z").findings_and_fixes(),
        [],
        "its grace period still runs"
    );
    assert_eq!(
        without_tenants(NOON).findings_and_fixes(),
        [(FindingKind::SupersededKey, "p1".to_owned(), retire("p1"))]
    );
}

#[test]
fn an_overfull_or_skewed_pool_is_rebalanced_if_there_is_room() {
    let crowded = |tenants: u32, capacity: u32| {
        Account::consistent().with(|account| {
            let more = (3..=tenants + 1).map(|n| tenant_key(&format!("r{n}"), "free", Some("p1")));
            account.parts.tenant_keys.extend(more);
            account.pool().keys[0].tenants = tenants.into();
            account.pool().keys.iter_mut().for_each(|key| key.capacity = capacity.into());
        })
    };
    let rebalance = Some(Change::Rebalance("free".into()));
    assert_eq!(crowded(3, 10).findings_and_fixes(), [], "a difference of two is usual");
    assert_eq!(
        crowded(4, 10).findings_and_fixes(),
        [(FindingKind::Skewed, "free".to_owned(), rebalance.clone())]
    );
    let over = (FindingKind::OverCapacity, "p1".to_owned(), rebalance.clone());
    assert_eq!(
        crowded(5, 4).findings_and_fixes(),
        [over, (FindingKind::Skewed, "free".to_owned(), rebalance)]
    );
    assert_eq!(
        crowded(5, 1).findings_and_fixes(),
        [(FindingKind::OverCapacity, "p1".to_owned(), None)],
        "no room anywhere"
    );
}

#[test]
fn a_key_in_two_plans_of_one_stage_is_found() {
    let both = Account::consistent().with(|account| {
        account.attach("free", "k1");
    });
    assert_eq!(both.findings_and_fixes(), [(FindingKind::TwoPlans, "k1".to_owned(), None)]);
    let elsewhere = Account::consistent().with(|account| {
        account.attach("free", "k1");
        account.parts.plans[1].stages[0].stage = "beta".into();
    });
    assert_eq!(elsewhere.findings_and_fixes(), []);
    let twice = Account::consistent().with(|account| {
        let stage = account.parts.plans[0].stages[0].clone();
        account.parts.plans[0].stages.push(stage);
    });
    assert_eq!(twice.findings_and_fixes(), [], "a stage listed twice in one plan");
}

#[test]
fn summaries_use_singular_and_plural() {
    let first_summary =
        |account: Account| findings(&Inventory::new(account.parts), &account.observed).remove(0).summary;
    let edited = |methods: &'static [&'static str]| {
        first_summary(Account::consistent().with(|account| {
            let stages = account.observed.stages.values_mut();
            stages.for_each(|stage| {
                stage.edited.extend(methods.iter().map(|method| ((*method).to_owned(), false)));
            });
        }))
    };
    assert_eq!(edited(&["GET /api"]), "GET /api of stage api:prod was edited but not deployed");
    assert_eq!(
        edited(&["GET /api", "POST /api"]),
        "GET /api, POST /api of stage api:prod were edited but not deployed"
    );
    let without = |tenant_keys: usize| {
        first_summary(Account::consistent().with(|account| {
            let more = (1..tenant_keys).map(|n| tenant_key(&format!("more{n}"), "free", Some("p1")));
            account.parts.tenant_keys.extend(more.collect::<Vec<_>>());
            account.observed.keys_without_counter.insert("p1".into());
        }))
    };
    assert_eq!(without(1), "pool key p1 has no counter; 1 tenant key refers to it");
    assert_eq!(without(3), "pool key p1 has no counter; 3 tenant keys refer to it");
}

#[test]
fn a_tenant_key_with_a_foreign_pool_key_gets_one_of_its_own_pool() {
    let strayed = Account::consistent().with(|account| {
        account.parts.tenant_keys[1].plan = "silo".into();
        account.pool().keys[0].tenants = 1.into();
    });
    assert_eq!(
        strayed.findings_and_fixes(),
        [(FindingKind::LostReference, "r1".to_owned(), None)],
        "silo has no pool"
    );
    let lost = Account::consistent().with(|account| {
        account.parts.tenant_keys.push(tenant_key("r3", "free", Some("gone")));
        account.keys().push(api_key("gone", &[]));
    });
    let reassign = fix(Fix::ReassignPoolKey(TenantKeyId::new("r3")));
    assert_eq!(lost.findings_and_fixes(), [(FindingKind::LostReference, "r3".to_owned(), reassign)]);
}
