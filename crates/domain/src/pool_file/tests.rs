//! The sample's file, common mistakes in it, and writing and reading back.

use proptest::prelude::{Strategy as _, TestCaseError, any, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::testing::{self, members, parts, pool_key, tenant_key};
use crate::{ApiKey, Inventory, InventoryParts, Plan};

/// As shipped with the sample: the example is commented out, the list is empty.
const SHIPPED: &str = r#"//  Pools of keys
//  {
//     planName: "FreePlan"
//     planId: "...",
//   }
const apiKeyPools = [
//  {
//     planId: "...",
//  }
];

/**
 * @param {*} planId
 */
exports.findPoolForPlanId = (planId) => {
  return apiKeyPools.find((item) => item.planId === planId);
}
"#;

/// As users fill it in, with the comma after the first name missing as in the example.
const FILLED: &str = r#"const x = ['a', "apiKeyPools = ["]; // it's a comment: apiKeyPools = [
exports.apiKeyPools = [
  {
     planName: "FreePlan"
     planId: 'free01',
     apiKeys: [ "key1" ]
   }
  {
     'planName': "BasicPlan",
     "planId": `basic1`, /* from the
     console */
     tags: { a: [1, -2, { b: null }], "c": "}" },
     apiKeys: [ "key2" 'key3', "key4", ],
   },
];
exports.other = [1, 2
"#;

fn js(text: &str) -> Result<Vec<PoolEntry>, FileError> {
    read(text, FileFormat::Js)
}

fn read_error(text: &str) -> String {
    js(text).expect_err("a mistake").to_string()
}

fn keys(entry: &PoolEntry) -> Vec<&str> {
    entry.api_keys.iter().map(Secret::expose).collect()
}

#[test]
fn the_sample_as_shipped_has_no_pools() {
    assert_eq!(js(SHIPPED), Ok(vec![]));
    assert_eq!(js("exports.apiKeyPools = [];"), Ok(vec![]));
    assert_eq!(js("\u{feff}[]"), Ok(vec![]));
}

#[test]
fn missing_commas_comments_and_all_quotes_are_read() {
    let pools = js(FILLED).expect("two pools");
    assert_eq!(pools.len(), 2);
    assert_eq!((pools[0].plan.as_str(), keys(&pools[0]), pools[0].line), ("free01", vec!["key1"], 3));
    assert_eq!(pools[1].plan_name.as_deref(), Some("BasicPlan"));
    assert_eq!(
        (pools[1].plan.as_str(), keys(&pools[1]), pools[1].line),
        ("basic1", vec!["key2", "key3", "key4"], 8)
    );
    assert_eq!((pools[1].strategy, pools[1].capacity), (None, None));
}

#[test]
fn json_contains_only_the_list() {
    let text = r#"[{"planId": "p", "planName": "\ud83d\udddd \u00e9", "apiKeys": ["k"], "strategy": "sticky", "capacity": 7}]"#;
    let pools = read(text, FileFormat::Json).expect("a pool");
    assert_eq!(pools[0].plan_name.as_deref(), Some("🗝 é"));
    assert_eq!((pools[0].strategy, pools[0].capacity), (Some(Strategy::Sticky), Some(7)));
    assert!(read(&format!("{text};"), FileFormat::Json).is_err());
    assert!(read("const apiKeyPools = []", FileFormat::Json).is_err());
}

#[test]
fn an_error_has_its_position_and_what_was_expected() {
    for (text, expected) in [
        (
            "",
            "line 1, column 1: expected the list of pools, `const apiKeyPools = [`, found the end of the file",
        ),
        ("[\n  x]", "line 2, column 3: expected a pool, `{`, or the end of the list, `]`, found `x`"),
        (
            "[{",
            "line 1, column 3: expected a field such as `planId`, or the end of the pool, `}`, found the end of the file",
        ),
        ("[{}]", "line 1, column 2: this pool has no `planId`: expected one"),
        ("[{planId: 'é',\n}]", "line 1, column 2: this pool has no `apiKeys`: expected one"),
        ("[{planId 'p'}]", "line 1, column 10: expected `:` after the field's name, found a string"),
        ("[{planId: 7}]", "line 1, column 11: expected the id of a usage plan, found `7`"),
        ("[{planId: ' '}]", "line 1, column 11: expected the id of a usage plan, found an empty string"),
        ("[{planId: 'p', planId: 'p'}]", "line 1, column 16: the field `planId` appears twice in this pool"),
        ("[{apiKeys: 'k'}]", "line 1, column 12: expected a list of API keys, `[`, found a string"),
        ("[{apiKeys: ['k', 'k']}]", "line 1, column 18: API key `k` is already in a pool, in line 1"),
        ("[{capacity: 0}]", "line 1, column 13: expected a number of tenant keys from 1, found `0`"),
        (
            "[{strategy: 'x'}]",
            "line 1, column 13: `x` is not an assignment strategy: choose least-tenants, least-used, sticky or random",
        ),
        ("[{planId: 'p\n'}]", "line 1, column 11: this string does not end on its line: expected '"),
        ("[{planId: '\\x'}]", "line 1, column 12: this escape is unknown: use one that JSON has"),
        (
            "[{planId: '\\u12'}]",
            "line 1, column 12: this escape is incomplete: expected four hexadecimal digits",
        ),
        ("/* [", "line 1, column 1: this comment does not end: expected `*/`"),
        ("[{other: [1, }]", "line 1, column 14: expected `]`, found `}`"),
    ] {
        assert_eq!(read_error(text), expected, "{text}");
    }
    let twice = "[{planId:'p', apiKeys:[]},\n{planId:'p', apiKeys:[]}]";
    assert_eq!(read_error(twice), "line 2, column 1: usage plan `p` already has a pool, in line 1");
}

#[test]
fn values_are_masked_in_errors() {
    let value = "0123456789abcdefghijklmnopqrst";
    let unquoted = read_error(&format!("[{{apiKeys: [{value}]}}]"));
    let twice = read_error(&format!("[{{apiKeys: ['{value}', '{value}']}}]"));
    let strategy = read_error(&format!("[{{strategy: '{value}'}}]"));
    let read = format!("{:?}", js(&format!("[{{planId: 'p', apiKeys: ['{value}']}}]")));
    for text in [unquoted, twice, strategy, read] {
        assert!(!text.contains("0123456789") && text.contains("••••qrst"), "{text}");
    }
}

#[test]
fn an_error_is_always_one_line() {
    for text in ["[{strategy: 'a\\nb'}]", "[{apiKeys: ['a\\nb', 'a\\nb']}]"] {
        assert!(read_error(text).contains("`a\\nb`"), "{}", read_error(text));
    }
    let twice = read_error("[{planId: 'a\\nb', apiKeys: []}, {planId: 'a\\nb', apiKeys: []}]");
    assert!(twice.contains("usage plan `a\\nb` already has a pool"), "{twice}");
    let masked = read_error("[{strategy: '0123456789abcdefghijklmnop\\nst'}]");
    assert!(masked.contains("••••p\\nst is not"), "{masked}");
}

#[test]
fn deeply_nested_and_long_files_are_read_in_one_pass() {
    let deep = format!("[{{x: {}", "[".repeat(200_000));
    assert!(read_error(&deep).ends_with("expected `]`, found the end of the file"));
    let many: Vec<_> = (0..50_000).map(|n| format!("{{planId:'p{n}',apiKeys:['k{n}']}}")).collect();
    assert_eq!(js(&format!("[{}]", many.join("\n"))).map(|pools| pools.len()), Ok(50_000));
}

fn pool(plan: &str, keys: &[(&str, u32)]) -> Pool {
    let keys = keys.iter().map(|(id, tenants)| pool_key(id, *tenants, 10)).collect();
    Pool { strategy: Strategy::Sticky, revision: 4, ..testing::pool(plan, 10, keys) }
}

#[test]
fn keys_that_take_no_new_tenants_are_left_out() {
    let mut pool = pool("p", &[("a", 1), ("b", 2)]);
    pool.keys[0].state = PoolKeyState::Draining;
    assert_eq!(keys(&PoolEntry::from_pool(&pool, "Plan")), ["b"]);
}

/// Two plans, the first with API keys `a1` and `a2`, the second with `b1`; two tenants use `a1`.
fn account() -> Inventory {
    let plan = |id: &str, name: &str| Plan::new(id, name);
    let key = |id: &str| ApiKey::new(id, "");
    let tenant_key = |id: &str| tenant_key(id, "pa", "t", Some("a1"));
    Inventory::new(InventoryParts {
        plans: vec![plan("pa", "Alpha"), plan("pb", "Beta")],
        api_keys: vec![key("a1"), key("a2"), key("b1")].into(),
        members: members(&[("pa", &["a1", "a2"]), ("pb", &["b1"])]),
        tenant_keys: vec![tenant_key("r1"), tenant_key("r2")],
        pools: vec![pool("pa", &[("a1", 1)])],
        ..parts()
    })
}

fn compare_file(text: &str) -> Result<Vec<PlannedPool>, Vec<String>> {
    let by_value = |value: &Secret| (value.expose() == "value-of-a2-0123456789").then(|| "a2".into());
    let result = compare(&js(text).expect("a list"), &account(), 100, &by_value);
    result.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn counters_come_from_tenant_keys_and_missing_fields_keep_their_values() {
    let pools = compare_file(
        "[{planId:'pa',apiKeys:['a1','value-of-a2-0123456789']},{planId:'pb',capacity:3,apiKeys:['b1']}]",
    );
    let pools = pools.expect("no conflicts");
    let [alpha, beta] = &pools[..] else { panic!("two pools: {pools:?}") };
    let tenants: Vec<_> = alpha
        .after
        .keys
        .iter()
        .map(|key| (key.api_key.as_str(), key.tenants.clone(), key.capacity.clone()))
        .collect();
    assert_eq!(tenants, [("a1", 2.into(), 10.into()), ("a2", 0.into(), 10.into())]);
    assert_eq!((alpha.after.strategy, alpha.after.revision), (Strategy::Sticky, 5));
    assert!(alpha.after.capacity.is_known_to_be(&10));
    assert!(beta.before.is_none() && beta.after.capacity.is_known_to_be(&3));
    assert!(beta.after.keys[0].capacity.is_known_to_be(&3));
    assert!(!alpha.is_unchanged() && !beta.is_unchanged());
    let new_pool = compare_file("[{planId:'pb',apiKeys:['b1']}]").expect("no conflicts");
    assert!(new_pool[0].after.capacity.is_known_to_be(&100));
    assert_eq!(new_pool[0].after.strategy, Strategy::LeastTenants);
}

#[test]
fn all_conflicts_are_listed_together() {
    let text = "[{planId:'xx',planName:'Alpha',apiKeys:['a1']},\n\
                {planId:'pa',apiKeys:['a2','zz','b1','value-of-a2-0123456789','value-of-no-key-01234']},\n\
                {planId:'pb',apiKeys:[]}]";
    assert_eq!(
        compare_file(text).expect_err("problems"),
        [
            "line 1: no usage plan has the id `xx` (the one named \"Alpha\" has the id pa)",
            "line 2: the pool of Alpha has `zz`, which is neither the id nor the value of an API key",
            "line 2: API key b1 is not attached to usage plan Alpha",
            "line 2: API key a2 is already in the pool of Alpha",
            "line 2: the pool of Alpha has ••••1234, which is neither the id nor the value of an API key",
            "line 2: the pool of Alpha omits a1, which 2 tenant keys use: add it, or move them first",
            "line 3: the pool of Beta has no API keys: add at least one, or omit the pool",
        ]
    );
}

/// One pool with a draining key in the middle, keys of different capacities, a wrong counter, and a key that API
/// Gateway lacks; another pool without keys, whose plan is gone.
fn drifted_account() -> Inventory {
    let key = |id: &str, capacity: u32, state| crate::PoolKey { state, ..pool_key(id, 0, capacity) };
    let keys = vec![
        crate::PoolKey { tenants: 5.into(), ..key("a1", 10, PoolKeyState::Active) },
        key("a2", 10, PoolKeyState::Draining),
        key("gone", 7, PoolKeyState::Active),
    ];
    Inventory::new(InventoryParts {
        plans: vec![Plan::new("pa", "Alpha")],
        api_keys: vec![ApiKey::new("a1", ""), ApiKey::new("a2", ""), ApiKey::new("a3", "")].into(),
        members: members(&[("pa", &["a1", "a2", "a3"])]),
        pools: vec![testing::pool("pa", 10, keys), testing::pool("px", 10, Vec::new())],
        ..parts()
    })
}

#[test]
fn an_exported_pool_is_taken_back_unchanged_whatever_its_state() {
    let inventory = drifted_account();
    let entries: Vec<_> =
        inventory.pools().iter().map(|pool| PoolEntry::from_pool(pool, "\"Alpha\n")).collect();
    for format in [FileFormat::Js, FileFormat::Json] {
        let read = read(&write(&entries, format), format).expect("pools");
        let planned = compare(&read, &inventory, 100, &|_| None).expect("no conflicts");
        assert!(planned.iter().all(PlannedPool::is_unchanged), "{planned:?}");
    }
}

#[test]
fn a_key_that_takes_no_new_tenants_stays_in_its_pool() {
    let text = "[{planId:'pa', capacity: 20, apiKeys:['a1', 'a3']}]";
    let planned =
        compare(&js(text).expect("a pool"), &drifted_account(), 100, &|_| None).expect("no conflicts");
    let keys: Vec<_> = planned[0].after.keys.iter().map(|key| (key.api_key.as_str(), key.state)).collect();
    let expected =
        [("a1", PoolKeyState::Active), ("a3", PoolKeyState::Active), ("a2", PoolKeyState::Draining)];
    assert_eq!(keys, expected);
}

fn entries() -> impl proptest::strategy::Strategy<Value = Vec<PoolEntry>> {
    let entry = (".{1,12}", proptest::option::of(".*"), proptest::option::of(1..u32::MAX), any::<bool>());
    let keys = proptest::collection::vec(proptest::collection::vec("[^ \\t]{1,40}", 0..4), 0..6);
    (keys, proptest::collection::vec(entry, 6)).prop_map(|(keys, entries)| {
        let entry = |(n, (keys, (plan, plan_name, capacity, sticky))): (
            usize,
            (Vec<String>, (String, _, _, bool)),
        )| PoolEntry {
            plan: PlanId::new(format!("{plan}{n}")),
            plan_name,
            api_keys: keys.iter().enumerate().map(|(k, key)| Secret::new(format!("{key}{n}{k}"))).collect(),
            strategy: sticky.then_some(Strategy::Sticky),
            capacity,
            line: 0,
        };
        keys.into_iter().zip(entries).enumerate().map(entry).collect::<Vec<_>>()
    })
}

proptest! {
    #[test]
    fn reading_never_panics(text in "(apiKeyPools = )?(\\[|\\{|\\]|\\}|planId:|apiKeys:|'|\"|`|,|//|/\\*|\\*/|\\\\u?|\n|.){0,60}") {
        let _ = read(&text, FileFormat::Json);
        if let Ok(mut pools) = js(&text) {
            pools.iter_mut().for_each(|pool| pool.line = 0);
            let mut reread = js(&write(&pools, FileFormat::Js)).map_err(|why| TestCaseError::fail(why.to_string()))?;
            reread.iter_mut().for_each(|pool| pool.line = 0);
            prop_assert_eq!(reread, pools);
        }
    }
    #[test]
    fn written_files_can_be_read_back(entries in entries()) {
        for format in [FileFormat::Js, FileFormat::Json] {
            let text = write(&entries, format);
            prop_assert!(!text.chars().any(|c| c != '\n' && crate::text::is_unsafe_in_terminal(c)), "{}", text);
            let mut read = read(&text, format).map_err(|why| TestCaseError::fail(format!("{why}: {text}")))?;
            read.iter_mut().for_each(|entry| entry.line = 0);
            prop_assert_eq!(&read, &entries);
        }
    }
}

#[test]
fn without_a_pools_table_tenants_are_counted_and_values_are_never_taken_for_ids() {
    let text = "[{planId:'pa',capacity:5,strategy:'sticky',apiKeys:['a1','value-of-a2-0123456789','value-of-no-key-01234']},\n\
                {planId:'pb',apiKeys:['b1']}]";
    let by_value = |value: &Secret| (value.expose() == "value-of-a2-0123456789").then(|| "a2".into());
    let file_pools = pools_of_file(&js(text).expect("a list"), account().tenant_keys(), &by_value);
    let alpha: Vec<_> =
        file_pools.pools[0].keys.iter().map(|key| (key.api_key.as_str(), key.tenants.clone())).collect();
    assert_eq!(
        (alpha, file_pools.pools[0].capacity.clone(), file_pools.pools[0].strategy),
        (vec![("a1", 2.into()), ("a2", 0.into())], 5.into(), Strategy::Sticky)
    );
    assert!(file_pools.pools[1].capacity.is_known_to_be(&10_000));
    assert_eq!(file_pools.lines_with_unknown_values, [1]);
}
