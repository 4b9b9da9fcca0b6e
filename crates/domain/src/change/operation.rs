//! What every operation answers. Nothing has a default: an operation that forgets an answer does not compile.

mod resource_state;
mod scope;

use crate::step::Unit;
use crate::{Inventory, Refusal, Tenant, TenantKeyId};

use super::kinds::Change;

pub use resource_state::ResourceState;
pub(crate) use scope::Scope;

pub(super) trait Operation {
    /// Plans the steps of each unit, or refuses the change. Plans that are adopted first are not included.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal>;

    /// The change in one line.
    fn describe(&self, inventory: &Inventory) -> String;

    /// What to know before confirming the change.
    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a>;

    /// What is kept of the change when it runs.
    fn record(&self, inventory: &Inventory) -> Record;
}

pub(crate) struct Effects<'a> {
    pub(crate) scope: Scope<'a>,
    /// Side effects, one sentence each.
    pub(crate) cautions: Vec<String>,
    /// Whether the change can take access away from a tenant or cannot be undone.
    pub(crate) needs_confirmation: bool,
}

pub(super) struct Record {
    pub(super) subject: Subject,
    /// For the audit trail, besides the tenant keys of the scope.
    pub(super) before: Vec<ResourceState>,
    /// For the audit trail, as far as it is known before the change runs.
    pub(super) after: Vec<ResourceState>,
    pub(super) reversal: Reversal,
}

/// What a change acts on, as its result names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Existing tenant keys, as selected.
    TenantKeys(Vec<TenantKeyId>),
    /// Tenant keys by the names that they have after the change.
    NamedKeys(Vec<(String, Tenant)>),
    /// API keys, for example those of selected tenant keys.
    ApiKeys,
    /// Something else; the description of the change names it.
    NamedInDescription,
}

/// How a change is undone within a session.
pub(super) enum Reversal {
    Impossible,
    /// By these changes, one for each unit; `None` for units that cannot be undone.
    Units(Vec<Option<Change>>),
    /// By restoring these siloed tenant keys with their values.
    Restore(Vec<TenantKeyId>),
}

impl Record {
    /// For the audit trail the description, the steps and the tenant keys suffice, and nothing can be undone.
    pub(super) const fn new(subject: Subject) -> Self {
        Self { subject, before: Vec::new(), after: Vec::new(), reversal: Reversal::Impossible }
    }

    pub(super) fn with_before(self, before: Vec<ResourceState>) -> Self {
        Self { before, ..self }
    }

    pub(super) fn with_after(self, after: Vec<ResourceState>) -> Self {
        Self { after, ..self }
    }

    pub(super) fn with_reversal(self, reversal: Reversal) -> Self {
        Self { reversal, ..self }
    }
}
