//! API Gateway's control plane, in domain types.
//!
//! Lists are read to the last page with `limit=500`. Nothing here is called once per tenant key.

mod import;
mod key_pages;
mod keys;
mod lenient;
mod limits;
mod member_cache;
mod members;
mod plan_writes;
mod plans;
mod unreadable;
mod usage;
mod values;

pub(crate) use keys::{ApiKeyList, ApiKeySpec};
pub(super) use member_cache::MemberCache;
pub(crate) use member_cache::Members;
pub(crate) use members::Member;
pub(crate) use plans::PlanList;
pub(crate) use usage::KeyDays;

/// The largest page that API Gateway returns.
const PAGE_SIZE: i32 = 500;

fn text_or_empty(text: Option<String>) -> String {
    text.unwrap_or_default()
}
