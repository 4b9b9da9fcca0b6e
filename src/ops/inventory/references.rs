//! Resolves the API key of tenant keys whose items do not name it, using only ids and values that were
//! read.

use std::collections::{HashMap, HashSet};

use keypool_domain::{ApiKey, ApiKeyId, Known, PlanId, TenantKey, Unknown};

use super::membership::PlanMembers;
use crate::aws::Member;

/// API keys of the account by id and value.
pub(super) struct ApiKeyIndex<'a> {
    /// Ids of API keys known to exist.
    ids: HashSet<&'a str>,
    by_value: HashMap<&'a str, &'a ApiKeyId>,
    /// Plans whose key values could not be read, with the reason.
    unread_plans: Vec<(&'a PlanId, &'a Unknown)>,
    /// Why the list of plans lacks some, if it does.
    unreadable_plans: Option<&'a Unknown>,
}

impl<'a> ApiKeyIndex<'a> {
    pub(super) fn new(
        api_keys: &'a Known<Vec<ApiKey>>,
        members: &'a PlanMembers,
        unreadable_plans: Option<&'a Unknown>,
    ) -> Self {
        let listed = api_keys.value_to_show().into_iter().flatten().map(|key| &key.id);
        let attached = attached_members(members);
        Self {
            ids: listed.chain(attached.clone().map(|member| &member.api_key)).map(ApiKeyId::as_str).collect(),
            by_value: attached
                .filter_map(|member| Some((member.value.as_ref()?.expose(), &member.api_key)))
                .collect(),
            unread_plans: members
                .iter()
                .filter_map(|(plan, members)| Some((plan, members.reason()?)))
                .collect(),
            unreadable_plans,
        }
    }

    /// Finds the API key of a usage plan with this value.
    pub(super) fn find_by_value(&self, value: &str) -> Option<&'a ApiKeyId> {
        self.by_value.get(value).copied()
    }

    /// Sets the pool key of tenant keys that refer to one only by its value.
    ///
    /// The sample application's references contain only the value of the shared key, so they are recognised
    /// by value. If some values may not be read, an unknown value may belong to a key that was not read.
    pub(super) fn resolve_references(&self, tenant_keys: &mut [TenantKey]) {
        for tenant_key in tenant_keys {
            if tenant_key.pool_key == Known::Value(None) && !self.ids.contains(tenant_key.id.as_str()) {
                tenant_key.pool_key = self.resolve_reference(tenant_key);
            }
        }
    }

    /// Returns why values could not be read: for this plan, or else for the first plan affected, or for one that cannot
    /// be read itself.
    fn unread_reason(&self, plan: &PlanId) -> Option<&'a Unknown> {
        let of_plan = self.unread_plans.iter().find(|(unread_plan, _)| *unread_plan == plan);
        of_plan.or(self.unread_plans.first()).map(|(_, why)| *why).or(self.unreadable_plans)
    }

    fn resolve_reference(&self, tenant_key: &TenantKey) -> Known<Option<ApiKeyId>> {
        match (&tenant_key.value, self.unread_reason(&tenant_key.plan)) {
            // keypool writes the id of the shared key into each reference, the sample application its value.
            (Known::Value(None), _) => Known::Value(None),
            (Known::Value(Some(_)), Some(_)) if is_written_by_keypool(tenant_key) => Known::Value(None),
            (Known::Value(Some(value)), unread) => match (self.find_by_value(value.expose()), unread) {
                (Some(id), _) => Known::Value(Some(id.clone())),
                (None, None) => Known::Value(None),
                (None, Some(why)) => Known::Unknown(why.clone()),
            },
            (Known::Unknown(why), _) => Known::Unknown(why.clone()),
        }
    }
}

/// Whether keypool wrote the item: only keypool stores a creation time and a revision.
fn is_written_by_keypool(tenant_key: &TenantKey) -> bool {
    tenant_key.created_at.is_some() && tenant_key.revision.is_some()
}

