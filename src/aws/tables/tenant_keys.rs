//! Conditional writes of single tenant keys.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keypool_domain::{ApiKeyId, Edit, Expiry, FormerKey, NewTenantKey, Secret, TenantKey, TenantKeyId};

use super::Tables;
use super::conditional::is_condition_failure;
use super::item_requests::{number, text};
use super::items::{Item, TenantKeyItems};
use super::transaction::{Condition, Transaction};
use super::work::Fence;
use crate::aws::failure::is_in_doubt;
use crate::aws::{Aws, Failure};

/// The attribute with the time at which a tenant key expires.
pub(super) const EXPIRES_AT: &str = "expiresAt";

/// A tenant key to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewKeyItem<'a> {
    pub(crate) id: TenantKeyId,
    pub(crate) key: &'a NewTenantKey,
    /// The pool key that the tenant key refers to.
    pub(crate) pool_key: Option<ApiKeyId>,
    /// The secret, if known; the settings decide whether it is written.
    pub(crate) value: Option<Secret>,
    pub(crate) created_at: Timestamp,
}

impl NewKeyItem<'_> {
    /// Returns the sample application's attributes and keypool's own.
    pub(super) fn item(&self, store_values: bool) -> Item {
        let attribute = |name: &str, value: &str| (name.to_owned(), text(value));
        let mut item = Item::from([
            attribute("id", self.id.as_str()),
            attribute("planId", self.key.plan.as_str()),
            attribute("name", &self.key.name),
            attribute("description", &self.key.description),
            ("enabled".to_owned(), AttributeValue::Bool(self.key.enabled)),
            attribute("owner", self.key.tenant.as_str()),
            attribute("createdAt", &format!("{:.0}", self.created_at)),
            ("revision".to_owned(), number(1)),
        ]);
        item.extend(self.key.expires_at.map(|at| attribute(EXPIRES_AT, &format!("{at:.0}"))));
        item.extend(self.pool_key.iter().map(|id| attribute("poolKeyId", id.as_str())));
        item.extend(
            self.value.iter().filter(|_| store_values).map(|value| attribute("value", value.expose())),
        );
        item
    }
}

impl Aws {
    /// Writes a tenant key that must not exist yet. With a fence, the write succeeds only while the
    /// fence's work mark still belongs to the operation that created the tenant key's API key. `note` says that it
    /// goes on for a former one.
    pub(crate) async fn put_tenant_key(
        &self,
        tables: &Tables,
        new: &NewKeyItem<'_>,
        fence: Option<&Fence>,
        note: Option<&FormerKey>,
    ) -> Result<(), Failure> {
        if fence.is_none() && note.is_none() {
            return self.put_tenant_key_unfenced(tables, new).await;
        }
        let transaction = Transaction::default()
            .put(&tables.keys, new.item(self.shared.store_values), Condition::item_absent())
            .note(tables, note)
            .with_undisplayed_token();
        self.commit_fenced(transaction, fence, format!("tenant key {}", new.id)).await
    }

    async fn put_tenant_key_unfenced(&self, tables: &Tables, new: &NewKeyItem<'_>) -> Result<(), Failure> {
        let call = self.table_call("PutItem", format!("table {}", tables.keys));
        let item = new.item(self.shared.store_values);
        let request = self
            .shared
            .dynamodb
            .put_item()
            .table_name(&tables.keys)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(id)");
        let Err(error) = request.send().await else { return Ok(()) };
        let refused = is_condition_failure(&error);
        // An attempt whose response was lost has written exactly this item.
        if refused || is_in_doubt(&error) {
            match self.get_key_item(tables, &new.id).await {
                Ok(existing) if existing.as_ref() == Some(&item) => return Ok(()),
                Ok(_) => {}
                Err(read_failure) => {
                    return Err(call.unexpected_failure(format!(
                        "tenant key {} may or may not have been written: {read_failure}",
                        new.id
                    )));
                }
            }
        }
        Err(if refused { Failure::Changed(format!("tenant key {}", new.id)) } else { call.failure(error) })
    }

