//! Every operation, cut at every single write: by a kill of the process, and by each fault that AWS can answer with.
//!
//! Whatever was cut, no tenant is lost and no row refers to a dead API key; the same command and the doctor leave
//! nothing usable that nobody accounts for.

mod deletions;
mod faults;
mod foreign_resources;
mod kills;
mod operations;
mod pauses;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use keypool::ops::{self, DoctorReport};
use keypool_domain::drift::Kind;
use keypool_domain::{Change, Inventory, Mode, TenantKey, TenantKeyId};
use keypool_local_aws::{Fault, LocalAws, Options, When, World};

use super::support::plain_run;
use super::test_account::{Backend, TestAccount};
use foreign_resources::ForeignResources;
use operations::Operation;

/// Scenes that are played at the same time.
const THREADS: usize = 3;
/// Room for the frames of a scene in a debug build.
const STACK_BYTES: usize = 64 << 20;
/// How each call that writes begins.
const WRITE_PREFIXES: [&str; 7] = ["Import", "Create", "Update", "Delete", "Put", "TransactWrite", "Tag"];

/// What may be left: no cut brings it about (the pool of a scene has no items), or it is an API key that is disabled and
/// a question of its own.
const ACCEPTED_KINDS: [Kind; 5] =
    [Kind::Skewed, Kind::PlanWithoutPrice, Kind::InterruptedImport, Kind::OrphanKey, Kind::PoolItemMissing];

/// One call that writes: the operation, and how many of its name come before it.
#[derive(Debug, Clone)]
struct WriteCall {
    operation: String,
    preceding: u32,
}

impl WriteCall {
    fn fault(&self, answer: keypool_local_aws::Answer, when: When) -> Fault {
        let fault = Fault::on(&self.operation, answer).skip(self.preceding);
        if when == When::After { fault.after() } else { fault }
    }
}

/// What is ready for an operation: scenes of it begin as its twins.
struct TrialTemplate {
    name: &'static str,
    scene: Trial,
}

impl TrialTemplate {
    async fn prepare(operation: &'static str) -> Arc<Self> {
        let options = Options { world: World::Empty, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let asked = operations::prepare_operation(operation, &stage).await;
        let foreign = foreign_resources::create(&stage).await;
        let seen = stage.inventory().await;
        let (before, plans) = (tenant_key_names(&seen), plan_counts(&seen));
        Arc::new(Self {
            name: operation,
            scene: Trial {
                local,
                account: stage,
                operation: asked,
                keys_before: before,
                plan_counts_before: plans,
                foreign,
            },
        })
    }

    async fn scene(&self) -> Trial {
        let Trial {
            local,
            account: stage,
            operation: asked,
            keys_before: before,
            plan_counts_before: plans,
            foreign,
        } = &self.scene;
        let local = local.twin().await.expect("another local AWS");
        let stage = stage.connect_to(&local.endpoint()).await;
        let (before, plans, foreign) = (before.clone(), plans.clone(), foreign.clone());
        Trial {
            local,
            account: stage,
            operation: asked.clone(),
            keys_before: before,
            plan_counts_before: plans,
            foreign,
        }
    }
}

/// A local AWS of its own, made ready for an operation.
struct Trial {
    local: LocalAws,
    account: TestAccount,
    operation: Operation,
    /// The tenant keys that are there before.
    keys_before: BTreeSet<String>,
    /// How many usage plans the API key of each is in.
    plan_counts_before: BTreeMap<String, usize>,
    /// What is not ours there.
    foreign: ForeignResources,
}

impl Trial {
    /// The writes that were asked for since the scene was made ready.
    fn writes(&self) -> Vec<WriteCall> {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut writes = Vec::new();
        for call in self.local.calls().all() {
            if !WRITE_PREFIXES.iter().any(|start| call.operation.starts_with(start)) {
                continue;
            }
            let before = seen.entry(call.operation.clone()).or_default();
            writes.push(WriteCall { operation: call.operation, preceding: *before });
            *before += 1;
        }
        writes
    }

    /// Whether the same may be asked for again without getting it twice.
    fn is_repeatable(&self) -> bool {
        !matches!(self.operation.change, Change::Create(_) | Change::Restore(_))
    }

    /// What holds at any time: nobody is lost, nobody is there twice, and nobody's key is dead.
    async fn assert_invariants(&self, cut: &str) {
        self.assert_invariants_in(&self.account.inventory().await, cut);
        self.assert_foreign_unchanged(cut).await;
    }

    /// Nothing that is not ours has changed.
    async fn assert_foreign_unchanged(&self, cut: &str) {
        let now = foreign_resources::read(&self.account, self.foreign.plan.clone()).await;
        assert_eq!(now, self.foreign, "{cut}: something foreign changed");
    }

    fn assert_invariants_in(&self, seen: &Inventory, cut: &str) {
        let now = tenant_key_names(seen);
        assert_eq!(now.len(), seen.tenant_keys().len(), "{cut}: a tenant key is there twice");
        for name in self.keys_before.iter().filter(|name| !self.operation.deleted_keys.contains(*name)) {
            assert!(now.contains(name), "{cut}: {name} is lost; there are {now:?}");
        }
        let kept = self.operation.kept_api_key.as_ref().is_none_or(|key| seen.is_live(key));
        assert!(kept, "{cut}: the old value has stopped working within its grace");
        for row in seen.tenant_keys() {
            let name = format!("{}/{}", row.tenant, row.name);
            let may_be_dead = self.operation.deleted_keys.contains(&name) || self.operation.changes_enabled;
            let alive = seen.is_live(&row.require_api_key().expect("known"));
            assert!(
                alive || may_be_dead,
                "{cut}: {name} refers to dead API key {}",
                row.require_api_key().expect("known")
            );
        }
    }

