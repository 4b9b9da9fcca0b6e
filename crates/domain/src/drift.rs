//! Inconsistencies between API Gateway and the tables, each with its meaning for tenants and its fix.
//!
//! Only known facts count: an unreadable list causes no findings about its contents.

mod ages;
mod fix;
mod in_progress;
mod interrupted_move;
mod keys;
pub mod plans;
mod pool_items;
mod pools;
#[cfg(test)]
mod tests;
mod unfinished;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::api_access::Authorization;
use crate::words::words;
use crate::{ApiKeyId, Inventory, PlanId, PoolKey, PriceListEntry, Secret, StageRef};

pub use fix::{Choice, Consent, FixOffer, Source};
pub use in_progress::operations_in_progress;
pub use keys::api_keys_to_fetch;

/// Facts beyond the inventory that the doctor reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Observations {
    /// Price-list entries, including those whose plan is gone.
    pub price_list: Vec<(PlanId, PriceListEntry)>,
    /// Values of API keys, as far as they are readable.
    pub values: HashMap<ApiKeyId, Secret>,
    /// Methods behind the stages of the plans, as far as they are readable.
    pub stages: BTreeMap<StageRef, StageMethods>,
    /// REST APIs that take keys from an authorizer and ignore the header `x-api-key`.
    pub authorizer_key_apis: BTreeSet<String>,
    pub keys_without_counter: BTreeSet<ApiKeyId>,
    /// Pool keys whose counters were written after the inventory was read.
    pub recently_written_counters: BTreeSet<ApiKeyId>,
    /// Whether items of the Keys table store values for other programs.
    pub stores_values: bool,
    pub counters_without_pool: Vec<PoolKey>,
    /// API keys that could not be read individually: their tags beyond the listed ones are unknown.
    pub unread_api_keys: BTreeSet<ApiKeyId>,
    /// Whether the account has a role for writing logs; `None` if unreadable.
    pub has_log_role: Option<bool>,
    /// How old an API key may be; `None` is any age.
    pub max_key_age_days: Option<u64>,
    pub now: Timestamp,
}

/// Whether each method of a stage requires an API key, by verb and path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageMethods {
    /// As deployed, i.e. as callers see it.
    pub deployed: BTreeMap<String, bool>,
    /// As last edited, which might not be deployed yet.
    pub edited: BTreeMap<String, bool>,
    /// What the deployed methods require besides an API key.
    pub authorizations: BTreeMap<String, Authorization>,
}

/// An inconsistency, or a limit that is nearly reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub kind: FindingKind,
    /// The id of the affected object, for scripts.
    pub subject: String,
    /// What was found, as a sentence.
    pub summary: String,
    pub fix: FixOffer,
}

