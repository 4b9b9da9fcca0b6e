//! The sample application writes to the same tables while keypool runs: nobody is lost, what is theirs stays theirs, and
//! the doctor brings level what they do not count.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use keypool::ops;
use keypool_domain::drift::{Finding, Kind, Source};
use keypool_domain::{ApiKeyId, Change, Edit, Inventory, Mode, TenantKeyId};
use keypool_local_aws::{LocalAws, Options, World};

use super::support::plain_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount, create_change, item, s};
use crate::support::command::Machine;
use crate::support::console::Console;
use lambdas::SampleApp;

mod counters;
mod lambdas;
mod pool_items;

/// Rounds that each of the programs at work goes.
const ROUNDS_PER_WORKER: usize = 4;

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let set = Change::SetPool { plan: stage.sharded_plan.clone(), strategy: None, capacity: Some(100) };
    stage.apply(&set).await.expect("room for all");
    (local, stage)
}

/// What a program has made and left.
#[derive(Default)]
struct CreatedKeys {
    tenant_keys: Vec<String>,
    /// References, and the API key whose value they were given.
    pooled_keys: Vec<(String, ApiKeyId)>,
}

async fn run_sample_worker(sample: &SampleApp<'_>, who: usize, ours: &TenantKeyId) -> CreatedKeys {
    let mut kept = CreatedKeys::default();
    for round in 0..ROUNDS_PER_WORKER {
        let name = format!("sample-{who}-{round}");
        let (reference, api_key) = sample.create_pooled("globex", &name, who + round).await;
        let own = sample.create_siloed("globex", &name).await;
        let (passing, _) = sample.create_pooled("globex", "passing", who).await;
        let passing_own = sample.create_siloed("globex", "passing").await;
        sample.update(&reference, &name, "renamed", true).await;
        sample.update(&own, &name, "off", false).await;
        sample.update(ours.as_str(), "ours", &format!("from {name}"), true).await;
        sample.delete_pooled(&passing).await;
        sample.delete_siloed(&passing_own).await;
        kept.tenant_keys.extend([reference.clone(), own]);
        kept.pooled_keys.push((reference, api_key));
    }
    kept
}

async fn run_keypool_worker(stage: &TestAccount, who: usize, theirs: &str) -> CreatedKeys {
    let mut kept = CreatedKeys::default();
    for round in 0..ROUNDS_PER_WORKER {
        let name = format!("ours-{who}-{round}");
        for plan in [&stage.sharded_plan, &stage.siloed_plan] {
            let rows = stage.create_keys(plan, &name, 2).await;
            let gone = stage.apply(&Change::Delete(vec![rows[1].id.clone()])).await;
            gone.expect("it is deleted");
            kept.tenant_keys.push(rows[0].id.to_string());
        }
        let edit = Edit { description: Some(format!("from {name}")), ..Edit::default() };
        // Another of ours may have been there first; the sample never counts as somebody else.
        let _ = stage.apply(&Change::Edit { tenant_key: theirs.into(), edit }).await;
    }
    kept
}

/// What there is to fix.
fn fixable_kinds(found: &[Finding]) -> BTreeSet<Kind> {
    found.iter().filter(|one| one.fix.is_possible()).map(|one| one.kind).collect()
}

/// References show in the pool of the API key that they were given, and as what they are.
fn assert_pooled_in_inventory(seen: &Inventory, stage: &TestAccount, references: &[(String, ApiKeyId)]) {
    for (id, api_key) in references {
        let row = seen.tenant_key(&TenantKeyId::new(id.as_str())).expect("the row");
        assert_eq!((row.mode(), row.known_pool_key()), (Mode::Pooled.into(), Some(api_key)), "{id}");
        assert!(seen.pool_of_api_key(api_key).is_some_and(|pool| pool.plan == stage.sharded_plan));
        assert!(seen.tenant_keys_of_api_key(api_key).any(|behind| behind.id == row.id));
    }
}

