//! Gives pooled tenant keys their own API keys in the same plan.

use crate::step::{NewApiKey, Unit};
use crate::{Inventory, NewTenantKey, Refusal, TenantKey, TenantKeyId};

use super::copy::ApiKeyCopy;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::room::check_account_room;
use super::titles::titles;
use super::transfer::move_to_own_key;
use super::units::units_for_each;

pub(super) struct Isolate<'a>(pub(super) &'a [TenantKeyId]);

impl Operation for Isolate<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        units_for_each(self.0, inventory, |tenant_key| isolate(tenant_key, inventory))
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let titles = titles(inventory, self.0);
        match self.0 {
            [_, _, ..] => format!("give {titles} an API key each"),
            _ => format!("give {titles} its own API key"),
        }
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let caution = "these tenants still have the shared value: rotate the pool key to revoke it";
        let scope = Scope::new(inventory).with_tenant_keys(self.0);
        Effects { scope, cautions: vec![caution.to_owned()], needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::TenantKeys(self.0.to_vec()))
    }
}

fn isolate(tenant_key: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    if !inventory.determine_whether_shared(tenant_key)? {
        return Err(Refusal::HasOwnApiKey(tenant_key.id.clone()));
    }
    check_account_room(1, inventory)?;
    let new = NewApiKey::for_tenant_key(&NewTenantKey::from_tenant_key(tenant_key)?);
    move_to_own_key(
        tenant_key,
        &tenant_key.plan,
        ApiKeyCopy::from_shared_key(&tenant_key.require_api_key()?, new, inventory)?,
    )
}
