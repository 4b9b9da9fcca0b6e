//! `keypool verify`.

use clap::Args;

use super::CommandError;
use super::apply;
use super::output::{self, OutputArgs, records};
use super::session::Session;
use crate::ops::{self, Expectation};

/// Check that pooling works on this account, with test keys that are deleted afterwards
///
/// Creates keys in every managed usage plan for the tenant `keypool-verify`, checks which API keys they
/// use, calls the API with one key per plan, deletes them, and checks that the account is as it was before.
/// Test keys are also deleted after Ctrl-C. The exit status is 1 if a check fails, and 2 if none fails but the
/// outcome of one cannot be known: its `holds` is null.
#[derive(Debug, Args)]
pub struct Verify {
    /// Number of keys per plan
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    count: u32,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct ExpectationRecord<'a> {
        plan: &'a str => "plan",
        expected: &'a str => "expected",
        actual: &'a str => "actual",
        /// Null if it cannot be known.
        holds: Option<bool> => "holds",
    }
}

impl Verify {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        session.require_writable()?;
        if !self.yes {
            let question = format!(
                "create {} keys in every managed usage plan for the tenant {}, call the API with one key per plan, and delete them",
                self.count,
                ops::VERIFY_TENANT
            );
            let answer = apply::ask_to_continue(session, &question).await;
            answer.map_err(|error| match error {
                CommandError::NeedsConfirmation { .. } => {
                    CommandError::NeedsConfirmation { has_dry_run: false }
                }
                error => error,
            })?;
        }
        let results = session.wait_for(ops::verify(&session.aws, self.count, &session.run)).await?;
        output::list(&results.iter().map(expectation_record).collect::<Vec<_>>(), self.output.output)?;
        let count = |outcome| results.iter().filter(|expectation| expectation.holds == outcome).count();
        match (count(Some(false)), count(None)) {
            (0, 0) => Ok(()),
            (0, unknown) => Err(CommandError::ExpectationsUnknown(unknown)),
            (failed, _) => Err(CommandError::ExpectationsFail(failed)),
        }
    }
}

fn expectation_record(expectation: &Expectation) -> ExpectationRecord<'_> {
    ExpectationRecord {
        plan: &expectation.plan,
        expected: &expectation.expected,
        actual: &expectation.actual,
        holds: expectation.holds,
    }
}
