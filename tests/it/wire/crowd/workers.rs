//! What each of the processes does, one operation after the other, and what it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Mutex;

use aws_sdk_dynamodb::types::AttributeValue;

use super::processes::{ProcessExit, Processes};
use crate::wire::test_account::{Item, KEYS_TABLE, TestAccount};

/// Exit statuses of an operation that was not killed: done, refused, found something, and changed or in progress.
const EXPECTED_STATUSES: [i32; 4] = [0, 1, 2, 7];

/// A small random number generator (splitmix64), so that a seed tells one story.
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

/// What is known of a tenant key from exit statuses alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyState {
    Present,
    Absent,
    /// The process that created or deleted it was killed.
    Uncertain,
}

/// What the processes acknowledged, by tenant and name.
#[derive(Debug, Default)]
pub(super) struct AcknowledgedKeys {
    pub(super) keys: BTreeMap<String, KeyState>,
    exit_counts: BTreeMap<(String, Option<i32>), usize>,
}

impl AcknowledgedKeys {
    fn record(&mut self, line: &str, ended: &ProcessExit) {
        let words: Vec<_> = line.split_whitespace().take(2).collect();
        *self.exit_counts.entry((words.join(" "), ended.status)).or_default() += 1;
        let is_usual = ended.status.is_none_or(|status| EXPECTED_STATUSES.contains(&status));
        let is_failure = ended.status == Some(1) && !line.starts_with("doctor");
        assert!(is_usual && !is_failure, "{line}: {:?}: {}", ended.status, ended.stderr);
    }

    /// For the log of the test run: `cargo test -- --nocapture`.
    pub(super) fn print(&self, operations: usize, seed: usize, killed: usize) {
        let mut out = std::io::stdout();
        writeln!(out, "{operations} operations, seed {seed}, {killed} killed").expect("an open stdout");
        for ((words, status), count) in &self.exit_counts {
            writeln!(out, "  {words}: {count} with status {status:?}").expect("an open stdout");
        }
    }
}

/// One of the processes' callers.
pub(super) struct Worker<'a> {
    pub(super) number: usize,
    pub(super) random: Rng,
    pub(super) account: &'a TestAccount,
    pub(super) processes: &'a Processes,
    pub(super) acknowledged: &'a Mutex<AcknowledgedKeys>,
}

/// A tenant key of this worker, as the table has it.
struct OwnKey {
    id: String,
    name: String,
    plan: String,
    is_pooled: bool,
}

impl Worker<'_> {
    pub(super) async fn work(mut self, operations: usize) {
        for at in 0..operations {
            match self.number {
                0 => drop(self.run("doctor --fix --yes").await),
                1 => self.maintain_pool().await,
                _ => self.change_key(at).await,
            }
        }
    }

    async fn run(&self, line: &str) -> ProcessExit {
        let ended = self.processes.run(self.number, line).await;
        self.acknowledged.lock().expect("acknowledged").record(line, &ended);
        ended
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
        let id = format!("pool#{}", self.account.sharded_plan);
        let pool = self.account.get_item("keypool-pools", &id).await.expect("the pool");
        let keys = pool["apiKeys"].as_l().expect("a list").iter();
        keys.map(|key| key.as_s().expect("a text").clone()).collect()
    }

    async fn change_key(&mut self, at: usize) {
        let mine = self.own_keys().await;
        if mine.len() < 2 || self.random.below(3) == 0 {
            return self.create(at).await;
        }
        let key = &mine[self.random.below(mine.len())];
        let (id, sharded) = (&key.id, key.plan == self.account.sharded_plan.as_str());
        let elsewhere = ["Siloed", "Silver", "Sharded"][self.random.below(3)];
        let line = match self.random.below(8) {
            0 => {
                self.set_state(&key.name, KeyState::Uncertain);
                let ended = self.run(&format!("keys delete {id} --yes")).await;
                let now = match ended.status {
                    Some(0) => KeyState::Absent,
                    Some(_) | None => KeyState::Uncertain,
                };
                return self.set_state(&key.name, now);
            }
            1 => format!("keys edit {id} --description edited-{at} --yes"),
            2 | 3 if key.is_pooled => format!("keys isolate {id} --yes"),
            2 if sharded => format!("keys consolidate {id} --yes"),
            4 | 5 => format!("keys move {id} --plan {elsewhere} --yes"),
            6 if !key.is_pooled => format!("keys rotate {id} --grace 1h --yes"),
            _ if key.is_pooled => format!("keys move {id} --plan Siloed --yes"),
            _ => format!("keys rotate {id} --grace 0 --yes"),
        };
        self.run(&line).await;
    }

    async fn create(&mut self, at: usize) {
        let plan = ["Siloed", "Silver", "Sharded", "Sharded"][self.random.below(4)];
        let name = format!("key-{at}");
        self.set_state(&name, KeyState::Uncertain);
        let tenant = self.tenant();
        let line = format!("keys create --plan {plan} --tenant {tenant} --name {name} --yes");
        let now = match self.run(&line).await.status {
            Some(0) => KeyState::Present,
            Some(_) => KeyState::Absent,
            None => KeyState::Uncertain,
        };
        self.set_state(&name, now);
    }

    fn tenant(&self) -> String {
        format!("tenant-{}", self.number)
    }

    fn set_state(&self, name: &str, known: KeyState) {
        let key = format!("{}/{name}", self.tenant());
        self.acknowledged.lock().expect("acknowledged").keys.insert(key, known);
    }

    async fn own_keys(&self) -> Vec<OwnKey> {
        let asked = self.account.dynamodb.scan().table_name(KEYS_TABLE).consistent_read(true);
        let asked = asked.filter_expression("#owner = :owner").expression_attribute_names("#owner", "owner");
        let tenant = AttributeValue::S(self.tenant());
        let items = asked.expression_attribute_values(":owner", tenant).send().await.expect("rows").items;
        let text = |item: &Item, name: &str| item[name].as_s().expect("a text").clone();
        let mine = items.unwrap_or_default().into_iter().map(|item| OwnKey {
            id: text(&item, "id"),
            name: text(&item, "name"),
            plan: text(&item, "planId"),
            is_pooled: item.contains_key("poolKeyId"),
        });
        let mut mine: Vec<_> = mine.collect();
        mine.sort_by(|a, b| a.name.cmp(&b.name));
        mine
    }
}

impl AcknowledgedKeys {
    /// The tenant keys in this state.
    pub(super) fn keys_in_state(&self, known: KeyState) -> BTreeSet<&String> {
        self.keys.iter().filter(|(_, state)| **state == known).map(|(name, _)| name).collect()
    }
}
