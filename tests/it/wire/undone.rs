//! Whatever is done to an account and then taken back, the last first, leaves it as it was, apart from ids and revisions.

use std::collections::{BTreeMap, BTreeSet};

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::OtherPlans;
use keypool_domain::drift::Kind;
use keypool_domain::key::tag;
use keypool_domain::{
    Change, Edit, FormerApiKey, Inventory, Mode, Model, NewKey, NewKeys, PlanId, PoolKeyState, Secret,
    TenantKey,
};
use keypool_local_aws::{LocalAws, Options, World};
use proptest::collection::vec;
use proptest::prelude::{any, prop_oneof};
use proptest::strategy::{Just, Strategy};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::stage::{Backend, KEYS, Stage, item, s};
use super::support::unwatched;

/// Sequences that are played.
const CASES: u32 = 12;

/// Something that a person does; `at` picks one of the keys for which it makes sense at that moment.
#[derive(Debug, Clone)]
enum Deed {
    Edit { at: usize, name: bool, description: bool, state: bool },
    Switch { at: usize },
    Delete { at: usize },
    Isolate { at: usize },
    Consolidate { at: usize },
    ChangePlan { at: usize, to: usize },
    Grow,
    SetCapacity(u32),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let at = any::<usize>;
    let edit = (at(), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(at, name, description, state)| Deed::Edit { at, name, description, state });
    let one = prop_oneof![
        edit,
        at().prop_map(|at| Deed::Switch { at }),
        at().prop_map(|at| Deed::Delete { at }),
        at().prop_map(|at| Deed::Isolate { at }),
        at().prop_map(|at| Deed::Consolidate { at }),
        (at(), at()).prop_map(|(at, to)| Deed::ChangePlan { at, to }),
        Just(Deed::Grow),
        (3_u32..9).prop_map(Deed::SetCapacity),
    ];
    vec(one, 1..7)
}

/// What takes a deed back. Tenants have one key each, and are found again whatever id it has then.
#[derive(Debug)]
enum Back {
    Edit(String, Edit),
    Restore(Box<TenantKey>, Secret, Box<FormerApiKey>),
    Create(NewKey),
    Consolidate(String),
    Isolate(String),
    ChangePlan(String, PlanId),
    Shrink(BTreeSet<String>),
    SetCapacity(u32),
}

/// Two siloed plans and a pool of two keys, with a tenant each behind eight keys, and attributes that others keep.
struct Town {
    local: LocalAws,
    stage: Stage,
    plans: [PlanId; 3],
}

