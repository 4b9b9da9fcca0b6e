//! Which API key a tenant key sends, where its item does not say it: only by ids and values that were read.

use std::collections::{HashMap, HashSet};

use keypool_domain::{ApiKey, ApiKeyId, Known, PlanId, TenantKey, Unknown};

use super::PlanMembers;
use crate::aws::Member;

/// What an account tells of its API keys.
pub(super) struct ApiKeyIndex<'a> {
    /// The ids of API keys that are known to be there.
    ids: HashSet<&'a str>,
    by_value: HashMap<&'a str, &'a ApiKeyId>,
    /// Why not all values were read, by the usage plans whose values those are.
    unread: Vec<(&'a PlanId, &'a Unknown)>,
}

impl<'a> ApiKeyIndex<'a> {
    pub(super) fn new(api_keys: &'a Known<Vec<ApiKey>>, members: &'a PlanMembers) -> Self {
        let listed = api_keys.value_to_show().into_iter().flatten().map(|key| &key.id);
        let attached = attached_members(members);
        Self {
            ids: listed.chain(attached.clone().map(|member| &member.api_key)).map(ApiKeyId::as_str).collect(),
            by_value: attached
                .filter_map(|member| Some((member.value.as_ref()?.expose(), &member.api_key)))
                .collect(),
            unread: members.iter().filter_map(|(plan, members)| Some((plan, members.reason()?))).collect(),
        }
    }

    /// The API key of a usage plan with this value.
    pub(super) fn find_by_value(&self, value: &str) -> Option<&'a ApiKeyId> {
        self.by_value.get(value).copied()
    }

    /// The sample application's references hold only the value of the shared key: they are recognised by it. Where not
    /// all values may be read, one that fits none of the others may be of a key that was not seen.
    pub(super) fn resolve_references(&self, rows: &mut [TenantKey]) {
        for row in rows {
            if row.pool_key == Known::Value(None) && !self.ids.contains(row.id.as_str()) {
                row.pool_key = self.resolve_reference(row);
            }
        }
    }

    /// Why not all values were read: those of this usage plan rather than those of another.
    fn unread(&self, plan: &PlanId) -> Option<&'a Unknown> {
        let own = self.unread.iter().find(|(of, _)| *of == plan);
        own.or(self.unread.first()).map(|(_, why)| *why)
    }

    fn resolve_reference(&self, row: &TenantKey) -> Known<Option<ApiKeyId>> {
        match (&row.value, self.unread(&row.plan)) {
            // keypool writes the id of the shared key into each reference, and the sample application the value.
            (Known::Value(None), _) => Known::Value(None),
            (Known::Value(Some(_)), Some(_)) if is_written_by_keypool(row) => Known::Value(None),
            (Known::Value(Some(value)), unread) => match (self.find_by_value(value.expose()), unread) {
                (Some(id), _) => Known::Value(Some(id.clone())),
                (None, None) => Known::Value(None),
                (None, Some(why)) => Known::Unknown(why.clone()),
            },
            (Known::Unknown(why), _) => Known::Unknown(why.clone()),
        }
    }
}

/// Whether keypool wrote the item: it says when, and counts its writes, which no other program does.
const fn is_written_by_keypool(row: &TenantKey) -> bool {
    row.created_at.is_some() && row.revision.is_some()
}

fn attached_members(members: &PlanMembers) -> impl Iterator<Item = &Member> + Clone {
    members.iter().filter_map(|(_, members)| members.value_to_show()).flatten()
}

#[cfg(test)]
mod tests {
    use keypool_domain::Secret;

    use super::*;

    fn tenant_key(id: &str, pool_key: Option<&str>, value: Option<&str>) -> TenantKey {
        TenantKey {
            pool_key: pool_key.map(Into::into).into(),
            value: value.map(Secret::new).into(),
            ..TenantKey::new(id, "p", "t")
        }
    }

    fn api_key(id: &str) -> ApiKey {
        ApiKey::new(id, "")
    }

