//! What an API asks besides the key: `explain` names it if and only if a real call is refused because of it.

use aws_sdk_apigateway::types::{ApiKeySourceType, AuthorizerType, Op, PatchOperation};
use keypool::ops;
use keypool_domain::call::diagnosis::{CheckKind, CheckState, Diagnosis};
use keypool_domain::{Change, GatewayResponse, StageRef, Verdict};
use keypool_local_aws::{Answer, Fault};

use super::{ExplainCase, read_inventory, silent_run};

impl ExplainCase {
    async fn patch_api(&self, path: &str, value: &str) {
        let patch = PatchOperation::builder().op(Op::Replace).path(path).value(value).build();
        let request = self.gateway.update_rest_api().rest_api_id(&self.stage.api).patch_operations(patch);
        request.send().await.expect("a patch");
    }

    async fn deploy(&self) {
        let request = self.gateway.create_deployment().rest_api_id(&self.stage.api);
        request.stage_name(&self.stage.stage).send().await.expect("a deployment");
    }

    async fn set_authorization(&self, kind: &str) {
        let api = &self.stage.api;
        let resources = self.gateway.get_resources().rest_api_id(api).send().await.expect("resources");
        let resource = resources.items().iter().find(|resource| resource.path() == Some("/api"));
        let id = resource.and_then(|resource| resource.id()).expect("a resource");
        let mut request = self.gateway.update_method().rest_api_id(api).resource_id(id).http_method("GET");
        let replace = |path: &str, value: &str| {
            PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
        };
        request = request.patch_operations(replace("/authorizationType", kind));
        if ["CUSTOM", "COGNITO_USER_POOLS"].contains(&kind) {
            request = request.patch_operations(replace("/authorizerId", &self.authorizer().await));
        }
        request.send().await.expect("a patch");
    }

    /// The id of the API's authorizer, which is created if it does not exist.
    async fn authorizer(&self) -> String {
        let api = &self.stage.api;
        let existing = self.gateway.get_authorizers().rest_api_id(api).send().await.expect("authorizers");
        if let Some(id) = existing.items().first().and_then(|authorizer| authorizer.id()) {
            return id.to_owned();
        }
        let request = self.gateway.create_authorizer().rest_api_id(api).name("tokens");
        let created = request.r#type(AuthorizerType::Token).send().await.expect("an authorizer");
        created.id.expect("an id")
    }

    /// Asserts that the call is refused because of this check, and that the real response is the predicted one.
    async fn assert_refused_by(&self, kind: CheckKind, response: GatewayResponse) {
        self.refill_buckets();
        let (diagnosis, inventory) = self.explain(None).await;
        let failed = diagnosis.failed_check().unwrap_or_else(|| panic!("{kind:?}: {:#?}", diagnosis.checks));
        assert_eq!((failed.kind, failed.response), (kind, Some(response)), "{}", failed.summary);
        let sample = self.call(&inventory, 1).await;
        assert_eq!(sample.status, response.status(), "{kind:?}");
        assert_eq!(sample.error_type.as_deref(), response.error_type(), "{kind:?}");
        if let Some(message) = response.message() {
            assert_eq!(sample.body, format!("{{\"message\":\"{message}\"}}"), "{kind:?}");
        }
        let (diagnosis, _) = self.explain(Some(sample.verdict)).await;
        assert_eq!(diagnosis.failed_check().map(|check| check.kind), Some(kind), "with the real outcome");
    }

    /// Asserts that nothing fails and that a real call is accepted.
    async fn assert_accepted(&self) -> Diagnosis {
        self.refill_buckets();
        let sample = self.call(&read_inventory(&self.aws).await, 1).await;
        assert_eq!(sample.status, Some(200), "{}", sample.body);
        let (diagnosis, _) = self.explain(Some(sample.verdict)).await;
        assert_eq!(diagnosis.failed_check(), None);
        self.explain(None).await.0
    }

    fn refill_buckets(&self) {
        self.local.clock().advance(std::time::Duration::from_secs(1));
    }

