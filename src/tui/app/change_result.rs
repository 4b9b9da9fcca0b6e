//! Describes the result of a change, with the keys or tenants it affected.

use keypool_domain::change::Subject;
use keypool_domain::text::pluralize;
use keypool_domain::{Change, Inventory, Tenant, TenantKeyId};

use crate::ops::Applied;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::text;

/// More tenants are only counted.
const MAX_NAMED_TENANTS: usize = 3;

/// Describes the result of a change. `description` says what it does; `inventory` was read before it.
pub(super) fn describe_result(
    applied: &Applied,
    description: &str,
    change: &Change,
    inventory: &Inventory,
) -> String {
    if let [extended] = &applied.extended[..] {
        let (before, after) =
            (text::format_count_u64(extended.before), text::format_count_u64(extended.after));
        return format!("API key {} has {after} calls left (was {before})", extended.api_key);
    }
    let parts = [(&applied.created, "created"), (&applied.edited, "edited"), (&applied.deleted, "deleted")];
    let done = parts.iter().filter(|(ids, _)| !ids.is_empty());
    let done: Vec<_> = done.map(|(ids, word)| format!("{} {word}", pluralize(ids.len(), "key"))).collect();
    let result = if done.is_empty() { format!("done: {description}") } else { done.join(", ") };
    match describe_subject(change, inventory, !done.is_empty()) {
        Some(subject) => format!("{result}: {subject}"),
        None => result,
    }
}

/// One key with its tenant, if the result does not name it, or the tenants of several keys.
fn describe_subject(change: &Change, inventory: &Inventory, is_key_unnamed: bool) -> Option<String> {
    match change.subject(inventory) {
        Subject::NamedKeys(keys) => match &keys[..] {
            [(name, tenant)] => Some(quote_key(name, tenant)),
            keys => list_tenants(keys.iter().map(|(_, tenant)| tenant)),
        },
        Subject::TenantKeys(ids) => match &ids[..] {
            [id] => describe_key(id, inventory).filter(|_| is_key_unnamed),
            ids => list_tenants(ids.iter().filter_map(|id| Some(&inventory.tenant_key(id)?.tenant))),
        },
        Subject::ApiKeys | Subject::NamedInDescription => None,
    }
}

/// The tenant key that a change made, edited or moved, if it is only one.
pub(super) fn resulting_key(applied: &Applied) -> Option<TenantKeyId> {
    let mut keys = resulting_keys(applied);
    keys.next().filter(|_| keys.next().is_none()).cloned()
}

/// The tenant keys that a change made, edited or moved.
pub(super) fn resulting_keys(applied: &Applied) -> impl Iterator<Item = &TenantKeyId> {
    [&applied.created, &applied.edited, &applied.moved].into_iter().flatten()
}

/// Names the shortcut that copies the value, if the change created a new value.
pub(super) fn copy_hint(change: &Change, tenant_key: Option<&TenantKeyId>, model: &Model) -> Option<String> {
    let is_new = matches!(change, Change::Create(_) | Change::Rotate { .. } | Change::Isolate(_));
    tenant_key.filter(|_| is_new).map(|_| format!("{} copies the value", model.key_label(Action::CopyValue)))
}

/// The tenant keys that usually have a new id after this change, so that marks on the old ids are dropped.
pub(super) fn replaced_keys(change: &Change) -> &[TenantKeyId] {
    if let Change::Rotate { tenant_keys: ids, .. }
    | Change::Isolate(ids)
    | Change::Consolidate { tenant_keys: ids, .. }
    | Change::ChangePlan { tenant_keys: ids, .. } = change
    {
        ids
    } else {
        &[]
    }
}

/// For example `"web" of acme`.
pub(super) fn describe_key(id: &TenantKeyId, inventory: &Inventory) -> Option<String> {
    inventory.tenant_key(id).map(|key| quote_key(&inventory.key_name(key), &key.tenant))
}

fn quote_key(name: &str, tenant: &Tenant) -> String {
    format!("\"{name}\" of {tenant}")
}

/// For example `tenants acme, globex, initech and 2 more`.
fn list_tenants<'a>(tenants: impl IntoIterator<Item = &'a Tenant>) -> Option<String> {
    let tenants: std::collections::BTreeSet<&Tenant> = tenants.into_iter().collect();
    let names: Vec<_> = tenants.iter().take(MAX_NAMED_TENANTS).map(|tenant| tenant.as_str()).collect();
    let more = match tenants.len().saturating_sub(MAX_NAMED_TENANTS) {
        0 => String::new(),
        more => format!(" and {} more", text::format_count(more)),
    };
    let word = if tenants.len() == 1 { "tenant" } else { "tenants" };
    (!names.is_empty()).then(|| format!("{word} {}{more}", names.join(", ")))
}
