//! Which usage plans keypool manages and may change.

use std::collections::BTreeSet;

use crate::key::tag;
use crate::known::NotKnown;
use crate::refusal::{PlanRefusal, Refusal};
use crate::secret::mask_if_value;
use crate::{ApiKeyId, Inventory, Known, Plan, PlanId};

/// Whether a usage plan is managed: it has a price-list entry or a pool, or keypool created it. Without tables, the
/// config names it, or keypool created it.
///
/// A tenant key alone does not make a plan managed, because the sample application lets any signed-in
/// user create a key in any plan of the account. In an unmanaged plan only the tenant keys are ours. If
/// only a plan's tags could make it managed and they were not read, the result is unknown.
pub fn is_managed(plan: &PlanId, inventory: &Inventory) -> Known<bool> {
    if inventory.pool(plan).is_some() {
        return Known::Value(true);
    }
    let Some(plan) = inventory.plan(plan) else { return Known::Value(false) };
    if inventory.source().adopts(plan) {
        return Known::Value(true);
    }
    match plan.price_list_entry {
        Some(_) if inventory.source().has_tables() => Known::Value(true),
        Some(_) | None => plan.tag(tag::REQUEST).map(|request| request.is_some()),
    }
}

/// As [`is_managed`], or an error if it is unknown, which names what is missing.
pub fn determine_whether_managed(plan: &PlanId, inventory: &Inventory) -> Result<bool, NotKnown> {
    let question = || format!("whether keypool manages usage plan {}", inventory.plan_name(plan));
    is_managed(plan, inventory).require(question()).copied()
}

/// All usage plans that are known to be managed.
pub fn managed_plans(inventory: &Inventory) -> BTreeSet<&PlanId> {
    let plans = inventory.plans().iter().map(|plan| &plan.id);
    plans.filter(|plan| is_managed(plan, inventory).is_known_to_be(&true)).collect()
}

/// Whether an API key is ours: a tenant key or a pool refers to it, or a managed plan contains it.
pub fn is_our_api_key(api_key: &ApiKeyId, plans_of_key: &[&PlanId], inventory: &Inventory) -> Known<bool> {
    if inventory.tenant_keys_of_api_key(api_key).len() > 0 || inventory.pool_of_api_key(api_key).is_some() {
        return Known::Value(true);
    }
    let plans = plans_of_key.iter().map(|plan| is_managed(plan, inventory));
    plans.fold(Known::Value(false), |one, other| match (one, other) {
        (Known::Value(true), _) | (_, Known::Value(true)) => Known::Value(true),
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why),
        (Known::Value(false), Known::Value(false)) => Known::Value(false),
    })
}

/// Refuses a foreign API key: no tenant key or pool refers to it, no managed plan contains it, it has
/// none of keypool's tags, and no API key replaced it.
pub fn require_our_api_key(api_key: &ApiKeyId, inventory: &Inventory) -> Result<(), Refusal> {
    let key = inventory.api_key(api_key).key();
    let is_tagged = key.is_some_and(|key| key.tags.keys().any(|name| name.starts_with(tag::PREFIX)));
    let is_used = is_our_api_key(api_key, &[], inventory).is_known_to_be(&true);
    if is_tagged || is_used || inventory.successor(api_key).is_some() {
        return Ok(());
    }
    let for_key = |what: &str| format!("{what} API key {}", mask_if_value(api_key.as_str()));
    let plans = inventory.plans_of_api_key(api_key);
    let plans: Vec<&PlanId> = plans.require(for_key("the usage plans of"))?.iter().collect();
    if *is_our_api_key(api_key, &plans, inventory).require(for_key("whether keypool manages a plan of"))? {
        return Ok(());
    }
    let plans = plans.into_iter().map(|plan| inventory.plan_name(plan).to_owned()).collect();
    Err(Refusal::ForeignApiKey { api_key: api_key.clone(), plans })
}

/// Refuses a plan that keypool does not manage, with the command that adopts it.
pub fn require_managed_plan<'a>(id: &PlanId, inventory: &'a Inventory) -> Result<&'a Plan, Refusal> {
    let plan = inventory.plan(id).ok_or_else(|| Refusal::NoPlan(id.clone()))?;
    let is_managed = determine_whether_managed(id, inventory)?;
    if is_managed { Ok(plan) } else { Err(not_managed_refusal(plan, inventory)) }
}

