//! `keypool setup methods`.

use clap::Args;
use keypool_domain::setup::ApiMethod;
use keypool_domain::{ApiChange, MethodRef};
use serde::Serialize;

use super::change_args::SetupChangeArgs;
use super::stage::require_stage;
use crate::cli::CommandError;
use crate::cli::output::{self, Record};
use crate::cli::session::Session;
use crate::ops::SetupReport;

/// List which methods need an API key, or change that; callers notice once the API is deployed
#[derive(Debug, Args)]
pub(super) struct MethodsArgs {
    /// Let a method need an API key, as often as there are methods
    #[arg(long, num_args = 2, value_names = ["METHOD", "PATH"], action = clap::ArgAction::Append)]
    require: Vec<String>,
    /// Let a method need no API key
    #[arg(long, num_args = 2, value_names = ["METHOD", "PATH"], action = clap::ArgAction::Append,
          conflicts_with = "require")]
    open: Vec<String>,
    #[command(flatten)]
    changed: SetupChangeArgs,
}

/// A method as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MethodRecord<'a> {
    path: &'a str,
    method: &'a str,
    /// As it was last edited.
    needs_key: bool,
    /// As callers meet it; null where that is not known, or the method is not deployed.
    deployed: Option<bool>,
}

impl Record for MethodRecord<'_> {
    const FIELDS: &'static [&'static str] = &["path", "method", "needsKey", "deployed"];
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("path", "path"), ("method", "method"), ("needs a key", "needsKey"), ("deployed", "deployed")];
}

impl MethodsArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let read = self.changed.stage.read_setup(session).await?;
        let stage = require_stage(&read)?;
        let methods = read.reading.methods.as_ref().map_err(|why| CommandError::Usage {
            what: format!("the methods of {stage} cannot be told: {why}"),
            hint: "ask for the IAM action apigateway:GET on the API".to_owned(),
        })?;
        let (asked, required) =
            if self.open.is_empty() { (&self.require, true) } else { (&self.open, false) };
        if asked.is_empty() {
            return self.list(&read, methods);
        }
        let mut changed = Vec::new();
        for pair in asked.chunks(2) {
            let found = find_method(pair, methods)?;
            if found.needs_key != required {
                changed.push((found.resource.clone(), found.method.clone()));
            }
        }
        let change = ApiChange::RequireKeys { api: stage.api, methods: changed, required };
        self.changed.apply_and_print(session, &read, change).await
    }

    fn list(&self, read: &SetupReport, methods: &[ApiMethod]) -> Result<(), CommandError> {
        let deployed = read.reading.deployed_methods.as_ref().ok();
        let record = |one| method_record(one, deployed.and_then(|all| all.get(&one.method)).copied());
        output::list(&methods.iter().map(record).collect::<Vec<_>>(), self.changed.format())
    }
}

fn method_record(one: &ApiMethod, deployed: Option<bool>) -> MethodRecord<'_> {
    MethodRecord { path: &one.method.path, method: &one.method.verb, needs_key: one.needs_key, deployed }
}

fn find_method<'a>(pair: &[String], methods: &'a [ApiMethod]) -> Result<&'a ApiMethod, CommandError> {
    let words = pair.join(" ");
    let wanted = MethodRef::parse(&words);
    let found = methods.iter().find(|one| Some(&one.method) == wanted.as_ref());
    found.ok_or_else(|| CommandError::Usage {
        what: format!("the API has no method `{words}`"),
        hint: "`keypool setup methods` lists them".to_owned(),
    })
}
