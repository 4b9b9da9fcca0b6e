//! Reading the account: what is seen, with how many calls, and what happens where something may not be read.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::{Known, Mode, Model, Presence, Strategy};
use keypool_local_aws::{Answer, Fault, World};

use super::support::{plain_run, read_inventory, sdk_clients, start_local_aws};

#[tokio::test]
async fn the_inventory_of_the_sample_is_complete() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let models: Vec<_> = seen.plans().iter().map(|plan| (plan.name.as_str(), seen.model(&plan.id))).collect();
    for expected in [
        ("TestPlan", Model::Siloed),
        ("FreePlan", Model::Pooled),
        ("BasicPlan", Model::Sharded),
        ("PremiumPlan", Model::Siloed),
    ] {
        assert!(models.contains(&expected), "{expected:?} is not in {models:?}");
    }
    let basic = seen.find_plan("BasicPlan").expect("the plan");
    let pool = seen.pool(&basic.id).expect("a pool");
    assert_eq!((pool.keys.len(), &pool.capacity, pool.strategy), (5, &10.into(), Strategy::LeastTenants));
    assert_eq!(basic.quota.map(|quota| quota.limit), Some(5_000));
    assert_eq!(basic.stages.len(), 1);
    assert!(basic.price_list_entry.as_ref().is_some_and(|window| window.price.is_some()));
    for key in &pool.keys {
        assert!(seen.is_member(&basic.id, &key.api_key).is_known_to_be(&true));
        assert_eq!(
            seen.tenant_keys_of_api_key(&key.api_key).len(),
            key.require_tenants().expect("a number") as usize
        );
    }
    assert!(seen.tenant_keys_of_plan(&basic.id).all(|row| row.mode().is_known_to_be(&Mode::Pooled)));
    assert!(seen.remarks().is_empty(), "{:?}", seen.remarks());
}

#[tokio::test]
async fn ten_thousand_keys_take_twenty_calls_and_no_single_reads() {
    let (local, aws) = start_local_aws(World::Scale { plans: 4, keys: 10_000, tenants: 10_000 }).await;
    let seen = read_inventory(&aws).await;
    assert_eq!(
        (seen.api_keys().value_to_show().expect("a list").len(), seen.tenant_keys().len()),
        (10_000, 10_000)
    );
    let calls = local.calls();
    assert_eq!(calls.count("GetApiKeys"), 20);
    assert_eq!(calls.count("GetUsagePlans"), 1);
    assert!(calls.count("GetUsagePlanKeys") <= 24, "{} pages of members", calls.count("GetUsagePlanKeys"));
    assert_eq!(calls.count("GetUsagePlan"), 4, "the tags of each plan, which the list leaves out");
    for single in ["GetApiKey", "GetUsagePlanKey", "GetItem", "Query"] {
        assert_eq!(calls.count(single), 0, "{single}");
    }
}

#[tokio::test]
async fn denied_plan_members_give_a_remark() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlanKeys", denied).always());
    let seen = read_inventory(&aws).await;
    assert!(seen.plans().iter().all(|plan| seen.members(&plan.id).reason().is_some()));
    assert!(!seen.tenant_keys().is_empty());
    assert!(seen.remarks().iter().any(|remark| remark.contains("apigateway:GET")), "{:?}", seen.remarks());
}

/// Ten plans are the most that AWS allows one key.
#[tokio::test]
async fn the_plans_of_one_api_key_are_read_without_plan_members() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let (gateway, _) = sdk_clients(&local.endpoint());
    let row = read_inventory(&aws)
        .await
        .tenant_keys()
        .iter()
        .find(|row| row.known_pool_key().is_none())
        .expect("one")
        .clone();
    for n in 1..10 {
        let plan = gateway.create_usage_plan().name(format!("Extra{n}")).send().await.expect("a plan");
        let attach = gateway.create_usage_plan_key().usage_plan_id(plan.id().expect("an id"));
        attach.key_id(row.id.as_str()).key_type("API_KEY").send().await.expect("attached");
    }
    let whole = read_inventory(&aws).await;
    let key = row.require_api_key().expect("known");
    assert_eq!(whole.plans_of_api_key(&key).map(<[_]>::len), Known::Value(10));

    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlanKeys", denied.clone()).always());
    let seen = read_inventory(&aws).await;
    assert!(seen.plans_of_api_key(&key).reason().is_some(), "unknown, not none");
    let asked = ops::with_plans_of_api_keys(&aws, &seen, std::slice::from_ref(&key)).await.expect("asked");
    let asked = asked.expect("an answer");
    let mut plans = asked.plans_of_api_key(&key).into_result().expect("known now").to_vec();
    let mut expected = whole.plans_of_api_key(&key).into_result().expect("known").to_vec();
    plans.sort();
    expected.sort();
    assert_eq!(plans, expected);

    local.faults().script(Fault::on("GetUsagePlans", denied).always());
    let asked = ops::with_plans_of_api_keys(&aws, &seen, std::slice::from_ref(&key)).await.expect("asked");
    assert_eq!(asked, None, "a denied question leaves it unknown");
}