fn attached_members(members: &PlanMembers) -> impl Iterator<Item = &Member> + Clone {
    members.iter().filter_map(|(_, members)| members.value_to_show()).flat_map(|members| members.iter())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keypool_domain::{Secret, testing};

    use super::*;
    use crate::aws::Members;

    fn tenant_key(id: &str, pool_key: Option<&str>, value: Option<&str>) -> TenantKey {
        TenantKey { value: value.map(Secret::new).into(), ..testing::tenant_key(id, "p", "t", pool_key) }
    }

    fn api_key(id: &str) -> ApiKey {
        ApiKey::new(id, "")
    }

    fn member(id: &str, value: &str) -> Member {
        Member { api_key: id.into(), value: Some(Secret::new(value)) }
    }

    fn listed(members: Vec<Member>) -> Members {
        Known::Value(Arc::new(members))
    }

    fn resolve(
        api_keys: &Known<Vec<ApiKey>>,
        members: &PlanMembers,
        mut tenant_keys: Vec<TenantKey>,
    ) -> Vec<TenantKey> {
        ApiKeyIndex::new(api_keys, members, None).resolve_references(&mut tenant_keys);
        tenant_keys
    }

    fn references(tenant_keys: &[TenantKey]) -> Vec<Option<&str>> {
        tenant_keys.iter().map(|tenant_key| tenant_key.known_pool_key().map(ApiKeyId::as_str)).collect()
    }

    #[test]
    fn references_without_pool_key_id_are_recognised_by_value() {
        let members = vec![("p".into(), listed(vec![member("shared", "s"), member("own", "o")]))];
        let api_keys = vec![api_key("own"), api_key("shared")].into();
        let tenant_keys = vec![
            tenant_key("own", None, Some("o")),
            tenant_key("ref", None, Some("s")),
            tenant_key("explicit", Some("k"), Some("s")),
            tenant_key("lost", None, Some("x")),
            tenant_key("no-value", None, None),
        ];
        let tenant_keys = resolve(&api_keys, &members, tenant_keys);
        assert_eq!(references(&tenant_keys), [None, Some("shared"), Some("k"), None, None]);
        assert!(tenant_keys.iter().all(|tenant_key| tenant_key.pool_key.reason().is_none()));
    }

    #[test]
    fn a_value_that_may_belong_to_an_unreadable_plan_leaves_the_reference_unknown() {
        let members = vec![("p".into(), listed(vec![member("shared", "s")]))];
        let api_keys = vec![api_key("shared")].into();
        let why = Unknown::unreadable("a plan", "the list of usage plans");
        let mut tenant_keys = [tenant_key("ref", None, Some("s")), tenant_key("lost", None, Some("x"))];
        ApiKeyIndex::new(&api_keys, &members, Some(&why)).resolve_references(&mut tenant_keys);
        assert_eq!(references(&tenant_keys[..1]), [Some("shared")]);
        assert_eq!(tenant_keys[1].pool_key.reason(), Some(&why));
    }

    #[test]
    fn a_value_that_may_belong_to_an_unread_key_leaves_the_reference_unknown() {
        let denied: Members = Known::not_allowed("apigateway:GET", "/usageplans/q/keys");
        let why = denied.reason().cloned().expect("a reason");
        let members = vec![("p".into(), listed(vec![member("shared", "s")])), ("q".into(), denied)];
        let unlisted = Known::not_allowed("apigateway:GET", "/apikeys");
        let ours = TenantKey {
            created_at: Some(jiff::Timestamp::UNIX_EPOCH.into()),
            ..tenant_key("ours", None, Some("z")).with_attributes(|its| its.revision = Some(1))
        };
        let odd = TenantKey {
            value: Known::unreadable("`value` is a number", "item odd"),
            ..tenant_key("odd", None, None)
        };
        let tenant_keys = vec![
            tenant_key("ref", None, Some("s")),
            tenant_key("lost", None, Some("x")),
            tenant_key("no-value", None, None),
            ours,
            odd,
        ];
        let tenant_keys = resolve(&unlisted, &members, tenant_keys);
        assert_eq!(references(&tenant_keys), [Some("shared"), None, None, None, None]);
        let unknown: Vec<_> = tenant_keys.iter().map(|tenant_key| tenant_key.pool_key.reason()).collect();
        assert_eq!(unknown[1], Some(&why), "neither siloed nor pooled");
        assert_eq!(
            (unknown[0], unknown[2], unknown[3]),
            (None, None, None),
            "known without the other values"
        );
        assert!(matches!(unknown[4], Some(Unknown::Unreadable(_))));
    }

    #[test]
    fn the_reason_names_the_plan_of_the_tenant_key() {
        let denied = |plan: &str| {
            (plan.into(), Known::not_allowed("apigateway:GET", format!("/usageplans/{plan}/keys")))
        };
        let unlisted = Known::not_allowed("apigateway:GET", "/apikeys");
        let members = vec![denied("a"), denied("p"), denied("z")];
        let tenant_keys = resolve(&unlisted, &members, vec![tenant_key("lost", None, Some("x"))]);
        let why = tenant_keys[0].pool_key.reason().expect("unknown").to_string();
        assert!(why.contains("/usageplans/p/keys"), "{why}");
    }

    #[test]
    fn a_tenant_key_with_the_id_of_a_listed_api_key_is_siloed_even_if_members_are_unreadable() {
        let members = vec![("p".into(), Known::not_allowed("apigateway:GET", "/usageplans/p/keys"))];
        let tenant_keys =
            resolve(&vec![api_key("own")].into(), &members, vec![tenant_key("own", None, Some("o"))]);
        assert_eq!(tenant_keys[0].pool_key, Known::Value(None));
    }
}