fn assert_listed(local: &LocalAws, references: &[(String, ApiKeyId)], siloed: &str) {
    let machine = Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let listed = tokio::task::block_in_place(|| machine.json("keys list"));
    let of = |id: &str| {
        let row = listed.as_array().expect("a list").iter().find(|row| row["id"] == id).expect("the row");
        (row["mode"].as_str().expect("a mode").to_owned(), row["apiKeyId"].as_str().map(str::to_owned))
    };
    for (id, api_key) in references {
        assert_eq!(of(id), ("pooled".to_owned(), Some(api_key.to_string())));
    }
    assert_eq!(of(siloed), ("siloed".to_owned(), Some(siloed.to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keypool_and_the_sample_app_share_tables_without_losing_keys() {
    let (local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    let ours = stage.create_key(&stage.sharded_plan, "ours").await;
    let (theirs, their_key) = sample.create_pooled("globex", "theirs", 0).await;
    let mut there = stage.get_item(KEYS_TABLE, &theirs).await.expect("their row");
    there.extend(item(&[("invoice", s("in_1"))]));
    stage.put_item(KEYS_TABLE, there).await;

    let at_work = join_all((0..3).map(|who| run_sample_worker(&sample, who, &ours.id)));
    let we = join_all((0..3).map(|who| run_keypool_worker(&stage, who, &theirs)));
    let (their_parts, our_parts) = tokio::join!(at_work, we);

    let seen = stage.inventory().await;
    let mut expected: BTreeSet<String> = [ours.id.to_string(), theirs.clone()].into();
    expected.extend(their_parts.iter().chain(&our_parts).flat_map(|part| part.tenant_keys.clone()));
    let there: BTreeSet<String> = seen.tenant_keys().iter().map(|row| row.id.to_string()).collect();
    assert_eq!(there, expected, "nobody is lost, and who went is gone");
    let mut references: Vec<_> = their_parts.iter().flat_map(|part| part.pooled_keys.clone()).collect();
    references.push((theirs.clone(), their_key));
    assert_pooled_in_inventory(&seen, &stage, &references);
    assert_listed(&local, &references, &their_parts[0].tenant_keys[1]);
    let their_row = stage.get_item(KEYS_TABLE, &theirs).await.expect("their row");
    assert_eq!((&their_row["invoice"], their_row.contains_key("poolKeyId")), (&s("in_1"), false));
    let our_row = stage.get_item(KEYS_TABLE, ours.id.as_str()).await.expect("our row");
    assert_eq!(
        (&our_row["poolKeyId"], &our_row["name"]),
        (&s(ours.require_api_key().expect("known").as_str()), &s("ours"))
    );

    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let found = fixable_kinds(&diagnosis.findings);
    assert!(found.contains(&Kind::CounterDiffers) && found.contains(&Kind::EnabledDiffers), "{found:?}");
    let may_be = [Kind::CounterDiffers, Kind::EnabledDiffers, Kind::Skewed, Kind::PoolItemMissing].into();
    assert!(found.is_subset(&may_be), "{:?}", diagnosis.findings);
    // What the sample's updateKey says of a key stands in the tables alone.
    let fixes = super::doctor::fixes_preferring(&diagnosis, Some(Source::Tables));
    let left = ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &plain_run()).await.expect("fixes");
    assert!(fixable_kinds(&left.findings).is_subset(&BTreeSet::from([Kind::Skewed])), "{:?}", left.findings);
    stage.assert_fully_consistent().await;
}

#[tokio::test]
async fn the_keys_screen_shows_keys_of_the_sample_app() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    let (_, shared) = sample.create_pooled("globex", "their-reference", 0).await;
    let own = sample.create_siloed("globex", "their-own").await;
    sample.update(&own, "their-own", "off", false).await;
    let seen = Arc::new(stage.inventory().await);
    for (name, words) in [
        ("their-reference", [shared.as_str(), "by 1", "yes"]),
        ("their-own", [own.as_str(), "\u{2013}", "no"]),
    ] {
        let mut console = Console::with_inventory(Arc::clone(&seen), 120, 30);
        console.press("3").press("/").type_text(name).press("<enter>");
        let screen = console.screen();
        let line = screen.lines().find(|line| line.contains(name) && line.contains("globex"));
        let line = line.unwrap_or_else(|| panic!("{name} is not shown:\n{screen}"));
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
}

#[tokio::test]
async fn a_pool_keeps_working_without_the_table_items_of_its_keys() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    let before = stage.create_keys(&stage.sharded_plan, "before", 2).await;
    for api_key in &stage.pool_keys {
        sample.put_tenant_key(api_key.as_str(), &stage.sharded_plan, "initech", "shared", api_key).await;
    }
    let with_rows = stage.create_keys(&stage.sharded_plan, "with", 2).await;
    for api_key in &stage.pool_keys {
        sample.delete_pooled(api_key.as_str()).await;
    }
    let without = stage.create_keys(&stage.sharded_plan, "without", 2).await;
    let seen = stage.assert_fully_consistent().await;
    let loads: Vec<_> = seen
        .pool(&stage.sharded_plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenants().expect("a number"))
        .collect();
    assert_eq!(loads, [3, 3]);
    let rows = [before, with_rows, without].concat();
    let rotate = Change::RotatePoolKey { api_key: stage.pool_keys[0].clone(), grace: 0 };
    stage.apply(&rotate).await.expect("it gets a successor");
    let delete = Change::Delete(rows.into_iter().map(|row| row.id).collect());
    stage.apply(&delete).await.expect("they are deleted");
    assert!(stage.assert_fully_consistent().await.tenant_keys().is_empty());
    stage.apply(&create_change(&stage.sharded_plan, "again", 1)).await.expect("and one comes again");
}
