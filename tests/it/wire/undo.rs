//! Whatever is done to an account and then taken back, the last first, leaves it as it was, apart from ids and revisions.

use std::collections::{BTreeMap, BTreeSet};

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::OtherPlans;
use keypool_domain::drift::Kind;
use keypool_domain::key::tag;
use keypool_domain::{
    Change, Edit, FormerApiKey, Inventory, Mode, Model, NewTenantKey, NewTenantKeys, PlanId, PoolKeyState,
    Secret, TenantKey,
};
use keypool_local_aws::{LocalAws, Options, World};
use proptest::collection::vec;
use proptest::prelude::{any, prop_oneof};
use proptest::strategy::{Just, Strategy};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::support::plain_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount, item, s};

/// Sequences that are played.
const SEQUENCES: u32 = 12;

/// Something that a person does; `at` picks one of the keys for which it makes sense at that moment.
#[derive(Debug, Clone)]
enum UserAction {
    Edit { at: usize, name: bool, description: bool, state: bool },
    Switch { at: usize },
    Delete { at: usize },
    Isolate { at: usize },
    Consolidate { at: usize },
    ChangePlan { at: usize, to: usize },
    Grow,
    SetCapacity(u32),
}

fn action_sequences() -> impl Strategy<Value = Vec<UserAction>> {
    let at = any::<usize>;
    let edit = (at(), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(at, name, description, state)| UserAction::Edit { at, name, description, state });
    let one = prop_oneof![
        edit,
        at().prop_map(|at| UserAction::Switch { at }),
        at().prop_map(|at| UserAction::Delete { at }),
        at().prop_map(|at| UserAction::Isolate { at }),
        at().prop_map(|at| UserAction::Consolidate { at }),
        (at(), at()).prop_map(|(at, to)| UserAction::ChangePlan { at, to }),
        Just(UserAction::Grow),
        (3_u32..9).prop_map(UserAction::SetCapacity),
    ];
    vec(one, 1..7)
}

/// What takes a deed back. Tenants have one key each, and are found again whatever id it has then.
#[derive(Debug)]
enum UndoStep {
    Edit(String, Edit),
    Restore(Box<TenantKey>, Secret, Box<FormerApiKey>),
    Create(NewTenantKey),
    Consolidate(String),
    Isolate(String),
    ChangePlan(String, PlanId),
    Shrink(BTreeSet<String>),
    SetCapacity(u32),
}

/// Two siloed plans and a pool of two keys, with a tenant each behind eight keys, and attributes that others keep.
struct UndoAccount {
    local: LocalAws,
    account: TestAccount,
    plans: [PlanId; 3],
}

