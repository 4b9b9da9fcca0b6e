//! Random actions undone in reverse order restore the account, apart from ids and revisions.

use std::collections::{BTreeMap, BTreeSet};

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::OtherPlans;
use keypool_domain::drift::FindingKind;
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

use super::support::silent_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount, make_item, s};

/// Number of random sequences.
const SEQUENCES: u32 = 12;

/// A user action. `at` is an index, taken modulo their number, into the tenant keys to which the action applies when it
/// is performed; the flags of an edit say which attributes it changes.
#[derive(Debug, Clone)]
enum UserAction {
    Edit { at: usize, name: bool, description: bool, state: bool },
    ToggleEnabled { at: usize },
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
    let action = prop_oneof![
        edit,
        at().prop_map(|at| UserAction::ToggleEnabled { at }),
        at().prop_map(|at| UserAction::Delete { at }),
        at().prop_map(|at| UserAction::Isolate { at }),
        at().prop_map(|at| UserAction::Consolidate { at }),
        (at(), at()).prop_map(|(at, to)| UserAction::ChangePlan { at, to }),
        Just(UserAction::Grow),
        (3_u32..9).prop_map(UserAction::SetCapacity),
    ];
    vec(action, 1..7)
}

/// The step that undoes an action. It identifies a tenant key by its tenant, which has only one, because ids change.
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

/// Two siloed plans and a pool of two keys, eight tenants with one key each, and attributes unknown to keypool.
struct UndoAccount {
    local: LocalAws,
    account: TestAccount,
    plans: [PlanId; 3],
}

