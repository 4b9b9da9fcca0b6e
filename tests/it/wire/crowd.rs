//! Eight processes with mixed operations at one account, doctors among them, some of them killed: no acknowledged tenant
//! key is lost, none refers to a dead API key, and nothing usable is left that nobody accounts for.
//!
//! `KEYPOOL_CROWD_OPERATIONS` and `KEYPOOL_CROWD_SEED` choose a longer or another run; `just crowd` does three long ones.

mod account;
mod processes;
mod story;

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::future::join_all;
use keypool_domain::Change;
use keypool_local_aws::{LocalAws, Options, World};

use super::stage::{Backend, Stage};
use processes::Processes;
use story::{Acknowledged, Random, Worker};

const PROCESSES: usize = 8;
/// Operations of a run unless the environment gives another number.
const OPERATIONS: usize = 80;
/// Seeds of the runs unless the environment gives one.
const SEEDS: [usize; 3] = [1, 2, 3];
/// Room of each pool key: less than the workers would use.
const CAPACITY: u32 = 12;

/// A number that the environment gives.
fn number(name: &str) -> Option<usize> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_with_doctors_and_kills_lose_nobody_and_leave_nothing() {
    let operations = number("KEYPOOL_CROWD_OPERATIONS").unwrap_or(OPERATIONS);
    let seeds = number("KEYPOOL_CROWD_SEED").map_or(SEEDS.to_vec(), |seed| vec![seed]);
    for seed in seeds {
        no_crowd_loses_anybody(operations, seed).await;
    }
}

async fn no_crowd_loses_anybody(operations: usize, seed: usize) {
    let options =
        Options { world: World::Empty, clock: keypool_local_aws::Clock::system(), ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    account::answer_200(&stage).await;
    let silver = stage.another_plan("Silver").await;
    stage.priced(&silver, "Silver").await;
    stage.apply(&Change::Grow { plan: stage.sharded.clone(), count: 3 }).await.expect("the pool grows");
    let capacity = Change::SetPool { plan: stage.sharded.clone(), strategy: None, capacity: Some(CAPACITY) };
    stage.apply(&capacity).await.expect("the capacity is set");

    let processes = Processes::new(&local);
    let acknowledged = Mutex::new(Acknowledged::default());
    let work = (0..PROCESSES).map(|number| {
        let random = Random::new(seed * 1_000 + number);
        let share = operations / PROCESSES;
        Worker { number, random, stage: &stage, processes: &processes, acknowledged: &acknowledged }
            .work(share)
    });
    let killer = processes.kill_at_random(Random::new(seed));
    tokio::select! {
        _ = join_all(work) => {}
        never = killer => match never {},
    }
    local.faults().clear();
    let acknowledged = acknowledged.into_inner().expect("the workers have ended");
    acknowledged.print(operations, seed, processes.killed());

    let seen = account::read(&stage).await;
    let unaccounted = seen.usable_without_user_or_mark();
    assert_eq!(unaccounted, BTreeMap::new(), "usable, and no tenant key, pool or mark accounts for it");
    account::fix_all(&stage, &acknowledged).await;
    account::read(&stage).await.holds(&stage, &acknowledged, CAPACITY).await;
}
