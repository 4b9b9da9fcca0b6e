//! What a change did, in words that name whom it was about.

use keypool_domain::change::counted;
use keypool_domain::{Change, Inventory, RowId, Tenant};

use crate::ops::Applied;
use crate::tui::text;

/// Tenants named before the rest is only counted.
const MAX_NAMES: usize = 3;

/// The result of a change; `words` describe the change, the inventory is from before it.
pub(super) fn in_words(applied: &Applied, words: &str, change: &Change, inventory: &Inventory) -> String {
    if let [one] = &applied.extended[..] {
        let (before, after) = (text::grouped_u64(one.before), text::grouped_u64(one.after));
        return format!("API key {} has {after} calls left, it had {before}", one.api_key);
    }
    let parts = [(&applied.created, "created"), (&applied.edited, "edited"), (&applied.deleted, "deleted")];
    let done = parts.iter().filter(|(rows, _)| !rows.is_empty());
    let done: Vec<_> = done.map(|(rows, word)| format!("{} {word}", counted(rows.len(), "key"))).collect();
    let result = if done.is_empty() { format!("done: {words}") } else { done.join(", ") };
    match subject(change, inventory, !done.is_empty()) {
        Some(subject) => format!("{result}: {subject}"),
        None => result,
    }
}

/// One key with its tenant, where the result does not name it, or the tenants of several keys.
fn subject(change: &Change, inventory: &Inventory, is_unnamed: bool) -> Option<String> {
    match change {
        Change::Create(new) if new.count == 1 => Some(one(&new.key.name, &new.key.tenant)),
        Change::Create(new) => several([&new.key.tenant]),
        Change::Restore(keys) => match &keys[..] {
            [key] => Some(one(&key.row.name, &key.row.tenant)),
            keys => several(keys.iter().map(|key| &key.row.tenant)),
        },
        Change::Edit { row, edit } => {
            let key = inventory.row(row)?;
            Some(one(edit.name.as_ref().unwrap_or(&key.name), &key.tenant))
        }
        Change::Delete(rows)
        | Change::Switch { rows, .. }
        | Change::Rotate { rows, .. }
        | Change::Isolate(rows)
        | Change::Consolidate { rows, .. }
        | Change::ChangePlan { rows, .. } => match &rows[..] {
            [row] => key_in_words(row, inventory).filter(|_| is_unnamed),
            rows => several(rows.iter().filter_map(|row| Some(&inventory.row(row)?.tenant))),
        },
        Change::Import(_)
        | Change::SetCustomer { .. }
        | Change::RotatePoolKey { .. }
        | Change::Retire(_)
        | Change::Rebalance(_)
        | Change::CreatePool(_)
        | Change::DissolvePool(_)
        | Change::SetPool { .. }
        | Change::Grow { .. }
        | Change::Drain(_)
        | Change::Extend(_)
        | Change::Mend(_)
        | Change::Plan(_)
        | Change::Api(_) => None,
    }
}

/// For example `"web" of acme`.
pub(super) fn key_in_words(row: &RowId, inventory: &Inventory) -> Option<String> {
    inventory.row(row).map(|key| one(&key.name, &key.tenant))
}

fn one(name: &str, tenant: &Tenant) -> String {
    format!("\"{name}\" of {tenant}")
}

/// For example `tenants acme, globex, initech and 2 more`.
fn several<'a>(tenants: impl IntoIterator<Item = &'a Tenant>) -> Option<String> {
    let tenants: std::collections::BTreeSet<&Tenant> = tenants.into_iter().collect();
    let names: Vec<_> = tenants.iter().take(MAX_NAMES).map(|tenant| tenant.as_str()).collect();
    let more = match tenants.len().saturating_sub(MAX_NAMES) {
        0 => String::new(),
        more => format!(" and {} more", text::grouped(more)),
    };
    let word = if tenants.len() == 1 { "tenant" } else { "tenants" };
    (!names.is_empty()).then(|| format!("{word} {}{more}", names.join(", ")))
}
