//! Sets the AWS Marketplace customer of a tenant key's API key.

use crate::step::{Step, Unit};
use crate::{Inventory, Presence, Refusal, TenantKeyId, validate};

use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::table_steps::tenant_change_caution;
use super::titles::title;
use super::units::{find_tenant_key, tenant_key_unit};

pub(super) struct SetCustomer<'a> {
    pub(super) tenant_key: &'a TenantKeyId,
    /// Empty for no customer.
    pub(super) customer: &'a str,
}

impl Operation for SetCustomer<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let tenant_key = find_tenant_key(self.tenant_key, inventory)?;
        validate::validate_customer(self.customer)?;
        let api_key = tenant_key.require_api_key()?;
        let before = match inventory.api_key(&api_key) {
            Presence::Missing => return Err(Refusal::NoApiKey(api_key)),
            Presence::Present(key) => Some(key.customer_id.as_deref().unwrap_or_default()),
            Presence::Unknown(_) => None,
        };
        if before == Some(self.customer) {
            return Err(Refusal::NoDifference);
        }
        let step = Step::SetCustomer { api_key, customer: self.customer.to_owned() };
        Ok(vec![tenant_key_unit(tenant_key, vec![step])])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let title = title(inventory, self.tenant_key);
        match self.customer {
            "" => format!("{title}: remove the AWS Marketplace customer"),
            customer => format!("{title}: set the AWS Marketplace customer to \"{customer}\""),
        }
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let mut scope = Scope::new(inventory).with_tenant_keys([self.tenant_key]);
        let api_key = inventory.tenant_key(self.tenant_key).and_then(|key| key.api_key().into_result().ok());
        if let Some(api_key) = &api_key {
            scope = scope.with_tenants_of_api_key(api_key).with_written_api_keys([api_key]);
        }
        let caution = "the API key is shared: AWS Marketplace meters all its tenants as this one customer";
        let caution = (scope.count_shared() > 0).then(|| caution.to_owned());
        let tenant_change = inventory.tenant_key(self.tenant_key).and_then(|tenant_key| {
            let customer = Some(self.customer.to_owned()).filter(|customer| !customer.is_empty());
            tenant_change_caution(tenant_key, |key| key.customer_id = customer, inventory)
        });
        let needs_confirmation = tenant_change.is_some();
        Effects { scope, cautions: caution.into_iter().chain(tenant_change).collect(), needs_confirmation }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}
