//! `keypool iam`: the least policy.

use clap::Args;
use serde::Serialize;

use super::CommandError;
use super::output::{self, Format, Record};
use super::session::Session;
use crate::aws::permissions::{PolicyMode, Statement};
use crate::ops;

/// Print the least IAM policy with which keypool works, for this region, account and its tables
///
/// It follows from the list of everything that keypool calls. Nothing is changed; give the JSON to
/// `aws iam create-policy --policy-document`.
#[derive(Debug, Args)]
pub struct Iam {
    /// Whom it is for
    #[arg(long, value_name = "read-only|operator|owner", value_parser = mode)]
    mode: PolicyMode,
    /// Let a reader list the API keys, which lets them read the values too
    #[arg(long)]
    include_values: bool,
    /// How the policy is written
    #[arg(short, long, value_enum, default_value_t = Format::Json, value_name = "FORMAT")]
    output: Format,
}

/// A statement as a line.
#[derive(Debug, Serialize)]
struct StatementRecord<'a> {
    effect: &'static str,
    action: &'a str,
    resource: &'a str,
}

impl Record for StatementRecord<'_> {
    const FIELDS: &'static [&'static str] = &["effect", "action", "resource"];
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("effect", "effect"), ("action", "action"), ("resource", "resource")];
}

impl Iam {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let least = ops::least_privilege_policy(&session.aws, self.mode, self.include_values).await?;
        least.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
        if self.output == Format::Json {
            return output::document(&least.policy);
        }
        let records: Vec<_> = least.policy.statements().iter().flat_map(statement_records).collect();
        output::list(&records, self.output)
    }
}

/// One line for each action on each resource.
fn statement_records(statement: &Statement) -> impl Iterator<Item = StatementRecord<'_>> {
    let Statement { effect, action, resource, .. } = statement;
    action.iter().flat_map(move |action| {
        resource.iter().map(move |resource| StatementRecord { effect, action, resource })
    })
}

fn mode(word: &str) -> Result<PolicyMode, String> {
    let known = PolicyMode::ALL.into_iter().find(|mode| mode.as_str() == word);
    known.ok_or_else(|| "choose read-only, operator or owner".to_owned())
}
