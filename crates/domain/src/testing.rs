//! Accounts for the tests of all crates, behind the feature `testing`.

mod parts;

pub use parts::{at, inventory, members, parts, pool, pool_key, stage, tags, tenant_key};