    /// Changes a tenant key, if it still has this revision.
    pub(crate) async fn update_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        revision: Option<u64>,
        edit: &Edit,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.keys));
        let next = revision.unwrap_or(0) + 1;
        let unchanged = match revision {
            Some(_) => "attribute_exists(id) AND revision = :revision",
            None => "attribute_exists(id) AND attribute_not_exists(revision)",
        };
        let values = edit_attributes(edit);
        let removed = (edit.expiry == Some(Expiry::Never)).then_some(EXPIRES_AT);
        let remove = removed.map(|name| format!(" REMOVE {name}")).unwrap_or_default();
        let set = values.iter().map(|(name, _)| format!("#{name} = :{name}"));
        let set: Vec<_> = set.chain(["revision = :next".to_owned()]).collect();
        let mut request = self
            .update_item(&tables.keys, id.as_str())
            .update_expression(format!("SET {}{remove}", set.join(", ")))
            .condition_expression(unchanged)
            .expression_attribute_values(":next", number(next));
        for (name, value) in &values {
            request = request
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), value.clone());
        }
        if let Some(revision) = revision {
            request = request.expression_attribute_values(":revision", number(revision));
        }
        let Err(error) = request.send().await else { return Ok(()) };
        let refused = is_condition_failure(&error);
        if !refused && !is_in_doubt(&error) {
            return Err(call.failure(error));
        }
        let existing = self.get_key_item(tables, id).await?;
        // An attempt of ours whose response was lost has left exactly these values.
        let is_our_write = |item: &Item| {
            item.get("revision") == Some(&number(next))
                && values.iter().all(|(name, value)| item.get(*name) == Some(value))
                && removed.is_none_or(|name| !item.contains_key(name))
        };
        match existing {
            Some(item) if is_our_write(&item) => Ok(()),
            None => Err(Failure::Gone(format!("tenant key {id}"))),
            Some(_) if refused => Err(Failure::Changed(format!("tenant key {id}"))),
            Some(_) => Err(call.failure(error)),
        }
    }

    /// Deletes a siloed tenant key; succeeds if it does not exist, fails if it refers to a pool
    /// key.
    pub(crate) async fn delete_siloed_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.keys));
        let request = self
            .delete_item(&tables.keys, id.as_str())
            .condition_expression("attribute_not_exists(poolKeyId)");
        let is_deleted = call.took_effect(request.send().await)?;
        is_deleted.then_some(()).ok_or_else(|| Failure::Changed(format!("tenant key {id}")))
    }

    /// Returns the current tenant key.
    pub(crate) async fn current_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
    ) -> Result<Option<TenantKey>, Failure> {
        let item = self.get_key_item(tables, id).await?;
        let mut items = TenantKeyItems::default();
        item.into_iter().for_each(|item| items.add_item(item));
        Ok(items.tenant_keys.pop())
    }

    /// Returns the current item.
    pub(super) async fn get_key_item(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
    ) -> Result<Option<Item>, Failure> {
        let call = self.table_call("GetItem", format!("table {}", tables.keys));
        let request = self
            .shared
            .dynamodb
            .get_item()
            .table_name(&tables.keys)
            .key("id", text(id.as_str()))
            .consistent_read(true);
        Ok(request.send().await.map_err(|error| call.failure(error))?.item)
    }
}

/// Returns the attributes that an edit sets.
fn edit_attributes(edit: &Edit) -> Vec<(&'static str, AttributeValue)> {
    let name = edit.name.clone().map(|name| ("name", text(name)));
    let description = edit.description.clone().map(|description| ("description", text(description)));
    let enabled = edit.enabled.map(|on| ("enabled", AttributeValue::Bool(on)));
    let expiry = edit.expiry.and_then(Expiry::time).map(|at| (EXPIRES_AT, text(format!("{at:.0}"))));
    [name, description, enabled, expiry].into_iter().flatten().collect()
}
