//! Usage plans, API keys and usage of local AWS through the SDK, which rejects numbers sent as text.

use aws_sdk_apigateway::operation::get_usage_plans::GetUsagePlansOutput;
use aws_sdk_apigateway::types::{
    Op, PatchOperation, QuotaPeriodType, QuotaSettings, ThrottleSettings, UsagePlan,
};
use keypool_local_aws::{Answer, Fault, World};

use super::sdk::SdkAccount;

fn replace(path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
}

async fn create_plan(account: &SdkAccount) -> String {
    let throttle = ThrottleSettings::builder().rate_limit(1.5).burst_limit(3).build();
    let quota = QuotaSettings::builder().limit(20).period(QuotaPeriodType::Day).build();
    let plan = account.gateway.create_usage_plan().name("Free").throttle(throttle).quota(quota);
    plan.send().await.unwrap().id.unwrap()
}

async fn list_plans(account: &SdkAccount) -> GetUsagePlansOutput {
    account.gateway.get_usage_plans().limit(500).send().await.unwrap()
}

fn limits(plan: &UsagePlan) -> (f64, i32, i32, Option<QuotaPeriodType>) {
    let (throttle, quota) = (plan.throttle.as_ref().unwrap(), plan.quota.as_ref().unwrap());
    (throttle.rate_limit, throttle.burst_limit, quota.limit, quota.period.clone())
}

#[tokio::test]
async fn patched_limits_are_read_as_numbers() {
    let account = SdkAccount::start_empty().await;
    let id = create_plan(&account).await;
    let patched = account
        .gateway
        .update_usage_plan()
        .usage_plan_id(&id)
        .patch_operations(replace("/throttle/rateLimit", "0.1"))
        .patch_operations(replace("/throttle/burstLimit", "7"))
        .patch_operations(replace("/quota/limit", "2000"))
        .patch_operations(replace("/quota/period", "MONTH"))
        .send();
    patched.await.unwrap();
    let listed = list_plans(&account).await;
    assert_eq!(limits(&listed.items()[0]), (0.1, 7, 2000, Some(QuotaPeriodType::Month)));
}

#[tokio::test]
async fn every_world_can_be_listed() {
    let scale = World::Scale { plans: 30, keys: 700, tenants: 10 };
    for (world, min_keys, min_plans) in
        [(World::Sample, 14, 4), (World::SampleDrifted, 0, 4), (scale, 700, 30)]
    {
        let account = SdkAccount::start(world.clone()).await;
        let pages = account.gateway.get_api_keys().limit(500).into_paginator().items().send();
        let api_keys = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        assert!(api_keys.len() >= min_keys, "{world}: {} keys", api_keys.len());
        assert!(list_plans(&account).await.items().len() >= min_plans, "{world}");
        let apis = account.gateway.get_rest_apis().send().await.unwrap();
        for api in apis.items() {
            let id = api.id().unwrap();
            let resources =
                account.gateway.get_resources().rest_api_id(id).embed("methods").send().await.unwrap();
            let methods: Vec<_> =
                resources.items().iter().flat_map(|resource| resource.resource_methods()).collect();
            assert!(!methods.is_empty(), "{world}: no methods");
            assert!(
                !account.gateway.get_stages().rest_api_id(id).send().await.unwrap().item().is_empty(),
                "{world}"
            );
        }
    }
}

#[tokio::test]
async fn listing_ten_thousand_keys_takes_twenty_calls() {
    let account = SdkAccount::start(World::Scale { plans: 1, keys: 10_000, tenants: 1 }).await;
    account.aws.calls().clear();
    let pages = account.gateway.get_api_keys().limit(500).into_paginator().items().send();
    let api_keys = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let ids: std::collections::HashSet<_> = api_keys.iter().map(|key| key.id()).collect();
    assert_eq!((ids.len(), account.aws.calls().count("GetApiKeys")), (10_000, 20));
}

