//! Validates the fields of new and edited tenant keys.

use crate::{Refusal, Tenant};

pub(crate) const MAX_NAME_CHARS: usize = 1_024;
pub(crate) const MAX_DESCRIPTION_CHARS: usize = 125_000;
/// The tenant is stored in a tag value, which AWS limits to 256 characters.
pub(crate) const MAX_TENANT_CHARS: usize = 256;

/// Allowed in a tag value besides letters, digits and spaces.
const TAG_PUNCTUATION: &str = "+-=._:/@";

pub(crate) fn validate_name(name: &str) -> Result<(), Refusal> {
    validate_not_empty("name", name)?;
    validate_imported_name(name)?;
    validate_printable("name", name)
}

pub(crate) fn validate_description(text: &str) -> Result<(), Refusal> {
    validate_imported_description(text)?;
    validate_printable("description", text)
}

/// A name in a file may have any characters, because that of an API key may: its export must come back.
pub(crate) fn validate_imported_name(name: &str) -> Result<(), Refusal> {
    validate_length("name", name, MAX_NAME_CHARS)
}

/// See [`validate_imported_name`].
pub(crate) fn validate_imported_description(text: &str) -> Result<(), Refusal> {
    validate_length("description", text, MAX_DESCRIPTION_CHARS)
}

pub(crate) fn validate_tenant(tenant: &Tenant) -> Result<(), Refusal> {
    let text = tenant.as_str();
    validate_not_empty("tenant", text)?;
    if text == crate::key::POOL_KEY_OWNER {
        return Err(Refusal::ReservedTenant);
    }
    validate_length("tenant", text, MAX_TENANT_CHARS)?;
    // A tag's value is read without them, so it would be another tenant.
    if text.trim() != text {
        return Err(Refusal::SpaceAtEnd("tenant"));
    }
    let is_allowed = |c: char| c.is_alphanumeric() || c == ' ' || TAG_PUNCTUATION.contains(c);
    match text.chars().find(|&c| !is_allowed(c)) {
        Some(character) => Err(Refusal::InvalidCharacter {
            field: "tenant",
            character,
            hint: "use letters, digits, spaces and + - = . _ : / @",
        }),
        None => Ok(()),
    }
}

pub(crate) fn validate_customer(text: &str) -> Result<(), Refusal> {
    validate_length("customer", text, MAX_TENANT_CHARS)?;
    validate_printable("customer", text)
}

pub(crate) fn validate_not_empty(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::EmptyField(field)) } else { Ok(()) }
}

fn validate_length(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    match text.chars().count() {
        length if length > max => Err(Refusal::TooLong { field, length, max }),
        _ => Ok(()),
    }
}

fn validate_printable(field: &'static str, text: &str) -> Result<(), Refusal> {
    match text.chars().find(|c| c.is_control()) {
        Some(character) => Err(Refusal::InvalidCharacter {
            field,
            character,
            hint: "remove control characters and line breaks",
        }),
        None => Ok(()),
    }
}
