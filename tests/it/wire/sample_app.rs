//! The sample application writes to the same tables while keypool runs: no tenant key is lost, attributes unknown
//! to keypool are kept, and the doctor corrects the counters, which the sample application does not maintain.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use keypool::ops;
use keypool_domain::drift::{Finding, FindingKind, Source};
use keypool_domain::{ApiKeyId, Change, Edit, Inventory, Mode, TenantKeyId};
use keypool_local_aws::{LocalAws, Options, World};

use super::support::silent_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount, create_change, make_item, s};
use crate::support::command::Machine;
use crate::support::console::Console;
use lambdas::SampleApp;

mod counters;
mod lambdas;
mod pool_items;

const ROUNDS_PER_WORKER: usize = 4;

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let set = Change::SetPool { plan: account.pooled_plan.clone(), strategy: None, capacity: Some(100) };
    account.apply(&set).await.expect("the capacity is set");
    (local, account)
}

/// Ids of the tenant keys that a worker created and did not delete.
#[derive(Default)]
struct CreatedKeys {
    tenant_keys: Vec<String>,
    /// Pooled tenant keys, each with the pool key whose value it was given.
    pooled_keys: Vec<(String, ApiKeyId)>,
}

async fn run_sample_worker(sample: &SampleApp<'_>, worker: usize, keypool_key: &TenantKeyId) -> CreatedKeys {
    let mut created = CreatedKeys::default();
    for round in 0..ROUNDS_PER_WORKER {
        let name = format!("sample-{worker}-{round}");
        let (pooled, api_key) = sample.create_pooled_key("globex", &name, worker + round).await;
        let siloed = sample.create_siloed_key("globex", &name).await;
        let (temporary, _) = sample.create_pooled_key("globex", "passing", worker).await;
        let temporary_siloed = sample.create_siloed_key("globex", "passing").await;
        sample.update(&pooled, &name, "renamed", true).await;
        sample.update(&siloed, &name, "off", false).await;
        sample.update(keypool_key.as_str(), "ours", &format!("from {name}"), true).await;
        sample.delete_pooled_key(&temporary).await;
        sample.delete_siloed_key(&temporary_siloed).await;
        created.tenant_keys.extend([pooled.clone(), siloed]);
        created.pooled_keys.push((pooled, api_key));
    }
    created
}

async fn run_keypool_worker(account: &TestAccount, worker: usize, sample_key: &str) -> CreatedKeys {
    let mut created = CreatedKeys::default();
    for round in 0..ROUNDS_PER_WORKER {
        let name = format!("ours-{worker}-{round}");
        for plan in [&account.pooled_plan, &account.siloed_plan] {
            let tenant_keys = account.create_keys(plan, &name, 2).await;
            let deleted = account.apply(&Change::Delete(vec![tenant_keys[1].id.clone()])).await;
            deleted.expect("it is deleted");
            created.tenant_keys.push(tenant_keys[0].id.to_string());
        }
        let edit = Edit { description: Some(format!("from {name}")), ..Edit::default() };
        // The edit may be refused if another keypool worker edits first; edits by the sample app change no revision.
        let _ = account.apply(&Change::Edit { tenant_key: sample_key.into(), edit }).await;
    }
    created
}

fn fixable_kinds(findings: &[Finding]) -> BTreeSet<FindingKind> {
    findings.iter().filter(|finding| finding.fix.is_possible()).map(|finding| finding.kind).collect()
}

/// Asserts that these tenant keys are pooled and refer to the pool key whose value they were given.
fn assert_pooled_in_inventory(
    inventory: &Inventory,
    account: &TestAccount,
    pooled_keys: &[(String, ApiKeyId)],
) {
    for (id, api_key) in pooled_keys {
        let tenant_key = inventory.tenant_key(&TenantKeyId::new(id.as_str())).expect("the tenant key");
        assert_eq!(
            (tenant_key.mode(), tenant_key.known_pool_key()),
            (Mode::Pooled.into(), Some(api_key)),
            "{id}"
        );
        assert!(inventory.pool_of_api_key(api_key).is_some_and(|pool| pool.plan == account.pooled_plan));
        assert!(inventory.tenant_keys_of_api_key(api_key).any(|key| key.id == tenant_key.id));
    }
}

