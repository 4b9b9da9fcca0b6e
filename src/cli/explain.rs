//! `keypool explain`: why calls with a key are answered as they are.

use clap::Args;
use keypool_domain::call::ActualResponse;
use keypool_domain::call::diagnosis::{Check, Diagnosis};
use keypool_domain::{Inventory, Secret, StageRef, Verdict};
use serde::Serialize;

use super::CommandError;
use super::output::{self, OutputArgs, Record};
use super::session::Session;
use super::stages;
use crate::ops::{self, ExplainRequest};

/// Say why calls with a key are answered 403 or 429: which link fails, what it answers, and what mends it
///
/// Everything that the gateway asks is looked at in its order: the stage, the method as it is deployed, the API key, its
/// plan, the throttles, the quota, and changes that have not arrived yet. The exit status is 0 where nothing stands in
/// the way of a call, 1 where a link fails, 2 where it could not be looked at.
#[derive(Debug, Args)]
pub struct Explain {
    /// A key (the id of a row or of an API key, or its name) or a tenant
    #[arg(value_name = "KEY|TENANT")]
    whom: String,
    /// The method, for example POST; without it and --path the first that needs a key
    #[arg(long)]
    method: Option<String>,
    /// The path within the stage, for example /api
    #[arg(long)]
    path: Option<String>,
    /// The stage; without it every one of the plan
    #[arg(long, value_name = "API:STAGE", value_parser = stage)]
    stage: Option<StageRef>,
    /// How a call was answered, where one was made: ok, throttled, quota or forbidden
    #[arg(long, value_name = "KIND", value_parser = verdict)]
    answer: Option<Verdict>,
    #[command(flatten)]
    output: OutputArgs,
}

/// The links of one call as they are written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChainRecord<'a> {
    key: Option<&'a str>,
    tenant: Option<&'a str>,
    api_key_id: &'a str,
    plan: Option<&'a str>,
    stage: Option<String>,
    method: Option<&'a str>,
    /// What a caller is answered; null where nothing stands in the way.
    answer: Option<AnswerRecord>,
    links: Vec<LinkRecord<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerRecord {
    status: Option<u16>,
    error_type: Option<&'static str>,
    /// Null where the API has words of its own.
    message: Option<&'static str>,
    /// Whether the API customises it.
    customised: bool,
}

#[derive(Debug, Serialize)]
struct LinkRecord<'a> {
    link: &'static str,
    state: &'static str,
    seen: &'a str,
    answers: Option<String>,
    fix: Option<String>,
}

impl Record for ChainRecord<'_> {
    const FIELDS: &'static [&'static str] = &[
        "key",
        "tenant",
        "apiKeyId",
        "plan",
        "stage",
        "method",
        "answer.status",
        "answer.errorType",
        "answer.message",
        "answer.customised",
        "links.link",
        "links.state",
        "links.seen",
        "links.answers",
        "links.fix",
    ];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("key", "key"),
        ("stage", "stage"),
        ("link", "links.link"),
        ("state", "links.state"),
        ("answers", "links.answers"),
        ("seen", "links.seen"),
        ("fix", "links.fix"),
    ];
}

impl Explain {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let stage = match &self.stage {
            Some(stage) => Some(stages::find_stage_or_literal(session, stage, &inventory).await?),
            None => None,
        };
        let chains = ops::explain(&session.aws, &inventory, &self.request(stage), &session.run).await;
        session.clear_progress();
        let chains = chains?;
        if chains.is_empty() {
            return Err(CommandError::UnknownId {
                given: Secret::new(self.whom.as_str()),
                what: "no key fits it; looked at ids and names of rows and API keys, and tenants".to_owned(),
                hint: "the key may be of another account or region, or deleted".to_owned(),
                exit_code: 1,
            });
        }
        let records: Vec<_> = chains.iter().map(|chain| chain_record(chain, &inventory)).collect();
        output::list(&records, self.output.output)?;
        chains.iter().for_each(print_verdict);
        match chains.iter().filter(|chain| chain.failed_check().is_some()).count() {
            0 => Ok(()),
            failing => Err(CommandError::CallsFail(failing)),
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
        ExplainRequest { key_or_tenant: self.whom.clone(), stage, method, verdict: self.answer }
    }
}

/// Says on stderr what decides.
fn print_verdict(chain: &Diagnosis) {
    let key = chain.call.tenant_key.as_ref().map_or(chain.call.api_key.as_str(), |row| row.as_str());
    let said = match (chain.failed_check(), chain.unexplained_message()) {
        (Some(link), _) => {
            let answer = link.actual_response().map(ActualResponse::describe).unwrap_or_default();
            format!("{key}: {answer}: {}", link.summary)
        }
        (None, Some(words)) => format!("{key}: {words}"),
        (None, None) => format!("{key}: {}", chain.success_message()),
    };
    output::note(&format!("note: {}", output::plain::escape_line(&said)));
}

fn chain_record<'a>(chain: &'a Diagnosis, inventory: &'a Inventory) -> ChainRecord<'a> {
    let row = chain.call.tenant_key.as_ref().and_then(|row| inventory.tenant_key(row));
    let answer = chain.failed_check().and_then(Check::actual_response);
    ChainRecord {
        key: row.map(|row| row.id.as_str()),
        tenant: row.map(|row| row.tenant.as_str()),
        api_key_id: chain.call.api_key.as_str(),
        plan: chain.plan.as_ref().map(|plan| inventory.plan_name(plan)),
        stage: chain.call.stage.as_ref().map(ToString::to_string),
        method: chain.call.method.as_deref(),
        answer: answer.map(|answer| AnswerRecord {
            status: answer.status(),
            error_type: answer.response.error_type(),
            message: answer.message(),
            customised: answer.custom.is_some(),
        }),
        links: chain.checks.iter().map(|link| link_record(link, inventory)).collect(),
    }
}

fn link_record<'a>(link: &'a Check, inventory: &Inventory) -> LinkRecord<'a> {
    LinkRecord {
        link: link.kind.as_str(),
        state: link.state.as_str(),
        seen: &link.summary,
        answers: link.actual_response().map(ActualResponse::describe),
        fix: link.fix.as_ref().map(|remedy| remedy.describe(inventory)),
    }
}

fn stage(word: &str) -> Result<StageRef, String> {
    StageRef::parse(word).ok_or_else(|| "write it as API:STAGE, for example a1b2c3d4e5:prod".to_owned())
}

fn verdict(word: &str) -> Result<Verdict, String> {
    let known = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
    known.ok_or_else(|| "choose one of ok, throttled, quota, forbidden, other".to_owned())
}
