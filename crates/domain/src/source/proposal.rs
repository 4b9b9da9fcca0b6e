//! Proposes where the tenants of an account's API keys are, with how many keys each rule finds one for.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::tag;
use crate::text::group_thousands;
use crate::{ApiKey, ApiKeyId, Inventory, Tenant};

use super::{NamePattern, TenantRule, TenantRules};

/// Tags that name a tenant in many accounts, in lower case.
const TENANT_TAGS: &[&str] =
    &["ownerid", "owner", "tenantid", "tenant", "customerid", "customer", "clientid", "client", "account"];
/// What comes before the first hyphen of a key's name, for example `acme` of `acme-web`.
const NAME_PATTERN: &str = "^(?<tenant>[^-]+)-";

/// A rule, and for how many API keys it finds a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    pub rule: TenantRule,
    /// API keys for which this rule finds a tenant, whatever the others find.
    pub found: usize,
}

/// Rules in the order in which they should be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantProposal {
    pub rules: Vec<RuleCount>,
    /// API keys of the account.
    pub total: usize,
    /// API keys for which no rule finds a tenant.
    pub without_tenant: usize,
}

/// An API key whose tenant is another one with other rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantChange {
    pub api_key: ApiKeyId,
    pub name: String,
    pub before: Tenant,
    pub after: Tenant,
}

impl TenantProposal {
    /// The API keys that get another tenant than with `current`, in API Gateway's order.
    pub fn changes(&self, inventory: &Inventory, current: &TenantRules) -> Vec<TenantChange> {
        let proposed = TenantRules::configured(self.rules.iter().map(|count| count.rule.clone()).collect());
        let change = |key: &ApiKey| TenantChange {
            api_key: key.id.clone(),
            name: key.name.clone(),
            before: current.tenant(key),
            after: proposed.tenant(key),
        };
        let changes = inventory.listed_api_keys().iter().map(change);
        changes.filter(|change| change.before != change.after).collect()
    }

    /// The rules as they are written.
    pub fn rule_texts(&self) -> Vec<String> {
        self.rules.iter().map(|count| count.rule.to_string()).collect()
    }

    /// Proposes rules for the API keys that were listed. The first rule can always be written.
    pub fn new(inventory: &Inventory) -> Self {
        let keys = inventory.listed_api_keys();
        let found = |rule: &TenantRule| keys.iter().filter(|key| rule.find_tenant(key).is_some()).count();
        let mut rules = tag_rules(keys);
        // Of equal ones, in the order of `TENANT_TAGS`.
        rules.sort_by_key(|rule| std::cmp::Reverse(found(rule)));
        rules.extend(Some(TenantRule::CustomerId).filter(|customer| found(customer) > 0));
        if rules.is_empty() {
            rules.push(TenantRule::Tag(tag::OWNER.to_owned()));
        }
        let by_name = NamePattern::new(NAME_PATTERN).ok().map(TenantRule::Name);
        let is_found = |key: &&ApiKey| rules.iter().any(|rule| rule.find_tenant(key).is_some());
        let mut rest = keys.iter().filter(|key| !is_found(key));
        let by_name = by_name.filter(|by_name| rest.any(|key| by_name.find_tenant(key).is_some()));
        rules.extend(by_name);
        Self::count(&rules, inventory)
    }

    /// Counts the API keys for which these rules find a tenant.
    pub fn count(rules: &[TenantRule], inventory: &Inventory) -> Self {
        let keys = inventory.listed_api_keys();
        let count = |rule: &TenantRule| {
            let found = keys.iter().filter(|key| rule.find_tenant(key).is_some()).count();
            RuleCount { rule: rule.clone(), found }
        };
        let is_found = |key: &&ApiKey| rules.iter().any(|rule| rule.find_tenant(key).is_some());
        Self {
            rules: rules.iter().map(count).collect(),
            total: keys.len(),
            without_tenant: keys.iter().filter(|key| !is_found(key)).count(),
        }
    }

