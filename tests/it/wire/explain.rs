//! `explain` names the check that fails, and a real call gets exactly the response that it predicts.

mod access;

use std::sync::Mutex;

use aws_sdk_apigateway::types::{GatewayResponseType, Op, PatchOperation};
use keypool::aws::Aws;
use keypool::ops::{self, CallRequest, ExplainRequest, ProbePlan, Sample};
use keypool_domain::call::diagnosis::{Check, CheckKind, CheckState, Diagnosis, SuggestedFix};
use keypool_domain::{
    Change, GatewayResponse, Inventory, NewTenantKey, NewTenantKeys, StageRef, TenantKeyId, Verdict,
};
use keypool_local_aws::{Answer, Fault, LocalAws, Switches, World};
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws};

/// The sample, one of its siloed keys, and SDK clients to break things.
struct ExplainCase {
    local: LocalAws,
    aws: Aws,
    gateway: aws_sdk_apigateway::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    plan: String,
    tenant_key: TenantKeyId,
    stage: StageRef,
    path: &'static str,
}

impl ExplainCase {
    async fn new() -> Self {
        let (local, aws) = start_local_aws(World::Sample).await;
        let (gateway, dynamodb) = sdk_clients(&local.endpoint());
        let inventory = read_inventory(&aws).await;
        let plan = inventory.find_plan("TestPlan").expect("the plan");
        let tenant_key = inventory.tenant_keys_of_plan(&plan.id).next().expect("the tenant key").id.clone();
        let (plan, stage) = (plan.id.to_string(), plan.stages[0].clone());
        Self { local, aws, gateway, dynamodb, plan, tenant_key, stage, path: "/api" }
    }

    fn request(&self, verdict: Option<Verdict>) -> ExplainRequest {
        ExplainRequest {
            key_or_tenant: self.tenant_key.to_string(),
            stage: Some(self.stage.clone()),
            method: Some(format!("GET {}", self.path)),
            verdict,
            ..ExplainRequest::default()
        }
    }

    async fn explain(&self, verdict: Option<Verdict>) -> (Diagnosis, Inventory) {
        let inventory = read_inventory(&self.aws).await;
        let request = self.request(verdict);
        let mut diagnoses =
            ops::explain(&self.aws, &inventory, &request, &silent_run()).await.expect("an explanation");
        (diagnoses.remove(0), inventory)
    }

    async fn call(&self, inventory: &Inventory, count: u32) -> Sample {
        let StageRef { api, stage } = &self.stage;
        let url = format!("{}/_aws/execute-api/{api}/{stage}", self.local.endpoint());
        self.call_at(&url, inventory, count).await
    }

    async fn call_at(&self, url: &str, inventory: &Inventory, count: u32) -> Sample {
        let request = CallRequest {
            invoke_url: url.to_owned(),
            method: "GET".to_owned(),
            path: self.path.to_owned(),
            ..CallRequest::default()
        };
        let plan = ProbePlan { tenant_key: self.tenant_key.clone(), request, count, rate: None };
        let samples = Mutex::new(Vec::new());
        let push = |sample| samples.lock().expect("one thread").push(sample);
        ops::probe(&self.aws, inventory, &plan, &push, &CancellationToken::new()).await.expect("answers");
        samples.into_inner().expect("one thread").pop().expect("a sample")
    }

    /// Asserts that this check fails and that a real call gets the predicted response, word for word.
    async fn assert_fails_at(&self, kind: CheckKind, verdict: Option<Verdict>) -> Diagnosis {
        let (diagnosis, inventory) = self.explain(verdict).await;
        let failed = diagnosis
            .failed_check()
            .unwrap_or_else(|| panic!("{kind:?} does not fail: {:#?}", diagnosis.checks));
        assert_eq!(failed.kind, kind, "{}", failed.summary);
        let predicted = failed.response.expect("a response");
        let sample = self.call(&inventory, 1).await;
        assert_eq!(sample.status, predicted.status(), "{kind:?}");
        assert_eq!(sample.error_type.as_deref(), predicted.error_type(), "{kind:?}");
        let body = format!("{{\"message\":\"{}\"}}", predicted.message().expect("a message"));
        assert_eq!(sample.body, body, "{kind:?}");
        diagnosis
    }