    /// What holds once the doctor has been there.
    async fn assert_sound(&self, cut: &str) {
        let diagnosis = ops::diagnose(&self.account.aws, &plain_run()).await.expect("a diagnosis");
        self.assert_sound_in(&diagnosis, cut);
        self.assert_foreign_unchanged(cut).await;
    }

    fn assert_sound_in(&self, diagnosis: &DoctorReport, cut: &str) {
        let seen = &*diagnosis.inventory;
        self.assert_invariants_in(seen, cut);
        let is_ours = |id: &keypool_domain::ApiKeyId| !self.foreign.api_keys.contains_key(id.as_str());
        let usable = |key: &&keypool_domain::ApiKey| key.enabled && is_ours(&key.id);
        for key in seen.api_keys().value_to_show().expect("a list").iter().filter(usable) {
            let row = seen
                .tenant_key(&TenantKeyId::new(key.id.as_str()))
                .filter(|row| row.mode().is_known_to_be(&Mode::Siloed));
            let plan = seen.pool_of_api_key(&key.id).map(|pool| &pool.plan).or(row.map(|row| &row.plan));
            let due = key.tags.contains_key(keypool_domain::key::tag::RETIRES_AT);
            let Some(plan) = plan else {
                assert!(due, "{cut}: API key {} \"{}\" is usable and nobody's", key.id, key.name);
                continue;
            };
            let members = seen.members(plan).into_result().expect("members");
            assert!(members.contains(&key.id), "{cut}: API key {} is not in {plan}", key.id);
        }
        for key in seen.pools().iter().flat_map(|pool| &pool.keys) {
            let rows = seen
                .tenant_keys_of_api_key(&key.api_key)
                .filter(|row| row.known_pool_key().is_some())
                .count();
            assert_eq!(
                rows,
                key.require_tenants().expect("a number") as usize,
                "{cut}: the counter of {}",
                key.api_key
            );
        }
        for row in seen.tenant_keys() {
            let id = row.require_api_key().expect("known");
            if !is_ours(&id) {
                continue;
            }
            let key = seen.api_key(&id).key();
            let key = key.unwrap_or_else(|| panic!("{cut}: row {} has no API key", row.id));
            assert!(
                row.mode().is_known_to_be(&Mode::Pooled) || row.enabled.is_known_to_be(&key.enabled),
                "{cut}: row {}",
                row.id
            );
            let pool = row.known_pool_key().map(|key| seen.pool_of_api_key(key).map(|pool| &pool.plan));
            assert!(pool.is_none_or(|plan| plan == Some(&row.plan)), "{cut}: row {} is elsewhere", row.id);
        }
        for (name, plans) in plan_counts(seen) {
            let before = self.plan_counts_before.get(&name).copied().unwrap_or(plans);
            assert_eq!(plans, before, "{cut}: {name} opens more or fewer services than before");
        }
        let left = diagnosis
            .findings
            .iter()
            .filter(|one| one.fix.is_possible() && !ACCEPTED_KINDS.contains(&one.kind));
        let left: Vec<_> = left.map(|one| &one.summary).collect();
        assert!(left.is_empty(), "{cut}: {left:?}");
    }
}

/// Plays all scenes, also where one of them does not hold: each thread its share, on a stack that holds their frames.
fn run_trials<P: Clone + Sync, R: Send, F: Future<Output = R>>(
    points: &[P],
    play: impl Fn(P) -> F + Sync,
) -> Vec<R> {
    let share = |thread: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mine = points.iter().skip(thread).step_by(THREADS).cloned();
        let played = mine.map(|point| runtime.block_on(AssertUnwindSafe(play(point)).catch_unwind()));
        played.collect::<Vec<_>>()
    };
    let played: Vec<_> = std::thread::scope(|scope| {
        let start = |thread| {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, move || share(thread)).expect("a thread")
        };
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("its scenes are caught")).collect()
    });
    let held: Vec<_> = played.into_iter().filter_map(Result::ok).collect();
    assert_eq!(held.len(), points.len(), "what does not hold stands above");
    held
}

/// How many usage plans the API key of each tenant key is in.
fn plan_counts(seen: &Inventory) -> BTreeMap<String, usize> {
    let count = |row: &TenantKey| {
        let key = row.require_api_key().expect("known");
        seen.plans_of_api_key(&key).into_result().expect("the members of every plan").len()
    };
    seen.tenant_keys().iter().map(|row| (format!("{}/{}", row.tenant, row.name), count(row))).collect()
}

/// Tenant keys by tenant and name, which stay what they are whatever API key is behind.
fn tenant_key_names(seen: &Inventory) -> BTreeSet<String> {
    seen.tenant_keys().iter().map(|row| format!("{}/{}", row.tenant, row.name)).collect()
}
