//! `keypool keys import`.

use std::collections::HashMap;
use std::io::Read as _;

use clap::Args;
use keypool_domain::key_file::{self, ImportAction, KeyFile, KeyLine, PlanList, PlannedKey};
use keypool_domain::pool_file::FileError;
use keypool_domain::text::pluralize;
use keypool_domain::{Change, Expiry, Inventory};

use super::key_args::expiry_of;
use super::record::RevealArgs;
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs, records};
use crate::cli::session::Session;
use crate::ops::{self, ExpiryArg, KeyImportError};

/// Import API keys in bulk from a CSV file, with their usage plans and tenants
///
/// The first line names the columns, in any order: Name and Key are required; optional are Description,
/// Enabled (default true), UsagePlanIds (IDs or names; several in quotes), UsagePlanNames (as `keys export`
/// writes it) and Tenant, which creates a tenant key. If Key is empty, a random value is generated. Nothing
/// is written unless the whole file is valid. Run it again to resume an interrupted import.
#[derive(Debug, Args)]
pub(super) struct ImportKeys {
    /// CSV file, or - for standard input
    #[arg(value_name = "FILE.csv|-")]
    file: String,
    /// Update API keys whose value is already in the account from the file
    #[arg(long)]
    overwrite: bool,
    /// When the tenant keys that the import creates expire, for example 2026-12-31 (00:00 UTC); with
    /// --overwrite also those that exist
    #[arg(long, value_name = "TIME")]
    expires: Option<ExpiryArg>,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct LineRecord<'a> {
        line: usize => "line",
        name: &'a str => "name",
        tenant: Option<&'a str> => "tenant",
        plans: Vec<&'a str> => "plans",
        action: &'static str => "action",
        done: bool => "done",
        api_key_id: Option<&'a str> => "api key",
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<&'a str> [extra],
    }
}

impl ImportKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let KeyFile { keys: lines, warnings } = self.read_file()?;
        output::remarks(&warnings);
        let before = session.read_inventory().await?;
        let planned = ops::plan_key_import(&session.aws, &before, &lines, self.overwrite).await;
        let mut planned = planned.map_err(|why| self.import_error(why))?;
        let expires_at = match expiry_of(self.expires, session)? {
            Some(Expiry::Never) => return Err(never_expires_error()),
            Some(Expiry::At(at)) => Some(at),
            None => None,
        };
        if let Some(at) = expires_at {
            let notes = key_file::set_expiry(&mut planned, at, self.overwrite, &before);
            output::remarks(&notes.map_err(|errors| self.invalid_lines_error(&errors))?);
        }
        output::remarks(
            planned
                .iter()
                .filter(|key| has_no_name(key))
                .map(|key| format!("line {}: the API key has no name; API Gateway may refuse it", key.line)),
        );
        let change = Change::Import(planned.clone());
        if planned.iter().all(|key| key.action == ImportAction::Unchanged) {
            return self.print_report(&planned, &planned, &before);
        }
        let format = self.output.output;
        let result = apply::apply_change(session, &before, &change, self.writing, format).await;
        if matches!(result, Ok(None)) {
            return Ok(());
        }
        // After a failure too, the lines that were imported so far are listed.
        if let Err(error) = result {
            if matches!(error, CommandError::Failure(_)) && !session.run.cancel.is_cancelled() {
                self.print_result(session, &planned).await?;
            }
            return Err(error);
        }
        self.print_result(session, &planned).await
    }

    /// Reads the account again and prints which lines of the file are done.
    async fn print_result(&self, session: &Session, planned: &[PlannedKey]) -> Result<(), CommandError> {
        let after = session.read_inventory().await?;
        let lines: Vec<_> = planned.iter().map(line_of_key).collect();
        let current = ops::plan_key_import(&session.aws, &after, &lines, true).await;
        let current = current.map_err(|why| self.import_error(why))?;
        self.print_report(planned, &current, &after)
    }

    fn print_report(
        &self,
        planned: &[PlannedKey],
        current: &[PlannedKey],
        inventory: &Inventory,
    ) -> Result<(), CommandError> {
        let current: HashMap<usize, &PlannedKey> = current.iter().map(|key| (key.line, key)).collect();
        let records: Vec<_> = planned
            .iter()
            .map(|planned_key| {
                let current_key = current.get(&planned_key.line).copied();
                let done = current_key.is_some_and(|current_key| {
                    let is_unchanged = current_key.action == ImportAction::Unchanged;
                    is_unchanged && planned_key.has_planned_end(current_key, inventory)
                });
                let existing = current_key.and_then(|current_key| current_key.key.existing.as_ref());
                LineRecord {
                    line: planned_key.line,
                    name: &planned_key.key.name,
                    tenant: planned_key.key.tenant.as_ref().map(|tenant| tenant.as_str()),
                    plans: planned_key.key.plans.iter().map(|plan| inventory.plan_name(plan)).collect(),
                    action: planned_key.action.as_str(),
                    done,
                    api_key_id: existing.map(|id| id.as_str()),
                    value: self.reveal.reveal.then(|| planned_key.key.value.expose()),
                }
            })
            .collect();
        output::list(&records, self.output.output)
    }

    fn read_file(&self) -> Result<KeyFile, CommandError> {
        let bytes = if self.file == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(&self.file)
        };
        let bytes = bytes.map_err(CommandError::cannot_read(&self.file))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| self.usage_error(format!("{} is not UTF-8 text", self.file)))?;
        key_file::read(&text).map_err(|errors| self.invalid_lines_error(&errors))
    }

    fn invalid_lines_error(&self, errors: &[FileError]) -> CommandError {
        let lines: Vec<_> = errors.iter().map(|error| format!("\n  {error}")).collect();
        let count = pluralize(errors.len(), "error");
        self.usage_error(format!("{} has {count}; nothing was changed{}", self.file, lines.concat()))
    }

    fn usage_error(&self, what: String) -> CommandError {
        CommandError::usage(what, "`keypool keys export` shows the format")
    }

    fn import_error(&self, why: KeyImportError) -> CommandError {
        match why {
            KeyImportError::Failure(failure) => failure.into(),
            KeyImportError::Invalid(errors) => self.invalid_lines_error(&errors),
        }
    }
}

fn never_expires_error() -> CommandError {
    CommandError::usage(
        "--expires never: keys that an import creates have no end anyway",
        "`keypool keys edit ID --expires never` removes the end of an existing key",
    )
}

/// Whether the import sends API Gateway a key without a name.
fn has_no_name(planned: &PlannedKey) -> bool {
    let is_sent = matches!(planned.action, ImportAction::Create | ImportAction::Overwrite);
    is_sent && planned.key.name.is_empty()
}

/// Rebuilds the line of a planned key, with its generated value.
fn line_of_key(planned: &PlannedKey) -> KeyLine {
    KeyLine {
        line: planned.line,
        name: planned.key.name.clone(),
        value: Some(planned.key.value.clone()),
        description: planned.key.description.clone(),
        enabled: planned.key.enabled,
        plans: PlanList::Ids(planned.key.plans.iter().map(|id| (id.clone(), String::new())).collect()),
        tenant: planned.key.tenant.clone(),
        refusals: Vec::new(),
    }
}
