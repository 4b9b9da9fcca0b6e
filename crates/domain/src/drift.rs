//! Inconsistencies between API Gateway and the tables, each with its meaning for tenants and its fix.
//!
//! Only known facts count: an unreadable list causes no findings about its contents.

mod fix;
mod in_progress;
mod interrupted_move;
mod keys;
pub mod plans;
mod pool_items;
mod pools;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

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
    pub now: Timestamp,
}

/// Whether each method of a stage requires an API key, by verb and path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageMethods {
    /// What callers get.
    pub deployed: BTreeMap<String, bool>,
    /// The last edit, which may not be deployed yet.
    pub edited: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub kind: Kind,
    /// The id of the affected object, for scripts.
    pub subject: String,
    /// What was found, as a sentence.
    pub summary: String,
    pub fix: FixOffer,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $word:literal, $meaning:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            /// In the order in which they are fixed.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// As in flags and JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word),+ }
            }

            /// What it means for a tenant.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning),+ }
            }
        }
    };
}

kinds! {
    CounterMissing => "counter-missing", "the pool key takes no new tenants";
    /// A counter that differs from the number of tenant keys.
    CounterDiffers => "counter-differs", "the pool key is filled beyond its capacity, or refuses newcomers too early";
    CounterUnreadable => "counter-unreadable", "the pool key takes no new tenants";
    CapacityUnreadable => "capacity-unreadable", "the pool key takes no new tenants";
    CounterWithoutPool => "counter-without-pool", "the API key cannot join a pool";
    PoolItemMissing => "pool-item-missing", "the sample application's createKey answers 500 when it gives this pool key";
    /// A pool key's item with another value than the key has, or none.
    PoolItemDiffers => "pool-item-differs", "whom the sample application's createKey gives it is answered 403";
    StalePoolItem => "stale-pool-item", "the sample application may give the value of an API key that is in no pool";
    /// A pool key whose tenants were being moved to its successor.
    InterruptedRotation => "interrupted-rotation", "some of its tenants still send the old value";
    /// A pool key that takes no new tenants and was to be removed.
    InterruptedDrain => "interrupted-drain", "its tenants still send a value that was to go, and newcomers have less room";
    PoolKeyMissing => "pool-key-missing", "every tenant behind it is answered 403";
    PoolKeyDisabled => "pool-key-disabled", "every tenant behind it is answered 403";
    /// A pool key in another plan or in none.
    PoolKeyOutsidePlan => "pool-key-outside-plan", "every tenant behind it is answered 403";
    /// A tenant key that refers to a key outside its plan's pool.
    LostReference => "lost-reference", "the tenant sends a key that nobody looks after, or one that is gone";
    /// A tenant key that stores another value than its API key has.
    ValueDiffers => "value-differs", "who reads the row is told a wrong key and is answered 403";
    NameDiffers => "name-differs", "the tenant and the operator call the same key by different names";
    EnabledDiffers => "enabled-differs", "a key that says disabled still works, or one that says enabled does not";
    /// A siloed tenant key whose API key is in no plan.
    KeyOutsidePlan => "key-outside-plan", "the tenant is answered 403, or calls without its plan's limits";
    /// A siloed tenant key whose API key is in another plan of the same stage.
    InterruptedMove => "interrupted-move", "the tenant has the limits of another plan than its tenant key says";
    TenantKeyWithoutApiKey => "tenant-key-without-api-key", "the tenant is answered 403, and its old value cannot be brought back";
    SupersededKey => "superseded-key", "a value that was rotated away still works";
    InterruptedDelete => "interrupted-delete", "a key that was being deleted is dead or about to be, and not gone";
    InterruptedCreate => "interrupted-create", "it may be usable, and nobody sees it or pays for it";
    /// An API key that an interrupted import created without its tenant key.
    InterruptedImport => "interrupted-import", "a tenant of the file may be calling with it, unlisted and unbilled";
    OrphanKey => "orphan-key", "somebody may be calling with it whom nobody sees or bills";
    OverCapacity => "over-capacity", "its tenants share one quota among more than was promised";
    Skewed => "skewed", "tenants of the full keys run out of quota while others have plenty";
    /// A plan whose price-list entry differs from what API Gateway enforces.
    PriceListDiffers => "price-list-differs", "tenants are told other limits than they meet";
    /// A managed plan without price-list entry.
    PlanWithoutPrice => "plan-without-price", "the plan is not listed where tenants choose one";
    PriceWithoutPlan => "price-without-plan", "tenants can choose a plan that is not there";
    NoStage => "no-stage", "every key of the plan is answered 403";
    ProtectsNothing => "protects-nothing", "anybody calls the API without a key, and no limit holds";
    NotDeployed => "not-deployed", "whether a key is needed is not what was last set";
    TwoPlans => "two-plans", "which plan's limits hold for a call is left to chance";
    NoLogRole => "no-log-role", "nobody can see why a call was refused";
    /// An account limit that is nearly reached.
    NearLimit => "near-limit", "soon no tenant can be given a key";
}

impl Kind {
    /// Whether a setup step fixes it, since it needs a decision.
    pub const fn is_fixed_by_setup(self) -> bool {
        matches!(self, Self::NoStage | Self::ProtectsNothing | Self::NotDeployed | Self::NoLogRole)
    }
}

/// All findings, in the order in which they are best fixed.
pub fn findings(inventory: &Inventory, observed: &Observations) -> Vec<Finding> {
    let mut all = keys::findings(inventory, observed);
    all.extend(pools::findings(inventory, observed));
    all.extend(plans::findings(inventory, observed));
    in_progress::exclude_in_progress(&mut all, inventory, observed.now);
    all.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    all
}

fn finding(kind: Kind, subject: impl ToString, seen: String, fix: impl Into<FixOffer>) -> Finding {
    Finding { kind, subject: subject.to_string(), summary: seen, fix: fix.into() }
}
