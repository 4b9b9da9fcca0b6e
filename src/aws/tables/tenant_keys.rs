//! Writes of single rows of the Keys table, each on a condition.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keypool_domain::{ApiKeyId, Edit, NewTenantKey, Secret, TenantKey, TenantKeyId};

use super::Tables;
use super::items::{Item, TenantKeyItems};
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::work::Fence;
use crate::aws::failure::is_in_doubt;
use crate::aws::{Aws, Failure};

/// A row to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewKeyItem<'a> {
    pub(crate) id: TenantKeyId,
    pub(crate) key: &'a NewTenantKey,
    /// The pool key it refers to.
    pub(crate) pool_key: Option<ApiKeyId>,
    /// The secret, where it is known; the settings decide whether it is written.
    pub(crate) value: Option<Secret>,
    pub(crate) created_at: Timestamp,
}

impl NewKeyItem<'_> {
    /// The item as the sample application knows it, with our attributes.
    pub(super) fn item(&self, store_values: bool) -> Item {
        let text = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
        let mut item = Item::from([
            text("id", self.id.as_str()),
            text("planId", self.key.plan.as_str()),
            text("name", &self.key.name),
            text("description", &self.key.description),
            ("enabled".to_owned(), AttributeValue::Bool(self.key.enabled)),
            text("owner", self.key.tenant.as_str()),
            text("createdAt", &format!("{:.0}", self.created_at)),
            ("revision".to_owned(), AttributeValue::N("1".to_owned())),
        ]);
        item.extend(self.pool_key.iter().map(|id| text("poolKeyId", id.as_str())));
        item.extend(self.value.iter().filter(|_| store_values).map(|value| text("value", value.expose())));
        item
    }
}

impl Aws {
    /// Writes a row that must not be there yet, while the mark still belongs to the request that made its API key.
    pub(crate) async fn put_tenant_key(
        &self,
        tables: &Tables,
        row: &NewKeyItem<'_>,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        let Some(fence) = fence else { return self.put_unfenced(tables, row).await };
        let transaction = Transaction::default()
            .put(&tables.keys, row.item(self.shared.store_values), Condition::item_absent())
            .with_fence(Some(fence), self.work_mark_deadline())
            .with_internal_token();
        match self.commit(transaction).await? {
            CommitOutcome::Done => Ok(()),
            CommitOutcome::Refused(at) if at.contains(&1) => Err(fence.taken_over()),
            CommitOutcome::Refused(_) | CommitOutcome::Busy => {
                Err(Failure::Changed(format!("row {}", row.id)))
            }
        }
    }

    async fn put_unfenced(&self, tables: &Tables, row: &NewKeyItem<'_>) -> Result<(), Failure> {
        let call = self.table_call("PutItem", format!("table {}", tables.keys));
        let item = row.item(self.shared.store_values);
        let asked = self
            .shared
            .dynamodb
            .put_item()
            .table_name(&tables.keys)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(id)");
        let Err(why) = asked.send().await else { return Ok(()) };
        let refused = why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception());
        // An attempt whose answer was lost has written the very same item.
        if refused || is_in_doubt(&why) {
            match self.get_key_item(tables, &row.id).await {
                Ok(there) if there.as_ref() == Some(&item) => return Ok(()),
                Ok(_) => {}
                Err(unread) => {
                    return Err(call.unexpected_failure(format!(
                        "whether row {} was written is not known: {unread}",
                        row.id
                    )));
                }
            }
        }
        Err(if refused { Failure::Changed(format!("row {}", row.id)) } else { call.failure(why) })
    }

    /// Changes a row that still has the revision that was read.
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
        let set = values.iter().map(|(name, _)| format!("#{name} = :{name}"));
        let set: Vec<_> = set.chain(["revision = :next".to_owned()]).collect();
        let mut asked = self
            .shared
            .dynamodb
            .update_item()
            .table_name(&tables.keys)
            .key("id", AttributeValue::S(id.to_string()))
            .update_expression(format!("SET {}", set.join(", ")))
            .condition_expression(unchanged)
            .expression_attribute_values(":next", AttributeValue::N(next.to_string()));
        for (name, value) in &values {
            asked = asked
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), value.clone());
        }
        if let Some(revision) = revision {
            asked = asked.expression_attribute_values(":revision", AttributeValue::N(revision.to_string()));
        }
        let Err(why) = asked.send().await else { return Ok(()) };
        let refused = why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception());
        if !refused && !is_in_doubt(&why) {
            return Err(call.failure(why));
        }
        let there = self.get_key_item(tables, id).await?;
        // Our own attempt, whose answer was lost, has left just this.
        let ours = |there: &Item| {
            there.get("revision") == Some(&AttributeValue::N(next.to_string()))
                && values.iter().all(|(name, value)| there.get(*name) == Some(value))
        };
        match there {
            Some(there) if ours(&there) => Ok(()),
            None => Err(Failure::Gone(format!("row {id}"))),
            Some(_) if refused => Err(Failure::Changed(format!("row {id}"))),
            Some(_) => Err(call.failure(why)),
        }
    }

    /// Deletes the row of an API key of its own; one that is gone is no failure, a reference is kept.
    pub(crate) async fn delete_siloed_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.keys));
        let asked = self
            .shared
            .dynamodb
            .delete_item()
            .table_name(&tables.keys)
            .key("id", AttributeValue::S(id.to_string()))
            .condition_expression("attribute_not_exists(poolKeyId)");
        match asked.send().await {
            Ok(_) => Ok(()),
            Err(why)
                if why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Err(Failure::Changed(format!("row {id}")))
            }
            Err(why) => Err(call.failure(why)),
        }
    }

    /// The row as it stands now, in the domain's words.
    pub(crate) async fn current_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
    ) -> Result<Option<TenantKey>, Failure> {
        let item = self.get_key_item(tables, id).await?;
        let mut read = TenantKeyItems::default();
        item.into_iter().for_each(|item| read.add_item(item));
        Ok(read.tenant_keys.pop())
    }

    /// The row as it stands now.
    pub(super) async fn get_key_item(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
    ) -> Result<Option<Item>, Failure> {
        let call = self.table_call("GetItem", format!("table {}", tables.keys));
        let asked = self
            .shared
            .dynamodb
            .get_item()
            .table_name(&tables.keys)
            .key("id", AttributeValue::S(id.to_string()))
            .consistent_read(true);
        Ok(asked.send().await.map_err(|why| call.failure(why))?.item)
    }
}

/// The attributes that an edit sets.
fn edit_attributes(edit: &Edit) -> Vec<(&'static str, AttributeValue)> {
    let name = edit.name.clone().map(|name| ("name", AttributeValue::S(name)));
    let description = edit.description.clone().map(|text| ("description", AttributeValue::S(text)));
    let enabled = edit.enabled.map(|on| ("enabled", AttributeValue::Bool(on)));
    [name, description, enabled].into_iter().flatten().collect()
}
