//! What keypool remembers of an API key to make a copy of it.

use std::collections::BTreeMap;

use super::{ApiKey, tag};
use crate::{ApiKeyId, Inventory, PlanId};

/// An API key before its deletion or replacement, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerApiKey {
    pub name: String,
    pub description: String,
    pub enabled: bool,
    /// AWS Marketplace customer.
    pub customer_id: Option<String>,
    /// Without those that only AWS can set and keypool's own, except an expiry.
    pub tags: BTreeMap<String, String>,
    pub plans: Vec<PlanId>,
}

impl FormerApiKey {
    pub fn new(key: &ApiKey, plans: &[PlanId]) -> Self {
        let tags = key.tags.iter().filter(|(name, _)| is_copied(name));
        Self {
            name: key.name.clone(),
            description: key.description.clone(),
            enabled: key.enabled,
            customer_id: key.customer_id.clone(),
            tags: tags.map(|(name, value)| (name.clone(), value.clone())).collect(),
            plans: plans.to_vec(),
        }
    }
}

impl FormerApiKey {
    /// Describes an API key of the inventory; `None` if the key is missing or its plans are unknown.
    pub fn from_inventory(id: &ApiKeyId, inventory: &Inventory) -> Option<Self> {
        let key = inventory.api_key(id).key()?;
        inventory.plans_of_api_key(id).value_to_show().map(|plans| Self::new(key, plans))
    }
}

fn is_copied(name: &str) -> bool {
    name == tag::EXPIRES_AT || !(name.starts_with(tag::PREFIX) || name.starts_with("aws:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_its_expiry_and_all_tags_except_those_of_keypool_and_aws() {
        let tags = [
            "team",
            "ownerId",
            "keypool:plan",
            "keypool:request",
            "keypool:expires-at",
            "aws:cloudformation:stack-name",
        ];
        let key = ApiKey {
            description: "theirs".to_owned(),
            enabled: false,
            customer_id: Some("cust-1".to_owned()),
            tags: tags.map(|name| (name.to_owned(), "x".to_owned())).into(),
            ..ApiKey::new("k1", "web")
        };
        let former = FormerApiKey::new(&key, &["a".into(), "b".into()]);
        assert_eq!(former.tags.keys().collect::<Vec<_>>(), ["keypool:expires-at", "ownerId", "team"]);
        assert_eq!((former.customer_id.as_deref(), former.enabled), (Some("cust-1"), false));
        assert_eq!(former.plans, ["a".into(), "b".into()]);
    }
}