    /// Applies the suggested fix, which must be a change, and asserts that the call succeeds afterwards.
    async fn apply_suggested_fix(&self, diagnosis: &Diagnosis) {
        let Some(SuggestedFix::Change(change)) = &diagnosis.failed_check().expect("a failed check").fix
        else {
            panic!("no suggested change: {:#?}", diagnosis.failed_check())
        };
        let inventory = read_inventory(&self.aws).await;
        ops::apply(&self.aws, &inventory, change, &silent_run()).await.expect("the suggested change");
        self.assert_call_succeeds().await;
    }

    async fn assert_call_succeeds(&self) {
        let sample = self.call(&read_inventory(&self.aws).await, 1).await;
        assert_eq!(sample.status, Some(200));
        let (diagnosis, _) = self.explain(Some(sample.verdict)).await;
        assert_eq!(diagnosis.failed_check(), None);
    }

    async fn patch_plan(&self, op: Op, path: &str, value: &str) {
        let patch = PatchOperation::builder().op(op).path(path).value(value).build();
        let request = self.gateway.update_usage_plan().usage_plan_id(&self.plan);
        request.patch_operations(patch).send().await.expect("a patch");
    }

    async fn exhaust_quota(&self) {
        let exhausted = PatchOperation::builder().op(Op::Replace).path("/remaining").value("0").build();
        let request = self.gateway.update_usage().usage_plan_id(&self.plan).key_id(self.tenant_key.as_str());
        request.patch_operations(exhausted).send().await.expect("a patch");
    }

    async fn disable_key(&self) {
        let disable = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
        let request =
            self.gateway.update_api_key().api_key(self.tenant_key.as_str()).patch_operations(disable);
        request.send().await.expect("a patch");
    }

    async fn patch_stage(&self, path: &str, value: &str) {
        let patch = PatchOperation::builder().op(Op::Replace).path(path).value(value).build();
        let request = self.gateway.update_stage().rest_api_id(&self.stage.api).stage_name(&self.stage.stage);
        request.patch_operations(patch).send().await.expect("a patch");
    }
}

#[tokio::test]
async fn a_working_key_passes_every_check() {
    let case = ExplainCase::new().await;
    let (diagnosis, _) = case.explain(None).await;
    assert!(
        diagnosis.checks.iter().all(|check| match check.kind {
            CheckKind::Deployment => check.state == CheckState::NotChecked,
            _ => check.state == CheckState::Passed,
        }),
        "{:#?}",
        diagnosis.checks
    );
    case.assert_call_succeeds().await;
}

#[tokio::test]
async fn explains_a_missing_stage_or_method() {
    let mut case = ExplainCase::new().await;
    case.path = "/nowhere";
    case.assert_fails_at(CheckKind::Method, None).await;
    case.path = "/api";
    case.stage.stage = "nosuch".to_owned();
    case.assert_fails_at(CheckKind::Stage, None).await;
}

#[tokio::test]
async fn explains_that_a_deployed_method_without_required_key_is_open() {
    let case = ExplainCase::new().await;
    let api = &case.stage.api;
    let resources = case.gateway.get_resources().rest_api_id(api).send().await.expect("resources");
    let resource =
        resources.items().iter().find(|resource| resource.path() == Some("/api")).expect("a resource");
    let open = PatchOperation::builder().op(Op::Replace).path("/apiKeyRequired").value("false").build();
    let request = case.gateway.update_method().rest_api_id(api).resource_id(resource.id().expect("an id"));
    request.http_method("GET").patch_operations(open).send().await.expect("a patch");
    let disable = keypool_domain::Edit { enabled: Some(false), ..Default::default() };
    let change = Change::Edit { tenant_key: case.tenant_key.clone(), edit: disable };
    let inventory = read_inventory(&case.aws).await;
    ops::apply(&case.aws, &inventory, &change, &silent_run()).await.expect("it is disabled");
    // Edited but not deployed: the disabled key is still refused.
    case.assert_fails_at(CheckKind::Enabled, None).await;
    let deploy = case.gateway.create_deployment().rest_api_id(api).stage_name(&case.stage.stage);
    deploy.send().await.expect("a deployment");
    let (diagnosis, inventory) = case.explain(None).await;
    let failed = diagnosis.failed_check().expect("the method is open");
    assert_eq!((failed.kind, failed.response), (CheckKind::Method, Some(GatewayResponse::KeyNotRequired)));
    assert_eq!(case.call(&inventory, 1).await.status, Some(200), "the key is not checked");
}

