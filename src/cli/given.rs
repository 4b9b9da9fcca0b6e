//! What was given where an id was expected: the value of a key is recognised as that, and never repeated.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::Parser;
use keypool_domain::secret::{could_be_value, echo};
use keypool_domain::whose::{By, Clue};
use keypool_domain::{Inventory, NoSuchPlan, Refusal};

use super::session::Session;
use super::{Cli, Stop};
use crate::aws::Failure;
use crate::ops;

/// Tenant keys named before the rest is only counted.
const MAX_NAMES: usize = 3;
/// The exit status for wrong usage.
const WRONG_USAGE: u8 = 2;

impl Stop {
    /// What was given and is no id that is known.
    fn unknown_id(&self) -> Option<&str> {
        match self {
            Self::Failure(Failure::NoSuchPlan(NoSuchPlan::Unknown(given))) => Some(given),
            Self::Failure(Failure::Refused(refusal)) => match refusal {
                Refusal::NoRow(row) => Some(row.as_str()),
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
    pub(super) async fn recognise_value(&self, stop: Stop) -> Stop {
        let Some(given) = stop.unknown_id().filter(|given| could_be_value(given)) else { return stop };
        match self.owner_of_value(given).await {
            Some(owner) => {
                let what = format!("{} is the value of {owner}, not an id", echo(given));
                Stop::ValueGiven { what, exit_code: stop.exit_code() }
            }
            None => stop,
        }
    }

    /// The API key that has this value, in words; `None` also where values could not be read.
    async fn owner_of_value(&self, given: &str) -> Option<String> {
        let clue = Clue::new(given).ok()?;
        let inventory = ops::inventory(&self.aws, &self.run).await;
        self.clear_progress();
        let inventory = inventory.ok()?;
        let whose = ops::whose(&self.aws, &inventory, &clue).await.ok()?;
        let found = whose.found.iter().find(|found| found.by == By::Value)?;
        let keys: Vec<_> = found.rows(&inventory).iter().map(|row| row.id.as_str().to_owned()).collect();
        let id = &found.api_key;
        Some(match &keys[..] {
            [] => format!("API key {id}"),
            [key] if key == id.as_str() => format!("key {id}"),
            keys => format!("API key {id}, behind which {}", tenant_keys(keys)),
        })
    }
}

fn tenant_keys(keys: &[String]) -> String {
    let word = if keys.len() == 1 { "tenant key" } else { "tenant keys" };
    let more = match keys.len().saturating_sub(MAX_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = keys.iter().take(MAX_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let verb = if keys.len() == 1 { "is" } else { "are" };
    format!("{verb} {word} {named}{more}")
}

/// Refuses what is neither a tenant key nor an API key of the account, where that could be told.
pub(super) fn refuse_value(given: &str, inventory: &Inventory) -> Result<(), Stop> {
    let is_known = inventory.row(&given.into()).is_some()
        || inventory.api_key(&given.into()).key().is_some()
        || inventory.rows_behind(&given.into()).len() > 0;
    if is_known || !could_be_value(given) {
        return Ok(());
    }
    Err(Stop::unknown_id_of(given, format!("`{}` is no id", echo(given))))
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
        if mistake.use_stderr() { WRONG_USAGE } else { 0 }
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
    secrets.iter().fold(text.to_owned(), |text, part| text.replace(part.trim(), &echo(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "abcdefghijklmnopqrst0123456789";

    #[test]
    fn mistakes_of_the_command_line_show_no_value() {
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