#[tokio::test]
async fn a_key_can_join_a_plan_and_get_more_remaining_calls() {
    let account = SdkAccount::start_empty().await;
    let plan_id = create_plan(&account).await;
    let key = account
        .gateway
        .create_api_key()
        .name("a")
        .enabled(true)
        .tags("ownerId", "acme")
        .send()
        .await
        .unwrap();
    let key_id = key.id().unwrap();
    assert_eq!((key.value().unwrap().len(), key.tags().unwrap()["ownerId"].as_str()), (40, "acme"));

    let join = || {
        account
            .gateway
            .create_usage_plan_key()
            .usage_plan_id(&plan_id)
            .key_id(key_id)
            .key_type("API_KEY")
            .send()
    };
    assert_eq!(join().await.unwrap().value(), key.value());
    assert!(join().await.unwrap_err().into_service_error().is_conflict_exception());

    let extended = account
        .gateway
        .update_usage()
        .usage_plan_id(&plan_id)
        .key_id(key_id)
        .patch_operations(replace("/remaining", "50"));
    extended.send().await.unwrap();
    let day = account.aws.clock().now().to_string()[..10].to_owned();
    let usage = account.gateway.get_usage().usage_plan_id(&plan_id).start_date(&day).end_date(&day);
    let usage = usage.send().await.unwrap();
    assert_eq!(usage.items().unwrap()[key_id], [[0, 50]]);
}

#[tokio::test]
async fn tags_can_contain_spaces_and_slashes() {
    let account = SdkAccount::start_empty().await;
    let key = account.gateway.create_api_key().send().await.unwrap();
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", key.id().unwrap());
    account.gateway.tag_resource().resource_arn(&arn).tags("a b", "c/d&e").send().await.unwrap();
    account.gateway.tag_resource().resource_arn(&arn).tags("keypool:plan", "x").send().await.unwrap();
    account.gateway.untag_resource().resource_arn(&arn).tag_keys("keypool:plan").send().await.unwrap();
    let tags = account.gateway.get_tags().resource_arn(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap(), &[("a b".to_owned(), "c/d&e".to_owned())].into());
}

#[tokio::test]
async fn keys_can_be_imported() {
    let account = SdkAccount::start_empty().await;
    let file = aws_sdk_apigateway::primitives::Blob::new("name,key\na,aaaaaaaaaaaaaaaaaaaa\n");
    let csv = aws_sdk_apigateway::types::ApiKeysFormat::Csv;
    let imported = account.gateway.import_api_keys().body(file).format(csv).send().await.unwrap();
    assert_eq!((imported.ids().len(), imported.warnings().len()), (1, 0));
}

#[tokio::test]
async fn errors_are_typed() {
    let account = SdkAccount::start_empty().await;
    let get_key = || account.gateway.get_api_key().api_key("nokey").send();
    let missing = get_key().await.unwrap_err().into_service_error();
    assert!(missing.is_not_found_exception());
    assert_eq!(missing.meta().message(), Some("Invalid API Key identifier specified"));
    assert!(missing.meta().extra("aws_request_id").is_some());

    let throttled = Fault::on("GetApiKey", Answer::Throttled { retry_after: Some(7) });
    account.aws.faults().script(throttled);
    match get_key().await.unwrap_err().into_service_error() {
        aws_sdk_apigateway::operation::get_api_key::GetApiKeyError::TooManyRequestsException(refused) => {
            assert_eq!(refused.retry_after_seconds(), Some("7"));
        }
        other => panic!("{other:?}"),
    }
    account.aws.faults().script(Fault::on("GetApiKey", Answer::AccessDenied { action: None }));
    let denied = get_key().await.unwrap_err().into_service_error();
    assert_eq!(denied.meta().code(), Some("AccessDeniedException"));
    assert!(denied.meta().message().unwrap().contains("apigateway:GET on resource: arn:aws:apigateway:"));
}
