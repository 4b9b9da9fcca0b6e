//! An account whose Keys table has more items than keypool reads unasked.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Aws;
use keypool::ops::{self, Run};
use keypool_domain::change::NewTenantKeys;
use keypool_domain::{Change, NewPoolRequest, NewTenantKey, PlanId, Strategy, Tenant};
use tokio_util::sync::CancellationToken;

use crate::support::scenario::target;
use crate::wire::support::sdk_clients;

/// Fewer tenant keys than each of the plans has; a page has as many.
pub(crate) const SCAN_LIMIT: u64 = 10;
pub(crate) const SILOED_KEYS: u32 = 45;
pub(crate) const POOLED_KEYS: u32 = 12;

/// Creates keypool's tables with their indexes, the siloed plan `Silo` with tenants `acme-00` to `acme-44`, and the pooled
/// plan `Shared` with one pool key and tenants `globex-00` to `globex-11`.
pub(crate) async fn create_large_account(endpoint: &str) {
    let (gateway, dynamodb) = sdk_clients(endpoint);
    let aws = Aws::connect(&target(endpoint.to_owned())).await.expect("a connection");
    let run = Run { progress: Arc::new(|_| ()), cancel: CancellationToken::new(), trail: None };
    ops::setup_tables(&aws, &run).await.expect("tables");
    let mut plans = Vec::new();
    for name in ["Silo", "Shared"] {
        let plan = gateway.create_usage_plan().name(name).send().await.expect("a plan");
        let plan = plan.id.expect("its id");
        let entry = [("id", plan.as_str()), ("name", name), ("quota", "–"), ("throttle", "–")];
        let entry = entry.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
        let entry = Some(entry.into_iter().collect());
        dynamodb.put_item().table_name("keypool-plans").set_item(entry).send().await.expect("an entry");
        plans.push(PlanId::new(plan));
    }
    let apply = async |change: Change| {
        let inventory = ops::read_inventory(&aws, &run).await.expect("an inventory");
        ops::apply(&aws, &inventory, &change, &run).await.expect("a change");
    };
    apply(Change::CreatePool(NewPoolRequest {
        plan: plans[1].clone(),
        api_keys: Vec::new(),
        new_keys: 1,
        strategy: Strategy::LeastTenants,
        capacity: 50,
    }))
    .await;
    let keys = [(&plans[0], "acme", "key", SILOED_KEYS), (&plans[1], "globex", "app", POOLED_KEYS)];
    for (plan, tenant, name, count) in keys {
        for n in 0..count {
            let template = NewTenantKey {
                plan: plan.clone(),
                tenant: Tenant::new(format!("{tenant}-{n:02}")),
                name: format!("{name}-{n:02}"),
                description: String::new(),
                enabled: true,
                expires_at: None,
            };
            apply(Change::Create(NewTenantKeys { template, count: 1 })).await;
        }
    }
}
