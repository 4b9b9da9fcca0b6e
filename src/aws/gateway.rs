//! The control plane of API Gateway, in domain types.
//!
//! Lists are read with `limit=500` and to their last page; nothing here is called once per row.

mod import;
mod keys;
mod lenient;
mod limits;
mod members;
mod plan_writes;
mod plans;
mod usage;
mod values;

pub(crate) use keys::ApiKeySpec;
pub(crate) use members::Member;
pub(crate) use usage::KeyDays;

/// The most that a page may hold.
const PAGE_SIZE: i32 = 500;

/// The position of the next page; an endpoint that answers the same one again has no further page.
fn next_position(before: Option<&String>, answered: Option<String>) -> Option<String> {
    answered.filter(|position| !position.is_empty() && Some(position) != before)
}

/// Text that may be absent.
fn text_or_empty(text: Option<String>) -> String {
    text.unwrap_or_default()
}
