//! Reading the inventory: content, number of calls, and behaviour where reads are denied or fail.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::{Known, Mode, Model, Presence, Strategy};
use keypool_local_aws::{Answer, Fault, World};

use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws};

#[tokio::test]
async fn the_inventory_of_the_sample_is_complete() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let models: Vec<_> =
        inventory.plans().iter().map(|plan| (plan.name.as_str(), inventory.model(&plan.id))).collect();
    for expected in [
        ("TestPlan", Model::Siloed),
        ("FreePlan", Model::Pooled),
        ("BasicPlan", Model::Sharded),
        ("PremiumPlan", Model::Siloed),
    ] {
        let expected = (expected.0, expected.1.into());
        assert!(models.contains(&expected), "{expected:?} is not in {models:?}");
    }
    let basic = inventory.find_plan("BasicPlan").expect("the plan");
    let pool = inventory.pool(&basic.id).expect("a pool");
    assert_eq!((pool.keys.len(), &pool.capacity, pool.strategy), (5, &10.into(), Strategy::LeastTenants));
    assert_eq!(basic.quota.map(|quota| quota.limit), Some(5_000));
    assert_eq!(basic.stages.len(), 1);
    assert!(basic.price_list_entry.as_ref().is_some_and(|entry| entry.price().is_some()));
    for key in &pool.keys {
        assert!(inventory.is_member(&basic.id, &key.api_key).is_known_to_be(&true));
        assert_eq!(
            inventory.tenant_keys_of_api_key(&key.api_key).len(),
            key.require_tenant_count().expect("the tenant count is known") as usize
        );
    }
    assert!(
        inventory
            .tenant_keys_of_plan(&basic.id)
            .all(|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Pooled))
    );
    assert!(inventory.remarks().is_empty(), "{:?}", inventory.remarks());
}