#[tokio::test]
async fn explains_a_deleted_key() {
    let case = ExplainCase::new().await;
    case.gateway
        .delete_api_key()
        .api_key(case.tenant_key.as_str())
        .send()
        .await
        .expect("the API key is deleted");
    case.assert_fails_at(CheckKind::Key, None).await;
}

#[tokio::test]
async fn explains_a_wrong_stored_value() {
    let case = ExplainCase::new().await;
    let wrong_value = aws_sdk_dynamodb::types::AttributeValue::S("w".repeat(40));
    let tables = case.dynamodb.list_tables().send().await.expect("tables").table_names.unwrap_or_default();
    let table = tables.iter().find(|name| name.contains("eys")).expect("the Keys table");
    let tenant_key = aws_sdk_dynamodb::types::AttributeValue::S(case.tenant_key.to_string());
    let request = case.dynamodb.update_item().table_name(table).key("id", tenant_key);
    let request = request.update_expression("SET #v = :v").expression_attribute_names("#v", "value");
    request.expression_attribute_values(":v", wrong_value).send().await.expect("a write");
    let diagnosis = case.assert_fails_at(CheckKind::Value, None).await;
    case.apply_suggested_fix(&diagnosis).await;
}

#[tokio::test]
async fn explains_a_disabled_key() {
    let case = ExplainCase::new().await;
    case.disable_key().await;
    let diagnosis = case.assert_fails_at(CheckKind::Enabled, None).await;
    case.apply_suggested_fix(&diagnosis).await;
}

#[tokio::test]
async fn explains_a_key_without_plan() {
    let case = ExplainCase::new().await;
    let request =
        case.gateway.delete_usage_plan_key().usage_plan_id(&case.plan).key_id(case.tenant_key.as_str());
    request.send().await.expect("the key leaves the plan");
    let diagnosis = case.assert_fails_at(CheckKind::Plan, None).await;
    case.apply_suggested_fix(&diagnosis).await;
}

#[tokio::test]
async fn explains_a_plan_that_does_not_cover_the_stage() {
    let case = ExplainCase::new().await;
    case.patch_plan(Op::Remove, "/apiStages", &case.stage.to_string()).await;
    case.assert_fails_at(CheckKind::StageCovered, None).await;
}

#[tokio::test]
async fn explains_throttles_of_plan_method_and_stage() {
    let case = ExplainCase::new().await;
    let inventory = read_inventory(&case.aws).await;
    case.local.clock().set("2030-06-03T00:00:00Z".parse().expect("a time"));
    let throttled = Some(Verdict::Throttled);
    assert_eq!(case.call(&inventory, 6).await.status, Some(429), "the burst of TestPlan is 5");
    let diagnosis = case.assert_fails_at(CheckKind::PlanThrottle, throttled).await;
    assert!(
        diagnosis.failed_check().is_some_and(|check| check.summary.contains("10 req/s per key, burst 5"))
    );
    case.local.clock().advance(std::time::Duration::from_secs(60));
    let path = format!("/apiStages/{}/throttle", case.stage);
    let throttles = r#"{"/api/GET":{"rateLimit":1.0,"burstLimit":1}}"#;
    case.patch_plan(Op::Replace, &path, throttles).await;
    assert_eq!(case.call(&inventory, 2).await.status, Some(429));
    let diagnosis = case.assert_fails_at(CheckKind::PlanMethodThrottle, throttled).await;
    assert!(
        diagnosis.failed_check().is_some_and(|check| check.summary.contains("limit for GET /api: 1 req/s"))
    );
    case.local.clock().advance(std::time::Duration::from_secs(60));
    case.patch_stage("/*/*/throttling/rateLimit", "0.5").await;
    case.patch_stage("/*/*/throttling/burstLimit", "1").await;
    assert_eq!(case.call(&inventory, 2).await.status, Some(429));
    case.assert_fails_at(CheckKind::StageThrottle, throttled).await;
}

#[tokio::test]
async fn explains_an_exhausted_quota() {
    let case = ExplainCase::new().await;
    case.exhaust_quota().await;
    let diagnosis = case.assert_fails_at(CheckKind::Quota, None).await;
    assert!(diagnosis.failed_check().is_some_and(|check| check.summary.contains("0 left of 20/day")));
}

