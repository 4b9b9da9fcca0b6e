//! Applying a plan file with the real binary, on local AWS and moto: the second run changes nothing.

use keypool_domain::{PlanId, Strategy};
use keypool_local_aws::{LocalAws, Options, World};

use super::moto::Moto;
use super::test_account::{Backend, TestAccount};
use crate::support::command::Machine;
use crate::support::recording_proxy::RecordingProxy;

/// A new plan and two existing ones.
const PLAN_FILE: &str = r#"
[plans.Gold]
description = "for those who need more"
throttle = { rate = 50, burst = 100 }
quota = { limit = 100000, period = "month" }
stages = ["shop:prod"]
text = "100,000 calls a month"
price = 99.90
product_code = "4bs4z"
pool = { keys = 2, strategy = "sticky", capacity = 7 }
[plans.Gold.methods]
"GET /" = { rate = 5, burst = 10 }

[plans.Siloed]
description = "a key for each tenant"
stages = []

[plans.Sharded]
pool = { keys = 3, capacity = 9 }
"#;

async fn assert_applied_once(backend: Backend, endpoint: String) {
    let account = TestAccount::build(backend, &endpoint).await;
    let proxy = RecordingProxy::start(&endpoint);
    let machine = Machine::new()
        .with_env("AWS_ENDPOINT_URL", proxy.endpoint())
        .with_credentials()
        .with_file("plans.toml", PLAN_FILE);
    let line = format!("setup plan -f {} -o json", machine.path("plans.toml").display());
    let run = |flag: &str| {
        let output = machine.run(&format!("{line} {flag}"));
        assert_eq!(output.status, 0, "{}", output.stderr);
        (output.stdout, proxy.take_writes())
    };
    let (planned, writes) = tokio::task::block_in_place(|| run("--dry-run"));
    assert_eq!(writes, [] as [&str; 0], "a dry run writes nothing");
    let (first, writes) = tokio::task::block_in_place(|| run("--yes"));
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(parse(&first), parse(&planned)["planFile"]);
    let inventory = account.inventory().await;
    let gold = inventory.find_plan("Gold").expect("the new plan");
    let patch = |plan: &PlanId| format!("PATCH /usageplans/{plan}");
    let pool_key_writes = |plan: &PlanId| {
        let attach = format!("POST /usageplans/{plan}/keys");
        // The first write sets the work mark, the last one removes it.
        [
            "UpdateItem".to_owned(),
            "POST /apikeys".to_owned(),
            attach,
            // The pool item in the Keys table.
            "PutItem".to_owned(),
            "TransactWriteItems".to_owned(),
            "DeleteItem".to_owned(),
        ]
    };
    let expected = [
        vec!["POST /usageplans".to_owned(), patch(&gold.id), "UpdateItem".to_owned()],
        vec!["TransactWriteItems".to_owned()],
        pool_key_writes(&gold.id).to_vec(),
        pool_key_writes(&gold.id).to_vec(),
        // First the capacity is set, then the third pool key is added.
        vec!["TransactWriteItems".to_owned()],
        pool_key_writes(&account.pooled_plan).to_vec(),
        vec![patch(&account.siloed_plan), "UpdateItem".to_owned()],
    ];
    assert_eq!(writes, expected.concat(), "one PATCH per plan");
    assert_eq!(gold.product_code.as_deref(), Some("4bs4z"));
    let pools = [&gold.id, &account.pooled_plan].map(|plan| {
        let pool = inventory.pool(plan).expect("a pool");
        (
            pool.keys.len(),
            pool.strategy,
            pool.capacity.value_to_show().copied(),
            pool.keys.iter().all(|key| key.capacity == pool.capacity),
        )
    });
    assert_eq!(pools, [(2, Strategy::Sticky, Some(7), true), (3, Strategy::LeastTenants, Some(9), true)]);
    assert_eq!((gold.stages.len(), gold.method_throttles.len()), (1, 1));
    let entry = gold.price_list_entry.as_ref().expect("the price-list entry");
    assert_eq!(
        (entry.quota.as_str(), entry.description.as_str()),
        ("100000 per MONTH", "100,000 calls a month")
    );
    assert_eq!(inventory.plan(&account.siloed_plan).expect("the siloed plan").stages, []);

    let (second, writes) = tokio::task::block_in_place(|| run("--yes"));
    assert_eq!(writes, [] as [&str; 0], "the second run changes nothing");
    assert_eq!(second.matches("\"unchanged\"").count(), 3, "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_plan_file_again_changes_nothing_on_local_aws() {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    assert_applied_once(Backend::LocalAws, local.endpoint()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_plan_file_again_changes_nothing_on_moto() {
    let Some(moto) = Moto::start("plan files against moto") else { return };
    assert_applied_once(Backend::Moto, moto.endpoint.clone()).await;
}
