//! What an account without tables cannot have: each change is refused with a sentence, and nothing is written.

use keypool_domain::change::OtherPlans;
use keypool_domain::key_file::{ImportAction, ImportedKey, PlannedKey};
use keypool_domain::{Change, NewPoolRequest, PlanChange, Secret, Strategy};
use keypool_local_aws::{LocalAws, Options, World};

use super::NEED_TABLES;
use crate::wire::test_account::{Account, Backend, TestAccount};

const POOL: &str = "a pool needs tables, and this account has none: create them with `keypool setup tables`";
const IMPORT: &str =
    "an import needs tables, and this account has none: create them with `keypool setup tables`";
const ADOPTION: &str = "without tables, config.toml says which plans keypool manages: edit `plans` under \
                        [tenants] there, for Siloed";

/// Why a case of the suite runs only with tables.
pub(super) enum NeedsTables {
    /// These changes, each with the sentence that refuses it.
    Change(Refused),
    /// A pool, which cannot be created.
    Pool,
    /// Items of the tables, for example a revision.
    Items,
}

type Refused = fn(&TestAccount) -> Vec<(Change, &'static str)>;

/// The changes that no account without tables can have, of all cases.
pub(in crate::wire) fn all(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let of_cases = NEED_TABLES.iter().flat_map(|(_, reason)| match reason {
        NeedsTables::Change(changes) => changes(account),
        NeedsTables::Pool => create_and_dissolve_pool(account),
        NeedsTables::Items => Vec::new(),
    });
    of_cases.chain(adoption(account)).collect()
}

pub(super) fn import(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let key = ImportedKey {
        name: "one".to_owned(),
        value: Secret::new("value-of-one-0123456789"),
        description: String::new(),
        enabled: true,
        plans: vec![account.siloed_plan.clone()],
        tenant: Some("acme".into()),
        expires_at: None,
        existing: None,
    };
    vec![(Change::Import(vec![PlannedKey { line: 2, action: ImportAction::Create, key }]), IMPORT)]
}

pub(super) fn rotate_pool_key(account: &TestAccount) -> Vec<(Change, &'static str)> {
    vec![(Change::RotatePoolKey { api_key: account.pool_keys[0].clone(), grace: 0 }, POOL)]
}

pub(super) fn isolate_and_consolidate(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let tenant_keys = || vec![account.pool_keys[0].as_str().into()];
    let consolidate = Change::Consolidate { tenant_keys: tenant_keys(), other_plans: OtherPlans::Refuse };
    vec![(Change::Isolate(tenant_keys()), POOL), (consolidate, POOL)]
}

pub(super) fn rebalance(account: &TestAccount) -> Vec<(Change, &'static str)> {
    vec![(Change::Rebalance(account.pooled_plan.clone()), POOL)]
}

pub(super) fn grow_and_drain(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let grow = Change::Grow { plan: account.pooled_plan.clone(), count: 1 };
    vec![(grow, POOL), (Change::Drain(account.pool_keys[0].clone()), POOL)]
}

pub(super) fn create_and_dissolve_pool(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let create = Change::CreatePool(NewPoolRequest {
        plan: account.pooled_plan.clone(),
        api_keys: account.pool_keys.to_vec(),
        new_keys: 0,
        strategy: Strategy::LeastTenants,
        capacity: 3,
    });
    vec![(create, POOL), (Change::DissolvePool(account.pooled_plan.clone()), POOL)]
}

pub(super) fn set_pool(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let plan = account.pooled_plan.clone();
    vec![(Change::SetPool { plan, strategy: None, capacity: Some(7) }, POOL)]
}

fn adoption(account: &TestAccount) -> Vec<(Change, &'static str)> {
    let adopt = PlanChange::Adopt { plan: account.siloed_plan.clone(), entry: None };
    [adopt, PlanChange::Release(account.siloed_plan.clone())].map(|change| (change.into(), ADOPTION)).into()
}

#[tokio::test]
async fn what_needs_tables_is_refused_with_the_reason_before_anything_is_written() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build_as(Account::WithoutTables, Backend::LocalAws, &local.endpoint()).await;
    let refused = all(&account);
    assert!(!refused.is_empty());
    local.calls().clear();
    for (change, sentence) in refused {
        let failure = account.apply(&change).await.expect_err("it is refused");
        assert_eq!(failure.to_string(), sentence, "{change:?}");
    }
    let is_read = |operation: &str| operation.starts_with("Get") || operation.starts_with("List");
    let writes: Vec<_> = local.calls().all().into_iter().filter(|call| !is_read(&call.operation)).collect();
    assert!(writes.is_empty(), "{writes:?}");
}
