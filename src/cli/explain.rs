//! `keypool explain`: diagnoses 403 and 429 responses.

use clap::Args;
use keypool_domain::call::ActualResponse;
use keypool_domain::call::diagnosis::{Check, Diagnosis};
use keypool_domain::{Inventory, Secret, StageRef, Verdict};

use super::CommandError;
use super::output::{self, OutputArgs, records};
use super::session::Session;
use super::stages;
use crate::ops::{self, ExplainRequest};

/// Diagnose 403 and 429 responses for a key: which check fails, what it returns, and how to fix it
///
/// Checks everything in the order of API Gateway: the stage, the endpoint, the resource policy, the
/// method as deployed, the API key, its plan, the throttles, the quota, and changes that have not
/// propagated yet. What could not be checked is named. The exit status is 0 if no check fails, and 1 if
/// one fails or nothing explains the given response.
#[derive(Debug, Args)]
pub struct Explain {
    /// Key or tenant: the ID of a tenant key or API key, the name of a key, or a tenant
    #[arg(value_name = "KEY|TENANT")]
    key_or_tenant: String,
    /// HTTP method, for example POST; by default the first that requires a key
    #[arg(long)]
    method: Option<String>,
    /// Path within the stage, for example /api
    #[arg(long)]
    path: Option<String>,
    /// Stage; by default every stage of the plan
    #[arg(long, value_name = "API:STAGE", value_parser = parse_stage)]
    stage: Option<StageRef>,
    /// Outcome of an actual call: ok, throttled, quota, forbidden or other
    #[arg(long, alias = "answer", value_name = "KIND", value_parser = parse_verdict)]
    response: Option<Verdict>,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    /// The diagnosis of one call.
    struct DiagnosisRecord<'a> {
        key: Option<&'a str> => "key",
        tenant: Option<&'a str>,
        api_key_id: &'a str,
        plan: Option<&'a str>,
        stage: Option<String> => "stage",
        method: Option<&'a str>,
        /// The response a caller gets; null if no check decides it.
        response: Option<ResponseRecord>,
        checks: Vec<CheckRecord<'a>>,
    }

    struct ResponseRecord {
        status: Option<u16>,
        error_type: Option<&'static str>,
        /// Null if the API has a custom message.
        message: Option<&'static str>,
        /// Whether the API customises this response.
        customised: bool,
    }

    struct CheckRecord<'a> {
        check: &'static str => "check",
        state: &'static str => "state",
        detail: &'a str => "detail" [after("response")],
        response: Option<String> => "response",
        fix: Option<String> => "fix",
    }
}

impl Explain {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let stage = match &self.stage {
            Some(stage) => Some(stages::find_stage_or_literal(session, stage, &inventory).await?),
            None => None,
        };
        let diagnoses = session
            .wait_for(ops::explain(&session.aws, &inventory, &self.request(stage), &session.run))
            .await?;
        if diagnoses.is_empty() {
            return Err(CommandError::UnknownId {
                given: Secret::new(self.key_or_tenant.as_str()),
                what: "no key matches; searched ids and names of tenant keys and API keys, and tenants"
                    .to_owned(),
                hint: "the key may belong to another account or region, or be deleted".to_owned(),
                exit_code: 1,
            });
        }
        let records: Vec<_> =
            diagnoses.iter().map(|diagnosis| diagnosis_record(diagnosis, &inventory)).collect();
        output::list(&records, self.output.output)?;
        diagnoses.iter().for_each(print_verdict);
        let is_refused = |diagnosis: &&Diagnosis| {
            diagnosis.failed_check().is_some() || diagnosis.unexplained_message().is_some()
        };
        match diagnoses.iter().filter(is_refused).count() {
            0 => Ok(()),
            count => Err(CommandError::CallsFail(count)),
        }
    }

    fn request(&self, stage: Option<StageRef>) -> ExplainRequest {
        let method = match (&self.method, &self.path) {
            (None, None) => None,
            (method, path) => {
                let method = method.as_deref().unwrap_or("GET").to_uppercase();
                Some(format!("{method} {}", path.as_deref().unwrap_or("/")))
            }
        };
        ExplainRequest {
            key_or_tenant: self.key_or_tenant.clone(),
            stage,
            method,
            verdict: self.response,
            error_type: None,
            refusals: None,
        }
    }
}

/// Prints to stderr which check fails, or that none does.
fn print_verdict(diagnosis: &Diagnosis) {
    let key = diagnosis
        .call
        .tenant_key
        .as_ref()
        .map_or(diagnosis.call.api_key.as_str(), |tenant_key| tenant_key.as_str());
    let line = match (diagnosis.failed_check(), diagnosis.unexplained_message()) {
        (Some(check), _) => {
            let response = check.actual_response().map(ActualResponse::describe).unwrap_or_default();
            format!("{key}: {response}: {}", check.summary)
        }
        (None, Some(message)) => format!("{key}: {message}"),
        (None, None) => format!("{key}: {}", diagnosis.success_message()),
    };
    output::note(&format!("note: {}", output::plain::escape_line(&line)));
}

fn diagnosis_record<'a>(diagnosis: &'a Diagnosis, inventory: &'a Inventory) -> DiagnosisRecord<'a> {
    let tenant_key =
        diagnosis.call.tenant_key.as_ref().and_then(|tenant_key| inventory.tenant_key(tenant_key));
    let response = diagnosis.failed_check().and_then(Check::actual_response);
    DiagnosisRecord {
        key: tenant_key.map(|tenant_key| tenant_key.id.as_str()),
        tenant: tenant_key.map(|tenant_key| tenant_key.tenant.as_str()),
        api_key_id: diagnosis.call.api_key.as_str(),
        plan: diagnosis.plan.as_ref().map(|plan| inventory.plan_name(plan)),
        stage: diagnosis.call.stage.as_ref().map(ToString::to_string),
        method: diagnosis.call.method.as_deref(),
        response: response.map(|response| ResponseRecord {
            status: response.status(),
            error_type: response.response.error_type(),
            message: response.message(),
            customised: response.custom.is_some(),
        }),
        checks: diagnosis.checks.iter().map(|check| check_record(check, inventory)).collect(),
    }
}

fn check_record<'a>(check: &'a Check, inventory: &Inventory) -> CheckRecord<'a> {
    CheckRecord {
        check: check.kind.as_str(),
        state: check.state.as_str(),
        detail: &check.summary,
        response: check.actual_response().map(ActualResponse::describe),
        fix: check.fix.as_ref().map(|fix| fix.describe(inventory)),
    }
}

fn parse_stage(word: &str) -> Result<StageRef, String> {
    StageRef::parse(word).ok_or_else(|| "use API:STAGE, for example a1b2c3d4e5:prod".to_owned())
}

fn parse_verdict(word: &str) -> Result<Verdict, String> {
    let found = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
    found.ok_or_else(|| "choose one of ok, throttled, quota, forbidden, other".to_owned())
}
