//! Whether the sample application's Lambdas can use the pools.

use keypool_domain::Inventory;
use keypool_domain::text::pluralize;

use crate::aws::Aws;

/// Returns why the sample application's createKey cannot use the pools, if other programs write tenant
/// keys.
pub(super) fn sample_app_remark(aws: &Aws, inventory: &Inventory) -> Option<String> {
    if inventory.has_other_writers() { sample_app_obstacle(aws, inventory) } else { None }
}

/// Returns why the sample application's createKey cannot use the pools.
pub fn sample_app_obstacle(aws: &Aws, inventory: &Inventory) -> Option<String> {
    if inventory.pools().is_empty() {
        return None;
    }
    if !aws.stores_values() {
        return Some(
            "store_values = false: createKey of the sample application reads the values of pool keys from the Keys \
             table, and answers 500 without them"
                .to_owned(),
        );
    }
    let missing = inventory.pool_keys_without_item().count();
    (missing > 0).then(|| {
        let keys = pluralize(missing, "pool key");
        let verb = if missing == 1 { "is" } else { "are" };
        format!(
            "{keys} {verb} not in the Keys table: createKey of the sample application answers 500 for them"
        )
    })
}
