//! Chooses the pool key for a new tenant.
//!
//! Never chooses a key that is full, draining, retired, disabled or missing, or whose room is unknown.

mod period_usage;

use std::cmp::Reverse;

use crate::text::pluralize;
use crate::{ApiKeyId, Known, Pool, PoolKey, Strategy, Tenant, Unknown};

pub use period_usage::PeriodUsage;

/// What the choice depends on besides the pool.
pub struct AssignmentContext<'a> {
    pub tenant: &'a Tenant,
    /// Whether the API key exists and is enabled.
    pub is_live: &'a dyn Fn(&ApiKeyId) -> bool,
    /// The used share of the period's quota, in millionths.
    pub share_used: &'a dyn Fn(&ApiKeyId) -> u64,
    /// A random number: breaks ties, and alone decides for the random strategy.
    pub draw: u64,
}

/// Why no key of the pool can be assigned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    #[error("the pool has no API keys")]
    NoKeys,
    #[error("every API key of the pool is draining, retired, disabled or missing")]
    NoUsableKey,
    #[error("the pool is full: {} on {}", pluralize(*tenants as usize, "tenant key"), pluralize(*keys, "API key"))]
    Full { keys: usize, tenants: u32 },
    /// A key may have room, but its room is unknown.
    #[error("no API key of the pool is known to have room; the room of {api_key} is not known: {reason}")]
    UnknownRoom {
        /// The first key with unknown room.
        api_key: ApiKeyId,
        reason: Unknown,
    },
}

/// Chooses a key by the pool's strategy.
pub fn choose_pool_key<'a>(
    pool: &'a Pool,
    context: &AssignmentContext<'_>,
) -> Result<&'a PoolKey, AssignmentError> {
    let candidates = candidates(pool, context)?;
    let chosen = match pool.strategy {
        Strategy::LeastTenants => {
            pick_lowest(&candidates, context.draw, |key| key.tenants.value_to_show().copied())
        }
        Strategy::LeastUsed => pick_lowest(&candidates, context.draw, |key| {
            ((context.share_used)(&key.api_key), key.tenants.value_to_show().copied())
        }),
        Strategy::Sticky => {
            pick_lowest(&candidates, 0, |key| Reverse(rendezvous_weight(context.tenant, &key.api_key)))
        }
        Strategy::Random => pick_lowest(&candidates, context.draw, |_| 0),
    };
    Ok(chosen)
}

fn candidates<'a>(
    pool: &'a Pool,
    context: &AssignmentContext<'_>,
) -> Result<Vec<&'a PoolKey>, AssignmentError> {
    if pool.keys.is_empty() {
        return Err(AssignmentError::NoKeys);
    }
    let usable: Vec<_> = pool
        .keys
        .iter()
        .filter(|key| key.state == crate::PoolKeyState::Active && (context.is_live)(&key.api_key))
        .collect();
    if usable.is_empty() {
        return Err(AssignmentError::NoUsableKey);
    }
    let mut candidates = Vec::new();
    let mut tenants = 0_u32;
    let mut unknown = None;
    for key in &usable {
        match key.remaining_capacity() {
            Known::Value(0) => {
                tenants = tenants.saturating_add(key.tenants.value_to_show().copied().unwrap_or(0));
            }
            Known::Value(_) => candidates.push(*key),
            Known::Unknown(why) => unknown = unknown.or(Some((key.api_key.clone(), why))),
        }
    }
    match (candidates.is_empty(), unknown) {
        (false, _) => Ok(candidates),
        (true, Some((api_key, reason))) => Err(AssignmentError::UnknownRoom { api_key, reason }),
        (true, None) => Err(AssignmentError::Full { keys: usable.len(), tenants }),
    }
}

/// Picks one of the keys with the lowest rank; `draw` breaks ties.
fn pick_lowest<'a, R: Ord>(
    candidates: &[&'a PoolKey],
    draw: u64,
    rank: impl Fn(&PoolKey) -> R,
) -> &'a PoolKey {
    let best = candidates.iter().map(|key| rank(key)).min();
    let tied: Vec<_> = candidates.iter().copied().filter(|key| Some(rank(key)) == best).collect();
    tied[usize::try_from(draw % tied.len() as u64).unwrap_or(0)]
}

