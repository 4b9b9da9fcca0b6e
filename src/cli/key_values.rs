//! What was given where an id was expected: the value of a key is recognised as that, and never repeated.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::Parser;
use keypool_domain::key_lookup::{KeyQuery, MatchKind};
use keypool_domain::secret::{could_be_value, mask_if_value};
use keypool_domain::{Inventory, NoSuchPlan, Refusal};

use super::session::Session;
use super::{Cli, CommandError};
use crate::aws::Failure;
use crate::ops;

/// Tenant keys named before the rest is only counted.
const MAX_LISTED_KEYS: usize = 3;
/// The exit status for wrong usage.
const USAGE_EXIT_CODE: u8 = 2;

impl CommandError {
    /// What was given and is no id that is known.
    fn unknown_id(&self) -> Option<&str> {
        match self {
            Self::Failure(Failure::NoSuchPlan(NoSuchPlan::Unknown(given))) => Some(given),
            Self::Failure(Failure::Refused(refusal)) => match refusal {
                Refusal::NoTenantKey(row) => Some(row.as_str()),
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
    /// The same end, unless what was given is the value of a key: then it says whose, and the exit status stays.
    pub(super) async fn recognise_value(&self, stop: CommandError) -> CommandError {
        let Some(given) = stop.unknown_id().filter(|given| could_be_value(given)) else { return stop };
        match self.find_key_with_value(given).await {
            Some(owner) => {
                let what = format!("{} is the value of {owner}, not an id", mask_if_value(given));
                CommandError::ValueGiven { what, exit_code: stop.exit_code() }
            }
            None => stop,
        }
    }

    /// The API key that has this value, in words; `None` also where values could not be read.
    async fn find_key_with_value(&self, given: &str) -> Option<String> {
        let clue = KeyQuery::new(given).ok()?;
        let inventory = ops::read_inventory(&self.aws, &self.run).await;
        self.clear_progress();
        let inventory = inventory.ok()?;
        let whose = ops::look_up_key(&self.aws, &inventory, &clue).await.ok()?;
        let found = whose.matches.iter().find(|found| found.kind == MatchKind::Value)?;
        let keys: Vec<_> =
            found.tenant_keys(&inventory).iter().map(|row| row.id.as_str().to_owned()).collect();
        let id = &found.api_key;
        Some(match &keys[..] {
            [] => format!("API key {id}"),
            [key] if key == id.as_str() => format!("key {id}"),
            keys => format!("API key {id}, behind which {}", list_tenant_keys(keys)),
        })
    }
}

fn list_tenant_keys(keys: &[String]) -> String {
    let word = if keys.len() == 1 { "tenant key" } else { "tenant keys" };
    let more = match keys.len().saturating_sub(MAX_LISTED_KEYS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = keys.iter().take(MAX_LISTED_KEYS).map(String::as_str).collect::<Vec<_>>().join(", ");
    let verb = if keys.len() == 1 { "is" } else { "are" };
    format!("{verb} {word} {named}{more}")
}

/// Refuses what is neither a tenant key nor an API key of the account, where that could be told.
pub(super) fn refuse_value(given: &str, inventory: &Inventory) -> Result<(), CommandError> {
    let is_known = inventory.tenant_key(&given.into()).is_some()
        || inventory.api_key(&given.into()).key().is_some()
        || inventory.tenant_keys_of_api_key(&given.into()).len() > 0;
    if is_known || !could_be_value(given) {
        return Ok(());
    }
    Err(CommandError::for_unknown_id(given, format!("`{}` is no id", mask_if_value(given))))
}

/// Reads the command line. What clap says of a mistake repeats arguments, of which none that could be a value is shown
/// whole.
pub fn parse_command_line(arguments: Vec<OsString>) -> Result<Cli, u8> {
    let texts: Vec<String> = arguments.iter().map(|one| one.to_string_lossy().into_owned()).collect();
    Cli::try_parse_from(arguments).map_err(|mistake| {
        let rendered = mistake.render();
        let said = rendered.to_string();
        let masked = mask_arguments(&said, &texts);
        if !mistake.use_stderr() || masked == said {
            // A terminal that is gone has nobody before it.
            let _ = mistake.print();
        } else {
            let _ = io::stderr().write_all(masked.as_bytes());
        }
        if mistake.use_stderr() { USAGE_EXIT_CODE } else { 0 }
    })
}

/// The text without those arguments, and their parts after `=`, that could be values.
fn mask_arguments(text: &str, arguments: &[String]) -> String {
    let parts = |argument: &String| {
        let after = argument.split_once('=').map(|(_, after)| after.to_owned());
        after.into_iter().chain([argument.clone()]).collect::<Vec<_>>()
    };
    let mut secrets: Vec<String> = arguments.iter().skip(1).flat_map(parts).collect();
    secrets.retain(|part| could_be_value(part) && !part.starts_with('-'));
    // The longest first: one may be a part of another.
    secrets.sort_by_key(|part| std::cmp::Reverse(part.len()));
    secrets.iter().fold(text.to_owned(), |text, part| text.replace(part.trim(), &mask_if_value(part)))
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
            let texts: Vec<_> = line.iter().map(|&one| one.to_owned()).collect();
            let Err(mistake) = Cli::try_parse_from(&line) else { continue };
            let masked = mask_arguments(&mistake.render().to_string(), &texts);
            assert!(!masked.contains(VALUE), "{masked}");
        }
        let given = [VALUE.to_owned(), format!("--key={VALUE}"), VALUE.to_owned()];
        assert_eq!(mask_arguments(&format!("found '--key={VALUE}'"), &given), "found '--key=••••6789'");
    }
}
