//! Every write that keypool can do to an account, as data: its steps, its words, and whom it touches.

mod check;
#[cfg(test)]
mod tests;
mod units;

use crate::{Inventory, Mode, PlanId, RowId, Tenant, TenantKey};

pub use check::{MAX_API_KEYS, MAX_DESCRIPTION, MAX_NAME, MAX_TENANT, Refusal};

use crate::step::Unit;

/// The closed list of writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// New tenant keys in a plan: siloed or pooled as the plan has it.
    Create(NewKeys),
    /// Another name, description or enabled state.
    Edit {
        /// the tenant key
        row: RowId,
        /// what changes
        edit: Edit,
    },
    /// Tenant keys go.
    Delete(Vec<RowId>),
}

/// What a form or a command line asks to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKeys {
    /// The plan, tenant, name and so on of each.
    pub key: NewKey,
    /// How many; of several, each name ends in a number from 1.
    pub count: u32,
}

/// One tenant key to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The usage plan.
    pub plan: PlanId,
    /// Who pays.
    pub tenant: Tenant,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it may be used at once.
    pub enabled: bool,
}

/// The fields that an edit changes; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new state.
    pub enabled: Option<bool>,
}

impl Change {
    /// The steps for each tenant key, or why there can be none.
    pub fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        units::units(self, inventory)
    }

    /// One line that names the change.
    pub fn describe(&self, inventory: &Inventory) -> String {
        match self {
            Self::Create(new) => format!(
                "create {} in {} for {}",
                counted(new.count as usize, "key"),
                inventory.plan_name(&new.key.plan),
                new.key.tenant
            ),
            Self::Edit { row, edit } => format!("{}: {}", title(inventory, row), edit.sentence()),
            Self::Delete(rows) => match &rows[..] {
                [row] => format!("delete {}", title(inventory, row)),
                _ => format!("delete {}", counted(rows.len(), "key")),
            },
        }
    }

    /// The tenants it touches, each once, in order of name.
    pub fn blast_radius(&self, inventory: &Inventory) -> Vec<Tenant> {
        let mut tenants: Vec<Tenant> = match self {
            Self::Create(new) => vec![new.key.tenant.clone()],
            Self::Edit { .. } | Self::Delete(_) => {
                self.rows(inventory).iter().map(|row| row.tenant.clone()).collect()
            }
        };
        tenants.sort_unstable();
        tenants.dedup();
        tenants
    }

    /// What API Gateway cannot do for us here, in sentences.
    pub fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        let pooled = self.rows(inventory).into_iter().filter(|row| row.mode() == Mode::Pooled).count();
        match self {
            Self::Delete(_) if pooled > 0 => vec![format!(
                "{} shared: whoever knew the shared value can still call with it until that pool key is rotated",
                if pooled == 1 { "this key is".to_owned() } else { format!("{pooled} of these keys are") },
            )],
            Self::Edit { edit: Edit { enabled: Some(false), .. }, .. } if pooled > 0 => vec![
                "API Gateway cannot disable one tenant of a shared key: the row will say disabled, the calls go on"
                    .to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    fn rows<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        match self {
            Self::Create(_) => Vec::new(),
            Self::Edit { row, .. } => inventory.row(row).into_iter().collect(),
            Self::Delete(rows) => rows.iter().filter_map(|row| inventory.row(row)).collect(),
        }
    }
}

impl Edit {
    /// Whether it leaves everything as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For example "set name to \"web\", disable".
    pub fn sentence(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("set name to \"{name}\""));
        let description = self.description.as_ref().map(|text| format!("set description to \"{text}\""));
        let enabled = self.enabled.map(|on| if on { "enable" } else { "disable" }.to_owned());
        let said: Vec<_> = [name, description, enabled].into_iter().flatten().collect();
        if said.is_empty() { "change nothing".to_owned() } else { said.join(", ") }
    }
}

/// For example "1 key", "10 keys".
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn title(inventory: &Inventory, id: &RowId) -> String {
    inventory
        .row(id)
        .map_or_else(|| format!("key {id}"), |row| format!("key \"{}\" of {}", row.name, row.tenant))
}
