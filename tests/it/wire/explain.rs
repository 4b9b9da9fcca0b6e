//! Every link that `explain` blames is the one because of which the same call is really answered so.

use std::sync::Mutex;

use aws_sdk_apigateway::types::{GatewayResponseType, Op, PatchOperation};
use keypool::aws::Aws;
use keypool::ops::{self, Asking, CallRequest, ProbePlan, Sample};
use keypool_domain::call::chain::{Chain, Link, LinkKind, LinkState, Remedy};
use keypool_domain::{Answer, Change, Inventory, NewKey, NewKeys, RowId, StageRef, Verdict};
use keypool_local_aws::{Answer as Refusal, Fault, LocalAws, Switches, World};
use tokio_util::sync::CancellationToken;

use super::support::{clients, inventory, started, unwatched};

/// The sample, one of its siloed keys, and somebody beside the program who spoils things.
struct Case {
    local: LocalAws,
    aws: Aws,
    gateway: aws_sdk_apigateway::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    plan: String,
    row: RowId,
    stage: StageRef,
    path: &'static str,
}

impl Case {
    async fn new() -> Self {
        let (local, aws) = started(World::Sample).await;
        let (gateway, dynamodb) = clients(&local.endpoint());
        let seen = inventory(&aws).await;
        let plan = seen.find_plan("TestPlan").expect("the plan");
        let row = seen.rows_of(&plan.id).next().expect("a row").id.clone();
        let (plan, stage) = (plan.id.to_string(), plan.stages[0].clone());
        Self { local, aws, gateway, dynamodb, plan, row, stage, path: "/api" }
    }

    fn asking(&self, verdict: Option<Verdict>) -> Asking {
        Asking {
            whom: self.row.to_string(),
            stage: Some(self.stage.clone()),
            method: Some(format!("GET {}", self.path)),
            verdict,
        }
    }

    async fn explained(&self, verdict: Option<Verdict>) -> (Chain, Inventory) {
        let seen = inventory(&self.aws).await;
        let asking = self.asking(verdict);
        let mut chains = ops::explain(&self.aws, &seen, &asking, &unwatched()).await.expect("an explanation");
        (chains.remove(0), seen)
    }

    async fn called(&self, seen: &Inventory, count: u32) -> Sample {
        let StageRef { api, stage } = &self.stage;
        let request = CallRequest {
            invoke_url: format!("{}/_aws/execute-api/{api}/{stage}", self.local.endpoint()),
            method: "GET".to_owned(),
            path: self.path.to_owned(),
            ..CallRequest::default()
        };
        let plan = ProbePlan { row: self.row.clone(), request, count, rate: None };
        let samples = Mutex::new(Vec::new());
        let keep = |sample| samples.lock().expect("one thread").push(sample);
        ops::probe(&self.aws, seen, &plan, &keep, &CancellationToken::new()).await.expect("answers");
        samples.into_inner().expect("one thread").pop().expect("a sample")
    }

    /// What fails is this link, and the call is answered as it says, word for word.
    async fn fails(&self, kind: LinkKind, verdict: Option<Verdict>) -> Chain {
        let (chain, seen) = self.explained(verdict).await;
        let failing = chain.failing().unwrap_or_else(|| panic!("{kind:?} does not fail: {:#?}", chain.links));
        assert_eq!(failing.kind, kind, "{}", failing.seen);
        let claimed = failing.answer.expect("an answer");
        let sample = self.called(&seen, 1).await;
        assert_eq!(sample.status, claimed.status(), "{kind:?}");
        assert_eq!(sample.error_type.as_deref(), claimed.error_type(), "{kind:?}");
        let body = format!("{{\"message\":\"{}\"}}", claimed.message().expect("a message"));
        assert_eq!(sample.body, body, "{kind:?}");
        chain
    }

    /// The change that was named is carried out; then nothing stands in the way, and the call is served.
    async fn mends(&self, chain: &Chain) {
        let Some(Remedy::Change(change)) = &chain.failing().expect("a failing link").remedy else {
            panic!("no change mends {:#?}", chain.failing())
        };
        let seen = inventory(&self.aws).await;
        ops::apply(&self.aws, &seen, change, &unwatched()).await.expect("it can be mended");
        self.is_served().await;
    }

    async fn is_served(&self) {
        let sample = self.called(&inventory(&self.aws).await, 1).await;
        assert_eq!(sample.status, Some(200));
        let (chain, _) = self.explained(Some(sample.verdict)).await;
        assert_eq!(chain.failing(), None);
    }

    async fn patch_plan(&self, op: Op, path: &str, value: &str) {
        let patch = PatchOperation::builder().op(op).path(path).value(value).build();
        let asked = self.gateway.update_usage_plan().usage_plan_id(&self.plan);
        asked.patch_operations(patch).send().await.expect("a patch");
    }

