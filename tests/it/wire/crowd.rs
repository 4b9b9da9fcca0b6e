//! Stress test: eight processes run mixed operations and doctors on one account, and some are killed.
//!
//! No acknowledged tenant key is lost, none refers to a dead API key, and every usable API key belongs to a tenant
//! key, a pool, or work in progress. `KEYPOOL_CROWD_OPERATIONS` and `KEYPOOL_CROWD_SEED` set the length and the
//! seed of the run; `just crowd` does three long runs.

mod account_state;
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
const DEFAULT_OPERATIONS: usize = 80;
const DEFAULT_SEEDS: [usize; 3] = [1, 2, 3];
/// Tenants on one pool key: low enough for the workers to fill the pool.
const MAX_TENANTS_PER_POOL_KEY: u32 = 12;

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
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    account_state::put_mock_integration(&account).await;
    let silver = account.create_plan("Silver").await;
    account.put_price_list_entry(&silver, "Silver").await;
    account
        .apply(&Change::Grow { plan: account.pooled_plan.clone(), count: 3 })
        .await
        .expect("the pool grows");
    let capacity = Change::SetPool {
        plan: account.pooled_plan.clone(),
        strategy: None,
        capacity: Some(MAX_TENANTS_PER_POOL_KEY),
    };
    account.apply(&capacity).await.expect("the capacity is set");

    let processes = Processes::new(&local);
    let acknowledged = Mutex::new(AcknowledgedKeys::default());
    let work = (0..PROCESSES).map(|number| {
        let random = Rng::new(seed * 1_000 + number);
        let share = operations / PROCESSES;
        Worker { number, random, account: &account, processes: &processes, acknowledged: &acknowledged }
            .work(share)
    });
    let killer = processes.kill_at_random(Rng::new(seed));
    tokio::select! {
        _ = join_all(work) => {}
        impossible = killer => match impossible {},
    }
    local.faults().clear();
    let acknowledged = acknowledged.into_inner().expect("all workers have ended");
    acknowledged.print(operations, seed, processes.killed_count());

    let state = account_state::read_account(&account).await;
    let unaccounted = state.unaccounted_api_keys();
    assert_eq!(unaccounted, BTreeMap::new(), "usable API keys without tenant key, pool or work mark");
    account_state::fix_all(&account, &acknowledged).await;
    account_state::read_account(&account)
        .await
        .assert_invariants(&account, &acknowledged, MAX_TENANTS_PER_POOL_KEY)
        .await;
}
