//! Eight processes with mixed operations at one account, doctors among them, some of them killed: no acknowledged tenant
//! key is lost, none refers to a dead API key, and nothing usable is left that nobody accounts for.
//!
//! `KEYPOOL_CROWD_OPERATIONS` and `KEYPOOL_CROWD_SEED` choose a longer or another run; `just crowd` does three long ones.

mod account;
mod processes;
mod workers;

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::future::join_all;
use keypool_domain::Change;
use keypool_local_aws::{LocalAws, Options, World};

use super::test_account::{Backend, TestAccount};
use processes::Processes;
use workers::{AcknowledgedKeys, Rng, Worker};

const PROCESSES: usize = 8;
/// Operations of a run unless the environment gives another number.
const DEFAULT_OPERATIONS: usize = 80;
/// Seeds of the runs unless the environment gives one.
const DEFAULT_SEEDS: [usize; 3] = [1, 2, 3];
/// Room of each pool key: less than the workers would use.
const MAX_TENANTS_PER_POOL_KEY: u32 = 12;

/// A number that the environment gives.
fn env_number(name: &str) -> Option<usize> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_with_doctors_and_kills_lose_no_tenant_key() {
    let operations = env_number("KEYPOOL_CROWD_OPERATIONS").unwrap_or(DEFAULT_OPERATIONS);
    let seeds = env_number("KEYPOOL_CROWD_SEED").map_or(DEFAULT_SEEDS.to_vec(), |seed| vec![seed]);
    for seed in seeds {
        run_crowd(operations, seed).await;
    }
}

async fn run_crowd(operations: usize, seed: usize) {
    let options =
        Options { world: World::Empty, clock: keypool_local_aws::Clock::system(), ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    account::put_mock_integration(&stage).await;
    let silver = stage.create_plan("Silver").await;
    stage.put_price_list_entry(&silver, "Silver").await;
    stage.apply(&Change::Grow { plan: stage.sharded_plan.clone(), count: 3 }).await.expect("the pool grows");
    let capacity = Change::SetPool {
        plan: stage.sharded_plan.clone(),
        strategy: None,
        capacity: Some(MAX_TENANTS_PER_POOL_KEY),
    };
    stage.apply(&capacity).await.expect("the capacity is set");

    let processes = Processes::new(&local);
    let acknowledged = Mutex::new(AcknowledgedKeys::default());
    let work = (0..PROCESSES).map(|number| {
        let random = Rng::new(seed * 1_000 + number);
        let share = operations / PROCESSES;
        Worker { number, random, account: &stage, processes: &processes, acknowledged: &acknowledged }
            .work(share)
    });
    let killer = processes.kill_at_random(Rng::new(seed));
    tokio::select! {
        _ = join_all(work) => {}
        never = killer => match never {},
    }
    local.faults().clear();
    let acknowledged = acknowledged.into_inner().expect("the workers have ended");
    acknowledged.print(operations, seed, processes.killed_count());

    let seen = account::read_account(&stage).await;
    let unaccounted = seen.unaccounted_api_keys();
    assert_eq!(unaccounted, BTreeMap::new(), "usable, and no tenant key, pool or mark accounts for it");
    account::fix_all(&stage, &acknowledged).await;
    account::read_account(&stage)
        .await
        .assert_invariants(&stage, &acknowledged, MAX_TENANTS_PER_POOL_KEY)
        .await;
}
