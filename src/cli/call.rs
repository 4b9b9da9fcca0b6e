//! `keypool call`: calls the protected API with a tenant key.

mod explanation;
mod record;

use std::sync::{Mutex, PoisonError};

use clap::Args;
use keypool_domain::secret::mask_if_value;
use keypool_domain::text::pluralize;
use keypool_domain::{Inventory, StageRef, Tally, TenantKey, TenantKeyId, Verdict};

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::aws::Failure;
use crate::ops::{self, CallRequest, ProbePlan, Progress, Route, Sample};

use record::CallsRecord;

/// Call the protected API with a tenant key and show the response
///
/// Without --method and --path, calls the first method of the key's plan that requires an API key. The
/// key is sent only to the API's own hosts, and redirects are not followed. The exit status is 0 if
/// responses were received, whatever they were: `counts` shows how many calls were ok, throttled, over
/// the quota, forbidden, or other.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// ID of the tenant key, as listed by `keypool keys list`
    #[arg(long, value_name = "ID")]
    key: String,
    /// HTTP method, for example POST
    #[arg(long)]
    method: Option<String>,
    /// Path and query within the stage, for example /api?limit=1
    #[arg(long)]
    path: Option<String>,
    /// Stage name or API:STAGE, by default the first of the key's plans
    #[arg(long)]
    stage: Option<String>,
    /// Call this URL instead of the stage's own, for example https://api.example.com/v1
    ///
    /// The host must be one of the API's own hosts, or one listed for it under `[call.hosts]` in
    /// config.toml.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Add a request header; may be repeated
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Request body
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// Number of calls
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    count: u32,
    /// Calls per second; by default each call waits for the previous response
    #[arg(long, value_name = "NUMBER")]
    rate: Option<f64>,
    /// Allow sending the key unencrypted to another machine
    #[arg(long)]
    allow_http: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// The calls made, and their responses.
struct CallResults<'a> {
    inventory: &'a Inventory,
    /// In the plan that covers the stage.
    tenant_key: &'a TenantKey,
    stage: StageRef,
    request: CallRequest,
    samples: Vec<Sample>,
    tally: Tally,
    /// Whether the calls were cancelled before the last one.
    stopped: bool,
}

impl CallArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let id = TenantKeyId::new(self.key.as_str());
        let tenant_key = inventory.require_tenant_key(&id)?;
        let results = self.call(session, &inventory, tenant_key).await?;
        let now = session.aws.now();
        output::record(&CallsRecord::new(&results, now), self.output.output)?;
        print_explanations(session, &results).await?;
        if results.stopped { Err(Failure::Cancelled.into()) } else { Ok(()) }
    }

    async fn call<'a>(
        &self,
        session: &Session,
        inventory: &'a Inventory,
        tenant_key: &'a TenantKey,
    ) -> Result<CallResults<'a>, Failure> {
        let routes = ops::read_routes_of_key(&session.aws, inventory, &tenant_key.id).await?;
        if routes.iter().all(|route| !route.needs_key) {
            output::note("note: no method behind this plan requires an API key: the plan protects nothing");
        }
        let (stage, request) = self.build_request(&routes)?;
        let covers = |listing: &&TenantKey| {
            inventory.plan(&listing.plan).is_some_and(|plan| plan.stages.contains(&stage))
        };
        let tenant_key = inventory.listings_of_tenant_key(&tenant_key.id).find(covers).unwrap_or(tenant_key);
        if !request.is_safe() {
            session.require_writable()?;
        }
        let probe_plan =
            ProbePlan { tenant_key: tenant_key.id.clone(), request, count: self.count, rate: self.rate };
        let samples = Mutex::new(Vec::new());
        let on_sample = |sample| {
            let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
            samples.push(sample);
            let (done, total) = (samples.len(), usize::try_from(self.count).ok());
            (session.run.progress)(Progress { done, total, doing: "calls".to_owned() });
        };
        let result = session
            .wait_for(ops::probe(&session.aws, inventory, &probe_plan, &on_sample, &session.run.cancel))
            .await?;
        let samples = samples.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (tally, stopped) = (result.tally, result.stopped);
        Ok(CallResults { inventory, tenant_key, stage, request: probe_plan.request, samples, tally, stopped })
    }

    /// Builds the request from the flags; the first matching route fills in what they leave out.
    fn build_request(&self, routes: &[Route]) -> Result<(StageRef, CallRequest), Failure> {
        let method = self.method.as_ref().map(|method| method.to_uppercase());
        let path_without_query = self.path.as_ref().map(|path| path.split('?').next().unwrap_or_default());
        let routes_of_stage: Vec<_> =
            routes.iter().filter(|route| self.matches_stage(&route.stage)).collect();
        let is_match = |route: &&&Route| {
            method.as_ref().is_none_or(|method| *method == route.method)
                && path_without_query.is_none_or(|path| path == route.path)
        };
        let route = routes_of_stage
            .iter()
            .find(is_match)
            .or(routes_of_stage.first())
            .ok_or_else(|| self.uncovered_stage_failure(routes))?;
        let request = CallRequest {
            invoke_url: self
                .url
                .as_deref()
                .map_or(route.invoke_url.as_str(), |url| url.trim_end_matches('/'))
                .to_owned(),
            method: method.clone().unwrap_or_else(|| route.method.clone()),
            path: self.path.clone().unwrap_or_else(|| route.path.clone()),
            headers: self
                .headers
                .iter()
                .map(|line| CallRequest::parse_header(line))
                .collect::<Result<_, _>>()?,
            body: self.body.clone().unwrap_or_default(),
            allow_http: self.allow_http,
        };
        Ok((route.stage.clone(), request))
    }

    fn matches_stage(&self, stage: &StageRef) -> bool {
        self.stage.as_ref().is_none_or(|given| *given == stage.stage || *given == stage.to_string())
    }

    fn uncovered_stage_failure(&self, routes: &[Route]) -> Failure {
        let mut stages: Vec<_> = routes.iter().map(|route| route.stage.to_string()).collect();
        stages.dedup();
        let given = self.stage.as_deref().unwrap_or_default();
        Failure::InvalidCall(format!(
            "the plan does not cover the stage `{}`: choose {}",
            mask_if_value(given),
            stages.join(" or ")
        ))
    }
}

/// Prints to stderr how many calls had which outcome and, for each kind of refusal, what it means.
async fn print_explanations(session: &Session, results: &CallResults<'_>) -> Result<(), Failure> {
    let counts = Verdict::ALL.into_iter().filter(|verdict| results.tally.count(*verdict) > 0);
    let counts: Vec<_> =
        counts.map(|verdict| format!("{} {verdict}", results.tally.count(verdict))).collect();
    let calls = pluralize(results.samples.len(), "call");
    output::note(&format!("{calls}: {}", counts.join(", ")));
    for verdict in Verdict::ALL {
        let Some(sample) = results.samples.iter().find(|sample| sample.verdict == verdict) else { continue };
        for sentence in explanation::explain_sample(session, results, sample).await? {
            output::note(&output::plain::escape_line(&format!("{verdict}: {sentence}")));
        }
    }
    Ok(())
}
