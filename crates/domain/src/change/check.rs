//! What is refused before anything is written, and why.

use crate::assign::Unassignable;
use crate::{ApiKeyId, Inventory, PlanId, RowId, Tenant};

use super::{NewKeys, counted};

/// API keys that API Gateway allows in an account and region; it cannot be raised.
pub const MAX_API_KEYS: usize = 10_000;
/// Characters of an API key's name.
pub const MAX_NAME: usize = 1_024;
/// Characters of an API key's description.
pub const MAX_DESCRIPTION: usize = 125_000;
/// Characters of a tenant, which is also a tag's value.
pub const MAX_TENANT: usize = 256;

/// Characters that a tag's value may hold besides letters, digits and spaces.
const TAG_MARKS: &str = "+-=._:/@";

/// Why a change has no steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The plan is not there.
    #[error("usage plan {0} is not there any more: refresh and choose another")]
    NoPlan(PlanId),
    /// The row is not there.
    #[error("key {0} is not there any more: refresh")]
    NoRow(RowId),
    /// The API key of a row is not there.
    #[error("API Gateway has no API key {0} any more: delete this key and create another")]
    NoApiKey(ApiKeyId),
    /// A field that must say something says nothing.
    #[error("the {0} is empty: give one")]
    Empty(&'static str),
    /// A field is longer than AWS takes.
    #[error("the {field} has {length} characters: API Gateway takes at most {most}")]
    TooLong {
        /// which field
        field: &'static str,
        /// how long it is
        length: usize,
        /// how long it may be
        most: usize,
    },
    /// A character that a field cannot hold.
    #[error("the {field} holds {character:?}: it may hold {allowed}")]
    Character {
        /// which field
        field: &'static str,
        /// the character
        character: char,
        /// what is allowed
        allowed: &'static str,
    },
    /// Zero keys, or more than an account can hold.
    #[error("{0} keys cannot be created: ask for 1 to {MAX_API_KEYS}")]
    Count(u32),
    /// The account's limit of API keys.
    #[error(
        "the account has {} of the {MAX_API_KEYS} that API Gateway allows, {wanted} more do not fit: \
         delete some, or pool the plan",
        counted(*have, "API key")
    )]
    AccountFull {
        /// keys there are
        have: usize,
        /// keys asked for
        wanted: u32,
    },
    /// The pool cannot take them.
    #[error("{plan} cannot take a new key: {why}; grow the pool or raise its capacity")]
    Pool {
        /// the plan's name
        plan: String,
        /// why
        why: Unassignable,
    },
    /// The pool can take some, not all.
    #[error("{plan} has room for {}, {wanted} were asked for: grow the pool or raise its capacity", counted(*room as usize, "more key"))]
    PoolRoom {
        /// the plan's name
        plan: String,
        /// tenant keys it still takes
        room: u32,
        /// tenant keys asked for
        wanted: u32,
    },
    /// An edit without a difference.
    #[error("nothing would change")]
    NoDifference,
}

pub(super) fn new_keys(new: &NewKeys, inventory: &Inventory) -> Result<(), Refusal> {
    if inventory.plan(&new.key.plan).is_none() {
        return Err(Refusal::NoPlan(new.key.plan.clone()));
    }
    tenant(&new.key.tenant)?;
    name(&new.key.name)?;
    description(&new.key.description)?;
    if new.count == 0 || new.count as usize > MAX_API_KEYS {
        return Err(Refusal::Count(new.count));
    }
    Ok(())
}

pub(super) fn name(name: &str) -> Result<(), Refusal> {
    filled("name", name)?;
    length("name", name, MAX_NAME)?;
    printable("name", name)
}

pub(super) fn description(text: &str) -> Result<(), Refusal> {
    length("description", text, MAX_DESCRIPTION)?;
    printable("description", text)
}

fn tenant(tenant: &Tenant) -> Result<(), Refusal> {
    let text = tenant.as_str();
    filled("tenant", text)?;
    length("tenant", text, MAX_TENANT)?;
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || TAG_MARKS.contains(c);
    match text.chars().find(|&c| !allowed(c)) {
        Some(character) => Err(Refusal::Character {
            field: "tenant",
            character,
            allowed: "letters, digits, spaces and + - = . _ : / @, as a tag's value does",
        }),
        None => Ok(()),
    }
}

fn filled(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::Empty(field)) } else { Ok(()) }
}

fn length(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    match text.chars().count() {
        length if length > most => Err(Refusal::TooLong { field, length, most }),
        _ => Ok(()),
    }
}

fn printable(field: &'static str, text: &str) -> Result<(), Refusal> {
    match text.chars().find(|c| c.is_control()) {
        Some(character) => {
            Err(Refusal::Character { field, character, allowed: "no control characters and no line breaks" })
        }
        None => Ok(()),
    }
}