words! {
    /// In the order in which findings are fixed.
    pub enum FindingKind,
    /// What it means for a tenant.
    meaning {
        CounterMissing => "counter-missing", "the pool key takes no new tenants";
        /// A counter that differs from the number of tenant keys.
        CounterDiffers => "counter-differs", "the pool key exceeds its capacity, or refuses new tenants too early";
        CounterUnreadable => "counter-unreadable", "the pool key takes no new tenants";
        CapacityUnreadable => "capacity-unreadable", "the pool key takes no new tenants";
        CounterWithoutPool => "counter-without-pool", "the API key cannot join a pool";
        PoolItemMissing => "pool-item-missing", "the sample application's createKey fails with 500 when it assigns this pool key";
        /// The item of a pool key without a value, or with a value that is not the key's.
        PoolItemDiffers => "pool-item-differs", "tenants that get this value from the sample application's createKey get 403";
        StalePoolItem => "stale-pool-item", "the sample application may still hand out the value of an API key that is in no pool";
        /// A pool key whose tenants were being moved to its successor.
        InterruptedRotation => "interrupted-rotation", "some of its tenants still send the old value";
        /// A pool key that takes no new tenants and was to be removed.
        InterruptedDrain => "interrupted-drain", "its tenants still use a key that was to be removed, and new tenants have less room";
        PoolKeyMissing => "pool-key-missing", "all its tenants get 403";
        PoolKeyDisabled => "pool-key-disabled", "all its tenants get 403";
        /// A pool key in another plan or in none.
        PoolKeyOutsidePlan => "pool-key-outside-plan", "all its tenants get 403";
        /// A tenant key that refers to a key outside its plan's pool.
        LostReference => "lost-reference", "the tenant's key is in no pool of its plan, or no longer exists";
        /// A tenant key whose stored value differs from its API key's.
        ValueDiffers => "value-differs", "a tenant that is given the stored value gets 403";
        NameDiffers => "name-differs", "tenant and operator see different names for the same key";
        EnabledDiffers => "enabled-differs", "a key shown as disabled still works, or one shown as enabled does not";
        /// A siloed tenant key whose API key is in no plan.
        KeyOutsidePlan => "key-outside-plan", "the tenant gets 403, or calls without its plan's limits";
        /// A siloed tenant key whose API key is in another plan of the same stage.
        InterruptedMove => "interrupted-move", "the tenant has the limits of a plan that is not its tenant key's";
        TenantKeyWithoutApiKey => "tenant-key-without-api-key", "the tenant gets 403, and the old value cannot be restored";
        SupersededKey => "superseded-key", "a value that was rotated out still works";
        /// A tenant key that is past its expiry.
        ExpiredKey => "expired-key", "the tenant still has access, or is shown as having it, after the end that was agreed";
        InterruptedDelete => "interrupted-delete", "a key under deletion still exists and may still work";
        InterruptedCreate => "interrupted-create", "the API key may work, but no tenant has it or pays for it";
        /// An API key that an interrupted import created without its tenant key.
        InterruptedImport => "interrupted-import", "a tenant of the file may be using it, unlisted and uncharged";
        OrphanKey => "orphan-key", "unknown callers may be using it, unlisted and uncharged";
        OverCapacity => "over-capacity", "more tenants than intended share its quota";
        Skewed => "skewed", "tenants of the full keys run out of quota while others have plenty";
        /// A plan whose price-list entry differs from what API Gateway enforces.
        PriceListDiffers => "price-list-differs", "tenants read other limits than API Gateway enforces";
        /// A managed plan without price-list entry.
        PlanWithoutPrice => "plan-without-price", "tenants cannot choose the plan, because it is not on the price list";
        PriceWithoutPlan => "price-without-plan", "tenants can choose a plan that does not exist";
        NoStage => "no-stage", "every key of the plan gets 403";
        ProtectsNothing => "protects-nothing", "the API can be called without a key, and no limit applies";
        /// A stage of an API that takes keys from its authorizer.
        KeysFromAuthorizer => "keys-from-authorizer", "the header x-api-key is ignored: tenants that send their key there get 403";
        NotDeployed => "not-deployed", "the last edits of the API key requirement are not in effect";
        TwoPlans => "two-plans", "API Gateway may apply either plan's limits";
        /// A key whose API key is older than the settings allow.
        RotationOverdue => "rotation-overdue", "a caller who has learned the value has access until it is rotated";
        NoLogRole => "no-log-role", "the logs cannot show why a call was refused";
        /// An account limit that is nearly reached.
        NearLimit => "near-limit", "soon no more keys or plans can be created";
    }
}

impl FindingKind {
    /// Whether such findings need a decision and are fixed by a setup step.
    pub const fn is_fixed_by_setup(self) -> bool {
        matches!(self, Self::NoStage | Self::ProtectsNothing | Self::NotDeployed | Self::NoLogRole)
    }
}

/// All findings, in the order in which they are best fixed.
pub fn findings(inventory: &Inventory, observations: &Observations) -> Vec<Finding> {
    let mut all = keys::findings(inventory, observations);
    all.extend(ages::findings(inventory, observations));
    all.extend(pools::findings(inventory, observations));
    all.extend(plans::findings(inventory, observations));
    in_progress::exclude_in_progress(&mut all, inventory, observations.now);
    all.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    all
}

fn finding(kind: FindingKind, subject: impl ToString, summary: String, fix: impl Into<FixOffer>) -> Finding {
    Finding { kind, subject: subject.to_string(), summary, fix: fix.into() }
}
