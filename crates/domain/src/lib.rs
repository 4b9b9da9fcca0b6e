//! The rules of keypool: usage plans, API keys, pools and tenants.
//!
//! No I/O: nothing here reads a clock, the environment, a file or a socket, so every result depends on
//! the arguments alone.

pub mod alert;
mod announcement;
pub mod api_access;
pub mod assign;
mod balance;
pub mod call;
pub mod change;
pub mod charging;
pub mod drift;
pub mod ending;
mod file_error;
pub mod ids;
pub mod inventory;
pub mod key;
pub mod key_age;
mod key_edit;
pub mod key_file;
pub mod key_lookup;
pub mod known;
pub mod limits;
pub mod managed;
pub mod moves;
mod new_tenant_key;
pub mod plan;
mod plan_edit;
pub mod pool;
pub mod pool_file;
pub mod price;
pub mod price_list;
mod quota;
mod refusal;
pub mod secret;
pub mod setup;
mod shared_text;
pub mod source;
mod stage_logging;
pub mod step;
mod succession;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod usage;
mod validate;
mod words;
pub mod work;
mod work_subjects;

pub use announcement::{AffectedPlan, AnnouncedUnit, Announcement};
pub use call::{CallContext, GatewayResponse, Tally, Verdict};
pub use change::{ApiChange, Change, NewPoolRequest, NewTenantKeys, PlanChange, TableStep};
pub use ids::{ApiKeyId, PlanId, Tenant, TenantKeyId};
pub use inventory::{
    AccountPart, Extent, Extents, ForeignItem, Inventory, InventoryParts, MODES, NoSuchPlan, PartiallyRead,
    Presence,
};
pub use key::{ApiKey, CreationTime, FormerApiKey, FormerKey, KeyAttributes, Mode, TenantKey};
pub use key_age::{KeyAge, Rotation};
pub use key_edit::{Edit, Expiry};
pub use known::{Known, Unknown};
pub use new_tenant_key::NewTenantKey;
pub use plan::{MethodRef, MethodThrottles, Period, Plan, PriceListEntry, Quota, StageRef, Throttle};
pub use plan_edit::PlanEdit;
pub use pool::{Model, Pool, PoolKey, PoolKeyState, Strategy};
pub use price::Price;
pub use refusal::{OtherPlansRefusal, PlanRefusal, Refusal};
pub use secret::Secret;
pub use shared_text::{SharedText, TextStore};
pub use source::{InventorySource, TenantRule, TenantRules};
pub use step::{InfrastructureStep, KeyRef, NewApiKey, NewPool, Step, Unit};
pub use work::WorkMark;
pub use work_subjects::WorkSubjects;
