//! `keypool keys import`.

use std::collections::HashMap;
use std::io::Read as _;

use clap::Args;
use keypool_domain::change::counted;
use keypool_domain::key_file::{self, Action, KeyFile, KeyLine, KeyToBe};
use keypool_domain::pool_file::Mistake;
use keypool_domain::{Change, Inventory};
use serde::Serialize;

use super::record::RevealArgs;
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs, Record};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};
use crate::ops::{self, KeysDoNotFit};

/// Import API keys from a CSV file, in bulk, with their usage plans and their tenants
///
/// The first line names the columns, in any order: Name and Key; and, where wanted, Description, Enabled (true unless it
/// says false), UsagePlanIds (ids or names; several in quotes) and Tenant, which writes the row of the key. Where Key is
/// empty a random value is made. Nothing is written unless all of the file fits; asked for again, it goes on where it
/// was cut.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file, or - for standard input
    #[arg(value_name = "FILE.csv|-")]
    file: String,
    /// Give API keys that have a value of the file already what the file says
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What became of a line, for scripts: the names are an interface.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineRecord<'a> {
    line: usize,
    name: &'a str,
    tenant: Option<&'a str>,
    plans: Vec<&'a str>,
    action: &'static str,
    done: bool,
    api_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

impl Record for LineRecord<'_> {
    const FIELDS: &'static [&'static str] =
        &["line", "name", "tenant", "plans", "action", "done", "apiKeyId"];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("line", "line"),
        ("name", "name"),
        ("tenant", "tenant"),
        ("plans", "plans"),
        ("action", "action"),
        ("done", "done"),
        ("api key", "apiKeyId"),
    ];
}

impl Import {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let KeyFile { keys: lines, warnings } = self.read()?;
        warnings.iter().for_each(|warning| output::note(&format!("note: {warning}")));
        let before = session.inventory().await?;
        let planned = ops::planned_keys(&session.aws, &before, &lines, self.overwrite).await;
        let planned = planned.map_err(|why| self.refused(why))?;
        let change = Change::Import(planned.clone());
        if planned.iter().all(|key| key.action == Action::Keep) {
            return self.report(&planned, &planned, &before);
        }
        let format = self.output.output;
        let carried_out = writing::carry_out(session, &before, &change, self.writing, format).await;
        if matches!(carried_out, Ok(None)) {
            return Ok(());
        }
        // Also after a failure: what is there by then is told line by line.
        if let Err(stop) = carried_out {
            if matches!(stop, Stop::Failure(_)) && !session.run.cancel.is_cancelled() {
                self.tell(session, &planned).await?;
            }
            return Err(stop);
        }
        self.tell(session, &planned).await
    }

    async fn tell(&self, session: &Session, planned: &[KeyToBe]) -> Result<(), Stop> {
        let after = session.inventory().await?;
        let lines: Vec<_> = planned.iter().map(line).collect();
        let seen = ops::planned_keys(&session.aws, &after, &lines, true).await;
        let seen = seen.map_err(|why| self.refused(why))?;
        self.report(planned, &seen, &after)
    }

    fn report(&self, planned: &[KeyToBe], seen: &[KeyToBe], inventory: &Inventory) -> Result<(), Stop> {
        let seen: HashMap<usize, &KeyToBe> = seen.iter().map(|key| (key.line, key)).collect();
        let record = |key: &'_ KeyToBe| {
            let now = seen.get(&key.line).copied();
            (key.action.as_str(), now.is_some_and(|now| now.action == Action::Keep), now)
        };
        let records: Vec<_> = planned
            .iter()
            .map(|key| {
                let (action, done, now) = record(key);
                let known = now.and_then(|now| now.key.known.as_ref());
                LineRecord {
                    line: key.line,
                    name: &key.key.name,
                    tenant: key.key.tenant.as_ref().map(|tenant| tenant.as_str()),
                    plans: key.key.plans.iter().map(|plan| inventory.plan_name(plan)).collect(),
                    action,
                    done,
                    api_key_id: known.map(|id| id.as_str()),
                    value: self.reveal.reveal.then(|| key.key.value.expose()),
                }
            })
            .collect();
        output::list(&records, self.output.output)
    }

    fn read(&self) -> Result<KeyFile, Stop> {
        let bytes = if self.file == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(&self.file)
        };
        let bytes = bytes.map_err(|why| Stop::Io { what: format!("{} cannot be read", self.file), why })?;
        let text =
            String::from_utf8(bytes).map_err(|_| self.wrong(format!("{} is not UTF-8 text", self.file)))?;
        key_file::read(&text).map_err(|mistakes| self.mistaken(&mistakes))
    }

    fn mistaken(&self, mistakes: &[Mistake]) -> Stop {
        let lines: Vec<_> = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
        let count = counted(mistakes.len(), "mistake");
        self.wrong(format!("{} has {count}; nothing was changed{}", self.file, lines.concat()))
    }

    fn wrong(&self, what: String) -> Stop {
        Stop::Usage { what, hint: "`keypool keys export` shows what it looks like".to_owned() }
    }

    fn refused(&self, why: KeysDoNotFit) -> Stop {
        match why {
            KeysDoNotFit::Failure(failure) => failure.into(),
            KeysDoNotFit::Mistakes(mistakes) => self.mistaken(&mistakes),
        }
    }
}

/// The line of a key that was planned, with the value that was made for it.
fn line(key: &KeyToBe) -> KeyLine {
    KeyLine {
        line: key.line,
        name: key.key.name.clone(),
        value: Some(key.key.value.clone()),
        description: key.key.description.clone(),
        enabled: key.key.enabled,
        plans: key.key.plans.iter().map(ToString::to_string).collect(),
        tenant: key.key.tenant.clone(),
    }
}