/// The rendezvous weight of a tenant and a key: FNV-1a over both, then SplitMix64's finaliser. It must be the same on
/// every machine and in every version.
fn rendezvous_weight(tenant: &Tenant, api_key: &ApiKeyId) -> u64 {
    let bytes = tenant.as_str().bytes().chain([0]).chain(api_key.as_str().bytes());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::prop;
    use proptest::{prop_assert, proptest};

    use super::*;
    use crate::{PoolKeyState, testing};

    fn key(id: &str, tenants: u32) -> PoolKey {
        testing::pool_key(id, tenants, 10)
    }

    fn pool(strategy: Strategy, keys: Vec<PoolKey>) -> Pool {
        Pool { strategy, ..testing::pool("basic", 10, keys) }
    }

    fn context(tenant: &Tenant, draw: u64) -> AssignmentContext<'_> {
        AssignmentContext {
            tenant,
            is_live: &|id| id.as_str() != "dead",
            share_used: &|id| id.as_str().len() as u64,
            draw,
        }
    }

    fn choose(pool: &Pool, draw: u64) -> Result<String, AssignmentError> {
        choose_pool_key(pool, &context(&"acme".into(), draw)).map(|key| key.api_key.to_string())
    }

    #[test]
    fn least_tenants_takes_the_emptiest_and_draws_among_equals() {
        let pool = pool(Strategy::LeastTenants, vec![key("a", 2), key("b", 1), key("c", 1)]);
        assert_eq!(choose(&pool, 0), Ok("b".into()));
        assert_eq!(choose(&pool, 1), Ok("c".into()));
    }

    #[test]
    fn least_used_takes_the_smallest_share_and_of_equal_shares_the_fewest_tenants() {
        let pool = pool(Strategy::LeastUsed, vec![key("long-one", 0), key("fuller", 9), key("fewest", 8)]);
        assert_eq!(choose(&pool, 7), Ok("fewest".into()));
    }

    #[test]
    fn random_follows_the_draw() {
        let pool = pool(Strategy::Random, vec![key("a", 2), key("b", 1)]);
        assert_eq!(choose(&pool, 4), Ok("a".into()));
        assert_eq!(choose(&pool, 5), Ok("b".into()));
    }

    #[test]
    fn sticky_keeps_a_tenant_on_its_key_and_moves_few_when_a_key_is_removed() {
        let five = pool(Strategy::Sticky, ["a", "b", "c", "d", "e"].map(|id| key(id, 0)).to_vec());
        let four = pool(Strategy::Sticky, ["a", "b", "c", "d"].map(|id| key(id, 0)).to_vec());
        let tenants: Vec<Tenant> = (0..500).map(|n| Tenant::new(format!("tenant-{n}"))).collect();
        for tenant in &tenants {
            let before = choose_pool_key(&five, &context(tenant, 3)).expect("room");
            let after = choose_pool_key(&four, &context(tenant, 8)).expect("room");
            assert!(before.api_key == after.api_key || before.api_key.as_str() == "e");
        }
        let on_e = tenants
            .iter()
            .filter(|tenant| {
                choose_pool_key(&five, &context(tenant, 0)).expect("room").api_key.as_str() == "e"
            })
            .count();
        assert!((60..140).contains(&on_e), "{on_e} of 500 on one key of five");
    }

    /// The weights were computed by another program. With other weights, tenants would move to other keys.
    #[test]
    fn the_weight_of_a_tenant_and_a_key_never_changes() {
        assert_eq!(rendezvous_weight(&"acme".into(), &"k1".into()), 0xf410_0d22_a6ef_e8bc);
        assert_eq!(rendezvous_weight(&"Zoë".into(), &"abc123".into()), 0xb7a8_8a17_1001_f078);
    }

    #[test]
    fn a_refused_assignment_says_why() {
        assert_eq!(choose(&pool(Strategy::Random, vec![]), 0), Err(AssignmentError::NoKeys));
        assert_eq!(
            choose(&pool(Strategy::Random, vec![key("dead", 0)]), 0),
            Err(AssignmentError::NoUsableKey)
        );
        let full = pool(Strategy::Random, vec![key("a", 10), key("b", 11), key("dead", 0)]);
        assert_eq!(choose(&full, 0), Err(AssignmentError::Full { keys: 2, tenants: 21 }));
    }

    #[test]
    fn a_key_whose_counter_cannot_be_read_is_never_chosen() {
        let unread = || Known::unreadable("`tenants` is a text", "item key#a of the Pools table");
        let without_counter = PoolKey { tenants: unread(), ..key("a", 0) };
        let without_capacity = PoolKey { capacity: unread(), ..key("b", 0) };
        for strategy in [Strategy::LeastTenants, Strategy::LeastUsed, Strategy::Sticky, Strategy::Random] {
            for draw in 0..4 {
                let keys = vec![without_counter.clone(), key("c", 9), without_capacity.clone()];
                assert_eq!(choose(&pool(strategy, keys), draw), Ok("c".into()), "{strategy}");
            }
        }
        let refused =
            choose(&pool(Strategy::Random, vec![key("c", 10), without_counter, without_capacity]), 0);
        assert_eq!(
            refused.expect_err("refused").to_string(),
            "no API key of the pool is known to have room; the room of a is not known: `tenants` is a text in item key#a \
             of the Pools table; fix it there"
        );
    }

    proptest! {
        #[test]
        fn a_full_draining_or_disabled_key_is_never_chosen(
            counts in prop::collection::vec((0u32..13, 0u8..4), 1..8), draw: u64, strategy in 0usize..4,
        ) {
            let strategies = [Strategy::LeastTenants, Strategy::LeastUsed, Strategy::Sticky, Strategy::Random];
            let keys = counts.iter().enumerate().map(|(n, &(tenants, kind))| {
                let id = if kind == 3 { "dead".to_owned() } else { format!("k{n}") };
                let state = [PoolKeyState::Active, PoolKeyState::Draining, PoolKeyState::Retired, PoolKeyState::Active];
                PoolKey { state: state[kind as usize], ..key(&id, tenants) }
            });
            let pool = pool(strategies[strategy], keys.collect());
            let is_free = |key: &PoolKey| {
                key.remaining_capacity().is_known_not_to_be(&0) && key.api_key.as_str() != "dead"
            };
            let has_room = pool.keys.iter().any(is_free);
            match choose_pool_key(&pool, &context(&"acme".into(), draw)) {
                Ok(key) => prop_assert!(is_free(key)),
                Err(_) => prop_assert!(!has_room),
            }
        }
    }
}