    fn state(diagnosis: &Diagnosis, kind: CheckKind) -> CheckState {
        diagnosis.checks.iter().find(|check| check.kind == kind).expect("the check").state
    }
}

#[tokio::test]
async fn explains_a_disabled_default_endpoint() {
    let case = ExplainCase::new().await;
    case.patch_api("/disableExecuteApiEndpoint", "true").await;
    let sample = case.call(&read_inventory(&case.aws).await, 1).await;
    let (diagnosis, _) = case.explain(Some(sample.verdict)).await;
    assert_eq!((sample.status, diagnosis.failed_check()), (Some(200), None), "the edit is not deployed");
    case.deploy().await;
    case.assert_refused_by(CheckKind::Endpoint, GatewayResponse::Forbidden).await;
    case.patch_api("/disableExecuteApiEndpoint", "false").await;
    case.deploy().await;
    case.assert_accepted().await;
}

#[tokio::test]
async fn a_key_is_rotated_where_its_api_has_no_address_that_can_be_called() {
    let case = ExplainCase::new().await;
    case.patch_api("/disableExecuteApiEndpoint", "true").await;
    case.deploy().await;
    let inventory = read_inventory(&case.aws).await;
    let rotate = Change::Rotate { tenant_keys: vec![case.tenant_key.clone()], grace: 0 };
    ops::apply(&case.aws, &inventory, &rotate, &silent_run()).await.expect("a rotation");
}

#[tokio::test]
async fn a_custom_domain_is_called_where_the_default_endpoint_is_disabled() {
    let case = ExplainCase::new().await;
    case.gateway.create_domain_name().domain_name("api.example.com").send().await.expect("a domain");
    let mapping = case.gateway.create_base_path_mapping().domain_name("api.example.com").base_path("v1");
    let mapping = mapping.rest_api_id(&case.stage.api).stage(&case.stage.stage);
    mapping.send().await.expect("a mapping");
    case.patch_api("/disableExecuteApiEndpoint", "true").await;
    case.deploy().await;
    let inventory = read_inventory(&case.aws).await;
    let plan = case.plan.as_str().into();
    let url = format!("{}/_aws/domain-names/api.example.com/v1", case.local.endpoint());
    let routes = ops::read_routes(&case.aws, &inventory, &plan).await.expect("routes");
    assert!(routes.iter().all(|route| route.invoke_url == url), "{routes:?}");
    let (diagnosis, _) = case.explain(None).await;
    assert_eq!(diagnosis.failed_check(), None);
    let sample = case.call_at(&url, &inventory, 1).await;
    assert_eq!(sample.status, Some(200), "{}", sample.body);
    let refused = case.call(&inventory, 1).await;
    assert_eq!(refused.status, Some(403), "the default endpoint stays disabled");

    let denied = Fault::on("GetDomainNames", Answer::AccessDenied { action: None });
    case.local.faults().script(denied.always());
    let routes = ops::read_routes(&case.aws, &inventory, &plan).await.expect("routes");
    assert!(routes.iter().all(|route| route.invoke_url.contains("/execute-api/")), "{routes:?}");
    case.assert_refused_by(CheckKind::Endpoint, GatewayResponse::Forbidden).await;
    case.local
        .faults()
        .script(Fault::on("GetBasePathMappings", Answer::AccessDenied { action: None }).always());
    let (diagnosis, _) = case.explain(None).await;
    let failed = diagnosis.failed_check().expect("the endpoint");
    for words in ["only a custom domain accepts calls", "which one is unknown", "apigateway:GET"] {
        assert!(failed.summary.contains(words), "{}", failed.summary);
    }
}

/// The routes of the plan are called at this address.
async fn called_address(case: &ExplainCase) -> String {
    let inventory = read_inventory(&case.aws).await;
    let routes = ops::read_routes(&case.aws, &inventory, &case.plan.as_str().into()).await.expect("routes");
    routes[0].invoke_url.clone()
}

