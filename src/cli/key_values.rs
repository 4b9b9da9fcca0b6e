//! Recognises a key value given instead of an id, and never repeats it.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::Parser;
use keypool_domain::key_lookup::{KeyQuery, MatchKind};
use keypool_domain::secret::{could_be_value, mask_if_value};
use keypool_domain::{Inventory, NoSuchPlan, Refusal};

use super::output::plain;
use super::session::Session;
use super::{Cli, CommandError};
use crate::aws::Failure;
use crate::ops;

/// Tenant keys beyond this number are only counted.
const MAX_LISTED_KEYS: usize = 3;
const USAGE_EXIT_CODE: u8 = 2;

impl CommandError {
    /// The text that was given as an id but is not a known one.
    fn unknown_id(&self) -> Option<&str> {
        match self {
            Self::Failure(Failure::NoSuchPlan(
                NoSuchPlan::Unknown(given) | NoSuchPlan::Unreadable { given, .. },
            )) => Some(given),
            Self::Failure(Failure::Refused(refusal)) => match refusal {
                Refusal::NoTenantKey(tenant_key) => Some(tenant_key.as_str()),
                Refusal::NoPlan(plan) => Some(plan.as_str()),
                Refusal::NoApiKey(key) | Refusal::NotAPoolKey(key) => Some(key.as_str()),
                Refusal::NotInPlan { api_key, .. } | Refusal::ForeignApiKey { api_key, .. } => {
                    Some(api_key.as_str())
                }
                _ => None,
            },
            Self::UnknownId { given, .. } => Some(given.expose()),
            _ => None,
        }
    }
}

impl Session {
    /// If the given text is a key value, replaces the error with one that names the key it belongs to. The
    /// exit status stays the same.
    pub(super) async fn recognise_value(&self, error: CommandError) -> CommandError {
        let Some(given) = error.unknown_id().filter(|given| could_be_value(given)) else { return error };
        match self.find_key_with_value(given).await {
            Some(key) => {
                let what = format!("{} is the value of {key}, not an id", mask_if_value(given));
                CommandError::ValueGiven { what, exit_code: error.exit_code() }
            }
            None => error,
        }
    }

    /// Describes the API key with this value. `None` if there is none or values may not be read.
    async fn find_key_with_value(&self, given: &str) -> Option<String> {
        let query = KeyQuery::new(given).ok()?;
        let inventory = self.wait_for(ops::read_inventory(&self.aws, &self.run)).await.ok()?;
        let lookup = ops::look_up_key(&self.aws, &inventory, &query).await.ok()?;
        let found = lookup.matches.iter().find(|found| found.kind == MatchKind::Value)?;
        let keys: Vec<_> = found
            .tenant_keys(&inventory)
            .iter()
            .map(|tenant_key| tenant_key.id.as_str().to_owned())
            .collect();
        let id = &found.api_key;
        Some(match &keys[..] {
            [] => format!("API key {id}"),
            [key] if key == id.as_str() => format!("key {id}"),
            keys => format!("API key {id} ({})", list_tenant_keys(keys)),
        })
    }
}

fn list_tenant_keys(keys: &[String]) -> String {
    let word = if keys.len() == 1 { "tenant key" } else { "tenant keys" };
    let more = match keys.len().saturating_sub(MAX_LISTED_KEYS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names = keys.iter().take(MAX_LISTED_KEYS).map(String::as_str).collect::<Vec<_>>().join(", ");
    format!("{word} {names}{more}")
}

/// Refuses text that may be a key value, unless it is the id of a tenant key or API key.
pub(super) fn refuse_value(given: &str, inventory: &Inventory) -> Result<(), CommandError> {
    let is_known = inventory.tenant_key(&given.into()).is_some()
        || inventory.api_key(&given.into()).key().is_some()
        || inventory.tenant_keys_of_api_key(&given.into()).len() > 0;
    if is_known || !could_be_value(given) {
        return Ok(());
    }
    Err(CommandError::for_unknown_id(given, format!("`{}` is not an id", mask_if_value(given))))
}

/// Parses the command line. clap's errors quote arguments: those that may be key values are masked, and what
/// could control the terminal is escaped.
pub fn parse_command_line(arguments: Vec<OsString>) -> Result<Cli, u8> {
    let texts: Vec<String> =
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    Cli::try_parse_from(arguments).map_err(|error| {
        let escaped = texts.iter().map(|text| plain::escape_line(text));
        let error = Cli::try_parse_from(escaped).err().unwrap_or(error);
        let output = error.render().to_string();
        let safe = plain::escape_lines(&mask_arguments(&output, &texts)).into_owned();
        if !error.use_stderr() || safe == output {
            // If stdout or stderr is closed, there is nowhere to report it.
            let _ = error.print();
        } else {
            let _ = io::stderr().write_all(safe.as_bytes());
        }
        if error.use_stderr() { USAGE_EXIT_CODE } else { 0 }
    })
}

/// Masks arguments, and their parts after `=`, that may be key values. The text has them escaped, which makes them
/// longer: only what was given decides.
fn mask_arguments(text: &str, arguments: &[String]) -> String {
    let parts = |argument: &String| {
        let after = argument.split_once('=').map(|(_, after)| after.to_owned());
        after.into_iter().chain([argument.clone()]).collect::<Vec<_>>()
    };
    let mut secrets: Vec<String> = arguments.iter().skip(1).flat_map(parts).collect();
    secrets.retain(|part| could_be_value(part) && !part.starts_with('-'));
    // Longest first: one may be part of another.
    secrets.sort_by_key(|part| std::cmp::Reverse(part.len()));
    secrets.iter().fold(text.to_owned(), |text, part| {
        text.replace(&plain::escape_line(part.trim()), &plain::escape_line(&mask_if_value(part)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "abcdefghijklmnopqrst0123456789";

    #[test]
    fn command_line_errors_show_no_key_value() {
        for line in [
            vec!["keypool", "keys", "list", VALUE],
            vec!["keypool", "keys", "rotate", "x", "--grace", VALUE],
            vec!["keypool", VALUE],
            vec!["keypool", "keys", "--id", VALUE],
        ] {
            let texts: Vec<_> = line.iter().map(|&argument| argument.to_owned()).collect();
            let Err(error) = Cli::try_parse_from(&line) else { continue };
            let masked = mask_arguments(&error.render().to_string(), &texts);
            assert!(!masked.contains(VALUE), "{masked}");
        }
        let hostile = ["keypool", "x\u{1b}[31mred\u{7}", "--name=\u{1b}[2J\u{202e}"].map(str::to_owned);
        let error = "unexpected x\\u{1b}[31mred\\u{7} and --name=\\u{1b}[2J\\u{202e}";
        assert_eq!(mask_arguments(error, &hostile), error, "too short for key values");
        let hostile = ["keypool".to_owned(), format!("{VALUE}\u{7}")];
        assert_eq!(
            mask_arguments(&format!("unexpected {VALUE}\\u{{7}}"), &hostile),
            "unexpected ••••789\\u{7}"
        );
        let given = [VALUE.to_owned(), format!("--key={VALUE}"), VALUE.to_owned()];
        assert_eq!(mask_arguments(&format!("found '--key={VALUE}'"), &given), "found '--key=••••6789'");
    }
}
