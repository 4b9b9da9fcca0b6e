//! API Gateway's control plane, in domain types.
//!
//! Lists are read to the last page with `limit=500`. Nothing here is called once per tenant key.

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

/// The largest page that API Gateway returns.
const PAGE_SIZE: i32 = 500;

/// Returns the position of the next page. At the end, some endpoints return
/// the requested position again.
fn next_position(requested: Option<&String>, returned: Option<String>) -> Option<String> {
    returned.filter(|position| !position.is_empty() && Some(position) != requested)
}

fn text_or_empty(text: Option<String>) -> String {
    text.unwrap_or_default()
}
