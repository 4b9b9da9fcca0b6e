//! What does not fit together in an account: each finding with what it means for tenants and the change that mends it.
//!
//! Only what is known counts: where a list could not be read, nothing is said about what it might hold.

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

/// What is looked at besides the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Observations {
    /// The price-list entries, also of plans that are gone.
    pub price_list: Vec<(PlanId, PriceListEntry)>,
    /// The values of API keys, as far as they may be read.
    pub values: HashMap<ApiKeyId, Secret>,
    /// The methods behind the stages of the plans, as far as they may be read.
    pub stages: BTreeMap<StageRef, StageMethods>,
    /// Pool keys without a counter.
    pub keys_without_counter: BTreeSet<ApiKeyId>,
    /// Pool keys whose counters were written to since the account was read.
    pub recently_written_counters: BTreeSet<ApiKeyId>,
    /// Whether items of the Keys table hold values, for other programs to read.
    pub stores_values: bool,
    /// Counters of API keys that are in no pool.
    pub counters_without_pool: Vec<PoolKey>,
    /// API keys that may not be asked for: which tags they have besides those in the list is not known.
    pub unread_api_keys: BTreeSet<ApiKeyId>,
    /// Whether the account has the role that writes logs; unknown where it may not be read.
    pub has_log_role: Option<bool>,
    /// When it was looked.
    pub now: Timestamp,
}

/// Which methods of a stage need an API key, by verb and path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageMethods {
    /// As callers meet them.
    pub deployed: BTreeMap<String, bool>,
    /// As they were last edited.
    pub edited: BTreeMap<String, bool>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: Kind,
    /// What it is about: an id, for scripts.
    pub subject: String,
    /// What was seen, in a sentence.
    pub summary: String,
    /// What fixes it, and whose consent that takes.
    pub fix: FixOffer,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $word:literal, $meaning:literal;)+) => {
        /// The kinds of findings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            /// All of them, in the order in which they are mended.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The word for it in flags and JSON.
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
    /// A pool key without a counter.
    CounterMissing => "counter-missing", "the pool key takes no new tenants";
    /// A counter that does not say how many rows there are.
    CounterDiffers => "counter-differs", "the pool key is filled beyond its capacity, or refuses newcomers too early";
    /// A counter whose number of tenant keys cannot be read.
    CounterUnreadable => "counter-unreadable", "the pool key takes no new tenants";
    /// A counter whose capacity cannot be read.
    CapacityUnreadable => "capacity-unreadable", "the pool key takes no new tenants";
    /// A counter of an API key that is in no pool.
    CounterWithoutPool => "counter-without-pool", "the API key cannot join a pool";
    /// A pool key that the sample application does not find in the Keys table.
    PoolItemMissing => "pool-item-missing", "the sample application's createKey answers 500 when it gives this pool key";
    /// The item of a pool key that gives another value than the key has, or none.
    PoolItemDiffers => "pool-item-differs", "whom the sample application's createKey gives it is answered 403";
    /// The item of a pool key that is in no pool any more.
    StalePoolItem => "stale-pool-item", "the sample application may give the value of an API key that is in no pool";
    /// A pool key whose tenants were going to its successor.
    InterruptedRotation => "interrupted-rotation", "some of its tenants still send the old value";
    /// A pool key that takes nobody new and was to go.
    InterruptedDrain => "interrupted-drain", "its tenants still send a value that was to go, and newcomers have less room";
    /// A pool key that API Gateway does not have.
    PoolKeyMissing => "pool-key-missing", "every tenant behind it is answered 403";
    /// A pool key that API Gateway refuses.
    PoolKeyDisabled => "pool-key-disabled", "every tenant behind it is answered 403";
    /// A pool key in another plan or in none.
    PoolKeyOutsidePlan => "pool-key-outside-plan", "every tenant behind it is answered 403";
    /// A row that refers to a key of no pool.
    LostReference => "lost-reference", "the tenant sends a key that nobody looks after, or one that is gone";
    /// A row with another value than its API key.
    ValueDiffers => "value-differs", "who reads the row is told a wrong key and is answered 403";
    /// A row and its API key have different names.
    NameDiffers => "name-differs", "the tenant and the operator call the same key by different names";
    /// A row and its API key do not agree whether it may be used.
    EnabledDiffers => "enabled-differs", "a key that says disabled still works, or one that says enabled does not";
    /// A siloed key that is in no plan.
    KeyOutsidePlan => "key-outside-plan", "the tenant is answered 403, or calls without its plan's limits";
    /// A siloed key whose API key is in another plan of the same stage.
    InterruptedMove => "interrupted-move", "the tenant has the limits of another plan than its tenant key says";
    /// A tenant key whose API key is gone.
    TenantKeyWithoutApiKey => "tenant-key-without-api-key", "the tenant is answered 403, and its old value cannot be brought back";
    /// An API key that another took the place of, and whose time has come.
    SupersededKey => "superseded-key", "a value that was rotated away still works";
    /// An API key whose deletion was cut.
    InterruptedDelete => "interrupted-delete", "a key that was being deleted is dead or about to be, and not gone";
    /// An API key that a create left behind.
    InterruptedCreate => "interrupted-create", "it may be usable, and nobody sees it or pays for it";
    /// An API key that an import made, which was cut before its tenant key was written.
    InterruptedImport => "interrupted-import", "a tenant of the file may be calling with it, unlisted and unbilled";
    /// An API key of a plan that has no row.
    OrphanKey => "orphan-key", "somebody may be calling with it whom nobody sees or bills";
    /// More tenants behind a pool key than it takes.
    OverCapacity => "over-capacity", "its tenants share one quota among more than was promised";
    /// A pool whose keys are unevenly filled.
    Skewed => "skewed", "tenants of the full keys run out of quota while others have plenty";
    /// A plan that sells something else than it enforces.
    PriceListDiffers => "price-list-differs", "tenants are told other limits than they meet";
    /// A plan that is not on sale.
    PlanWithoutPrice => "plan-without-price", "the plan is not listed where tenants choose one";
    /// A row of the Plans table whose plan is gone.
    PriceWithoutPlan => "price-without-plan", "tenants can choose a plan that is not there";
    /// A plan that opens nothing.
    NoStage => "no-stage", "every key of the plan is answered 403";
    /// A stage that asks for no key.
    ProtectsNothing => "protects-nothing", "anybody calls the API without a key, and no limit holds";
    /// Methods that were edited and not deployed.
    NotDeployed => "not-deployed", "whether a key is needed is not what was last set";
    /// An API key in several plans of one stage.
    TwoPlans => "two-plans", "which plan's limits hold for a call is left to chance";
    /// No role to write logs with.
    NoLogRole => "no-log-role", "nobody can see why a call was refused";
    /// The account is nearly full.
    NearLimit => "near-limit", "soon no tenant can be given a key";
}

impl Kind {
    /// Whether a step of the set-up puts it right, which takes a decision.
    pub const fn is_fixed_by_setup(self) -> bool {
        matches!(self, Self::NoStage | Self::ProtectsNothing | Self::NotDeployed | Self::NoLogRole)
    }
}

/// Everything that does not fit, in the order in which it is best mended.
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