#[tokio::test]
async fn a_429_that_was_seen_makes_the_quota_figure() {
    let case = ExplainCase::new().await;
    let (diagnosis, _) = case.explain(Some(Verdict::QuotaExhausted)).await;
    let summary = &diagnosis.failed_check().expect("the quota").summary;
    assert!(summary.starts_with("20 used, 0 left of 20/day (100%); 429 seen "), "{summary}");
}

#[tokio::test]
async fn explains_a_key_that_is_not_yet_propagated() {
    let mut case = ExplainCase::new().await;
    case.local.set_switches(Switches { propagation_seconds: 25, ..Switches::default() });
    let inventory = read_inventory(&case.aws).await;
    let key = NewTenantKey {
        plan: case.plan.as_str().into(),
        tenant: "newcomer".into(),
        name: "web".to_owned(),
        description: String::new(),
        enabled: true,
        expires_at: None,
    };
    let change = Change::Create(NewTenantKeys { template: key, count: 1 });
    let applied = ops::apply(&case.aws, &inventory, &change, &silent_run()).await.expect("a key");
    case.tenant_key = applied.created[0].clone();
    let (diagnosis, inventory) = case.explain(None).await;
    assert_eq!(diagnosis.failed_check(), None, "only a call tells");
    assert!(diagnosis.success_message().contains("not checked: propagation"), "{diagnosis:?}");
    let refused = case.call(&inventory, 1).await.verdict;
    let (diagnosis, _) = case.explain(Some(refused)).await;
    assert_eq!(diagnosis.failed_check().map(|check| check.kind), Some(CheckKind::Propagation));
    case.local.set_switches(Switches::default());
    let (diagnosis, inventory) =
        case.explain(Some(case.call(&read_inventory(&case.aws).await, 1).await.verdict)).await;
    assert_eq!(diagnosis.failed_check(), None, "an accepted key is propagated");
    assert_eq!(case.call(&inventory, 1).await.status, Some(200));
}

/// Sets a custom gateway response and deploys it.
async fn customise_response(case: &ExplainCase, kind: GatewayResponseType, status: &str, body: Option<&str>) {
    let put = case.gateway.put_gateway_response().rest_api_id(&case.stage.api).response_type(kind);
    let templates = body.map(|body| [("application/json".to_owned(), body.to_owned())].into());
    put.status_code(status).set_response_templates(templates).send().await.expect("a gateway response");
    let deploy = case.gateway.create_deployment().rest_api_id(&case.stage.api).stage_name(&case.stage.stage);
    deploy.send().await.expect("a deployment");
}

#[tokio::test]
async fn explains_customised_gateway_responses() {
    let case = ExplainCase::new().await;
    customise_response(&case, GatewayResponseType::QuotaExceeded, "402", Some(r#"{"pay":"more"}"#)).await;
    customise_response(&case, GatewayResponseType::Default4Xx, "418", None).await;
    case.assert_call_succeeds().await;
    case.exhaust_quota().await;
    let (diagnosis, inventory) = case.explain(None).await;
    let response = diagnosis.failed_check().and_then(Check::actual_response).expect("a response");
    let sample = case.call(&inventory, 1).await;
    assert_eq!((sample.status, sample.body.as_str()), (response.status(), r#"{"pay":"more"}"#));
    assert_eq!((response.status(), response.message()), (Some(402), None));
    assert_eq!(response.describe(), "402, this API's own response instead of 429 Limit Exceeded");
    assert_eq!(
        (response.response, sample.verdict),
        (GatewayResponse::QuotaExhausted, Verdict::QuotaExhausted)
    );

    case.disable_key().await;
    let (diagnosis, inventory) = case.explain(None).await;
    let response = diagnosis.failed_check().and_then(Check::actual_response).expect("a response");
    let sample = case.call(&inventory, 1).await;
    assert_eq!(
        (sample.status, response.status(), response.message()),
        (Some(418), Some(418), Some("Forbidden"))
    );

    let denied = Fault::on("GetGatewayResponses", Answer::AccessDenied { action: None });
    case.local.faults().script(denied.always());
    let (diagnosis, _) = case.explain(None).await;
    let failed = diagnosis.failed_check().expect("a failed check");
    assert_eq!(
        (failed.custom, failed.response),
        (None, Some(GatewayResponse::Forbidden)),
        "falls back to the default response if denied"
    );
}
