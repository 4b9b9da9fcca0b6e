//! API Gateway and the tables of every world are consistent, except for the documented problems of the drifted sample.

use std::collections::{BTreeMap, BTreeSet};

use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, Database, Item};
use jiff::ToSpan;
use serde_json::json;

use super::tables::{KEYS, PLANS, POOLS};
use super::*;
use crate::ids::IdGenerator;
use crate::quota::{Period, Quota, utc_day};

/// An account and the items of its tables, by table and id.
struct SeededWorld {
    account: Account,
    items: BTreeMap<&'static str, BTreeMap<String, Item>>,
}

fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

fn seed_account(world: &World) -> (Account, Database) {
    let (mut account, database) = (Account::new(IdGenerator::with_fixed_seed()), Database::memory().unwrap());
    fill(world, &mut account, &database, now()).unwrap();
    (account, database)
}

fn seed(world: World) -> SeededWorld {
    let (account, database) = seed_account(&world);
    let items = [PLANS, KEYS, POOLS].map(|table| (table, scan(&database, table)));
    SeededWorld { account, items: items.into() }
}

fn scan(database: &Database, table: &str) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    let mut from = None;
    loop {
        let request: ScanRequest = serde_json::from_value(match &from {
            None => json!({"TableName": table}),
            Some(key) => json!({"TableName": table, "ExclusiveStartKey": key}),
        })
        .unwrap();
        let page = serde_json::to_value(database.scan(request).unwrap()).unwrap();
        for item in page["Items"].as_array().unwrap() {
            let item: Item = serde_json::from_value(item.clone()).unwrap();
            items.insert(string_attribute(&item, "id").to_owned(), item);
        }
        match page.get("LastEvaluatedKey") {
            Some(key) if !key.is_null() => from = Some(key.clone()),
            _ => return items,
        }
    }
}

fn string_attribute<'a>(item: &'a Item, attribute: &str) -> &'a str {
    match item.get(attribute) {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => text,
        _ => "",
    }
}

/// Returns the tenant keys. The Keys table also has an item per pool key, whose value the sample application reads.
fn tenant_items(world: &SeededWorld) -> impl Iterator<Item = (&String, &Item)> {
    world.items[KEYS].iter().filter(|(_, item)| string_attribute(item, "owner") != "keypool:pool")
}

/// Returns all inconsistencies between API Gateway and the tables.
fn find_inconsistencies(world: &SeededWorld) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let account = &world.account;
    let mut tenants: BTreeMap<String, u32> = BTreeMap::new();
    for (id, item) in tenant_items(world) {
        let Some(key) = account.api_key_by_value(string_attribute(item, "value")) else {
            found.insert(format!("item {id} without key"));
            continue;
        };
        *tenants.entry(key.id.clone()).or_default() += 1;
        let (plan, pool_key) = (string_attribute(item, "planId"), string_attribute(item, "poolKeyId"));
        if account.membership(plan, &key.id).is_none() {
            found.insert(format!("item {id} not in its plan"));
        }
        if !pool_key.is_empty() && pool_key != key.id {
            found.insert(format!("item {id} with a different value"));
        }
        if item["enabled"] != AttributeValue::BOOL(key.enabled) {
            found.insert(format!("item {id} differs in enabled"));
        }
    }
    for (id, item) in world.items[POOLS].iter().filter(|(id, _)| id.starts_with("key#")) {
        let counted = tenants.get(&id["key#".len()..]).copied().unwrap_or_default();
        if string_attribute(item, "tenants") != counted.to_string() {
            found.insert(format!("{id} counts {} instead of {counted}", string_attribute(item, "tenants")));
        }
    }
    let pool_key_ids: BTreeSet<String> = world.items[POOLS].values().flat_map(pool_members).collect();
    for member in &pool_key_ids {
        if !world.items[POOLS].contains_key(&format!("key#{member}")) {
            found.insert(format!("pool key {member} without counter"));
        }
    }
    for key in account.api_keys().iter() {
        if !pool_key_ids.contains(&key.id) && !world.items[KEYS].contains_key(&key.id) {
            found.insert(format!("key {} without item", key.id));
        }
    }
    for plan in account.usage_plans.iter() {
        let listed = world.items[PLANS].get(&plan.id).map(|item| string_attribute(item, "quota").to_owned());
        let enforced = plan.quota.map(|quota| format!("{} per {}", quota.limit, quota.period));
        if listed != enforced || listed.is_none() {
            found.insert(format!("plan {} has a different quota", plan.id));
        }
    }
    for id in world.items[PLANS].keys().filter(|id| !account.usage_plans.contains(id)) {
        found.insert(format!("price-list entry {id} without plan"));
    }
    found
}

fn pool_members(item: &Item) -> Vec<String> {
    let Some(AttributeValue::L(members)) = item.get("apiKeys") else { return Vec::new() };
    let id = |member: &AttributeValue| match member {
        AttributeValue::S(id) => id.clone(),
        other => panic!("{other:?}"),
    };
    members.iter().map(id).collect()
}

