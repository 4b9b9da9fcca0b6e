//! What a new key of a plan would get.

use keypool_domain::{Inventory, PlanId, PoolKey};

use crate::tui::text;

/// E.g. `pooled: shared API key, room for 12`.
pub(super) fn describe_room(inventory: &Inventory, plan: &PlanId) -> String {
    let model = text::format_model(inventory, plan);
    match inventory.pool(plan) {
        None if inventory.model(plan).reason().is_some() => format!("{model} pools are not read yet"),
        None => format!("{model}: own API key"),
        Some(pool) => {
            let live = pool.keys.iter().filter(|key| inventory.is_live(&key.api_key));
            let rooms: Vec<_> = live.map(PoolKey::remaining_capacity).collect();
            let known = rooms.iter().filter_map(|room| room.value_to_show());
            let room: u64 = known.map(|room| u64::from(*room)).sum();
            let room = text::format_count_u64(room);
            let are_all_known = rooms.iter().all(|room| room.reason().is_none());
            let at_least = if are_all_known { "" } else { "at least " };
            format!("{model}: shared API key, room for {at_least}{room}")
        }
    }
}
