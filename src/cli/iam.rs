//! `keypool iam`: the least-privilege policy.

use clap::Args;

use super::CommandError;
use super::output::{self, Format, records};
use super::session::Session;
use crate::aws::permissions::{PolicyMode, Statement};
use crate::ops;

/// Print the least-privilege IAM policy for keypool, for this account, region and its tables
///
/// The policy is derived from the list of all AWS calls that keypool makes. Nothing is changed; pass
/// the JSON to `aws iam create-policy --policy-document`.
#[derive(Debug, Args)]
pub struct Iam {
    /// What the role may do
    #[arg(long, value_name = "read-only|operator|owner", value_parser = parse_mode)]
    mode: PolicyMode,
    /// Allow listing API keys in read-only mode, which also reveals their values
    #[arg(long)]
    include_values: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Json, value_name = "FORMAT")]
    output: Format,
}

records! {
    struct StatementRecord<'a> {
        effect: &'static str => "effect",
        action: &'a str => "action",
        resource: &'a str => "resource",
    }
}

impl Iam {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let policy = ops::least_privilege_policy(&session.aws, self.mode, self.include_values).await?;
        output::remarks(&policy.remarks);
        if self.output == Format::Json {
            return output::document(&policy.policy);
        }
        let records: Vec<_> = policy.policy.statements().iter().flat_map(statement_records).collect();
        output::list(&records, self.output)
    }
}

/// One record per action and resource.
fn statement_records(statement: &Statement) -> impl Iterator<Item = StatementRecord<'_>> {
    let Statement { effect, action, resource, .. } = statement;
    action.iter().flat_map(move |action| {
        resource.iter().map(move |resource| StatementRecord { effect, action, resource })
    })
}

fn parse_mode(word: &str) -> Result<PolicyMode, String> {
    let found = PolicyMode::ALL.into_iter().find(|mode| mode.as_str() == word);
    found.ok_or_else(|| "choose read-only, operator or owner".to_owned())
}