#[tokio::test]
async fn ten_thousand_keys_take_twenty_calls_and_no_single_reads() {
    let (local, aws) = start_local_aws(World::Scale { plans: 4, keys: 10_000, tenants: 10_000 }).await;
    let inventory = read_inventory(&aws).await;
    assert_eq!(
        (inventory.api_keys().value_to_show().expect("a list").len(), inventory.tenant_keys().len()),
        (10_000, 10_000)
    );
    let calls = local.calls();
    assert_eq!(calls.count("GetApiKeys"), 20);
    assert_eq!(calls.count("GetUsagePlans"), 1);
    assert!(calls.count("GetUsagePlanKeys") <= 24, "{} pages of members", calls.count("GetUsagePlanKeys"));
    assert_eq!(calls.count("GetUsagePlan"), 4, "once per plan, for the tags that the list omits");
    // What an API asks besides a key is read when it is explained, never at start.
    let of_apis =
        ["GetRestApis", "GetRestApi", "GetResources", "GetStage", "GetDomainNames", "GetBasePathMappings"];
    for operation in ["GetApiKey", "GetUsagePlanKey", "GetItem", "Query"].into_iter().chain(of_apis) {
        assert_eq!(calls.count(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn denied_plan_members_give_a_remark() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlanKeys", denied).always());
    let inventory = read_inventory(&aws).await;
    assert!(inventory.plans().iter().all(|plan| inventory.members(&plan.id).reason().is_some()));
    assert!(!inventory.tenant_keys().is_empty());
    assert!(
        inventory.remarks().iter().any(|remark| remark.contains("apigateway:GET")),
        "{:?}",
        inventory.remarks()
    );
}

/// AWS allows at most ten plans per key.
#[tokio::test]
async fn the_plans_of_one_api_key_are_read_without_plan_members() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let (gateway, _) = sdk_clients(&local.endpoint());
    let tenant_key = read_inventory(&aws)
        .await
        .tenant_keys()
        .iter()
        .find(|tenant_key| tenant_key.known_pool_key().is_none())
        .expect("a siloed key")
        .clone();
    for n in 1..10 {
        let plan = gateway.create_usage_plan().name(format!("Extra{n}")).send().await.expect("a plan");
        let attach = gateway.create_usage_plan_key().usage_plan_id(plan.id().expect("an id"));
        attach.key_id(tenant_key.id.as_str()).key_type("API_KEY").send().await.expect("attached");
    }
    let complete = read_inventory(&aws).await;
    let key = tenant_key.require_api_key().expect("known");
    assert_eq!(complete.plans_of_api_key(&key).map(<[_]>::len), Known::Value(10));

    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlanKeys", denied.clone()).always());
    let inventory = read_inventory(&aws).await;
    assert!(inventory.plans_of_api_key(&key).reason().is_some(), "unknown, not none");
    let with_plans =
        ops::with_plans_of_api_keys(&aws, &inventory, std::slice::from_ref(&key)).await.expect("a response");
    let with_plans = with_plans.expect("a response");
    let mut plans = with_plans.plans_of_api_key(&key).into_result().expect("plans").to_vec();
    let mut expected = complete.plans_of_api_key(&key).into_result().expect("known").to_vec();
    plans.sort();
    expected.sort();
    assert_eq!(plans, expected);

    local.faults().script(Fault::on("GetUsagePlans", denied).always());
    let with_plans =
        ops::with_plans_of_api_keys(&aws, &inventory, std::slice::from_ref(&key)).await.expect("a response");
    assert_eq!(with_plans, None, "denied reads leave the plans unknown");
}

#[tokio::test]
async fn a_role_without_access_to_secrets_sees_plans_and_tenants() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let complete = read_inventory(&aws).await;
    let denied = |operation| Fault::on(operation, Answer::AccessDenied { action: None }).always();
    local.faults().script(denied("GetApiKeys"));
    assert_eq!(
        read_inventory(&aws).await.tenant_keys(),
        complete.tenant_keys(),
        "plan members show which keys are siloed"
    );
    local.faults().script(denied("GetUsagePlanKeys"));
    let inventory = read_inventory(&aws).await;
    assert_eq!(inventory.plans().len(), 4);
    assert!(
        inventory.remarks().iter().any(|remark| remark.contains("/apikeys")),
        "{:?}",
        inventory.remarks()
    );
    assert!(inventory.api_keys().reason().is_some());
    let api_key = inventory.api_key(&"5v2seh60kv".into());
    assert!(matches!(api_key, Presence::Unknown(_)), "unknown, not missing: {api_key:?}");
}

#[tokio::test]
async fn each_kind_of_read_failure_has_its_own_error() {
    let (local, aws) = start_local_aws(World::Sample).await;
    for (operation, answer, kind) in [
        ("GetUsagePlans", Answer::AccessDenied { action: Some("apigateway:GET".to_owned()) }, "denied"),
        ("GetApiKeys", Answer::Throttled { retry_after: None }, "too many"),
        ("Scan", Answer::ExpiredToken, "sign in"),
        ("ListTables", Answer::Cut, "unreachable"),
        ("GetApiKeys", Answer::ServerError { status: 500 }, "unexpected"),
    ] {
        local.faults().script(Fault::on(operation, answer).always());
        let failure = ops::read_inventory(&aws, &silent_run()).await.expect_err(operation);
        local.faults().clear();
        let is_expected = match &failure {
            Failure::Denied { action, resource } => {
                kind == "denied" && action == "apigateway:GET" && resource.starts_with("arn:aws:apigateway")
            }
            Failure::TooManyRequests { operation } => kind == "too many" && operation == "GetApiKeys",
            Failure::SignIn { message, .. } => kind == "sign in" && message.contains("expired"),
            Failure::Unreachable { endpoint, .. } => kind == "unreachable" && *endpoint == local.endpoint(),
            Failure::Unexpected { operation, .. } => kind == "unexpected" && operation == "GetApiKeys",
            _ => false,
        };
        assert!(is_expected, "{operation}: {failure:?}");
    }
}

#[tokio::test]
async fn a_closed_port_is_reported_as_unreachable() {
    let (local, aws) = start_local_aws(World::Empty).await;
    local.shutdown().await;
    let failure = ops::read_inventory(&aws, &silent_run()).await.expect_err("unreachable");
    assert!(matches!(&failure, Failure::Unreachable { .. }), "{failure:?}");
}

#[tokio::test]
async fn setup_tables_creates_the_tables_of_an_empty_account() {
    let (local, aws) = start_local_aws(World::Empty).await;
    let before = read_inventory(&aws).await;
    assert!(!before.source().has_tables() && before.tenant_keys().is_empty());
    let first = ops::setup_tables(&aws, &silent_run()).await.expect("tables");
    assert_eq!(first.created(), ["keypool-plans", "keypool-keys", "keypool-pools"]);
    assert!(first.existing.is_empty());
    let again = ops::setup_tables(&aws, &silent_run()).await.expect("tables");
    assert_eq!((again.steps.len(), again.existing), (0, first.created()));
    let inventory = read_inventory(&aws).await;
    assert!(inventory.source().has_tables() && inventory.tenant_keys().is_empty());
    let (_, dynamodb) = sdk_clients(&local.endpoint());
    let keys = dynamodb.describe_table().table_name("keypool-keys").send().await.expect("the table");
    let keys = keys.table.expect("its description");
    let mut indexes: Vec<_> =
        keys.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, ["by-owner", "by-plan-owner", "by-pool-key"]);
}

#[tokio::test]
async fn reading_the_inventory_can_be_cancelled() {
    let (local, aws) = start_local_aws(World::Sample).await;
    local.faults().script(Fault::on("GetApiKeys", Answer::Hang).always());
    let run = silent_run();
    run.cancel.cancel();
    assert_eq!(ops::read_inventory(&aws, &run).await.err(), Some(Failure::Cancelled));
}

#[tokio::test]
async fn the_drifted_sample_is_read_with_one_remark() {
    let (_local, aws) = start_local_aws(World::SampleDrifted).await;
    let inventory = read_inventory(&aws).await;
    let written_by_sample: Vec<_> = inventory
        .tenant_keys()
        .iter()
        .filter(|tenant_key| tenant_key.revision.is_none() && tenant_key.id.as_str().len() == 8)
        .collect();
    assert_eq!(written_by_sample.len(), 3, "pooled keys written by the sample application");
    for tenant_key in written_by_sample {
        assert!(
            inventory
                .pool(&tenant_key.plan)
                .is_some_and(|pool| pool.pool_key(&tenant_key.require_api_key().expect("known")).is_some()),
            "{tenant_key:?}"
        );
    }
    let [remark] = inventory.remarks() else { panic!("{:?}", inventory.remarks()) };
    assert!(remark.starts_with("1 pool key without a counter"), "{remark}");
}