impl UndoAccount {
    async fn build() -> Self {
        let options = Options { world: World::Empty, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let other = account.create_plan("Other").await;
        let plans = [account.siloed_plan.clone(), other, account.pooled_plan.clone()];
        for (n, plan) in [0, 0, 1, 2, 2, 2, 2, 2].into_iter().enumerate() {
            let key = NewTenantKey {
                plan: plans[plan].clone(),
                tenant: format!("t{n}").as_str().into(),
                name: format!("key-{n}"),
                description: "original".to_owned(),
                enabled: n % 3 != 1,
                expires_at: None,
            };
            account.apply(&Change::Create(NewTenantKeys { template: key, count: 1 })).await.expect("a key");
        }
        for tenant_key in account.inventory().await.tenant_keys() {
            let mut item = account.get_item(KEYS_TABLE, tenant_key.id.as_str()).await.expect("the item");
            item.extend(make_item(&[("invoice", s(tenant_key.tenant.as_str()))]));
            account.put_item(KEYS_TABLE, item).await;
        }
        Self { local, account, plans }
    }

    /// An independent copy.
    async fn duplicate(&self) -> Self {
        let local = self.local.fork().await.expect("another local AWS");
        let account = self.account.connect_to(&local.endpoint()).await;
        Self { local, account, plans: self.plans.clone() }
    }

    /// Performs the action where it applies and is allowed; returns the step that undoes it.
    async fn perform(&self, action: &UserAction) -> Option<UndoStep> {
        let inventory = self.account.inventory().await;
        let (change, undo_step) = self.change_and_undo_step(action, &inventory).await?;
        match ops::apply(&self.account.aws, &inventory, &change, &silent_run()).await {
            Ok(_) => Some(undo_step),
            Err(Failure::Refused(_)) => None,
            Err(error) => panic!("{action:?}: {error}"),
        }
    }

    async fn change_and_undo_step(
        &self,
        action: &UserAction,
        inventory: &Inventory,
    ) -> Option<(Change, UndoStep)> {
        let pick = |at: usize, fits: &dyn Fn(&TenantKey) -> bool| {
            let tenant_keys: Vec<_> =
                inventory.tenant_keys().iter().filter(|tenant_key| fits(tenant_key)).collect();
            tenant_keys.get(at.checked_rem(tenant_keys.len())?).map(|tenant_key| (*tenant_key).clone())
        };
        let tenant = |tenant_key: &TenantKey| tenant_key.tenant.to_string();
        Some(match *action {
            UserAction::Edit { at, name, description, state } => {
                let tenant_key = pick(at, &|_| true)?;
                let edit = Edit {
                    name: name.then(|| format!("{}-x", tenant_key.name)),
                    description: description.then(|| format!("{} once", tenant_key.description)),
                    enabled: state.then_some(tenant_key.enabled.is_known_to_be(&false)),
                    expiry: None,
                };
                let before = Edit {
                    name: name.then(|| tenant_key.name.to_string()),
                    description: description.then(|| tenant_key.description.clone()),
                    enabled: state.then_some(tenant_key.enabled.is_known_to_be(&true)),
                    expiry: None,
                };
                let change = Change::Edit { tenant_key: tenant_key.id.clone(), edit };
                (change, UndoStep::Edit(tenant(&tenant_key), before))
            }
            UserAction::ToggleEnabled { at } => {
                let tenant_key = pick(at, &|_| true)?;
                let before = Edit { enabled: tenant_key.enabled.value_to_show().copied(), ..Edit::default() };
                let change = Change::SetEnabled {
                    tenant_keys: vec![tenant_key.id.clone()],
                    enabled: tenant_key.enabled.is_known_to_be(&false),
                };
                (change, UndoStep::Edit(tenant(&tenant_key), before))
            }
            UserAction::Delete { at } => {
                let tenant_key = pick(at, &|_| true)?;
                let change = Change::Delete(vec![tenant_key.id.clone()]);
                match tenant_key.mode().into_result().expect("known") {
                    Mode::Pooled => {
                        (change, UndoStep::Create(NewTenantKey::from_tenant_key(&tenant_key).expect("known")))
                    }
                    Mode::Siloed => {
                        let value = ops::read_key_value(&self.account.aws, inventory, &tenant_key.id)
                            .await
                            .expect("its value");
                        let former = FormerApiKey::from_inventory(&tenant_key.id.as_str().into(), inventory)
                            .expect("its API key");
                        (change, UndoStep::Restore(Box::new(tenant_key), value, Box::new(former)))
                    }
                }
            }
            UserAction::Isolate { at } => {
                let tenant_key = pick(at, &|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Pooled))?;
                (Change::Isolate(vec![tenant_key.id.clone()]), UndoStep::Consolidate(tenant(&tenant_key)))
            }
            UserAction::Consolidate { at } => {
                let can_be_consolidated = |tenant_key: &TenantKey| {
                    tenant_key.mode().is_known_to_be(&Mode::Siloed) && tenant_key.plan == self.plans[2]
                };
                let tenant_key = pick(at, &can_be_consolidated)?;
                (
                    Change::Consolidate {
                        tenant_keys: vec![tenant_key.id.clone()],
                        other_plans: OtherPlans::Refuse,
                    },
                    UndoStep::Isolate(tenant(&tenant_key)),
                )
            }
            UserAction::ChangePlan { at, to } => {
                // Moving back follows the mode of the plan, so a key with another mode would not be restored.
                let has_mode_of_plan = |tenant_key: &TenantKey| {
                    (tenant_key.mode().is_known_to_be(&Mode::Siloed))
                        == (inventory.model(&tenant_key.plan) == Model::Siloed.into())
                };
                let tenant_key = pick(at, &has_mode_of_plan)?;
                let others: Vec<_> = self.plans.iter().filter(|plan| **plan != tenant_key.plan).collect();
                let plan = others[to % others.len()].clone();
                let undo_step = UndoStep::ChangePlan(tenant(&tenant_key), tenant_key.plan.clone());
                (
                    Change::ChangePlan {
                        tenant_keys: vec![tenant_key.id.clone()],
                        plan,
                        other_plans: OtherPlans::Refuse,
                    },
                    undo_step,
                )
            }
            UserAction::Grow => {
                let undo_step = UndoStep::Shrink(pool_keys(inventory));
                (Change::Grow { plan: self.plans[2].clone(), count: 1 }, undo_step)
            }
            UserAction::SetCapacity(capacity) => {
                let before = *inventory.pool(&self.plans[2])?.capacity.value_to_show()?;
                let plan = self.plans[2].clone();
                let change = Change::SetPool { plan, strategy: None, capacity: Some(capacity) };
                (change, UndoStep::SetCapacity(before))
            }
        })
    }