    /// Nothing is left of the key's quota.
    async fn spend(&self) {
        let none = PatchOperation::builder().op(Op::Replace).path("/remaining").value("0").build();
        let asked = self.gateway.update_usage().usage_plan_id(&self.plan).key_id(self.row.as_str());
        asked.patch_operations(none).send().await.expect("a patch");
    }

    async fn disable(&self) {
        let off = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
        let asked = self.gateway.update_api_key().api_key(self.row.as_str()).patch_operations(off);
        asked.send().await.expect("a patch");
    }

    async fn patch_stage(&self, path: &str, value: &str) {
        let patch = PatchOperation::builder().op(Op::Replace).path(path).value(value).build();
        let asked = self.gateway.update_stage().rest_api_id(&self.stage.api).stage_name(&self.stage.stage);
        asked.patch_operations(patch).send().await.expect("a patch");
    }
}

#[tokio::test]
async fn where_nothing_is_wrong_every_link_holds() {
    let case = Case::new().await;
    let (chain, _) = case.explained(None).await;
    assert!(chain.links.iter().all(|link| link.state == LinkState::Holds), "{:#?}", chain.links);
    case.is_served().await;
}

#[tokio::test]
async fn a_stage_and_a_method_that_are_not_there() {
    let mut case = Case::new().await;
    case.path = "/nowhere";
    case.fails(LinkKind::Method, None).await;
    case.path = "/api";
    case.stage.stage = "nosuch".to_owned();
    case.fails(LinkKind::Stage, None).await;
}

#[tokio::test]
async fn a_method_that_needs_no_key_is_open_from_its_deployment_on() {
    let case = Case::new().await;
    let api = &case.stage.api;
    let resources = case.gateway.get_resources().rest_api_id(api).send().await.expect("resources");
    let resource = resources.items().iter().find(|one| one.path() == Some("/api")).expect("a resource");
    let open = PatchOperation::builder().op(Op::Replace).path("/apiKeyRequired").value("false").build();
    let asked = case.gateway.update_method().rest_api_id(api).resource_id(resource.id().expect("an id"));
    asked.http_method("GET").patch_operations(open).send().await.expect("a patch");
    let disable = keypool_domain::Edit { enabled: Some(false), ..Default::default() };
    let change = Change::Edit { row: case.row.clone(), edit: disable };
    let seen = inventory(&case.aws).await;
    ops::apply(&case.aws, &seen, &change, &unwatched()).await.expect("it is disabled");
    // Edited only: the disabled key is still refused.
    case.fails(LinkKind::Enabled, None).await;
    let deployed = case.gateway.create_deployment().rest_api_id(api).stage_name(&case.stage.stage);
    deployed.send().await.expect("a deployment");
    let (chain, seen) = case.explained(None).await;
    let failing = chain.failing().expect("the method is open");
    assert_eq!((failing.kind, failing.answer), (LinkKind::Method, Some(Answer::LetIn)));
    assert_eq!(case.called(&seen, 1).await.status, Some(200), "a disabled key, and nobody asks for it");
}

#[tokio::test]
async fn a_key_that_is_gone() {
    let case = Case::new().await;
    case.gateway.delete_api_key().api_key(case.row.as_str()).send().await.expect("it goes");
    case.fails(LinkKind::Key, None).await;
}

#[tokio::test]
async fn a_row_that_tells_another_value() {
    let case = Case::new().await;
    let other = aws_sdk_dynamodb::types::AttributeValue::S("w".repeat(40));
    let tables = case.dynamodb.list_tables().send().await.expect("tables").table_names.unwrap_or_default();
    let table = tables.iter().find(|name| name.contains("eys")).expect("the Keys table");
    let row = aws_sdk_dynamodb::types::AttributeValue::S(case.row.to_string());
    let asked = case.dynamodb.update_item().table_name(table).key("id", row);
    let asked = asked.update_expression("SET #v = :v").expression_attribute_names("#v", "value");
    asked.expression_attribute_values(":v", other).send().await.expect("a write");
    let chain = case.fails(LinkKind::Value, None).await;
    case.mends(&chain).await;
}

#[tokio::test]
async fn a_key_that_is_disabled() {
    let case = Case::new().await;
    case.disable().await;
    let chain = case.fails(LinkKind::Enabled, None).await;
    case.mends(&chain).await;
}

#[tokio::test]
async fn a_key_in_no_plan() {
    let case = Case::new().await;
    let asked = case.gateway.delete_usage_plan_key().usage_plan_id(&case.plan).key_id(case.row.as_str());
    asked.send().await.expect("it leaves");
    let chain = case.fails(LinkKind::Plan, None).await;
    case.mends(&chain).await;
}

#[tokio::test]
async fn a_plan_that_does_not_cover_the_stage() {
    let case = Case::new().await;
    case.patch_plan(Op::Remove, "/apiStages", &case.stage.to_string()).await;
    case.fails(LinkKind::Covered, None).await;
}

