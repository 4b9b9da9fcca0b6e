//! Tenant keys of a plan or tenant are read by index, and no change rests on such a read.

use keypool::aws::{Aws, Failure, IndexAvailability, Target};
use keypool::ops::{self, KeySelection};
use keypool_domain::{AccountPart, Change, Inventory, Refusal, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::{sdk_clients, silent_run, target};
use super::test_account::{Backend, TestAccount};
use crate::support::old_tables::create_old_tables;

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    account.create_keys(&account.siloed_plan, "own", 2).await;
    account.create_keys(&account.pooled_plan, "shared", 3).await;
    (local, account)
}

async fn read_selected(aws: &Aws, plan: Option<&str>, tenant: Option<&str>) -> Result<Inventory, Failure> {
    let run = silent_run();
    match ops::read_selected_inventory(aws, &run, KeySelection { plan, tenant }).await? {
        Some(inventory) => Ok(inventory),
        None => ops::read_inventory(aws, &run).await,
    }
}

fn keys_with(inventory: &Inventory, is_selected: impl Fn(&TenantKey) -> bool) -> Vec<TenantKey> {
    inventory.tenant_keys().iter().filter(|tenant_key| is_selected(tenant_key)).cloned().collect()
}

#[tokio::test]
async fn a_plan_a_tenant_and_a_tenant_in_a_plan_are_one_query_each() {
    let (local, account) = start_account().await;
    let all = account.inventory().await;
    let tenant = all.tenant_keys()[0].tenant.to_string();
    let plan = account.pooled_plan.as_str();
    let cases = [
        (Some("Sharded"), None),
        (Some(plan), None),
        (None, Some(&*tenant)),
        (Some("Sharded"), Some(&*tenant)),
    ];
    for (plan, tenant) in cases {
        let expected = keys_with(&all, |key| {
            plan.is_none_or(|_| key.plan == account.pooled_plan)
                && tenant.is_none_or(|tenant| key.tenant.as_str() == tenant)
        });
        local.calls().clear();
        let read = read_selected(&account.aws, plan, tenant).await.expect("an inventory");
        assert!(!expected.is_empty());
        assert_eq!(keys_with(&read, |_| true), expected, "{plan:?} {tenant:?}");
        // The scans are those of the Plans and Pools tables.
        assert_eq!(
            (local.calls().count("Query"), local.calls().count("Scan")),
            (1, 2),
            "{plan:?} {tenant:?}"
        );
        for tenant_key in read.tenant_keys() {
            assert_eq!(read.mode_name(tenant_key), all.mode_name(tenant_key));
        }
    }
    let unknown = read_selected(&account.aws, Some("nope"), None).await.expect_err("no such plan");
    assert!(matches!(unknown, Failure::NoSuchPlan(_)), "{unknown}");
    let without_keys = read_selected(&account.aws, None, Some("unknown")).await.expect("an inventory");
    assert!(without_keys.tenant_keys().is_empty());
}

#[tokio::test]
async fn no_change_rests_on_an_index() {
    let (local, account) = start_account().await;
    let read = read_selected(&account.aws, Some("Sharded"), None).await.expect("an inventory");
    assert!(!read.extent(AccountPart::TenantKeys).is_complete());
    local.calls().clear();
    let ids: Vec<_> = read.tenant_keys().iter().map(|tenant_key| tenant_key.id.clone()).collect();
    let refused = ops::apply(&account.aws, &read, &Change::Delete(ids), &silent_run()).await;
    // References can be deleted without the list, but only as they were read again.
    assert!(matches!(refused, Err(Failure::Refused(Refusal::Unknown(_)))), "{refused:?}");
    let drain = Change::Drain(account.pool_keys[0].clone());
    let refused = ops::apply(&account.aws, &read, &drain, &silent_run()).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::NotReadYet(_)))), "{refused:?}");
    assert_eq!(local.calls().count("TransactWriteItems"), 0);
}

#[tokio::test]
async fn without_its_indexes_or_the_permission_the_table_is_scanned() {
    let (local, account) = start_account().await;
    let all = account.inventory().await;
    local.faults().script(Fault::on("Query", Answer::AccessDenied { action: None }).always());
    let read = read_selected(&account.aws, Some("Sharded"), None).await.expect("an inventory");
    assert_eq!((read.is_complete(), read.tenant_keys().len()), (true, all.tenant_keys().len()));

    let old =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    create_old_tables(&sdk_clients(&old.endpoint()).1).await;
    let aws = Aws::connect(&target(&old.endpoint())).await.expect("a connection");
    let read = read_selected(&aws, None, Some("acme")).await.expect("an inventory");
    assert_eq!((read.is_complete(), old.calls().count("Query")), (true, 0));
}

#[tokio::test]
async fn a_table_above_the_limit_is_not_scanned_but_its_indexes_are_read() {
    let (local, account) = start_account().await;
    let limited = Target { scan_limit: Some(4), ..target(&local.endpoint()) };
    let aws = Aws::connect(&limited).await.expect("a connection");
    local.calls().clear();
    let refused = ops::read_inventory(&aws, &silent_run()).await.expect_err("refused");
    let expected = Failure::LargeTable {
        table: "keypool-keys".to_owned(),
        items: 5,
        limit: 4,
        indexes: IndexAvailability::Ready,
    };
    assert_eq!(refused, expected);
    let read = read_selected(&aws, Some("Sharded"), None).await.expect("an inventory");
    assert_eq!(read.tenant_keys().len(), 3);
    drop(account);
    let enough = Target { scan_limit: Some(5), ..limited };
    let aws = Aws::connect(&enough).await.expect("a connection");
    assert_eq!(ops::read_inventory(&aws, &silent_run()).await.expect("an inventory").tenant_keys().len(), 5);
}