#[test]
fn the_sample_has_no_inconsistencies() {
    let world = seed(World::Sample);
    assert_eq!(find_inconsistencies(&world), BTreeSet::new());

    let quota = |id: &str| world.account.usage_plans.get(id).unwrap().quota.unwrap();
    assert_eq!(quota(sample::TEST), Quota { limit: 20, offset: 0, period: Period::Day });
    assert_eq!(quota(sample::FREE), Quota { limit: 2_000, offset: 0, period: Period::Day });
    assert_eq!(quota(sample::BASIC), Quota { limit: 5_000, offset: 0, period: Period::Month });
    assert_eq!(quota(sample::PREMIUM), Quota { limit: 50_000, offset: 0, period: Period::Month });
    assert_eq!(world.account.keys_of_plan(sample::FREE, None).count(), 1);
    assert_eq!(world.account.keys_of_plan(sample::BASIC, None).count(), 5);
    assert!(world.account.api_keys().iter().all(|key| key.value.0.len() == 40));
    let written_by_sample = world.items[KEYS].values().filter(|item| !item.contains_key("createdAt")).count();
    assert_eq!(written_by_sample, 4, "items that the sample application wrote");
}

#[test]
fn worlds_are_deterministic() {
    let (first, second) = (seed(World::SampleDrifted), seed(World::SampleDrifted));
    assert_eq!(first.account.records(), second.account.records());
    assert_eq!(first.items, second.items);
}

#[test]
fn the_history_has_usage_and_no_quota_is_exhausted() {
    let world = seed(World::Sample);
    let today = utc_day(now());
    for plan in world.account.usage_plans.iter() {
        let quota = plan.quota.unwrap();
        for (_, key) in world.account.keys_of_plan(&plan.id, None) {
            let meter = world.account.meter(&plan.id, &key.id).unwrap();
            let left = meter.remaining(&quota, today);
            assert!(left > 0, "{} in {}: {left}", key.id, plan.name);
            let yesterday = today.yesterday().unwrap();
            let days = meter.daily_usage(
                Some(&quota),
                utc_day(now()).first_of_month(),
                yesterday,
                now(),
                Default::default(),
            );
            assert!(days.iter().any(|day| day.used > 0), "{} in {}", key.id, plan.name);
        }
    }
}

#[test]
fn no_key_has_calls_from_before_it_was_created() {
    for name in [World::Sample, World::SampleLogged, World::SampleDrifted, World::SampleWithoutTables] {
        let (account, _) = seed_account(&name);
        for plan in account.usage_plans.iter() {
            for (_, key) in account.keys_of_plan(&plan.id, None) {
                let Some(meter) = account.meter(&plan.id, &key.id) else { continue };
                let day_before = utc_day(key.created).yesterday().unwrap();
                let first = day_before.saturating_sub(100.days());
                let days =
                    meter.daily_usage(plan.quota.as_ref(), first, day_before, now(), Default::default());
                assert!(days.iter().all(|day| day.used == 0), "{} in {}", key.id, plan.name);
            }
        }
    }
}

#[test]
fn the_drifted_sample_has_its_documented_problems() {
    let world = seed(World::SampleDrifted);
    let expected = [
        "plan h3v9qk has a different quota",
        "plan u5cq7z has a different quota",
        "plan b7m3xj has a different quota",
        "plan p9ts4e has a different quota",
        "plan n6r4gy has a different quota",
        "price-list entry s2w8nd without plan",
        "key q80idw3706 without item",
        "key i8j76b2laj without item",
        "key lj4h9du779 without item",
        "item 4g9dpmrcg6 without key",
        "item g2tjf8cz2k differs in enabled",
        "item ounii5wcer without key",
        "item b5ayyaeffh with a different value",
        "key#5v2seh60kv counts 9 instead of 4",
        "key#j50ce9uvw5 counts 3 instead of 1",
        "key#ywb3wkh5dn counts 0 instead of 3",
        "pool key 3efr4edt2s without counter",
        // The tenant keys of the disabled pool key.
        "item EuTUIEEc differs in enabled",
        "item qaxtjm7kv2 differs in enabled",
    ];
    assert_eq!(find_inconsistencies(&world), expected.map(str::to_owned).into());

    let api = world.account.rest_apis.get(sample::API).unwrap();
    let needs_key = |resources: &BTreeMap<String, crate::state::Resource>| {
        resources
            .values()
            .flat_map(|resource| resource.methods.values())
            .any(|method| method.api_key_required)
    };
    let (_, deployed) = api.stage_deployment(sample::STAGE).unwrap();
    assert!(needs_key(&deployed.resources) && !needs_key(&api.resources));
    assert_eq!(world.account.settings().cloudwatch_role_arn, None);
}

#[test]
fn a_scaled_world_has_the_given_size_and_no_inconsistencies() {
    for (plans, keys, tenants) in [(8, 100, 1_000), (8, 100, 10), (1, 1, 1), (3, 0, 5), (0, 3, 3)] {
        let world = seed(World::Scale { plans, keys, tenants });
        let tenant_keys = if plans == 0 || keys == 0 { 0 } else { tenants as usize };
        let keys = if plans == 0 { 0 } else { keys as usize };
        assert_eq!(world.account.usage_plans.len(), plans as usize);
        assert_eq!(world.account.api_keys().len(), keys, "{plans} {keys} {tenants}");
        assert_eq!(tenant_items(&world).count(), tenant_keys, "{plans} {keys} {tenants}");
        assert_eq!(find_inconsistencies(&world), BTreeSet::new(), "{plans} {keys} {tenants}");
    }
}

#[test]
fn the_empty_world_is_empty() {
    let (mut account, database) = (Account::new(IdGenerator::with_fixed_seed()), Database::memory().unwrap());
    fill(&World::Empty, &mut account, &database, now()).unwrap();
    assert_eq!(account.records(), []);
    assert_eq!(database.table_count().unwrap(), 0);
}
