//! Imports API keys from a file: one call for many keys and their plans, then one tenant key for each.

use crate::key_file::{ImportAction, PlannedKey};
use crate::step::{Step, Unit};
use crate::text::pluralize;
use crate::{Edit, Expiry, Inventory, Refusal};

use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::room::check_account_room;

/// API keys per call, and so the most that an interrupted import can leave without tenant keys.
const MAX_KEYS_PER_IMPORT: usize = 100;

pub(super) struct Import<'a>(pub(super) &'a [PlannedKey]);

impl Operation for Import<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let new_keys = self.count(ImportAction::Create);
        check_account_room(u32::try_from(new_keys).unwrap_or(u32::MAX), inventory)?;
        let pending: Vec<&PlannedKey> = self.pending_lines().collect();
        if pending.is_empty() {
            return Err(Refusal::NoDifference);
        }
        Ok(pending.chunks(MAX_KEYS_PER_IMPORT).map(|chunk| unit(chunk, inventory)).collect())
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let imported = self.0.iter().filter(|key| is_imported(key)).count();
        let steps = self.pending_lines().filter_map(|key| tenant_key_step(key, inventory));
        let tenant_keys = steps.filter(|step| matches!(step, Step::WriteImportedTenantKey(_))).count();
        format!("import {} and {}", pluralize(imported, "API key"), pluralize(tenant_keys, "tenant key"))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let pending = || self.pending_lines().map(|key| &key.key);
        let plans = || pending().flat_map(|key| &key.plans);
        let existing = || pending().filter_map(|key| key.existing.as_ref());
        let tenants_of_existing = existing().flat_map(|api_key| inventory.tenants_of_api_key(api_key));
        let scope = Scope::new(inventory)
            .with_tenant_keys_alone(
                self.pending_lines().filter_map(|key| key.key.existing_tenant_key(inventory)),
            )
            .with_tenants(pending().filter_map(|key| key.tenant.as_ref()))
            .with_tenants(tenants_of_existing)
            .with_plans(plans())
            // An overwritten API key may also be in other plans.
            .with_plans_of_api_keys(existing())
            .with_written_api_keys(self.0.iter().filter_map(|key| key.key.existing.as_ref()))
            .with_entered_plans(plans());
        let overwritten = match self.count(ImportAction::Overwrite) {
            0 => None,
            1 => Some("1 API key is".to_owned()),
            count => Some(format!("{count} API keys are")),
        };
        let caution = overwritten
            .as_ref()
            .map(|keys| format!("{keys} overwritten: current name, description and enabled state are lost"));
        Effects { scope, cautions: caution.into_iter().collect(), needs_confirmation: overwritten.is_some() }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}

impl Import<'_> {
    /// The lines that change something.
    fn pending_lines(&self) -> impl Iterator<Item = &PlannedKey> {
        self.0.iter().filter(|key| key.action != ImportAction::Unchanged)
    }

    fn count(&self, action: ImportAction) -> usize {
        self.0.iter().filter(|key| key.action == action).count()
    }
}

fn unit(chunk: &[&PlannedKey], inventory: &Inventory) -> Unit {
    let imported: Vec<_> = chunk.iter().filter(|key| is_imported(key)).map(|key| key.key.clone()).collect();
    let import = (!imported.is_empty()).then_some(Step::ImportApiKeys(imported));
    let tenant_keys = chunk.iter().filter_map(|key| tenant_key_step(key, inventory));
    let subject = match (chunk.first(), chunk.last()) {
        (Some(first), Some(last)) if first.line != last.line => {
            format!("lines {} to {}", first.line, last.line)
        }
        (first, _) => format!("line {}", first.map_or(0, |key| key.line)),
    };
    Unit { subject, steps: import.into_iter().chain(tenant_keys).collect() }
}

const fn is_imported(key: &PlannedKey) -> bool {
    matches!(key.action, ImportAction::Create | ImportAction::Overwrite)
}

/// Updates the existing tenant key, or writes a new one.
fn tenant_key_step(key: &PlannedKey, inventory: &Inventory) -> Option<Step> {
    let Some(tenant_key) = key.key.existing_tenant_key(inventory) else {
        key.key.tenant_key()?;
        return Some(Step::WriteImportedTenantKey(key.key.clone()));
    };
    let edit = Edit {
        name: Some(key.key.name.clone()),
        description: Some(key.key.description.clone()),
        enabled: Some(key.key.enabled),
        expiry: key.key.expires_at.map(Expiry::At),
    }
    .difference(tenant_key, inventory);
    (!edit.is_empty()).then(|| Step::UpdateTenantKey {
        tenant_key: tenant_key.id.clone(),
        revision: tenant_key.revision,
        edit,
    })
}
