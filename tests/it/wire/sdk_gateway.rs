//! REST APIs of local AWS through the SDK: resources, deployments, stages, gateway responses, account.

use aws_sdk_apigateway::types::{GatewayResponseType, IntegrationType, Op, PatchOperation};

use super::sdk::SdkAccount;

fn patch(op: Op, path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(op).path(path).value(value).build()
}

/// Creates an API whose `GET /pets` requires a key and deploys it to `prod`; returns API id and resource id.
async fn create_api(account: &SdkAccount) -> (String, String) {
    let gateway = &account.gateway;
    let api = gateway.create_rest_api().name("pets").send().await.unwrap();
    let (api, root) = (api.id.unwrap(), api.root_resource_id.unwrap());
    let pets =
        gateway.create_resource().rest_api_id(&api).parent_id(&root).path_part("pets").send().await.unwrap();
    let pets = pets.id.unwrap();
    let method = gateway.put_method().rest_api_id(&api).resource_id(&pets).http_method("GET");
    method.authorization_type("NONE").api_key_required(true).send().await.unwrap();
    let integration = gateway.put_integration().rest_api_id(&api).resource_id(&pets).http_method("GET");
    let integration = integration.r#type(IntegrationType::Mock);
    integration.request_templates("application/json", r#"{"statusCode": 200}"#).send().await.unwrap();
    let response = gateway.put_method_response().rest_api_id(&api).resource_id(&pets).http_method("GET");
    response.status_code("200").send().await.unwrap();
    let response = gateway.put_integration_response().rest_api_id(&api).resource_id(&pets).http_method("GET");
    let template = response.status_code("200").response_templates("application/json", "[]");
    template.send().await.unwrap();
    gateway.create_deployment().rest_api_id(&api).stage_name("prod").send().await.unwrap();
    (api, pets)
}

#[tokio::test]
async fn methods_and_deployments_are_read_in_full() {
    let account = SdkAccount::start_empty().await;
    let (api, pets) = create_api(&account).await;
    let resources = account.gateway.get_resources().rest_api_id(&api).embed("methods").send().await.unwrap();
    let resource = resources.items().iter().find(|resource| resource.id() == Some(&pets)).unwrap();
    let method = &resource.resource_methods().unwrap()["GET"];
    assert_eq!((resource.path(), method.api_key_required()), (Some("/pets"), Some(true)));
    let integration = method.method_integration().unwrap();
    assert_eq!(integration.r#type(), Some(&IntegrationType::Mock));
    assert!(integration.integration_responses().unwrap().contains_key("200"));

    let method = account.gateway.update_method().rest_api_id(&api).resource_id(&pets).http_method("GET");
    let edited =
        method.patch_operations(patch(Op::Replace, "/apiKeyRequired", "false")).send().await.unwrap();
    assert_eq!(edited.api_key_required(), Some(false));
    let deployments = account.gateway.get_deployments().rest_api_id(&api).send().await.unwrap();
    let deployment = deployments.items()[0].id().unwrap();
    let deployment =
        account.gateway.get_deployment().rest_api_id(&api).deployment_id(deployment).embed("apisummary");
    let deployed = deployment.send().await.unwrap();
    assert!(
        deployed.api_summary().unwrap()["/pets"]["GET"].api_key_required(),
        "the deployment keeps the old setting"
    );
}

#[tokio::test]
async fn stage_throttles_are_read_as_numbers() {
    let account = SdkAccount::start_empty().await;
    let (api, _) = create_api(&account).await;
    let stage = account.gateway.update_stage().rest_api_id(&api).stage_name("prod");
    let patched = stage
        .patch_operations(patch(Op::Replace, "/*/*/throttling/rateLimit", "12.5"))
        .patch_operations(patch(Op::Replace, "/*/*/throttling/burstLimit", "6"))
        .patch_operations(patch(
            Op::Replace,
            "/accessLogSettings/destinationArn",
            "arn:aws:logs:x:y:log-group:z",
        ))
        .send();
    patched.await.unwrap();
    let stage = account.gateway.get_stage().rest_api_id(&api).stage_name("prod").send().await.unwrap();
    let settings = &stage.method_settings().unwrap()["*/*"];
    assert_eq!((settings.throttling_rate_limit(), settings.throttling_burst_limit()), (12.5, 6));
    assert!(stage.access_log_settings().unwrap().destination_arn().is_some());
    assert!(stage.created_date().is_some());
}

#[tokio::test]
async fn gateway_responses_can_be_customised_and_reset() {
    let account = SdkAccount::start_empty().await;
    let (api, _) = create_api(&account).await;
    let get_throttled_response = || {
        account.gateway.get_gateway_response().rest_api_id(&api).response_type(GatewayResponseType::Throttled)
    };
    assert!(get_throttled_response().send().await.unwrap().default_response());

    let put = account
        .gateway
        .put_gateway_response()
        .rest_api_id(&api)
        .response_type(GatewayResponseType::Throttled);
    put.response_parameters("gatewayresponse.header.Retry-After", "'1'").send().await.unwrap();
    let customised = get_throttled_response().send().await.unwrap();
    assert!(!customised.default_response());
    assert_eq!(customised.status_code(), Some("429"));

    let all = account.gateway.get_gateway_responses().rest_api_id(&api).send().await.unwrap();
    assert_eq!(all.items().iter().filter(|response| !response.default_response()).count(), 1);
    let delete = account.gateway.delete_gateway_response().rest_api_id(&api);
    delete.response_type(GatewayResponseType::Throttled).send().await.unwrap();
    assert!(get_throttled_response().send().await.unwrap().default_response());
}

#[tokio::test]
async fn the_throttle_and_role_of_the_account_are_read() {
    let account = SdkAccount::start_empty().await;
    let role = "arn:aws:iam::000000000000:role/logs";
    let update =
        account.gateway.update_account().patch_operations(patch(Op::Replace, "/cloudwatchRoleArn", role));
    update.send().await.unwrap();
    let settings = account.gateway.get_account().send().await.unwrap();
    let throttle = settings.throttle_settings().unwrap();
    assert_eq!((throttle.rate_limit(), throttle.burst_limit()), (10_000.0, 5_000));
    assert_eq!(
        (settings.cloudwatch_role_arn(), settings.features()),
        (Some(role), &["UsagePlans".to_owned()][..])
    );
}
