//! The rules of keypool: usage plans, API keys, pools and tenants.
//!
//! No I/O: nothing here reads a clock, the environment, a file or a socket, so every result depends on
//! the arguments alone.

pub mod announcement;
pub mod assign;
pub mod call;
pub mod change;
pub mod charging;
pub mod drift;
pub mod ids;
pub mod inventory;
pub mod key;
pub mod key_file;
pub mod key_lookup;
pub mod known;
pub mod managed;
pub mod moves;
pub mod plan;
pub mod pool;
pub mod pool_file;
pub mod price;
mod quota;
pub mod secret;
pub mod setup;
pub mod step;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod usage;
mod words;
pub mod work;

pub use announcement::{AffectedPlan, AnnouncedUnit, Announcement};
pub use call::{CallContext, GatewayResponse, Tally, Verdict};
pub use change::{
    ApiChange, Change, Edit, NewPoolRequest, NewTenantKey, NewTenantKeys, PlanChange, PlanEdit, Refusal,
};
pub use ids::{ApiKeyId, PlanId, Tenant, TenantKeyId};
pub use inventory::{ForeignItem, Inventory, InventoryParts, MODES, NoSuchPlan, Presence};
pub use key::{ApiKey, FormerApiKey, Mode, TenantKey};
pub use known::{Known, Unknown};
pub use plan::{MethodRef, MethodThrottles, Period, Plan, PriceListEntry, Quota, StageRef, Throttle};
pub use pool::{Model, Pool, PoolKey, PoolKeyState, Strategy};
pub use price::Price;
pub use secret::Secret;
pub use step::{KeyRef, NewApiKey, NewPool, SetupStep, Step, Unit};
pub use work::WorkMark;