#[tokio::test]
async fn a_domain_serves_the_stages_that_are_mapped_to_it() {
    let case = ExplainCase::new().await;
    let StageRef { api, stage } = &case.stage;
    let resources =
        case.gateway.get_stage().rest_api_id(api).stage_name(stage).send().await.expect("the stage");
    let beta = case.gateway.create_stage().rest_api_id(api).stage_name("beta");
    beta.deployment_id(resources.deployment_id().expect("deployed")).send().await.expect("another stage");
    let other = case.gateway.create_rest_api().name("other").send().await.expect("another API");
    let other = other.id().expect("an id");
    case.patch_api("/disableExecuteApiEndpoint", "true").await;
    case.deploy().await;
    assert!(called_address(&case).await.contains("/execute-api/"), "no domain is mapped");
    // The API, base path and stage of the mapping, and the path below the domain at which the stage is called.
    for (number, (mapped_api, base_path, mapped_stage, below)) in [
        (other, None, None, None),
        (api.as_str(), None, Some("beta"), None),
        (api.as_str(), Some("v1"), None, Some(format!("/v1/{stage}"))),
        (api.as_str(), None, None, Some(format!("/{stage}"))),
        (api.as_str(), None, Some(stage.as_str()), Some(String::new())),
        (api.as_str(), Some("v1"), Some(stage.as_str()), Some("/v1".to_owned())),
    ]
    .into_iter()
    .enumerate()
    {
        let domain = format!("api{number}.example.com");
        case.gateway.create_domain_name().domain_name(&domain).send().await.expect("a domain");
        let mapping = case.gateway.create_base_path_mapping().domain_name(&domain).rest_api_id(mapped_api);
        let mapping = mapping.set_base_path(base_path.map(str::to_owned));
        mapping.set_stage(mapped_stage.map(str::to_owned)).send().await.expect("a mapping");
        let address = called_address(&case).await;
        match below {
            None => assert!(address.contains("/execute-api/"), "{address}"),
            Some(below) => {
                let expected = format!("{}/_aws/domain-names/{domain}{below}", case.local.endpoint());
                assert_eq!(address, expected);
                let sample = case.call_at(&address, &read_inventory(&case.aws).await, 1).await;
                assert_eq!(sample.status, Some(200), "{address}: {}", sample.body);
                case.refill_buckets();
                let deleted = case.gateway.delete_domain_name().domain_name(&domain).send().await;
                deleted.expect("deleted");
            }
        }
    }
}

#[tokio::test]
async fn mappings_that_may_not_be_read_are_not_taken_for_none() {
    let case = ExplainCase::new().await;
    case.gateway.create_domain_name().domain_name("api.example.com").send().await.expect("a domain");
    let denied = Answer::AccessDenied { action: None };
    case.local.faults().script(Fault::on("GetBasePathMappings", denied).always());
    case.local.calls().clear();
    case.assert_accepted().await;
    assert_eq!(case.local.calls().count("GetDomainNames"), 0, "read only where a domain is needed");
    case.patch_api("/disableExecuteApiEndpoint", "true").await;
    case.deploy().await;
    assert!(called_address(&case).await.contains("/execute-api/"));
    let (diagnosis, _) = case.explain(None).await;
    let failed = diagnosis.failed_check().expect("the endpoint");
    let words =
        ["only a custom domain accepts calls", "which one is unknown", "apigateway:GET", "basepathmappings"];
    for words in words {
        assert!(failed.summary.contains(words), "{words}: {}", failed.summary);
    }
}

#[tokio::test]
async fn explains_a_private_api() {
    let case = ExplainCase::new().await;
    case.patch_api("/endpointConfiguration/types/EDGE", "PRIVATE").await;
    case.assert_refused_by(CheckKind::Endpoint, GatewayResponse::Forbidden).await;
}