    fn member(id: &str, value: &str) -> Member {
        Member { api_key: id.into(), value: Some(Secret::new(value)) }
    }

    fn resolve(
        api_keys: &Known<Vec<ApiKey>>,
        members: &PlanMembers,
        mut rows: Vec<TenantKey>,
    ) -> Vec<TenantKey> {
        ApiKeyIndex::new(api_keys, members).resolve_references(&mut rows);
        rows
    }

    fn references(rows: &[TenantKey]) -> Vec<Option<&str>> {
        rows.iter().map(|row| row.known_pool_key().map(ApiKeyId::as_str)).collect()
    }

    #[test]
    fn references_without_pool_key_id_are_recognised_by_value() {
        let members = vec![("p".into(), vec![member("shared", "s"), member("own", "o")].into())];
        let api_keys = vec![api_key("own"), api_key("shared")].into();
        let rows = vec![
            tenant_key("own", None, Some("o")),
            tenant_key("ref", None, Some("s")),
            tenant_key("said", Some("k"), Some("s")),
            tenant_key("lost", None, Some("x")),
            tenant_key("mute", None, None),
        ];
        let rows = resolve(&api_keys, &members, rows);
        assert_eq!(references(&rows), [None, Some("shared"), Some("k"), None, None]);
        assert!(rows.iter().all(|row| row.pool_key.reason().is_none()));
    }

    #[test]
    fn a_value_that_may_belong_to_an_unread_key_leaves_the_reference_unknown() {
        let denied: Known<Vec<Member>> = Known::not_allowed("apigateway:GET", "/usageplans/q/keys");
        let why = denied.reason().cloned().expect("a reason");
        let members = vec![("p".into(), vec![member("shared", "s")].into()), ("q".into(), denied)];
        let unlisted = Known::not_allowed("apigateway:GET", "/apikeys");
        let ours = TenantKey {
            created_at: Some(jiff::Timestamp::UNIX_EPOCH),
            revision: Some(1),
            ..tenant_key("ours", None, Some("z"))
        };
        let odd = TenantKey {
            value: Known::unreadable("`value` is a number", "item odd"),
            ..tenant_key("odd", None, None)
        };
        let rows = vec![
            tenant_key("ref", None, Some("s")),
            tenant_key("lost", None, Some("x")),
            tenant_key("mute", None, None),
            ours,
            odd,
        ];
        let rows = resolve(&unlisted, &members, rows);
        assert_eq!(references(&rows), [Some("shared"), None, None, None, None]);
        let unknown: Vec<_> = rows.iter().map(|row| row.pool_key.reason()).collect();
        assert_eq!(unknown[1], Some(&why), "neither siloed nor pooled");
        assert_eq!((unknown[0], unknown[2], unknown[3]), (None, None, None), "what says it itself is known");
        assert!(matches!(unknown[4], Some(Unknown::Unreadable { .. })));
    }

    #[test]
    fn the_reason_names_the_plan_of_the_tenant_key() {
        let denied = |plan: &str| {
            (plan.into(), Known::not_allowed("apigateway:GET", format!("/usageplans/{plan}/keys")))
        };
        let unlisted = Known::not_allowed("apigateway:GET", "/apikeys");
        let members = vec![denied("a"), denied("p"), denied("z")];
        let rows = resolve(&unlisted, &members, vec![tenant_key("lost", None, Some("x"))]);
        let why = rows[0].pool_key.reason().expect("unknown").to_string();
        assert!(why.contains("/usageplans/p/keys"), "{why}");
    }

    #[test]
    fn a_listed_api_key_id_is_siloed_even_if_members_are_unreadable() {
        let members = vec![("p".into(), Known::not_allowed("apigateway:GET", "/usageplans/p/keys"))];
        let rows = resolve(&vec![api_key("own")].into(), &members, vec![tenant_key("own", None, Some("o"))]);
        assert_eq!(rows[0].pool_key, Known::Value(None));
    }
}
