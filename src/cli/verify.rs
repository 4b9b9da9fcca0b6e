//! `keypool verify`.

use clap::Args;
use serde::Serialize;

use super::CommandError;
use super::apply;
use super::output::{self, OutputArgs, Record};
use super::session::Session;
use crate::ops::{self, Expectation};

/// Try on this account whether pooling does what it promises, with keys that are removed again
///
/// Creates keys in every managed usage plan for the tenant `keypool-verify`, looks which API keys they send, calls the
/// API with one of each plan, removes them and looks whether all is as before; also when it is stopped by Ctrl-c. The
/// exit status is 1 where something does not hold.
#[derive(Debug, Args)]
pub struct Verify {
    /// How many keys in each plan
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    count: u32,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// An expectation as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExpectationRecord<'a> {
    plan: &'a str,
    expected: &'a str,
    seen: &'a str,
    holds: bool,
}

impl Record for ExpectationRecord<'_> {
    const FIELDS: &'static [&'static str] = &["plan", "expected", "seen", "holds"];
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("plan", "plan"), ("expected", "expected"), ("seen", "seen"), ("holds", "holds")];
}

impl Verify {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        session.require_writable()?;
        if !self.yes {
            let question = format!(
                "create {} keys in every managed usage plan for the tenant {}, call the API with one of each, and delete them",
                self.count,
                ops::TENANT_OF_VERIFY
            );
            apply::ask_to_continue(session, &question).await?;
        }
        let told = ops::verify(&session.aws, self.count, &session.run).await;
        session.clear_progress();
        let told = told?;
        output::list(&told.iter().map(expectation_record).collect::<Vec<_>>(), self.output.output)?;
        match told.iter().filter(|one| !one.holds).count() {
            0 => Ok(()),
            broken => Err(CommandError::ExpectationsFail(broken)),
        }
    }
}

fn expectation_record(one: &Expectation) -> ExpectationRecord<'_> {
    ExpectationRecord { plan: &one.plan, expected: &one.expected, seen: &one.seen, holds: one.holds }
}
