//! Workers that run random operations one after the other, and record the outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Mutex;

use aws_sdk_dynamodb::types::AttributeValue;

use super::processes::{ProcessExit, Processes};
use crate::wire::test_account::{Item, KEYS_TABLE, TestAccount};

/// Exit statuses: success, problems found, refused, changed meanwhile or in progress.
const EXPECTED_STATUSES: [i32; 4] = [0, 1, 2, 7];

/// A splitmix64 generator: the same seed gives the same operations.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: usize) -> Self {
        Self(seed as u64)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below the bound")
    }
}

/// State of a tenant key according to exit statuses alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyState {
    Present,
    Absent,
    /// The create was killed, or the delete did not succeed.
    Uncertain,
}

/// State of each tenant key that a worker tried to create, by `tenant/name`, and the number of runs by command and
/// exit status.
#[derive(Debug, Default)]
pub(super) struct AcknowledgedKeys {
    pub(super) keys: BTreeMap<String, KeyState>,
    exit_counts: BTreeMap<(String, Option<i32>), usize>,
}

impl AcknowledgedKeys {
    fn record(&mut self, line: &str, exit: &ProcessExit) {
        let command: Vec<_> = line.split_whitespace().take(2).collect();
        *self.exit_counts.entry((command.join(" "), exit.status)).or_default() += 1;
        let is_expected = exit.status.is_none_or(|status| EXPECTED_STATUSES.contains(&status));
        let is_failure = exit.status == Some(1) && !line.starts_with("doctor");
        assert!(is_expected && !is_failure, "{line}: {:?}: {}", exit.status, exit.stderr);
    }

    /// Shown by `cargo test -- --nocapture`.
    pub(super) fn print(&self, operations: usize, seed: usize, killed: usize) {
        let mut out = std::io::stdout();
        writeln!(out, "{operations} operations, seed {seed}, {killed} killed").expect("an open stdout");
        for ((command, status), count) in &self.exit_counts {
            writeln!(out, "  {command}: {count} with status {status:?}").expect("an open stdout");
        }
    }
}

/// Runs one process at a time. Worker 0 runs doctors, worker 1 changes the pool, the others change tenant keys.
pub(super) struct Worker<'a> {
    pub(super) number: usize,
    pub(super) random: Rng,
    pub(super) account: &'a TestAccount,
    pub(super) processes: &'a Processes,
    pub(super) acknowledged: &'a Mutex<AcknowledgedKeys>,
}

/// A tenant key of the worker's tenant, as its item says.
struct WorkerKey {
    id: String,
    name: String,
    plan: String,
    is_pooled: bool,
}

impl Worker<'_> {
    pub(super) async fn work(mut self, operations: usize) {
        for index in 0..operations {
            match self.number {
                0 => drop(self.run("doctor --fix --yes").await),
                1 => self.maintain_pool().await,
                _ => self.change_key(index).await,
            }
        }
    }

    async fn run(&self, line: &str) -> ProcessExit {
        let exit = self.processes.run(self.number, line).await;
        self.acknowledged.lock().expect("acknowledged").record(line, &exit);
        exit
    }

    async fn maintain_pool(&mut self) {
        let keys = self.pool_keys().await;
        let key = keys[self.random.below(keys.len())].clone();
        let line = match self.random.below(5) {
            0 => "doctor --fix --yes".to_owned(),
            1 => "pools rebalance Sharded --yes".to_owned(),
            2 if keys.len() < 7 => "pools grow Sharded --yes".to_owned(),
            2 => format!("pools drain {key} --yes"),
            3 => format!("pools rotate {key} --grace 1h --yes"),
            _ => format!("pools rotate {key} --grace 0 --yes"),
        };
        self.run(&line).await;
    }

    async fn pool_keys(&self) -> Vec<String> {
        let id = format!("pool#{}", self.account.pooled_plan);
        let pool = self.account.get_item("keypool-pools", &id).await.expect("the pool");
        let keys = pool["apiKeys"].as_l().expect("a list").iter();
        keys.map(|key| key.as_s().expect("a text").clone()).collect()
    }

    async fn change_key(&mut self, index: usize) {
        let worker_keys = self.worker_keys().await;
        if worker_keys.len() < 2 || self.random.below(3) == 0 {
            return self.create(index).await;
        }
        let key = &worker_keys[self.random.below(worker_keys.len())];
        let (id, is_in_sharded_plan) = (&key.id, key.plan == self.account.pooled_plan.as_str());
        let other_plan = ["Siloed", "Silver", "Sharded"][self.random.below(3)];
        let line = match self.random.below(8) {
            0 => {
                self.set_state(&key.name, KeyState::Uncertain);
                let exit = self.run(&format!("keys delete {id} --yes")).await;
                let state = match exit.status {
                    Some(0) => KeyState::Absent,
                    Some(_) | None => KeyState::Uncertain,
                };
                return self.set_state(&key.name, state);
            }
            1 => format!("keys edit {id} --description edited-{index} --yes"),
            2 | 3 if key.is_pooled => format!("keys isolate {id} --yes"),
            2 if is_in_sharded_plan => format!("keys consolidate {id} --yes"),
            4 | 5 => format!("keys move {id} --plan {other_plan} --yes"),
            6 if !key.is_pooled => format!("keys rotate {id} --grace 1h --yes"),
            _ if key.is_pooled => format!("keys move {id} --plan Siloed --yes"),
            _ => format!("keys rotate {id} --grace 0 --yes"),
        };
        self.run(&line).await;
    }

    async fn create(&mut self, index: usize) {
        let plan = ["Siloed", "Silver", "Sharded", "Sharded"][self.random.below(4)];
        let name = format!("key-{index}");
        self.set_state(&name, KeyState::Uncertain);
        let tenant = self.tenant();
        let line = format!("keys create --plan {plan} --tenant {tenant} --name {name} --yes");
        let state = match self.run(&line).await.status {
            Some(0) => KeyState::Present,
            Some(_) => KeyState::Absent,
            None => KeyState::Uncertain,
        };
        self.set_state(&name, state);
    }

    fn tenant(&self) -> String {
        format!("tenant-{}", self.number)
    }

    fn set_state(&self, name: &str, state: KeyState) {
        let tenant_and_name = format!("{}/{name}", self.tenant());
        self.acknowledged.lock().expect("acknowledged").keys.insert(tenant_and_name, state);
    }

    async fn worker_keys(&self) -> Vec<WorkerKey> {
        let request = self.account.dynamodb.scan().table_name(KEYS_TABLE).consistent_read(true);
        let request =
            request.filter_expression("#owner = :owner").expression_attribute_names("#owner", "owner");
        let tenant = AttributeValue::S(self.tenant());
        let items =
            request.expression_attribute_values(":owner", tenant).send().await.expect("tenant keys").items;
        let text = |item: &Item, name: &str| item[name].as_s().expect("a text").clone();
        let worker_keys = items.unwrap_or_default().into_iter().map(|item| WorkerKey {
            id: text(&item, "id"),
            name: text(&item, "name"),
            plan: text(&item, "planId"),
            is_pooled: item.contains_key("poolKeyId"),
        });
        let mut worker_keys: Vec<_> = worker_keys.collect();
        worker_keys.sort_by(|a, b| a.name.cmp(&b.name));
        worker_keys
    }
}

impl AcknowledgedKeys {
    pub(super) fn keys_in_state(&self, expected: KeyState) -> BTreeSet<&String> {
        self.keys.iter().filter(|(_, state)| **state == expected).map(|(name, _)| name).collect()
    }
}