    /// The line for config.toml.
    pub fn line(&self) -> String {
        let quoted = self.rule_texts().into_iter().map(|rule| format!("{rule:?}"));
        format!("from = [{}]", quoted.collect::<Vec<_>>().join(", "))
    }

    /// For example `tag:ownerId: 4,812 of 5,000 keys`, for each rule.
    pub fn counts(&self) -> Vec<String> {
        let of_total = |count: usize| {
            let numbers = [count, self.total].map(|number| group_thousands(number as u64));
            format!("{} of {} keys", numbers[0], numbers[1])
        };
        let rules = self.rules.iter().map(|count| format!("{}: {}", count.rule, of_total(count.found)));
        let rest = (self.without_tenant > 0)
            .then(|| format!("none of them, so the key's name: {}", of_total(self.without_tenant)));
        rules.chain(rest).collect()
    }
}

/// The tags of the keys that name a tenant in many accounts, most usual name first.
fn tag_rules(keys: &[ApiKey]) -> Vec<TenantRule> {
    let names: BTreeSet<&String> = keys.iter().flat_map(|key| key.tags.keys()).collect();
    let rank = |name: &str| TENANT_TAGS.iter().position(|known| known.eq_ignore_ascii_case(name));
    let ranked: BTreeMap<_, _> =
        names.into_iter().filter_map(|name| Some(((rank(name)?, name), name))).collect();
    ranked.into_values().map(|name| TenantRule::Tag(name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InventoryParts;
    use crate::testing::{parts, tags};

    fn proposal(keys: Vec<ApiKey>) -> TenantProposal {
        TenantProposal::new(&Inventory::new(InventoryParts { api_keys: keys.into(), ..parts() }))
    }

    #[test]
    fn rules_are_proposed_with_counts_and_those_that_find_nothing_are_left_out() {
        let tagged = |id: &str, name: &str| ApiKey {
            tags: tags(&[(name, "acme"), ("env", "x")]),
            ..ApiKey::new(id, id)
        };
        let keys = vec![
            tagged("a", "owner"),
            tagged("b", "Tenant"),
            tagged("c", "Tenant"),
            ApiKey { customer_id: Some("c1".to_owned()), ..ApiKey::new("d", "d") },
            ApiKey::new("e", "acme-web"),
            ApiKey::new("f", "partner"),
        ];
        let found = proposal(keys);
        assert_eq!(
            found.line(),
            r#"from = ["tag:Tenant", "tag:owner", "customerId", "name:^(?<tenant>[^-]+)-"]"#
        );
        assert_eq!(
            found.counts(),
            [
                "tag:Tenant: 2 of 6 keys",
                "tag:owner: 1 of 6 keys",
                "customerId: 1 of 6 keys",
                "name:^(?<tenant>[^-]+)-: 1 of 6 keys",
                "none of them, so the key's name: 1 of 6 keys"
            ]
        );
    }

    #[test]
    fn the_keys_that_get_another_tenant_are_listed_with_both() {
        let owned = ApiKey { tags: tags(&[("ownerId", "acme")]), ..ApiKey::new("a", "globex-web") };
        let keys = vec![owned, ApiKey::new("b", "acme-web"), ApiKey::new("c", "partner")];
        let inventory = Inventory::new(InventoryParts { api_keys: keys.into(), ..parts() });
        let proposal = TenantProposal::new(&inventory);
        let changes = proposal.changes(&inventory, &TenantRules::default());
        let [change] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!(
            (change.api_key.as_str(), change.before.as_str(), change.after.as_str()),
            ("b", "acme-web", "acme")
        );
        let written = proposal.rules.iter().map(|count| count.rule.clone()).collect();
        assert_eq!(proposal.changes(&inventory, &TenantRules::configured(written)), []);
    }

    #[test]
    fn the_first_rule_can_be_written_even_if_only_names_tell_the_tenants() {
        let found = proposal(vec![ApiKey::new("a", "acme-web")]);
        assert_eq!(found.line(), r#"from = ["tag:ownerId", "name:^(?<tenant>[^-]+)-"]"#);
        assert_eq!(proposal(Vec::new()).line(), r#"from = ["tag:ownerId"]"#);
    }
}
