//! How tenant keys are named to people: a tenant may have several keys of one name.

use std::borrow::Cow;

use super::Inventory;
use super::labels::{NameCounts, label_with_id, visible_name};
use crate::TenantKey;

impl Inventory {
    /// The key's name as people see it: after its id if the tenant has other keys that look like it.
    pub fn key_name<'a>(&self, key: &'a TenantKey) -> Cow<'a, str> {
        let tenant = visible_name(key.tenant.as_str());
        let others = self
            .tenant_keys()
            .iter()
            .filter(|other| other.id != key.id && visible_name(other.tenant.as_str()) == tenant);
        let names = others.map(|other| other.name.as_str()).chain([key.name.as_str()]);
        match NameCounts::new(names).is_ambiguous(&key.name) {
            true => Cow::Owned(label_with_id(key.id.as_str(), &key.name)),
            false => Cow::Borrowed(&key.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{inventory, tenant_key};

    #[test]
    fn keys_of_a_tenant_that_their_names_do_not_tell_apart_are_shown_with_their_ids() {
        let key = |id: &str, tenant: &str, name: &str| TenantKey {
            name: name.into(),
            ..tenant_key(id, "p", tenant, None)
        };
        let keys = vec![
            key("k1", "acme", "web"),
            key("k2", "acme", "web "),
            key("k3", "acme", "ad\u{200b}min"),
            key("k4", "acme", "ad\u{2060}min"),
            key("k5", "acme", "app"),
            key("k6", "globex", "app"),
            key("k7", "acme", ""),
        ];
        let inventory = inventory(Vec::new(), keys.clone());
        let names: Vec<_> = keys.iter().map(|key| inventory.key_name(key)).collect();
        let expected =
            ["k1 (web)", "k2 (web)", "k3 (ad\u{200b}min)", "k4 (ad\u{2060}min)", "app", "app", "k7"];
        assert_eq!(names, expected);
    }
}
