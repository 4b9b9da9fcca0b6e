//! What an API key leaves to a copy of it: everything but its id, its value and keypool's own tags.

use std::collections::BTreeMap;

use super::ApiKey;
use crate::{ApiKeyId, Inventory, PlanId};

/// An API key as it was before it was deleted or replaced, with every usage plan it was in; never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerApiKey {
    /// Its name.
    pub name: String,
    /// What its owner wrote about it.
    pub description: String,
    /// Whether the gateway accepted it.
    pub enabled: bool,
    /// The customer of AWS Marketplace whose key it was.
    pub customer_id: Option<String>,
    /// Its tags without keypool's own and those that only AWS sets.
    pub tags: BTreeMap<String, String>,
    /// The usage plans it was in.
    pub plans: Vec<PlanId>,
}

impl FormerApiKey {
    /// What an API key in these plans leaves.
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
    /// What the lists tell of an API key; `None` where it is not there, or where its plans are not known.
    pub fn from_inventory(id: &ApiKeyId, inventory: &Inventory) -> Option<Self> {
        let key = inventory.api_key(id).key()?;
        inventory.plans_of_api_key(id).value_to_show().map(|plans| Self::new(key, plans))
    }
}

/// Whether a copy takes the tag with this name.
fn is_copied(name: &str) -> bool {
    !name.starts_with("keypool:") && !name.starts_with("aws:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_all_tags_except_those_of_keypool_and_aws() {
        let tags = ["team", "ownerId", "keypool:plan", "keypool:request", "aws:cloudformation:stack-name"];
        let key = ApiKey {
            description: "theirs".to_owned(),
            enabled: false,
            customer_id: Some("cust-1".to_owned()),
            tags: tags.map(|name| (name.to_owned(), "x".to_owned())).into(),
            ..ApiKey::new("k1", "web")
        };
        let former = FormerApiKey::new(&key, &["a".into(), "b".into()]);
        assert_eq!(former.tags.keys().collect::<Vec<_>>(), ["ownerId", "team"]);
        assert_eq!((former.customer_id.as_deref(), former.enabled), (Some("cust-1"), false));
        assert_eq!(former.plans, ["a".into(), "b".into()]);
    }
}
