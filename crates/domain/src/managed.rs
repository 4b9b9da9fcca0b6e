//! Which usage plans of an account are keypool's to change.

use std::collections::BTreeSet;

use crate::key::tag;
use crate::{ApiKeyId, Inventory, PlanId};

/// Where the tenants of an account are kept, and with them the record of which usage plans were adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantSource {
    /// The Plans, Keys and Pools tables: a plan is adopted by a price-list entry, or was made by keypool.
    Tables,
}

/// Whether a usage plan is managed: it has a price-list entry or a pool, or it was adopted or made by keypool.
///
/// A tenant key alone does not make a plan managed, because the sample application's create lets any signed-in user
/// name any plan of the account. In a plan that is not managed only the tenant keys are ours.
pub fn is_managed(plan: &PlanId, inventory: &Inventory, source: TenantSource) -> bool {
    let is_adopted = match source {
        TenantSource::Tables => inventory
            .plan(plan)
            .is_some_and(|plan| plan.shop_window.is_some() || plan.tag(tag::REQUEST).is_some()),
    };
    is_adopted || inventory.pool(plan).is_some()
}

/// All managed usage plans.
pub fn managed_plans(inventory: &Inventory, source: TenantSource) -> BTreeSet<&PlanId> {
    let plans = inventory.plans().iter().map(|plan| &plan.id);
    plans.filter(|plan| is_managed(plan, inventory, source)).collect()
}

/// Whether an API key is ours: a tenant key or a pool refers to it, or a managed plan has it.
pub fn is_our_api_key(
    api_key: &ApiKeyId,
    plans_of_key: &[&PlanId],
    inventory: &Inventory,
    source: TenantSource,
) -> bool {
    inventory.rows_behind(api_key).len() > 0
        || inventory.pool_of(api_key).is_some()
        || plans_of_key.iter().any(|plan| is_managed(plan, inventory, source))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::{Known, Parts, Plan, Pool, Strategy, TenantKey};

    fn inventory() -> Inventory {
        let tenant_key = TenantKey {
            id: "k1".into(),
            plan: "named".into(),
            name: "web".into(),
            description: String::new(),
            enabled: true.into(),
            tenant: "acme".into(),
            pool_key: None.into(),
            value: None.into(),
            created_at: None,
            revision: None,
        };
        let pool = Pool {
            plan: "pooled".into(),
            strategy: Strategy::LeastTenants,
            capacity: 10,
            keys: Vec::new(),
            revision: 1,
        };
        Inventory::new(Parts {
            plans: vec![
                Plan::new("listed", "Listed").on_sale(None, None),
                Plan::new("pooled", "Pooled"),
                Plan::new("named", "Named by a tenant key"),
                Plan::new("foreign", "Foreign"),
                Plan {
                    tags: Some(BTreeMap::from([(tag::REQUEST.to_owned(), "r".to_owned())])),
                    ..Plan::new("made", "Made by keypool")
                },
            ],
            api_keys: Known::not_allowed("apigateway:GET", "/apikeys"),
            members: BTreeMap::new(),
            rows: vec![tenant_key],
            pools: vec![pool],
            remarks: Vec::new(),
            taken_at: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_plan_is_managed_by_a_price_list_entry_a_pool_or_our_tag_but_not_by_a_tenant_key() {
        let inventory = inventory();
        let managed: Vec<_> =
            managed_plans(&inventory, TenantSource::Tables).into_iter().map(PlanId::as_str).collect();
        assert_eq!(managed, ["listed", "made", "pooled"]);
        assert!(!is_managed(&"gone".into(), &inventory, TenantSource::Tables));
    }

    #[test]
    fn the_api_key_of_a_tenant_key_is_ours_in_a_foreign_plan_and_its_other_api_keys_are_not() {
        let (inventory, foreign, listed) = (inventory(), PlanId::from("foreign"), PlanId::from("listed"));
        let is_ours = |key: &str, plans: &[&PlanId]| {
            is_our_api_key(&key.into(), plans, &inventory, TenantSource::Tables)
        };
        assert!(is_ours("k1", &[&foreign]), "a tenant sends it");
        assert!(!is_ours("x", &[&foreign]));
        assert!(is_ours("x", &[&foreign, &listed]), "a managed plan has it, too");
    }
}