#[tokio::test]
async fn throttles_of_the_plan_its_method_and_the_stage() {
    let case = Case::new().await;
    let seen = inventory(&case.aws).await;
    case.local.clock().set("2030-06-03T00:00:00Z".parse().expect("a time"));
    let throttled = Some(Verdict::Throttled);
    assert_eq!(case.called(&seen, 6).await.status, Some(429), "five at once is what TestPlan allows");
    let chain = case.fails(LinkKind::PlanThrottle, throttled).await;
    assert!(chain.failing().is_some_and(|link| link.seen.contains("10 requests a second, 5 at once")));
    case.local.clock().advance(std::time::Duration::from_secs(60));
    let throttle = format!("/apiStages/{}/throttle", case.stage);
    let one = r#"{"/api/GET":{"rateLimit":1.0,"burstLimit":1}}"#;
    case.patch_plan(Op::Replace, &throttle, one).await;
    assert_eq!(case.called(&seen, 2).await.status, Some(429));
    let chain = case.fails(LinkKind::PlanThrottle, throttled).await;
    assert!(chain.failing().is_some_and(|link| link.seen.contains("of this method 1 requests")));
    case.local.clock().advance(std::time::Duration::from_secs(60));
    case.patch_stage("/*/*/throttling/rateLimit", "0.5").await;
    case.patch_stage("/*/*/throttling/burstLimit", "1").await;
    assert_eq!(case.called(&seen, 2).await.status, Some(429));
    case.fails(LinkKind::StageThrottle, throttled).await;
}

#[tokio::test]
async fn a_quota_that_is_spent() {
    let case = Case::new().await;
    case.spend().await;
    let chain = case.fails(LinkKind::Quota, None).await;
    assert!(chain.failing().is_some_and(|link| link.seen.contains("0 left of 20 a day")));
}

#[tokio::test]
async fn a_new_key_that_has_not_arrived_yet() {
    let mut case = Case::new().await;
    case.local.set_switches(Switches { propagation_seconds: 25, ..Switches::default() });
    let seen = inventory(&case.aws).await;
    let key = NewKey {
        plan: case.plan.as_str().into(),
        tenant: "newcomer".into(),
        name: "web".to_owned(),
        description: String::new(),
        enabled: true,
    };
    let change = Change::Create(NewKeys { key, count: 1 });
    let made = ops::apply(&case.aws, &seen, &change, &unwatched()).await.expect("a key");
    case.row = made.created[0].clone();
    case.fails(LinkKind::Propagation, None).await;
    case.local.set_switches(Switches::default());
    let (chain, seen) = case.explained(Some(case.called(&inventory(&case.aws).await, 1).await.verdict)).await;
    assert_eq!(chain.failing(), None, "what was let in has arrived");
    assert_eq!(case.called(&seen, 1).await.status, Some(200));
}

/// The API answers in its own way from its next deployment on.
async fn customises(case: &Case, kind: GatewayResponseType, status: &str, body: Option<&str>) {
    let put = case.gateway.put_gateway_response().rest_api_id(&case.stage.api).response_type(kind);
    let templates = body.map(|body| [("application/json".to_owned(), body.to_owned())].into());
    put.status_code(status).set_response_templates(templates).send().await.expect("a gateway response");
    let deploy = case.gateway.create_deployment().rest_api_id(&case.stage.api).stage_name(&case.stage.stage);
    deploy.send().await.expect("a deployment");
}

#[tokio::test]
async fn an_answer_that_the_api_customises_is_told_as_callers_meet_it() {
    let case = Case::new().await;
    customises(&case, GatewayResponseType::QuotaExceeded, "402", Some(r#"{"pay":"more"}"#)).await;
    customises(&case, GatewayResponseType::Default4Xx, "418", None).await;
    case.is_served().await;
    case.spend().await;
    let (chain, seen) = case.explained(None).await;
    let answered = chain.failing().and_then(Link::answered).expect("an answer");
    let sample = case.called(&seen, 1).await;
    assert_eq!((sample.status, sample.body.as_str()), (answered.status(), r#"{"pay":"more"}"#));
    assert_eq!((answered.status(), answered.message()), (Some(402), None));
    assert_eq!(answered.in_words(), "402, this API's own answer instead of 429 Limit Exceeded");
    assert_eq!((answered.answer, sample.verdict), (Answer::QuotaSpent, Verdict::QuotaSpent));

    case.disable().await;
    let (chain, seen) = case.explained(None).await;
    let answered = chain.failing().and_then(Link::answered).expect("an answer");
    let sample = case.called(&seen, 1).await;
    assert_eq!(
        (sample.status, answered.status(), answered.message()),
        (Some(418), Some(418), Some("Forbidden"))
    );

    let denied = Fault::on("GetGatewayResponses", Refusal::AccessDenied { action: None });
    case.local.faults().script(denied.always());
    let (chain, _) = case.explained(None).await;
    let failing = chain.failing().expect("a link");
    assert_eq!(
        (failing.own, failing.answer),
        (None, Some(Answer::Forbidden)),
        "what may not be read misleads nobody further"
    );
}
