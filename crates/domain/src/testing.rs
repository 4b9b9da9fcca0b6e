//! Accounts for the tests of all crates, behind the feature `testing`.

mod inventory_builder;
mod parts;

pub use inventory_builder::{InventoryBuilder, start_time};
pub use parts::{at, inventory, members, parts, pool, pool_key, stage, tags, tenant_key};
