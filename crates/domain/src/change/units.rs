//! From a change and what was seen to the steps for each tenant key.

use crate::assign::{self, Ask};
use crate::step::{Step, Unit};
use crate::{ApiKeyId, Inventory, Mode, Pool, Presence, RowId, TenantKey};

use super::check::{self, MAX_API_KEYS, Refusal};
use super::{Change, Edit, NewKey, NewKeys};

pub(super) fn units(change: &Change, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    match change {
        Change::Create(new) => create(new, inventory),
        Change::Edit { row, edit } => Ok(vec![edit_one(known(row, inventory)?, edit, inventory)?]),
        Change::Delete(rows) => {
            rows.iter().map(|row| Ok(delete_one(known(row, inventory)?, inventory))).collect()
        }
    }
}

fn create(new: &NewKeys, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
    check::new_keys(new, inventory)?;
    let steps: fn(NewKey) -> Vec<Step> = match inventory.pool(&new.key.plan) {
        Some(pool) => {
            room(pool, new, inventory)?;
            |key| vec![Step::Assign(key)]
        }
        None => {
            let have = inventory.api_keys().map_or(0, <[_]>::len);
            if have + new.count as usize > MAX_API_KEYS {
                return Err(Refusal::AccountFull { have, wanted: new.count });
            }
            |key| {
                vec![
                    Step::CreateApiKey(key.clone()),
                    Step::AttachApiKey(key.plan.clone()),
                    Step::WriteRow(key),
                ]
            }
        }
    };
    let unit = |key: NewKey| Unit { subject: format!("{} · {}", key.tenant, key.name), steps: steps(key) };
    Ok(named(new).map(unit).collect())
}

/// The keys one by one; of several, each name ends in its number.
fn named(new: &NewKeys) -> impl Iterator<Item = NewKey> {
    (1..=new.count).map(|n| match new.count {
        1 => new.key.clone(),
        _ => NewKey { name: format!("{}-{n}", new.key.name), ..new.key.clone() },
    })
}

fn room(pool: &Pool, new: &NewKeys, inventory: &Inventory) -> Result<(), Refusal> {
    let is_live = |id: &ApiKeyId| inventory.is_live(id);
    let ask = Ask { tenant: &new.key.tenant, is_live: &is_live, used_today: &|_| 0, draw: 0 };
    let plan = || inventory.plan_name(&pool.plan).to_owned();
    assign::choose(pool, &ask).map_err(|why| Refusal::Pool { plan: plan(), why })?;
    let live = pool.keys.iter().filter(|key| is_live(&key.api_key));
    let room = live.fold(0u32, |sum, key| sum.saturating_add(key.room()));
    if room < new.count {
        return Err(Refusal::PoolRoom { plan: plan(), room, wanted: new.count });
    }
    Ok(())
}

fn edit_one(row: &TenantKey, edit: &Edit, inventory: &Inventory) -> Result<Unit, Refusal> {
    let edit = difference(row, edit);
    if let Some(name) = &edit.name {
        check::name(name)?;
    }
    if let Some(description) = &edit.description {
        check::description(description)?;
    }
    if edit.is_empty() {
        return Err(Refusal::NoDifference);
    }
    let api_key = row.api_key();
    let own = row.mode() == Mode::Siloed;
    if own && inventory.api_key(&api_key) == Presence::Missing {
        return Err(Refusal::NoApiKey(api_key));
    }
    let gateway = own.then(|| Step::UpdateApiKey { api_key, edit: edit.clone() });
    let table = Step::UpdateRow { row: row.id.clone(), revision: row.revision, edit };
    Ok(unit(row, gateway.into_iter().chain([table]).collect()))
}

/// Only what differs from the row.
fn difference(row: &TenantKey, edit: &Edit) -> Edit {
    Edit {
        name: edit.name.clone().filter(|name| *name != row.name),
        description: edit.description.clone().filter(|text| *text != row.description),
        enabled: edit.enabled.filter(|on| *on != row.enabled),
    }
}

fn delete_one(row: &TenantKey, inventory: &Inventory) -> Unit {
    let steps = match &row.pool_key {
        Some(api_key) => vec![Step::Unassign { row: row.id.clone(), api_key: api_key.clone() }],
        None => {
            let api_key = row.api_key();
            let disable = inventory.is_live(&api_key).then(|| Step::DisableApiKey(api_key.clone()));
            let there = inventory.api_key(&api_key) != Presence::Missing;
            let delete = there.then_some(Step::DeleteApiKey(api_key));
            disable.into_iter().chain(delete).chain([Step::DeleteRow(row.id.clone())]).collect()
        }
    };
    unit(row, steps)
}

fn unit(row: &TenantKey, steps: Vec<Step>) -> Unit {
    Unit { subject: format!("{} · {}", row.tenant, row.name), steps }
}

fn known<'a>(row: &RowId, inventory: &'a Inventory) -> Result<&'a TenantKey, Refusal> {
    inventory.row(row).ok_or_else(|| Refusal::NoRow(row.clone()))
}
