//! Enables or disables tenant keys.

use crate::step::Unit;
use crate::{Edit, Inventory, Refusal, TenantKey, TenantKeyId};

use super::edit::{can_be_disabled, disabling_cautions, edit_unit, expired_cautions, may_be_enabled};
use super::kinds::Change;
use super::operation::{Effects, Operation, Record, ResourceState, Reversal, Scope, Subject};
use super::titles::titles;
use super::units::find_tenant_key;

pub(super) struct SetEnabled<'a> {
    pub(super) tenant_keys: &'a [TenantKeyId],
    pub(super) enabled: bool,
}

impl Operation for SetEnabled<'_> {
    /// Skips keys that are already in this state.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let mut changed = Vec::new();
        for tenant_key in self.tenant_keys {
            let tenant_key = find_tenant_key(tenant_key, inventory)?;
            if self.changes(tenant_key, inventory) {
                changed.push(edit_unit(tenant_key, &self.edit(), inventory)?);
            }
        }
        if changed.is_empty() { Err(Refusal::NoDifference) } else { Ok(changed) }
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let verb = if self.enabled { "enable" } else { "disable" };
        format!("{verb} {}", titles(inventory, self.tenant_keys))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_tenant_keys(self.tenant_keys).with_written_own_api_keys();
        let cautions = if self.enabled { expired_cautions(&scope) } else { disabling_cautions(&scope) };
        let needs_confirmation =
            !self.enabled && self.tenant_keys.iter().any(|id| may_be_enabled(id, inventory));
        Effects { scope, cautions, needs_confirmation }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        let before: Vec<_> = self.tenant_keys.iter().filter_map(|id| inventory.tenant_key(id)).collect();
        let reversal = |key: &TenantKey| {
            let (tenant_keys, enabled) = (vec![key.id.clone()], !self.enabled);
            let is_certain = key.enabled.is_known_not_to_be(&self.enabled);
            is_certain.then_some(Change::SetEnabled { tenant_keys, enabled })
        };
        let changed = before.iter().filter(|key| self.changes(key, inventory));
        Record::new(Subject::TenantKeys(self.tenant_keys.to_vec()))
            .with_after(
                before.iter().map(|key| ResourceState::TenantKey(self.edit().apply_to(key))).collect(),
            )
            .with_reversal(Reversal::Units(changed.map(|key| reversal(key)).collect()))
    }
}

impl SetEnabled<'_> {
    fn changes(&self, tenant_key: &TenantKey, inventory: &Inventory) -> bool {
        match self.enabled {
            true => !tenant_key.enabled.is_known_to_be(&true),
            false => can_be_disabled(tenant_key, inventory),
        }
    }

    fn edit(&self) -> Edit {
        Edit { enabled: Some(self.enabled), ..Edit::default() }
    }
}