impl UndoAccount {
    async fn build() -> Self {
        let options = Options { world: World::Empty, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let other = stage.create_plan("Other").await;
        let plans = [stage.siloed_plan.clone(), other, stage.sharded_plan.clone()];
        for (n, plan) in [0, 0, 1, 2, 2, 2, 2, 2].into_iter().enumerate() {
            let key = NewTenantKey {
                plan: plans[plan].clone(),
                tenant: format!("t{n}").as_str().into(),
                name: format!("key-{n}"),
                description: "as it was".to_owned(),
                enabled: n % 3 != 1,
            };
            stage.apply(&Change::Create(NewTenantKeys { template: key, count: 1 })).await.expect("a key");
        }
        for row in stage.inventory().await.tenant_keys() {
            let mut there = stage.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row");
            there.extend(item(&[("invoice", s(row.tenant.as_str()))]));
            stage.put_item(KEYS_TABLE, there).await;
        }
        Self { local, account: stage, plans }
    }

    /// The same town, where what is done touches no other.
    async fn duplicate(&self) -> Self {
        let local = self.local.twin().await.expect("another local AWS");
        let stage = self.account.connect_to(&local.endpoint()).await;
        Self { local, account: stage, plans: self.plans.clone() }
    }

    /// Does it where it makes sense and is allowed; gives what takes it back.
    async fn perform(&self, deed: &UserAction) -> Option<UndoStep> {
        let seen = self.account.inventory().await;
        let (change, back) = self.change_and_undo_step(deed, &seen).await?;
        match ops::apply(&self.account.aws, &seen, &change, &plain_run()).await {
            Ok(_) => Some(back),
            Err(Failure::Refused(_)) => None,
            Err(why) => panic!("{deed:?}: {why}"),
        }
    }

    async fn change_and_undo_step(&self, deed: &UserAction, seen: &Inventory) -> Option<(Change, UndoStep)> {
        let pick = |at: usize, fits: &dyn Fn(&TenantKey) -> bool| {
            let rows: Vec<_> = seen.tenant_keys().iter().filter(|row| fits(row)).collect();
            rows.get(at.checked_rem(rows.len())?).map(|row| (*row).clone())
        };
        let tenant = |row: &TenantKey| row.tenant.to_string();
        Some(match *deed {
            UserAction::Edit { at, name, description, state } => {
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
                (Change::Edit { tenant_key: row.id.clone(), edit }, UndoStep::Edit(tenant(&row), before))
            }
            UserAction::Switch { at } => {
                let row = pick(at, &|_| true)?;
                let before = Edit { enabled: row.enabled.value_to_show().copied(), ..Edit::default() };
                let change = Change::SetEnabled {
                    tenant_keys: vec![row.id.clone()],
                    enabled: row.enabled.is_known_to_be(&false),
                };
                (change, UndoStep::Edit(tenant(&row), before))
            }
            UserAction::Delete { at } => {
                let row = pick(at, &|_| true)?;
                let change = Change::Delete(vec![row.id.clone()]);
                match row.mode().into_result().expect("known") {
                    Mode::Pooled => {
                        (change, UndoStep::Create(NewTenantKey::from_tenant_key(&row).expect("known")))
                    }
                    Mode::Siloed => {
                        let value =
                            ops::read_key_value(&self.account.aws, seen, &row.id).await.expect("its value");
                        let former =
                            FormerApiKey::from_inventory(&row.id.as_str().into(), seen).expect("its API key");
                        (change, UndoStep::Restore(Box::new(row), value, Box::new(former)))
                    }
                }
            }
            UserAction::Isolate { at } => {
                let row = pick(at, &|row| row.mode().is_known_to_be(&Mode::Pooled))?;
                (Change::Isolate(vec![row.id.clone()]), UndoStep::Consolidate(tenant(&row)))
            }
            UserAction::Consolidate { at } => {
                let is_alone =
                    |row: &TenantKey| row.mode().is_known_to_be(&Mode::Siloed) && row.plan == self.plans[2];
                let row = pick(at, &is_alone)?;
                (
                    Change::Consolidate { tenant_keys: vec![row.id.clone()], others: OtherPlans::Refuse },
                    UndoStep::Isolate(tenant(&row)),
                )
            }
            UserAction::ChangePlan { at, to } => {
                // A plan takes a key back in its own way: one that is made otherwise would not be as it was.
                let usual = |row: &TenantKey| {
                    (row.mode().is_known_to_be(&Mode::Siloed)) == (seen.model(&row.plan) == Model::Siloed)
                };
                let row = pick(at, &usual)?;
                let others: Vec<_> = self.plans.iter().filter(|plan| **plan != row.plan).collect();
                let plan = others[to % others.len()].clone();
                let back = UndoStep::ChangePlan(tenant(&row), row.plan.clone());
                (
                    Change::ChangePlan {
                        tenant_keys: vec![row.id.clone()],
                        plan,
                        others: OtherPlans::Refuse,
                    },
                    back,
                )
            }
            UserAction::Grow => {
                let back = UndoStep::Shrink(pool_keys(seen));
                (Change::Grow { plan: self.plans[2].clone(), count: 1 }, back)
            }
            UserAction::SetCapacity(capacity) => {
                let before = *seen.pool(&self.plans[2])?.capacity.value_to_show()?;
                let plan = self.plans[2].clone();
                let change = Change::SetPool { plan, strategy: None, capacity: Some(capacity) };
                (change, UndoStep::SetCapacity(before))
            }
        })
    }

    async fn undo(&self, back: &UndoStep) {
        let seen = self.account.inventory().await;
        let ids = |tenant: &String| {
            let row = seen.tenant_keys().iter().find(|row| row.tenant.as_str() == tenant);
            vec![row.unwrap_or_else(|| panic!("{tenant} is lost")).id.clone()]
        };
        let change = match back {
            UndoStep::Edit(tenant, edit) if *edit == Edit::default() => {
                panic!("an edit of nothing at {tenant} is refused")
            }
            UndoStep::Edit(tenant, edit) => {
                Change::Edit { tenant_key: ids(tenant).remove(0), edit: edit.clone() }
            }
            UndoStep::Restore(row, value, api_key) => {
                Change::restore((**row).clone(), value.clone(), (**api_key).clone())
            }
            UndoStep::Create(key) => Change::Create(NewTenantKeys { template: key.clone(), count: 1 }),
            UndoStep::Consolidate(tenant) => {
                Change::Consolidate { tenant_keys: ids(tenant), others: OtherPlans::Refuse }
            }
            UndoStep::Isolate(tenant) => Change::Isolate(ids(tenant)),
            UndoStep::ChangePlan(tenant, plan) => Change::ChangePlan {
                tenant_keys: ids(tenant),
                plan: plan.clone(),
                others: OtherPlans::Refuse,
            },
            UndoStep::Shrink(before) => {
                let new = pool_keys(&seen).into_iter().find(|id| !before.contains(id)).expect("the new key");
                Change::Drain(new.as_str().into())
            }
            UndoStep::SetCapacity(capacity) => {
                self.rebalance(&seen).await;
                let plan = self.plans[2].clone();
                Change::SetPool { plan, strategy: None, capacity: Some(*capacity) }
            }
        };
        let seen = self.account.inventory().await;
        let done = ops::apply(&self.account.aws, &seen, &change, &plain_run()).await;
        done.unwrap_or_else(|why| panic!("{back:?}: {why}"));
    }

    /// Whoever came back to a key that is fuller than it was leaves room for a smaller capacity.
    async fn rebalance(&self, seen: &Inventory) {
        let levelled =
            ops::apply(&self.account.aws, seen, &Change::Rebalance(self.plans[2].clone()), &plain_run())
                .await;
        assert!(matches!(levelled, Ok(_) | Err(Failure::Refused(_))), "{levelled:?}");
    }

    /// Everything that is there, without ids and revisions.
    async fn snapshot(&self) -> AccountSnapshot {
        let diagnosis = ops::diagnose(&self.account.aws, &plain_run()).await.expect("a diagnosis");
        // A tenant that comes back may get another key of the pool than it had.
        let ours = diagnosis.findings.iter().filter(|one| {
            one.fix.is_possible() && one.kind != Kind::Skewed && one.subject != *self.plans[1].as_str()
        });
        let findings: Vec<_> = ours.map(|one| one.summary.clone()).collect();
        assert_eq!(findings, [] as [&str; 0]);
        let seen = self.account.assert_fully_consistent().await;
        let mut keys = BTreeMap::new();
        for row in seen.tenant_keys() {
            let own = seen
                .api_key(&row.require_api_key().expect("known"))
                .key()
                .filter(|_| row.mode().is_known_to_be(&Mode::Siloed));
            let own = own.map(|key| {
                (key.name.clone(), key.description.clone(), key.enabled, key.tags.get(tag::OWNER).cloned())
            });
            let there = self.account.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row");
            let key = KeySnapshot {
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
        AccountSnapshot {
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
struct KeySnapshot {
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
struct AccountSnapshot {
    keys: BTreeMap<String, KeySnapshot>,
    capacity: u32,
    pool_keys: Vec<(u32, PoolKeyState)>,
    api_keys: usize,
}

impl AccountSnapshot {
    /// What others keep in a row goes with the row.
    fn without_invoice(mut self, tenants: &BTreeSet<String>) -> Self {
        for tenant in tenants {
            self.keys.get_mut(tenant).expect("a tenant").has_invoice = false;
        }
        self
    }
}

async fn perform_and_undo(
    town: &UndoAccount,
    before: &AccountSnapshot,
    deeds: &[UserAction],
) -> Result<usize, TestCaseError> {
    let town = town.duplicate().await;
    let mut done = Vec::new();
    for deed in deeds {
        done.extend(town.perform(deed).await);
    }
    let mut deleted = BTreeSet::new();
    for back in done.iter().rev() {
        town.undo(back).await;
        match back {
            UndoStep::Restore(row, ..) => deleted.insert(row.tenant.to_string()),
            UndoStep::Create(key) => deleted.insert(key.tenant.to_string()),
            _ => false,
        };
    }
    proptest::prop_assert_eq!(town.snapshot().await, before.clone().without_invoice(&deleted));
    Ok(done.len())
}

#[test]
fn undoing_all_actions_in_reverse_order_restores_the_account() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let town = runtime.block_on(UndoAccount::build());
    let before = runtime.block_on(town.snapshot());
    let config = Config { failure_persistence: None, ..Config::with_cases(SEQUENCES) };
    let done = std::cell::Cell::new(0);
    let played = TestRunner::new(config).run(&action_sequences(), |deeds| {
        done.set(done.get() + runtime.block_on(Box::pin(perform_and_undo(&town, &before, &deeds)))?);
        Ok(())
    });
    played.unwrap_or_else(|why| panic!("{why}"));
    assert!(done.get() > SEQUENCES as usize, "{} deeds in all make sense", done.get());
}