impl Town {
    async fn built() -> Self {
        let options = Options { world: World::Empty, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
        let other = stage.another_plan("Other").await;
        let plans = [stage.siloed.clone(), other, stage.sharded.clone()];
        for (n, plan) in [0, 0, 1, 2, 2, 2, 2, 2].into_iter().enumerate() {
            let key = NewKey {
                plan: plans[plan].clone(),
                tenant: format!("t{n}").as_str().into(),
                name: format!("key-{n}"),
                description: "as it was".to_owned(),
                enabled: n % 3 != 1,
            };
            stage.apply(&Change::Create(NewKeys { key, count: 1 })).await.expect("a key");
        }
        for row in stage.inventory().await.rows() {
            let mut there = stage.item(KEYS, row.id.as_str()).await.expect("the row");
            there.extend(item(&[("invoice", s(row.tenant.as_str()))]));
            stage.put(KEYS, there).await;
        }
        Self { local, stage, plans }
    }

    /// The same town, where what is done touches no other.
    async fn again(&self) -> Self {
        let local = self.local.twin().await.expect("another local AWS");
        let stage = self.stage.moved_to(&local.endpoint()).await;
        Self { local, stage, plans: self.plans.clone() }
    }

    /// Does it where it makes sense and is allowed; gives what takes it back.
    async fn do_it(&self, deed: &Deed) -> Option<Back> {
        let seen = self.stage.inventory().await;
        let (change, back) = self.meant(deed, &seen).await?;
        match ops::apply(&self.stage.aws, &seen, &change, &unwatched()).await {
            Ok(_) => Some(back),
            Err(Failure::Refused(_)) => None,
            Err(why) => panic!("{deed:?}: {why}"),
        }
    }

    async fn meant(&self, deed: &Deed, seen: &Inventory) -> Option<(Change, Back)> {
        let pick = |at: usize, fits: &dyn Fn(&TenantKey) -> bool| {
            let rows: Vec<_> = seen.rows().iter().filter(|row| fits(row)).collect();
            rows.get(at.checked_rem(rows.len())?).map(|row| (*row).clone())
        };
        let tenant = |row: &TenantKey| row.tenant.to_string();
        Some(match *deed {
            Deed::Edit { at, name, description, state } => {
                let row = pick(at, &|_| true)?;
                let edit = Edit {
                    name: name.then(|| format!("{}-x", row.name)),
                    description: description.then(|| format!("{} once", row.description)),
                    enabled: state.then_some(row.enabled.is_known_to_be(&false)),
                };
                let before = Edit {
                    name: name.then(|| row.name.clone()),
                    description: description.then(|| row.description.clone()),
                    enabled: state.then_some(row.enabled.is_known_to_be(&true)),
                };
                (Change::Edit { row: row.id.clone(), edit }, Back::Edit(tenant(&row), before))
            }
            Deed::Switch { at } => {
                let row = pick(at, &|_| true)?;
                let before = Edit { enabled: row.enabled.value_to_show().copied(), ..Edit::default() };
                let change = Change::Switch {
                    rows: vec![row.id.clone()],
                    enabled: row.enabled.is_known_to_be(&false),
                };
                (change, Back::Edit(tenant(&row), before))
            }
            Deed::Delete { at } => {
                let row = pick(at, &|_| true)?;
                let change = Change::Delete(vec![row.id.clone()]);
                match row.mode().into_result().expect("known") {
                    Mode::Pooled => (change, Back::Create(NewKey::of(&row).expect("known"))),
                    Mode::Siloed => {
                        let value = ops::secret(&self.stage.aws, seen, &row.id).await.expect("its value");
                        let former =
                            FormerApiKey::listed(&row.id.as_str().into(), seen).expect("its API key");
                        (change, Back::Restore(Box::new(row), value, Box::new(former)))
                    }
                }
            }
            Deed::Isolate { at } => {
                let row = pick(at, &|row| row.mode().is_known_to_be(&Mode::Pooled))?;
                (Change::Isolate(vec![row.id.clone()]), Back::Consolidate(tenant(&row)))
            }
            Deed::Consolidate { at } => {
                let is_alone =
                    |row: &TenantKey| row.mode().is_known_to_be(&Mode::Siloed) && row.plan == self.plans[2];
                let row = pick(at, &is_alone)?;
                (
                    Change::Consolidate { rows: vec![row.id.clone()], others: OtherPlans::Refuse },
                    Back::Isolate(tenant(&row)),
                )
            }
            Deed::ChangePlan { at, to } => {
                // A plan takes a key back in its own way: one that is made otherwise would not be as it was.
                let usual = |row: &TenantKey| {
                    (row.mode().is_known_to_be(&Mode::Siloed)) == (seen.model(&row.plan) == Model::Siloed)
                };
                let row = pick(at, &usual)?;
                let others: Vec<_> = self.plans.iter().filter(|plan| **plan != row.plan).collect();
                let plan = others[to % others.len()].clone();
                let back = Back::ChangePlan(tenant(&row), row.plan.clone());
                (Change::ChangePlan { rows: vec![row.id.clone()], plan, others: OtherPlans::Refuse }, back)
            }
            Deed::Grow => {
                let back = Back::Shrink(pool_keys(seen));
                (Change::Grow { plan: self.plans[2].clone(), count: 1 }, back)
            }
            Deed::SetCapacity(capacity) => {
                let before = *seen.pool(&self.plans[2])?.capacity.value_to_show()?;
                let plan = self.plans[2].clone();
                let change = Change::SetPool { plan, strategy: None, capacity: Some(capacity) };
                (change, Back::SetCapacity(before))
            }
        })
    }

    async fn take_back(&self, back: &Back) {
        let seen = self.stage.inventory().await;
        let ids = |tenant: &String| {
            let row = seen.rows().iter().find(|row| row.tenant.as_str() == tenant);
            vec![row.unwrap_or_else(|| panic!("{tenant} is lost")).id.clone()]
        };
        let change = match back {
            Back::Edit(tenant, edit) if *edit == Edit::default() => {
                panic!("an edit of nothing at {tenant} is refused")
            }
            Back::Edit(tenant, edit) => Change::Edit { row: ids(tenant).remove(0), edit: edit.clone() },
            Back::Restore(row, value, api_key) => {
                Change::restore((**row).clone(), value.clone(), (**api_key).clone())
            }
            Back::Create(key) => Change::Create(NewKeys { key: key.clone(), count: 1 }),
            Back::Consolidate(tenant) => {
                Change::Consolidate { rows: ids(tenant), others: OtherPlans::Refuse }
            }
            Back::Isolate(tenant) => Change::Isolate(ids(tenant)),
            Back::ChangePlan(tenant, plan) => {
                Change::ChangePlan { rows: ids(tenant), plan: plan.clone(), others: OtherPlans::Refuse }
            }
            Back::Shrink(before) => {
                let new = pool_keys(&seen).into_iter().find(|id| !before.contains(id)).expect("the new key");
                Change::Drain(new.as_str().into())
            }
            Back::SetCapacity(capacity) => {
                self.level(&seen).await;
                let plan = self.plans[2].clone();
                Change::SetPool { plan, strategy: None, capacity: Some(*capacity) }
            }
        };
        let seen = self.stage.inventory().await;
        let done = ops::apply(&self.stage.aws, &seen, &change, &unwatched()).await;
        done.unwrap_or_else(|why| panic!("{back:?}: {why}"));
    }

    /// Whoever came back to a key that is fuller than it was leaves room for a smaller capacity.
    async fn level(&self, seen: &Inventory) {
        let levelled =
            ops::apply(&self.stage.aws, seen, &Change::Rebalance(self.plans[2].clone()), &unwatched()).await;
        assert!(matches!(levelled, Ok(_) | Err(Failure::Refused(_))), "{levelled:?}");
    }

    /// Everything that is there, without ids and revisions.
    async fn picture(&self) -> Picture {
        let diagnosis = ops::diagnose(&self.stage.aws, &unwatched()).await.expect("a diagnosis");
        // A tenant that comes back may get another key of the pool than it had.
        let ours = diagnosis.findings.iter().filter(|one| {
            one.fix.is_possible() && one.kind != Kind::Skewed && one.subject != *self.plans[1].as_str()
        });
        let findings: Vec<_> = ours.map(|one| one.seen.clone()).collect();
        assert_eq!(findings, [] as [&str; 0]);
        let seen = self.stage.fits_together().await;
        let mut keys = BTreeMap::new();
        for row in seen.rows() {
            let own = seen
                .api_key(&row.require_api_key().expect("known"))
                .key()
                .filter(|_| row.mode().is_known_to_be(&Mode::Siloed));
            let own = own.map(|key| {
                (key.name.clone(), key.description.clone(), key.enabled, key.tags.get(tag::OWNER).cloned())
            });
            let there = self.stage.item(KEYS, row.id.as_str()).await.expect("the row");
            let key = Key {
                plan: row.plan.clone(),
                name: row.name.clone(),
                description: row.description.clone(),
                enabled: row.enabled.is_known_to_be(&true),
                mode: row.mode().into_result().expect("known"),
                own,
                has_invoice: there.contains_key("invoice"),
            };
            assert!(keys.insert(row.tenant.to_string(), key).is_none(), "{} is there twice", row.tenant);
        }
        let pool = seen.pool(&self.plans[2]).expect("the pool");
        Picture {
            keys,
            capacity: *pool.capacity.value_to_show().expect("a number"),
            pool_keys: pool
                .keys
                .iter()
                .map(|key| (key.require_capacity().expect("a number"), key.state))
                .collect(),
            api_keys: seen.api_keys().value_to_show().expect("a list").len(),
        }
    }
}

fn pool_keys(seen: &Inventory) -> BTreeSet<String> {
    seen.pools().iter().flat_map(|pool| &pool.keys).map(|key| key.api_key.to_string()).collect()
}

#[derive(Debug, Clone, PartialEq)]
struct Key {
    plan: PlanId,
    name: String,
    description: String,
    enabled: bool,
    mode: Mode,
    /// Name, description, state and owner of an API key of its own.
    own: Option<(String, String, bool, Option<String>)>,
    has_invoice: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Picture {
    keys: BTreeMap<String, Key>,
    capacity: u32,
    pool_keys: Vec<(u32, PoolKeyState)>,
    api_keys: usize,
}

impl Picture {
    /// What others keep in a row goes with the row.
    fn without_invoice(mut self, tenants: &BTreeSet<String>) -> Self {
        for tenant in tenants {
            self.keys.get_mut(tenant).expect("a tenant").has_invoice = false;
        }
        self
    }
}

async fn there_and_back(town: &Town, before: &Picture, deeds: &[Deed]) -> Result<usize, TestCaseError> {
    let town = town.again().await;
    let mut done = Vec::new();
    for deed in deeds {
        done.extend(town.do_it(deed).await);
    }
    let mut deleted = BTreeSet::new();
    for back in done.iter().rev() {
        town.take_back(back).await;
        match back {
            Back::Restore(row, ..) => deleted.insert(row.tenant.to_string()),
            Back::Create(key) => deleted.insert(key.tenant.to_string()),
            _ => false,
        };
    }
    proptest::prop_assert_eq!(town.picture().await, before.clone().without_invoice(&deleted));
    Ok(done.len())
}

#[test]
fn what_is_done_and_taken_back_leaves_the_account_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let town = runtime.block_on(Town::built());
    let before = runtime.block_on(town.picture());
    let config = Config { failure_persistence: None, ..Config::with_cases(CASES) };
    let done = std::cell::Cell::new(0);
    let played = TestRunner::new(config).run(&deeds(), |deeds| {
        done.set(done.get() + runtime.block_on(Box::pin(there_and_back(&town, &before, &deeds)))?);
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
    assert!(done.get() > CASES as usize, "{} deeds in all make sense", done.get());
}