fn assert_listed(local: &LocalAws, pooled_keys: &[(String, ApiKeyId)], siloed: &str) {
    let machine = Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let keys = tokio::task::block_in_place(|| machine.json("keys list"));
    let mode_and_api_key = |id: &str| {
        let key =
            keys.as_array().expect("a list").iter().find(|key| key["id"] == id).expect("the tenant key");
        (key["mode"].as_str().expect("a mode").to_owned(), key["apiKeyId"].as_str().map(str::to_owned))
    };
    for (id, api_key) in pooled_keys {
        assert_eq!(mode_and_api_key(id), ("pooled".to_owned(), Some(api_key.to_string())));
    }
    assert_eq!(mode_and_api_key(siloed), ("siloed".to_owned(), Some(siloed.to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keypool_and_the_sample_app_share_tables_without_losing_keys() {
    let (local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    let keypool_key = account.create_key(&account.pooled_plan, "ours").await;
    let (sample_key, sample_pool_key) = sample.create_pooled_key("globex", "theirs", 0).await;
    let mut item = account.get_item(KEYS_TABLE, &sample_key).await.expect("the item");
    item.extend(make_item(&[("invoice", s("in_1"))]));
    account.put_item(KEYS_TABLE, item).await;

    let sample_workers = join_all((0..3).map(|worker| run_sample_worker(&sample, worker, &keypool_key.id)));
    let keypool_workers = join_all((0..3).map(|worker| run_keypool_worker(&account, worker, &sample_key)));
    let (sample_created, keypool_created) = tokio::join!(sample_workers, keypool_workers);

    let inventory = account.inventory().await;
    let mut expected: BTreeSet<String> = [keypool_key.id.to_string(), sample_key.clone()].into();
    expected.extend(
        sample_created.iter().chain(&keypool_created).flat_map(|created| created.tenant_keys.clone()),
    );
    let ids: BTreeSet<String> =
        inventory.tenant_keys().iter().map(|tenant_key| tenant_key.id.to_string()).collect();
    assert_eq!(ids, expected, "no tenant key is lost, and deleted ones are gone");
    let mut pooled_keys: Vec<_> =
        sample_created.iter().flat_map(|created| created.pooled_keys.clone()).collect();
    pooled_keys.push((sample_key.clone(), sample_pool_key));
    assert_pooled_in_inventory(&inventory, &account, &pooled_keys);
    assert_listed(&local, &pooled_keys, &sample_created[0].tenant_keys[1]);
    let sample_item = account.get_item(KEYS_TABLE, &sample_key).await.expect("the item");
    assert_eq!((&sample_item["invoice"], sample_item.contains_key("poolKeyId")), (&s("in_1"), false));
    let keypool_item = account.get_item(KEYS_TABLE, keypool_key.id.as_str()).await.expect("the item");
    assert_eq!(
        (&keypool_item["poolKeyId"], &keypool_item["name"]),
        (&s(keypool_key.require_api_key().expect("known").as_str()), &s("ours"))
    );

    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let kinds = fixable_kinds(&diagnosis.findings);
    assert!(
        kinds.contains(&FindingKind::CounterDiffers) && kinds.contains(&FindingKind::EnabledDiffers),
        "{kinds:?}"
    );
    let accepted = [
        FindingKind::CounterDiffers,
        FindingKind::EnabledDiffers,
        FindingKind::Skewed,
        FindingKind::PoolItemMissing,
    ]
    .into();
    assert!(kinds.is_subset(&accepted), "{:?}", diagnosis.findings);
    // The sample's updateKey writes only to the tables.
    let fixes = super::doctor::fixes_preferring(&diagnosis, Some(Source::Tables));
    let after = ops::fix_confirmed(&account.aws, &fixes, &|_| (), &silent_run()).await.expect("fixes");
    assert!(
        fixable_kinds(&after.findings).is_subset(&BTreeSet::from([FindingKind::Skewed])),
        "{:?}",
        after.findings
    );
    account.assert_fully_consistent().await;
}

#[tokio::test]
async fn the_keys_screen_shows_keys_of_the_sample_app() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    let (_, shared) = sample.create_pooled_key("globex", "their-reference", 0).await;
    let siloed = sample.create_siloed_key("globex", "their-own").await;
    sample.update(&siloed, "their-own", "off", false).await;
    let inventory = Arc::new(account.inventory().await);
    for (name, cells) in [
        ("their-reference", [shared.as_str(), "by 1", "active"]),
        ("their-own", [siloed.as_str(), "\u{2013}", "disabled"]),
    ] {
        let mut console = Console::with_inventory(Arc::clone(&inventory), 120, 30);
        console.press("3").press("/").type_text(name).press("<enter>");
        let screen = console.screen();
        let line = screen.lines().find(|line| line.contains(name) && line.contains("globex"));
        let line = line.unwrap_or_else(|| panic!("{name} is not on the screen:\n{screen}"));
        assert!(cells.iter().all(|cell| line.contains(cell)), "{line}");
    }
}

#[tokio::test]
async fn a_pool_keeps_working_without_the_table_items_of_its_keys() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    let before = account.create_keys(&account.pooled_plan, "before", 2).await;
    for api_key in &account.pool_keys {
        sample.put_tenant_key(api_key.as_str(), &account.pooled_plan, "initech", "shared", api_key).await;
    }
    let with_items = account.create_keys(&account.pooled_plan, "with", 2).await;
    for api_key in &account.pool_keys {
        sample.delete_pooled_key(api_key.as_str()).await;
    }
    let without_items = account.create_keys(&account.pooled_plan, "without", 2).await;
    let inventory = account.assert_fully_consistent().await;
    let tenant_counts: Vec<_> = inventory
        .pool(&account.pooled_plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenant_count().expect("the tenant count is known"))
        .collect();
    assert_eq!(tenant_counts, [3, 3]);
    let tenant_keys = [before, with_items, without_items].concat();
    let rotate = Change::RotatePoolKey { api_key: account.pool_keys[0].clone(), grace: 0 };
    account.apply(&rotate).await.expect("it is rotated");
    let delete = Change::Delete(tenant_keys.into_iter().map(|tenant_key| tenant_key.id).collect());
    account.apply(&delete).await.expect("they are deleted");
    assert!(account.assert_fully_consistent().await.tenant_keys().is_empty());
    account.apply(&create_change(&account.pooled_plan, "again", 1)).await.expect("a key is created");
}