/// The refusal to change an unmanaged plan, with the command that adopts it.
pub(crate) fn not_managed_refusal(plan: &Plan, inventory: &Inventory) -> Refusal {
    let name = inventory.plan_name(&plan.id);
    let is_shell_safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !inventory.source().has_tables() {
        return PlanRefusal::NotInConfig(name.to_owned()).into();
    }
    let argument = if name.chars().all(is_shell_safe) { name } else { plan.id.as_str() };
    PlanRefusal::Foreign { plan: name.to_owned(), argument: argument.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parts, pool, tags, tenant_key};
    use crate::{InventoryParts, Plan, Unknown};

    fn inventory() -> Inventory {
        Inventory::new(InventoryParts {
            plans: vec![
                Plan::new("listed", "Listed").with_price_list_entry(None, None),
                Plan::new("pooled", "Pooled"),
                Plan::new("named", "Named by a tenant key"),
                Plan::new("foreign", "Foreign"),
                Plan { tags: tags(&[(tag::REQUEST, "r")]).into(), ..Plan::new("made", "Made by keypool") },
                Plan { tags: Known::Unknown(Unknown::NotReadYet), ..Plan::new("unread", "Unread") },
            ],
            tenant_keys: vec![tenant_key("k1", "named", "acme", None)],
            pools: vec![pool("pooled", 10, Vec::new())],
            ..parts()
        })
    }

    #[test]
    fn a_price_list_entry_pool_or_request_tag_makes_a_plan_managed_but_a_tenant_key_does_not() {
        let inventory = inventory();
        let managed: Vec<_> = managed_plans(&inventory).into_iter().map(PlanId::as_str).collect();
        assert_eq!(managed, ["listed", "made", "pooled"]);
        let gone = is_managed(&"gone".into(), &inventory);
        assert!(gone.is_known_to_be(&false));
    }

    #[test]
    fn in_a_foreign_plan_only_the_api_keys_of_tenant_keys_are_ours() {
        let (inventory, foreign, listed) = (inventory(), PlanId::from("foreign"), PlanId::from("listed"));
        let is_ours =
            |key: &str, plans: &[&PlanId]| is_our_api_key(&key.into(), plans, &inventory).into_result();
        assert_eq!(is_ours("k1", &[&foreign]), Ok(true), "a tenant key refers to it");
        assert_eq!(is_ours("x", &[&foreign]), Ok(false));
        assert_eq!(is_ours("x", &[&foreign, &listed]), Ok(true), "a managed plan contains it, too");
        let unread = PlanId::from("unread");
        assert!(is_ours("x", &[&foreign, &unread]).is_err());
        assert_eq!(is_ours("x", &[&unread, &listed]), Ok(true));
    }

    #[test]
    fn unread_tags_leave_open_whether_a_plan_is_managed() {
        let (inventory, unread) = (inventory(), PlanId::from("unread"));
        let managed = is_managed(&unread, &inventory);
        assert_eq!(managed, Known::Unknown(Unknown::NotReadYet));
        let refused = determine_whether_managed(&unread, &inventory).expect_err("refused");
        assert_eq!(
            refused.to_string(),
            "whether keypool manages usage plan Unread is not known: not read yet; refresh"
        );
    }

    #[test]
    fn a_foreign_api_key_is_refused_with_the_names_of_its_plans() {
        let plans = |ids: &[&str]| ids.iter().map(|id| PlanId::from(*id)).collect::<Vec<_>>();
        let account = inventory().with_plans_of_api_keys([
            ("x".into(), plans(&["foreign"])),
            ("y".into(), plans(&["foreign", "listed"])),
            ("z".into(), Vec::new()),
        ]);
        let refusal = |key: &str| {
            let refused = require_our_api_key(&key.into(), &account);
            refused.err().map(|why| why.to_string())
        };
        assert_eq!((refusal("k1"), refusal("y")), (None, None), "a tenant key, and a managed plan");
        let refusal_text = refusal("x").expect("refused");
        assert!(refusal_text.contains("API key x") && refusal_text.contains("Foreign"), "{refusal_text}");
        assert!(refusal("z").expect("refused").contains("no usage plan"));
        assert!(refusal("w").expect("refused").contains("the usage plans of API key w is not known"));
    }
}
