//! Converts an account to journal records, one per entity, and back.
//!
//! Invariant: restoring all records in order rebuilds the account that wrote them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::collection::{Collection, Entity};
use super::{Account, ApiKey, DomainName, RestApi, Settings, Usage, UsagePlan, UsagePlanKey};

/// A changed entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) kind: String,
    pub(crate) id: String,
    /// The entity's new state; absent if it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Value>,
}

impl Account {
    /// Returns a record of each entity changed since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<Record> {
        let mut records = take_records(&mut self.settings);
        records.extend(take_records(&mut self.rest_apis));
        records.extend(take_records(&mut self.domain_names));
        records.extend(take_records(&mut self.usage_plans));
        records.extend(take_records(&mut self.api_keys));
        records.extend(take_records(&mut self.plan_keys));
        records.extend(take_records(&mut self.usage));
        records
    }

    /// Discards the changes so far, so that [`Self::take_changes`] does not return them.
    pub(crate) fn clear_changes(&mut self) {
        self.settings.take_changed();
        self.rest_apis.take_changed();
        self.domain_names.take_changed();
        self.usage_plans.take_changed();
        self.api_keys.take_changed();
        self.plan_keys.take_changed();
        self.usage.take_changed();
    }

    /// Returns a record of each entity, oldest first within its kind.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.settings.iter().map(record).collect();
        records.extend(self.rest_apis.iter().map(record));
        records.extend(self.domain_names.iter().map(record));
        records.extend(self.usage_plans.iter().map(record));
        records.extend(self.api_keys.iter().map(record));
        records.extend(self.plan_keys.iter().map(record));
        records.extend(self.usage.iter().map(record));
        records
    }

    /// Applies one record.
    pub(crate) fn restore(&mut self, record: Record) -> Result<(), serde_json::Error> {
        match record.kind.as_str() {
            ApiKey::KIND => self.restore_api_key(record)?,
            UsagePlanKey::KIND => self.restore_plan_key(record)?,
            Settings::KIND => restore(&mut self.settings, record)?,
            DomainName::KIND => restore(&mut self.domain_names, record)?,
            RestApi::KIND => restore(&mut self.rest_apis, record)?,
            UsagePlan::KIND => restore(&mut self.usage_plans, record)?,
            Usage::KIND => restore(&mut self.usage, record)?,
            unknown => return Err(serde::de::Error::custom(format!("unknown kind `{unknown}`"))),
        }
        Ok(())
    }

    fn restore_api_key(&mut self, record: Record) -> Result<(), serde_json::Error> {
        match record.value {
            Some(value) => self.add_api_key(serde_json::from_value(value)?),
            None => drop(self.remove_api_key(&record.id)),
        }
        Ok(())
    }

    fn restore_plan_key(&mut self, record: Record) -> Result<(), serde_json::Error> {
        match (record.value, record.id.split_once('/')) {
            (Some(value), _) => {
                let membership: UsagePlanKey = serde_json::from_value(value)?;
                self.attach(&membership.plan_id, &membership.key_id, membership.since);
            }
            (None, Some((plan_id, key_id))) => drop(self.detach(plan_id, key_id)),
            (None, None) => {}
        }
        Ok(())
    }
}

fn take_records<T: Entity>(collection: &mut Collection<T>) -> Vec<Record> {
    let mut changed: Vec<_> =
        collection.take_changed().into_iter().map(|id| (collection.seq_no(&id), id)).collect();
    // New entities have to be restored in insertion order.
    changed.sort();
    let removed = |id: String| Record { kind: T::KIND.to_owned(), id, value: None };
    changed.into_iter().map(|(_, id)| collection.get(&id).map_or_else(|| removed(id), record)).collect()
}

fn restore<T: Entity>(collection: &mut Collection<T>, record: Record) -> Result<(), serde_json::Error> {
    match record.value {
        Some(value) => drop(collection.insert(serde_json::from_value(value)?)),
        None => drop(collection.remove(&record.id)),
    }
    Ok(())
}

fn record<T: Entity>(entity: &T) -> Record {
    // Plain data with string keys always serializes.
    let value = serde_json::to_value(entity).unwrap_or(Value::Null);
    Record { kind: T::KIND.to_owned(), id: entity.id(), value: Some(value) }
}
