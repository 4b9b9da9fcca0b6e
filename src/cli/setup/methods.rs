//! `keypool setup methods`.

use clap::Args;
use keypool_domain::setup::ApiMethod;
use keypool_domain::{ApiChange, MethodRef};

use super::change_args::SetupChangeArgs;
use super::stage::require_stage;
use crate::cli::CommandError;
use crate::cli::output::{self, records};
use crate::cli::session::Session;
use crate::ops::SetupReport;

/// List which methods require an API key, or change that; changes take effect when the API is deployed
#[derive(Debug, Args)]
pub(super) struct MethodsArgs {
    /// Require an API key for a method; may be repeated
    #[arg(long, num_args = 2, value_names = ["METHOD", "PATH"], action = clap::ArgAction::Append)]
    require: Vec<String>,
    /// Require no API key for a method; may be repeated
    #[arg(long, num_args = 2, value_names = ["METHOD", "PATH"], action = clap::ArgAction::Append,
          conflicts_with = "require")]
    open: Vec<String>,
    #[command(flatten)]
    change: SetupChangeArgs,
}

records! {
    struct MethodRecord<'a> {
        path: &'a str => "path",
        method: &'a str => "method",
        /// Whether the method requires a key, as last edited.
        needs_key: bool => "needs a key",
        /// Whether the method requires a key, as deployed; null if unknown or not deployed.
        deployed: Option<bool> => "deployed",
    }
}

impl MethodsArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let report = self.change.stage.read_setup(session).await?;
        let stage = require_stage(&report)?;
        let methods = report.state.methods.as_ref().map_err(|why| {
            CommandError::usage(
                format!("the methods of {stage} cannot be read: {why}"),
                "ask for the IAM action apigateway:GET on the API",
            )
        })?;
        let (pairs, required) =
            if self.open.is_empty() { (&self.require, true) } else { (&self.open, false) };
        if pairs.is_empty() {
            return self.list(&report, methods);
        }
        let mut methods_to_change = Vec::new();
        for pair in pairs.chunks(2) {
            let found = find_method(pair, methods)?;
            if found.needs_key != required {
                methods_to_change.push((found.resource.clone(), found.method.clone()));
            }
        }
        let change = ApiChange::RequireKeys { api: stage.api, methods: methods_to_change, required };
        self.change.apply_and_print(session, &report, change).await
    }

    fn list(&self, report: &SetupReport, methods: &[ApiMethod]) -> Result<(), CommandError> {
        let deployed = report.state.deployed_methods.as_ref().ok();
        let record =
            |method| method_record(method, deployed.and_then(|methods| methods.get(&method.method)).copied());
        output::list(&methods.iter().map(record).collect::<Vec<_>>(), self.change.format())
    }
}

fn method_record(method: &ApiMethod, deployed: Option<bool>) -> MethodRecord<'_> {
    MethodRecord {
        path: &method.method.path,
        method: &method.method.verb,
        needs_key: method.needs_key,
        deployed,
    }
}

fn find_method<'a>(pair: &[String], methods: &'a [ApiMethod]) -> Result<&'a ApiMethod, CommandError> {
    let text = pair.join(" ");
    let method = MethodRef::parse(&text);
    let found = methods.iter().find(|known| Some(&known.method) == method.as_ref());
    found.ok_or_else(|| {
        CommandError::usage(format!("the API has no method `{text}`"), "`keypool setup methods` lists them")
    })
}