    async fn undo(&self, undo_step: &UndoStep) {
        let inventory = self.account.inventory().await;
        let ids_of = |tenant: &String| {
            let tenant_key =
                inventory.tenant_keys().iter().find(|tenant_key| tenant_key.tenant.as_str() == tenant);
            vec![tenant_key.unwrap_or_else(|| panic!("{tenant} is lost")).id.clone()]
        };
        let change = match undo_step {
            UndoStep::Edit(tenant, edit) if *edit == Edit::default() => {
                panic!("an empty edit of {tenant} is refused")
            }
            UndoStep::Edit(tenant, edit) => {
                Change::Edit { tenant_key: ids_of(tenant).remove(0), edit: edit.clone() }
            }
            UndoStep::Restore(tenant_key, value, api_key) => {
                Change::restore((**tenant_key).clone(), value.clone(), (**api_key).clone())
            }
            UndoStep::Create(key) => Change::Create(NewTenantKeys { template: key.clone(), count: 1 }),
            UndoStep::Consolidate(tenant) => {
                Change::Consolidate { tenant_keys: ids_of(tenant), other_plans: OtherPlans::Refuse }
            }
            UndoStep::Isolate(tenant) => Change::Isolate(ids_of(tenant)),
            UndoStep::ChangePlan(tenant, plan) => Change::ChangePlan {
                tenant_keys: ids_of(tenant),
                plan: plan.clone(),
                other_plans: OtherPlans::Refuse,
            },
            UndoStep::Shrink(before) => {
                let new =
                    pool_keys(&inventory).into_iter().find(|id| !before.contains(id)).expect("the new key");
                Change::Drain(new.as_str().into())
            }
            UndoStep::SetCapacity(capacity) => {
                self.rebalance(&inventory).await;
                let plan = self.plans[2].clone();
                Change::SetPool { plan, strategy: None, capacity: Some(*capacity) }
            }
        };
        let inventory = self.account.inventory().await;
        let result = ops::apply(&self.account.aws, &inventory, &change, &silent_run()).await;
        result.unwrap_or_else(|error| panic!("{undo_step:?}: {error}"));
    }

    /// Levels the pool: restored tenants may have filled a pool key beyond the former capacity.
    async fn rebalance(&self, inventory: &Inventory) {
        let change = Change::Rebalance(self.plans[2].clone());
        let levelled = ops::apply(&self.account.aws, inventory, &change, &silent_run()).await;
        assert!(matches!(levelled, Ok(_) | Err(Failure::Refused(_))), "{levelled:?}");
    }

