//! Eight processes at one pool: no key ever takes more than its capacity, nobody is lost, and counters stay true.

use std::collections::BTreeSet;
use std::process::{Output, Stdio};

use keypool_domain::{Change, Inventory};
use keypool_local_aws::{LocalAws, Options, World};
use serde_json::Value;

use super::stage::{Backend, Stage};
use crate::support::command::{Machine, texts};

/// Room of each of the five pool keys.
const ROOM: u32 = 150;
/// Keys that one process creates in each round.
const EACH: usize = 60;
const PROCESSES: usize = 8;

/// A pool of five keys, and a machine whose processes go to it.
struct Crowd {
    stage: Stage,
    machine: Machine,
    asked: usize,
}

impl Crowd {
    async fn gather(local: &LocalAws) -> Self {
        let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
        let plan = stage.sharded.clone();
        stage.apply(&Change::Grow { plan, count: 3 }).await.expect("the pool grows");
        set_capacity(&stage, ROOM).await;
        let machine = Machine::bare().with("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
        Self { stage, machine, asked: 0 }
    }

    /// Runs these command lines, each in a process, all at once.
    fn at_once(&mut self, lines: &[String]) -> Vec<Output> {
        let run = |line: &String| {
            let mut command = self.machine.command(&line.split_whitespace().collect::<Vec<_>>());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
        };
        tokio::task::block_in_place(|| {
            let children: Vec<_> = lines.iter().map(run).collect();
            children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect()
        })
    }

    fn creating(&mut self, round: &str, processes: usize, count: usize) -> Vec<String> {
        self.asked += processes * count;
        let line = |n| {
            format!("keys create --plan Sharded --tenant t{n} --name {round}-{n} --count {count} -o json")
        };
        (0..processes).map(line).collect()
    }

    fn deleting(&mut self, ids: &[String], processes: usize) -> Vec<String> {
        self.asked += ids.len();
        let each = ids.chunks(ids.len().div_ceil(processes));
        each.map(|ids| format!("keys delete --yes {}", ids.join(" "))).collect()
    }

    /// What is there: exactly these, behind keys that count them and are not over their capacity.
    async fn holds(&self, ids: &BTreeSet<String>) -> Inventory {
        let seen = self.stage.fits_together().await;
        let there: BTreeSet<_> = seen.rows().iter().map(|row| row.id.to_string()).collect();
        assert_eq!(&there, ids);
        assert!(loads(&seen).iter().all(|tenants| *tenants <= ROOM), "{:?}", loads(&seen));
        seen
    }
}

async fn set_capacity(stage: &Stage, capacity: u32) {
    let set = Change::SetPool { plan: stage.sharded.clone(), strategy: None, capacity: Some(capacity) };
    stage.apply(&set).await.expect("the capacity is set");
}

/// Tenants behind each key of the pool.
fn loads(seen: &Inventory) -> Vec<u32> {
    seen.pools()[0].keys.iter().map(|key| key.tenants).collect()
}

fn spread(seen: &Inventory) -> u32 {
    let loads = loads(seen);
    loads.iter().max().unwrap_or(&0) - loads.iter().min().unwrap_or(&0)
}

/// The ids of the rows that successful processes say they have created.
fn created(outputs: &[Output]) -> Vec<String> {
    let of = |output: &Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        texts(&serde_json::from_slice::<Value>(&output.stdout).expect("JSON"), "id")
    };
    outputs.iter().flat_map(of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_create_and_delete_in_one_pool() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let mut crowd = Crowd::gather(&local).await;

    let lines = crowd.creating("first", PROCESSES, EACH);
    let mut ids = created(&crowd.at_once(&lines));
    assert_eq!(ids.len(), PROCESSES * EACH);
    let seen = crowd.holds(&ids.iter().cloned().collect()).await;
    assert!(spread(&seen) <= 1, "{:?}", loads(&seen));

    for round in ["second", "third"] {
        let gone: Vec<_> = ids.drain(..4 * EACH).collect();
        let mut lines = crowd.creating(round, 4, EACH);
        lines.extend(crowd.deleting(&gone, 4));
        let outputs = crowd.at_once(&lines);
        assert!(outputs[4..].iter().all(|output| output.status.success()), "{outputs:?}");
        ids.extend(created(&outputs[..4]));
        crowd.holds(&ids.iter().cloned().collect()).await;
    }

    let gone: Vec<_> = ids.drain(..280).collect();
    let lines = crowd.deleting(&gone, PROCESSES);
    assert!(crowd.at_once(&lines).iter().all(|output| output.status.success()));
    crowd.holds(&ids.iter().cloned().collect()).await;
    let lines = crowd.creating("fourth", PROCESSES, 35);
    ids.extend(created(&crowd.at_once(&lines)));
    let seen = crowd.holds(&ids.iter().cloned().collect()).await;
    assert!(spread(&seen) <= 1, "{:?}", loads(&seen));
    assert_eq!(crowd.asked, 2_000);

    set_capacity(&crowd.stage, 100).await;
    // Room for twenty more, and eight who each think that it is for them.
    let lines = crowd.creating("last", PROCESSES, 20);
    let outputs = crowd.at_once(&lines);
    assert!(
        outputs.iter().any(|output| String::from_utf8_lossy(&output.stderr).contains("the pool is full"))
    );
    let seen = crowd.stage.fits_together().await;
    assert_eq!(loads(&seen), [100; 5]);
    let there: BTreeSet<_> = seen.rows().iter().map(|row| row.id.to_string()).collect();
    assert!(ids.iter().all(|id| there.contains(id)), "nobody was pushed out");
}