#[tokio::test]
async fn explains_a_policy_that_denies_everyone_and_names_one_that_depends_on_the_caller() {
    let case = ExplainCase::new().await;
    let policy = |statements: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let allow =
        r#"{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}"#;
    let deny = |resource: &str| {
        format!(
            r#"{{"Effect":"Deny","Principal":{{"AWS":"*"}},"Action":"execute-api:Invoke","Resource":"{resource}"}}"#
        )
    };
    let set = async |statements: String| {
        case.patch_api("/policy", &policy(&statements)).await;
        case.deploy().await;
    };
    set(format!("{allow},{}", deny("execute-api:/*/GET/a*"))).await;
    case.assert_refused_by(CheckKind::ResourcePolicy, GatewayResponse::AccessDenied).await;
    set(deny("execute-api:/*/POST/*")).await;
    case.assert_refused_by(CheckKind::ResourcePolicy, GatewayResponse::AccessDenied).await;
    set(format!("{allow},{}", deny("execute-api:/*/POST/*"))).await;
    let diagnosis = case.assert_accepted().await;
    assert_eq!(ExplainCase::state(&diagnosis, CheckKind::ResourcePolicy), CheckState::Passed);
    assert_eq!(
        diagnosis.success_message(),
        "a call with this key should succeed, if the API's settings are deployed"
    );

    let conditional = deny("execute-api:/*").replacen('{', r#"{"Condition":{"IpAddress":{}},"#, 1);
    set(format!("{allow},{conditional}")).await;
    let diagnosis = case.assert_accepted().await;
    assert_eq!(ExplainCase::state(&diagnosis, CheckKind::ResourcePolicy), CheckState::NotChecked);
    assert!(diagnosis.success_message().contains("not checked: resource-policy"));

    set(format!("{allow},{}", deny("execute-api:/*").replacen("Action", "NotAction", 1))).await;
    let (diagnosis, _) = case.explain(None).await;
    let check = diagnosis.checks.iter().find(|check| check.kind == CheckKind::ResourcePolicy);
    assert_eq!(check.map(|check| check.summary.as_str()), Some("the resource policy uses NotAction"));
}

#[tokio::test]
async fn a_refusal_by_settings_that_were_edited_since_the_deployment_is_not_explained_away() {
    let case = ExplainCase::new().await;
    case.patch_api("/disableExecuteApiEndpoint", "true").await;
    case.deploy().await;
    case.patch_api("/disableExecuteApiEndpoint", "false").await;
    let (diagnosis, inventory) = case.explain(None).await;
    assert_eq!(
        diagnosis.success_message(),
        "a call with this key should succeed, if the API's settings are deployed"
    );
    let sample = case.call(&inventory, 1).await;
    assert_eq!(sample.status, Some(403));
    let (diagnosis, _) = case.explain(Some(sample.verdict)).await;
    let message = diagnosis.unexplained_message().expect("nothing explains it");
    let command = format!("`keypool setup deploy --api {} --stage {}`", case.stage.api, case.stage.stage);
    assert!(
        message.starts_with("no check explains this 403; recent edits of the API might not be deployed yet"),
        "{message}"
    );
    assert!(message.ends_with(&command), "{message}");
}

#[tokio::test]
async fn explains_what_a_method_requires_besides_the_key() {
    let case = ExplainCase::new().await;
    for (kind, response) in [
        ("AWS_IAM", GatewayResponse::Unsigned),
        ("CUSTOM", GatewayResponse::Unauthorized),
        ("COGNITO_USER_POOLS", GatewayResponse::Unauthorized),
    ] {
        case.set_authorization(kind).await;
        case.assert_accepted_as_deployed().await;
        case.deploy().await;
        case.assert_refused_by(CheckKind::Authorization, response).await;
        case.set_authorization("NONE").await;
        case.deploy().await;
        case.assert_accepted().await;
    }
    // The key in the header is looked up before the authorizer runs.
    case.set_authorization("CUSTOM").await;
    case.deploy().await;
    case.disable_key().await;
    case.assert_refused_by(CheckKind::Enabled, GatewayResponse::Forbidden).await;
}

impl ExplainCase {
    async fn assert_accepted_as_deployed(&self) {
        let (diagnosis, inventory) = self.explain(None).await;
        assert_eq!(diagnosis.failed_check(), None, "edited, not deployed");
        assert_eq!(self.call(&inventory, 1).await.status, Some(200));
    }
}

#[tokio::test]
async fn explains_that_keys_come_from_an_authorizer() {
    let case = ExplainCase::new().await;
    case.patch_api("/apiKeySource", ApiKeySourceType::Authorizer.as_str()).await;
    case.deploy().await;
    case.assert_refused_by(CheckKind::KeySource, GatewayResponse::Forbidden).await;
    case.disable_key().await;
    case.assert_refused_by(CheckKind::KeySource, GatewayResponse::Forbidden).await;
    case.set_authorization("CUSTOM").await;
    case.deploy().await;
    case.assert_refused_by(CheckKind::Authorization, GatewayResponse::Unauthorized).await;
}

#[tokio::test]
async fn a_web_acl_is_named_and_not_checked() {
    let case = ExplainCase::new().await;
    let arn = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/shield/1";
    assert!(case.local.associate_web_acl(&case.stage.api, &case.stage.stage, arn).expect("memory"));
    let diagnosis = case.assert_accepted().await;
    let check = diagnosis.checks.iter().find(|check| check.kind == CheckKind::WebAcl).expect("the check");
    assert_eq!(check.state, CheckState::NotChecked);
    assert!(check.summary.contains(arn), "{}", check.summary);
    assert!(diagnosis.success_message().contains("not checked: web-acl"), "{}", diagnosis.success_message());
    let (diagnosis, _) = case.explain(Some(Verdict::Forbidden)).await;
    let message = diagnosis.unexplained_message().expect("a message");
    assert!(
        message.starts_with("no check explains this 403; not checked: web-acl; recent edits"),
        "{message}"
    );
}

#[tokio::test]
async fn settings_that_may_not_be_read_are_unknown() {
    let case = ExplainCase::new().await;
    let denied = Fault::on("GetRestApi", Answer::AccessDenied { action: None });
    case.local.faults().script(denied.always());
    let diagnosis = case.assert_accepted().await;
    for kind in [CheckKind::Endpoint, CheckKind::ResourcePolicy, CheckKind::KeySource] {
        assert_eq!(ExplainCase::state(&diagnosis, kind), CheckState::Unknown, "{kind}");
    }
    assert!(diagnosis.success_message().contains("endpoint, resource-policy, key-source"));
}

#[tokio::test]
async fn a_value_that_may_not_be_read_is_unknown_where_the_tenant_key_stores_one() {
    let case = ExplainCase::new().await;
    let denied = Fault::on("GetApiKey", Answer::AccessDenied { action: None });
    case.local.faults().script(denied.always());
    let (diagnosis, _) = case.explain(None).await;
    assert_eq!(ExplainCase::state(&diagnosis, CheckKind::Value), CheckState::Unknown);
    assert!(diagnosis.success_message().contains("not checked: value"), "{}", diagnosis.success_message());
}

#[tokio::test]
async fn a_method_limit_does_not_lift_the_limit_of_the_plan_and_none_at_all_refuses_every_call() {
    let case = ExplainCase::new().await;
    let path = format!("/apiStages/{}/throttle", case.stage);
    case.patch_plan(Op::Replace, &path, r#"{"/api/GET":{"rateLimit":100.0,"burstLimit":100}}"#).await;
    let inventory = read_inventory(&case.aws).await;
    case.local.clock().set("2030-06-03T00:00:00Z".parse().expect("a time"));
    assert_eq!(case.call(&inventory, 6).await.status, Some(429), "the burst of the plan is 5");
    let (diagnosis, _) = case.explain(Some(Verdict::Throttled)).await;
    let failed = diagnosis.failed_check().expect("a failed check");
    assert_eq!(failed.kind, CheckKind::PlanThrottle, "{}", failed.summary);
    case.local.clock().advance(std::time::Duration::from_secs(60));
    case.patch_plan(Op::Replace, &path, r#"{"/api/GET":{"rateLimit":0.0,"burstLimit":0}}"#).await;
    case.assert_refused_by(CheckKind::PlanMethodThrottle, GatewayResponse::Throttled).await;
    let (diagnosis, inventory) = case.explain(None).await;
    let fix = diagnosis.failed_check().and_then(|check| check.fix.clone()).expect("a fix");
    let fix = fix.describe(&inventory);
    assert!(fix.contains(&format!("keypool plans throttle {} GET /api", case.plan)), "{fix}");
}
