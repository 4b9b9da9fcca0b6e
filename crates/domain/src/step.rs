//! The single writes that an operation is made of, known before the first one runs.

use crate::change::{Edit, NewKey};
use crate::{ApiKeyId, Inventory, PlanId, RowId};

/// What is done for one tenant key: its steps run in order, and a failed one is compensated within the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Whom it is about, for example "acme · web".
    pub subject: String,
    /// The writes, in order.
    pub steps: Vec<Step>,
}

/// One write to API Gateway or to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// CreateApiKey with a random value and our request tag.
    CreateApiKey(NewKey),
    /// CreateUsagePlanKey for the API key that the step before made.
    AttachApiKey(PlanId),
    /// PutItem of the row, on condition that there is none.
    WriteRow(NewKey),
    /// One transaction: the row that refers to a pool key, and one tenant more on that key's counter.
    Assign(NewKey),
    /// UpdateApiKey enabled=false.
    DisableApiKey(ApiKeyId),
    /// DeleteApiKey, which detaches it from its plans.
    DeleteApiKey(ApiKeyId),
    /// DeleteItem of the row.
    DeleteRow(RowId),
    /// One transaction: the row goes, and one tenant less on the pool key's counter.
    Unassign {
        /// the row that refers
        row: RowId,
        /// the pool key it refers to
        api_key: ApiKeyId,
    },
    /// UpdateApiKey with the fields that change.
    UpdateApiKey {
        /// the API key
        api_key: ApiKeyId,
        /// what changes
        edit: Edit,
    },
    /// UpdateItem of the row, on condition of its revision.
    UpdateRow {
        /// the row
        row: RowId,
        /// the revision that was read; `None` for rows that others wrote
        revision: Option<u64>,
        /// what changes
        edit: Edit,
    },
}

impl Step {
    /// What it does, for the confirm dialog, `--dry-run` and the log.
    pub fn sentence(&self, inventory: &Inventory) -> String {
        match self {
            Self::CreateApiKey(key) => format!("create API key \"{}\" with a random value", key.name),
            Self::AttachApiKey(plan) => format!("attach it to usage plan {}", inventory.plan_name(plan)),
            Self::WriteRow(key) => format!("write the row \"{}\" of tenant {}", key.name, key.tenant),
            Self::Assign(key) => format!(
                "write the row \"{}\" of tenant {} as a reference to a pool key of {}",
                key.name,
                key.tenant,
                inventory.plan_name(&key.plan)
            ),
            Self::DisableApiKey(id) => format!("disable API key {id}"),
            Self::DeleteApiKey(id) => format!("delete API key {id}"),
            Self::DeleteRow(id) => format!("delete row {id}"),
            Self::Unassign { row, api_key } => {
                format!("delete row {row} and count one tenant less on pool key {api_key}")
            }
            Self::UpdateApiKey { api_key, edit } => format!("on API key {api_key} {}", edit.sentence()),
            Self::UpdateRow { row, edit, .. } => format!("on row {row} {}", edit.sentence()),
        }
    }
}
