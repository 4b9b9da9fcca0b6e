//! `keypool call`: the protected API with a tenant's key.

mod record;

use std::sync::{Mutex, PoisonError};

use clap::Args;
use keypool_domain::change::pluralize;
use keypool_domain::secret::mask_if_value;
use keypool_domain::{CallContext, Inventory, Refusal, StageRef, Tally, TenantKey, TenantKeyId, Verdict};

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::aws::Failure;
use crate::ops::{self, CallRequest, ProbePlan, Progress, Route, Sample};

use record::CallsRecord;

/// Call the protected API with a tenant key and say what came back
///
/// Without --method and --path the first method behind the key's plan that needs an API key is called. The key is
/// sent to the API's own hosts alone, and redirects are not followed. The exit status is 0 when answers came,
/// whatever they were: `counts` tells how many calls were ok, throttled, over the quota, forbidden, or other.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// The tenant key, as `keypool keys list` names it
    #[arg(long, value_name = "ID")]
    key: String,
    /// The method, for example POST
    #[arg(long)]
    method: Option<String>,
    /// Path and query within the stage, for example /api?limit=1
    #[arg(long)]
    path: Option<String>,
    /// The stage, where the plan covers several: its name or API:STAGE
    #[arg(long)]
    stage: Option<String>,
    /// Call this address in the place of the stage's own, for example https://api.example.com/v1
    ///
    /// The host must be one of the API's own, or one that `[call.hosts]` in config.toml names for it.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A header to add, as often as there are headers
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// What is sent after the headers
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// How many calls
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    count: u32,
    /// Calls a second; without it each waits for the one before
    #[arg(long, value_name = "NUMBER")]
    rate: Option<f64>,
    /// Let the key travel unencrypted to another machine
    #[arg(long)]
    allow_http: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What was called, and what came back.
struct CallResults<'a> {
    inventory: &'a Inventory,
    tenant_key: &'a TenantKey,
    stage: StageRef,
    request: CallRequest,
    samples: Vec<Sample>,
    tally: Tally,
    stopped: bool,
}

impl CallArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let id = TenantKeyId::new(self.key.as_str());
        let row = inventory.tenant_key(&id).ok_or(Refusal::NoTenantKey(id))?;
        let called = self.call(session, &inventory, row).await?;
        let now = session.aws.now();
        output::record(&CallsRecord::new(&called, now), self.output.output)?;
        print_explanations(&called, now);
        if called.stopped { Err(Failure::Cancelled.into()) } else { Ok(()) }
    }

    async fn call<'a>(
        &self,
        session: &Session,
        inventory: &'a Inventory,
        row: &'a TenantKey,
    ) -> Result<CallResults<'a>, Failure> {
        let routes = ops::read_routes(&session.aws, inventory, &row.plan).await?;
        if routes.iter().all(|route| !route.needs_key) {
            output::note("note: no method behind this plan asks for an API key: the plan protects nothing");
        }
        let (stage, request) = self.build_request(&routes)?;
        if !request.is_safe() {
            session.require_writable()?;
        }
        let plan = ProbePlan { tenant_key: row.id.clone(), request, count: self.count, rate: self.rate };
        let samples = Mutex::new(Vec::new());
        let on_sample = |sample| {
            let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
            samples.push(sample);
            let (done, total) = (samples.len(), usize::try_from(self.count).ok());
            (session.run.progress)(Progress { done, total, doing: "calls".to_owned() });
        };
        let end = ops::probe(&session.aws, inventory, &plan, &on_sample, &session.run.cancel).await;
        session.clear_progress();
        let end = end?;
        let samples = samples.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (tally, stopped) = (end.tally, end.stopped);
        Ok(CallResults { inventory, tenant_key: row, stage, request: plan.request, samples, tally, stopped })
    }

    /// What is called: the flags, and for what they leave open the first route that fits.
    fn build_request(&self, routes: &[Route]) -> Result<(StageRef, CallRequest), Failure> {
        let method = self.method.as_ref().map(|method| method.to_uppercase());
        let bare = self.path.as_ref().map(|path| path.split('?').next().unwrap_or_default());
        let here: Vec<_> = routes.iter().filter(|route| self.matches_stage(&route.stage)).collect();
        let fits = |route: &&&Route| {
            method.as_ref().is_none_or(|method| *method == route.method)
                && bare.is_none_or(|path| path == route.path)
        };
        let route = here.iter().find(fits).or(here.first()).ok_or_else(|| self.no_stage_failure(routes))?;
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
        self.stage.as_ref().is_none_or(|word| *word == stage.stage || *word == stage.to_string())
    }

    fn no_stage_failure(&self, routes: &[Route]) -> Failure {
        let mut stages: Vec<_> = routes.iter().map(|route| route.stage.to_string()).collect();
        stages.dedup();
        let asked = self.stage.as_deref().unwrap_or_default();
        Failure::InvalidCall(format!(
            "the plan does not cover the stage `{}`: choose {}",
            mask_if_value(asked),
            stages.join(" or ")
        ))
    }
}

/// Says on stderr how many came to which end and, for each kind of trouble, what it means.
fn print_explanations(called: &CallResults<'_>, now: jiff::Timestamp) {
    let counts = Verdict::ALL.into_iter().filter(|verdict| called.tally.count(*verdict) > 0);
    let counts: Vec<_> = counts.map(|verdict| format!("{} {verdict}", called.tally.count(verdict))).collect();
    let calls = pluralize(called.samples.len(), "call");
    output::note(&format!("{calls}: {}", counts.join(", ")));
    let asked = CallContext {
        inventory: called.inventory,
        tenant_key: &called.tenant_key.id,
        stage: &called.stage,
        now,
    };
    for verdict in Verdict::ALL {
        let Some(sample) = called.samples.iter().find(|sample| sample.verdict == verdict) else { continue };
        for words in asked.explain(verdict, sample.error_type.as_deref()) {
            output::note(&format!("{verdict}: {words}"));
        }
    }
}