#[tokio::test]
async fn a_role_without_access_to_secrets_sees_plans_and_tenants() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let whole = read_inventory(&aws).await;
    let denied = |operation| Fault::on(operation, Answer::AccessDenied { action: None }).always();
    local.faults().script(denied("GetApiKeys"));
    assert_eq!(
        read_inventory(&aws).await.tenant_keys(),
        whole.tenant_keys(),
        "the members tell which keys are tenants' own"
    );
    local.faults().script(denied("GetUsagePlanKeys"));
    let seen = read_inventory(&aws).await;
    assert_eq!(seen.plans().len(), 4);
    assert!(seen.remarks().iter().any(|remark| remark.contains("/apikeys")), "{:?}", seen.remarks());
    assert!(seen.api_keys().reason().is_some());
    let seen_key = seen.api_key(&"5v2seh60kv".into());
    assert!(matches!(seen_key, Presence::Unknown(_)), "unknown, not missing: {seen_key:?}");
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
        let failure = ops::read_inventory(&aws, &plain_run()).await.expect_err(operation);
        local.faults().clear();
        let fits = match &failure {
            Failure::Denied { action, resource } => {
                kind == "denied" && action == "apigateway:GET" && resource.starts_with("arn:aws:apigateway")
            }
            Failure::TooManyRequests { operation } => kind == "too many" && operation == "GetApiKeys",
            Failure::SignIn { message, .. } => kind == "sign in" && message.contains("expired"),
            Failure::Unreachable { endpoint, .. } => kind == "unreachable" && *endpoint == local.endpoint(),
            Failure::Unexpected { operation, .. } => kind == "unexpected" && operation == "GetApiKeys",
            _ => false,
        };
        assert!(fits, "{operation}: {failure:?}");
    }
}

#[tokio::test]
async fn a_closed_port_is_reported_as_unreachable() {
    let (local, aws) = start_local_aws(World::Empty).await;
    local.shutdown().await;
    let failure = ops::read_inventory(&aws, &plain_run()).await.expect_err("nothing there");
    assert!(matches!(&failure, Failure::Unreachable { .. }), "{failure:?}");
}

#[tokio::test]
async fn an_empty_account_suggests_setup_tables_which_creates_them() {
    let (local, aws) = start_local_aws(World::Empty).await;
    let failure = ops::read_inventory(&aws, &plain_run()).await.expect_err("no tables");
    assert!(
        matches!(&failure, Failure::Tables(said) if said.contains("keypool setup tables")),
        "{failure:?}"
    );
    let made = ops::setup_tables(&aws, &plain_run()).await.expect("tables");
    assert_eq!(made.created, ["keypool-plans", "keypool-keys", "keypool-pools"]);
    assert!(made.existing.is_empty());
    let again = ops::setup_tables(&aws, &plain_run()).await.expect("tables");
    assert_eq!((again.created.len(), again.existing), (0, made.created));
    let seen = read_inventory(&aws).await;
    assert!(seen.plans().is_empty() && seen.tenant_keys().is_empty());
    let (_, dynamodb) = sdk_clients(&local.endpoint());
    let keys = dynamodb.describe_table().table_name("keypool-keys").send().await.expect("the table");
    let keys = keys.table.expect("its description");
    let mut indexes: Vec<_> =
        keys.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, ["by-owner", "by-plan", "by-pool-key"]);
}

#[tokio::test]
async fn reading_the_inventory_can_be_cancelled() {
    let (local, aws) = start_local_aws(World::Sample).await;
    local.faults().script(Fault::on("GetApiKeys", Answer::Hang).always());
    let run = plain_run();
    run.cancel.cancel();
    assert_eq!(ops::read_inventory(&aws, &run).await.err(), Some(Failure::Cancelled));
}

#[tokio::test]
async fn the_inventory_of_the_drifted_sample_is_read() {
    let (_local, aws) = start_local_aws(World::SampleDrifted).await;
    let seen = read_inventory(&aws).await;
    let theirs: Vec<_> = seen
        .tenant_keys()
        .iter()
        .filter(|row| row.revision.is_none() && row.id.as_str().len() == 8)
        .collect();
    assert_eq!(theirs.len(), 3, "references that the sample's own code wrote");
    for row in theirs {
        assert!(
            seen.pool(&row.plan)
                .is_some_and(|pool| pool.pool_key(&row.require_api_key().expect("known")).is_some()),
            "{row:?}"
        );
    }
    let [remark] = seen.remarks() else { panic!("{:?}", seen.remarks()) };
    assert!(remark.starts_with("1 pool key without a counter"), "{remark}");
}
