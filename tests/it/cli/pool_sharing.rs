//! The purpose of pools: many tenants on a few API keys, which stay when the tenants are deleted.

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::{Machine, field_values};

const PLANS: [&str; 4] = ["TestPlan", "FreePlan", "BasicPlan", "PremiumPlan"];
const TENANTS: [&str; 5] = ["acme", "globex", "initech", "umbrella", "hooli"];

/// The number of API keys attached to each plan, in the order of [`PLANS`].
fn count_api_keys(machine: &Machine) -> [u64; 4] {
    let plans = machine.json("plans");
    PLANS.map(|name| {
        let plan =
            plans.as_array().expect("a list").iter().find(|plan| plan["name"] == name).expect("the plan");
        plan["apiKeys"].as_u64().expect("a number")
    })
}

/// The ids of the API keys in all pools, sorted.
fn pool_keys(machine: &Machine) -> Vec<String> {
    let pools = machine.json("pools");
    let mut keys: Vec<String> = pools
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|pool| field_values(&pool["keys"], "apiKeyId"))
        .collect();
    keys.sort_unstable();
    keys
}

fn delete_all(machine: &Machine) {
    let output = machine.run(&format!("keys delete {} --yes", machine.ids("keys list").join(" ")));
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert_eq!(machine.json("keys list"), Value::Array(vec![]));
}

/// Creates ten keys in each plan, two for each of five tenants.
fn create_ten_keys_per_plan(machine: &Machine) {
    for plan in PLANS {
        for tenant in TENANTS {
            let created = machine
                .json(&format!("keys create --plan {plan} --tenant {tenant} --name k --count 2 --yes"));
            assert_eq!(created.as_array().map(Vec::len), Some(2), "{plan} {tenant}");
        }
    }
}

#[test]
fn pooled_tenant_keys_create_no_api_keys_and_siloed_ones_create_one_each() {
    let machine = Machine::with_local_aws(World::Sample);
    let shared = pool_keys(&machine);
    assert_eq!(shared.len(), 6, "one of FreePlan, five of BasicPlan");

    delete_all(&machine);
    assert_eq!(count_api_keys(&machine), [0, 1, 5, 0]);
    assert_eq!(pool_keys(&machine), shared);

    create_ten_keys_per_plan(&machine);
    assert_eq!(count_api_keys(&machine), [10, 1, 5, 10]);
    assert_eq!(pool_keys(&machine), shared);
    let mut used = field_values(&machine.json("keys list --plan BasicPlan"), "apiKeyId");
    used.sort_unstable();
    used.dedup();
    assert_eq!(used.len(), 5, "ten tenant keys spread over all five pool keys");

    let mut values = field_values(&machine.json("keys list --plan FreePlan --reveal"), "value");
    assert_eq!(values.len(), 10);
    values.dedup();
    assert_eq!(values.len(), 1, "all tenants of FreePlan send the same value");

    delete_all(&machine);
    assert_eq!(count_api_keys(&machine), [0, 1, 5, 0]);
    assert_eq!(pool_keys(&machine), shared);
    let pools = machine.json("pools");
    assert!(
        pools
            .as_array()
            .expect("a list")
            .iter()
            .all(|pool| { pool["keys"].as_array().expect("a list").iter().all(|key| key["tenants"] == 0) })
    );

    create_ten_keys_per_plan(&machine);
    assert_eq!(count_api_keys(&machine), [10, 1, 5, 10]);
}