    /// The whole account without ids and revisions.
    async fn snapshot(&self) -> AccountSnapshot {
        let diagnosis = ops::diagnose(&self.account.aws, &silent_run()).await.expect("a diagnosis");
        // A restored tenant may get another pool key than before, so a skewed pool is accepted.
        let relevant = diagnosis.findings.iter().filter(|finding| {
            finding.fix.is_possible()
                && finding.kind != FindingKind::Skewed
                && finding.subject != *self.plans[1].as_str()
        });
        let findings: Vec<_> = relevant.map(|finding| finding.summary.clone()).collect();
        assert_eq!(findings, [] as [&str; 0]);
        let inventory = self.account.assert_fully_consistent().await;
        let mut keys = BTreeMap::new();
        for tenant_key in inventory.tenant_keys() {
            let api_key = inventory
                .api_key(&tenant_key.require_api_key().expect("known"))
                .key()
                .filter(|_| tenant_key.mode().is_known_to_be(&Mode::Siloed));
            let api_key = api_key.map(|key| {
                (key.name.clone(), key.description.clone(), key.enabled, key.tags.get(tag::OWNER).cloned())
            });
            let item = self.account.get_item(KEYS_TABLE, tenant_key.id.as_str()).await.expect("the item");
            let key = KeySnapshot {
                plan: tenant_key.plan.clone(),
                name: tenant_key.name.to_string(),
                description: tenant_key.description.clone(),
                enabled: tenant_key.enabled.is_known_to_be(&true),
                mode: tenant_key.mode().into_result().expect("known"),
                api_key,
                has_invoice: item.contains_key("invoice"),
            };
            assert!(
                keys.insert(tenant_key.tenant.to_string(), key).is_none(),
                "{} has two keys",
                tenant_key.tenant
            );
        }
        let pool = inventory.pool(&self.plans[2]).expect("the pool");
        AccountSnapshot {
            keys,
            capacity: *pool.capacity.value_to_show().expect("the capacity is known"),
            pool_keys: pool
                .keys
                .iter()
                .map(|key| (key.require_capacity().expect("the capacity is known"), key.state))
                .collect(),
            api_key_count: inventory.api_keys().value_to_show().expect("a list").len(),
        }
    }
}

fn pool_keys(inventory: &Inventory) -> BTreeSet<String> {
    inventory.pools().iter().flat_map(|pool| &pool.keys).map(|key| key.api_key.to_string()).collect()
}

#[derive(Debug, Clone, PartialEq)]
struct KeySnapshot {
    plan: PlanId,
    name: String,
    description: String,
    enabled: bool,
    mode: Mode,
    /// Name, description, enabled and owner of the API key of a siloed tenant key.
    api_key: Option<(String, String, bool, Option<String>)>,
    /// Whether the item still has the attribute `invoice`, which keypool does not know.
    has_invoice: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct AccountSnapshot {
    keys: BTreeMap<String, KeySnapshot>,
    capacity: u32,
    /// Capacity and state of each pool key.
    pool_keys: Vec<(u32, PoolKeyState)>,
    api_key_count: usize,
}

impl AccountSnapshot {
    /// The snapshot without the invoices of these tenants: deleting a tenant key also deletes attributes that keypool
    /// does not know.
    fn without_invoice(mut self, tenants: &BTreeSet<String>) -> Self {
        for tenant in tenants {
            self.keys.get_mut(tenant).expect("a tenant").has_invoice = false;
        }
        self
    }
}

async fn perform_and_undo(
    account: &UndoAccount,
    before: &AccountSnapshot,
    actions: &[UserAction],
) -> Result<usize, TestCaseError> {
    let account = account.duplicate().await;
    let mut undo_steps = Vec::new();
    for action in actions {
        undo_steps.extend(account.perform(action).await);
    }
    let mut deleted = BTreeSet::new();
    for undo_step in undo_steps.iter().rev() {
        account.undo(undo_step).await;
        match undo_step {
            UndoStep::Restore(tenant_key, ..) => deleted.insert(tenant_key.tenant.to_string()),
            UndoStep::Create(key) => deleted.insert(key.tenant.to_string()),
            _ => false,
        };
    }
    proptest::prop_assert_eq!(account.snapshot().await, before.clone().without_invoice(&deleted));
    Ok(undo_steps.len())
}

#[test]
fn undoing_all_actions_in_reverse_order_restores_the_account() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let account = runtime.block_on(UndoAccount::build());
    let before = runtime.block_on(account.snapshot());
    let config = Config { failure_persistence: None, ..Config::with_cases(SEQUENCES) };
    let performed = std::cell::Cell::new(0);
    let result = TestRunner::new(config).run(&action_sequences(), |actions| {
        let count = runtime.block_on(Box::pin(perform_and_undo(&account, &before, &actions)))?;
        performed.set(performed.get() + count);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(performed.get() > SEQUENCES as usize, "only {} actions applied", performed.get());
}
