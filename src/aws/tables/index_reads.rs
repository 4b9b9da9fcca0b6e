//! Reads the tenant keys of a plan or tenant by index, instead of scanning the whole Keys table.
//!
//! Index reads are eventually consistent, always: a tenant key that was just written may be missing. So no change rests
//! on them, only on consistent reads and the conditions of transactions.

use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};
use keypool_domain::{PlanId, Tenant};

use super::indexes::{BY_OWNER, BY_PLAN_OWNER, IndexSpec, IndexState, missing_steps};
use super::item_requests::text;
use super::items::TenantKeyItems;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// What an index returned, which may be outdated. It can be listed; an inventory that is made of it is partial, and
/// every change is refused on one.
#[derive(Debug)]
pub(crate) struct EventuallyConsistent<T>(T);

impl<T> EventuallyConsistent<T> {
    pub(crate) fn for_listing(self) -> T {
        self.0
    }
}

/// The tenant keys to read by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IndexQuery {
    Plan(PlanId),
    Tenant(Tenant),
    TenantInPlan(PlanId, Tenant),
}

impl IndexQuery {
    const fn index(&self) -> IndexSpec {
        match self {
            Self::Plan(_) | Self::TenantInPlan(..) => BY_PLAN_OWNER,
            Self::Tenant(_) => BY_OWNER,
        }
    }

    /// The values of the index's key attributes.
    fn key_values(&self) -> Vec<AttributeValue> {
        match self {
            Self::Plan(plan) => vec![text(plan.as_str())],
            Self::Tenant(tenant) => vec![text(tenant.as_str())],
            Self::TenantInPlan(plan, tenant) => vec![text(plan.as_str()), text(tenant.as_str())],
        }
    }
}

/// The size of the Keys table, and whether plans and tenants can be read by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeysTableState {
    /// From a count that DynamoDB updates every six hours; `None` if it cannot be read.
    pub(crate) items: Option<u64>,
    pub(crate) indexes: IndexAvailability,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexAvailability {
    /// All that commands read by can be read.
    Ready,
    /// The table is keypool's own, and `keypool setup tables` adds them.
    Addable,
    /// The table is not keypool's own, or may not be described.
    None,
}

impl IndexAvailability {
    /// Says how to do without a scan of a large table.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Ready => {
                "`keypool keys list --plan NAME`, `--tenant TENANT` or both read only what they list; --scan reads the \
                 whole table all the same"
            }
            Self::Addable => {
                "`keypool setup tables` adds indexes, with which `keypool keys list --plan NAME` and `--tenant TENANT` \
                 read only what they list; --scan reads the whole table all the same"
            }
            Self::None => "--scan reads the whole table all the same",
        }
    }

    fn new(name: &str, table: &TableDescription) -> Self {
        let is_active = |index: &IndexSpec| matches!(index.state(name, table), Ok(IndexState::Active));
        match [BY_PLAN_OWNER, BY_OWNER].iter().all(is_active) {
            true => Self::Ready,
            false if missing_steps(name, table).is_ok_and(|steps| !steps.is_empty()) => Self::Addable,
            false => Self::None,
        }
    }
}

impl Aws {
    /// Returns the state of a Keys table, as far as the role may describe it.
    pub(crate) async fn keys_table_state(&self, table: &str) -> Result<KeysTableState, Failure> {
        let description = self.describe_table_if_allowed(table).await?;
        let items = description.as_ref().and_then(|table| table.item_count);
        Ok(KeysTableState {
            items: items.and_then(|items| u64::try_from(items).ok()),
            indexes: description
                .map_or(IndexAvailability::None, |description| IndexAvailability::new(table, &description)),
        })
    }

    /// Fails if the Keys table has more items than a command reads as a whole.
    pub(crate) async fn check_scan_limit(&self, table: &str) -> Result<(), Failure> {
        let Some(limit) = self.shared.scan_limit else { return Ok(()) };
        let state = self.keys_table_state(table).await?;
        match state.items.filter(|items| *items > limit) {
            None => Ok(()),
            Some(items) => {
                Err(Failure::LargeTable { table: table.to_owned(), items, limit, indexes: state.indexes })
            }
        }
    }

    /// Reads tenant keys by index, in the order of the index; calls `on_page` with those of each page.
    pub(crate) async fn query_tenant_keys(
        &self,
        table: &str,
        query: &IndexQuery,
        on_page: impl Fn(EventuallyConsistent<TenantKeyItems>),
    ) -> Result<(), Failure> {
        let index = query.index();
        let call = self.table_call("Query", format!("index {} of table {table}", index.name));
        let mut request = self.shared.dynamodb.query().table_name(table).index_name(index.name);
        let mut conditions = Vec::new();
        // Attribute names may be reserved words of DynamoDB, as `owner` is.
        for (at, (attribute, value)) in index.attributes().zip(query.key_values()).enumerate() {
            conditions.push(format!("#k{at} = :k{at}"));
            request = request
                .expression_attribute_names(format!("#k{at}"), attribute)
                .expression_attribute_values(format!(":k{at}"), value);
        }
        let request = request.key_condition_expression(conditions.join(" AND "));
        let mut pages = Pages::of_scan();
        loop {
            let page = request.clone().set_exclusive_start_key(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let items = page.items.unwrap_or_default();
            let item_count = items.len();
            on_page(EventuallyConsistent(TenantKeyItems::from_page(items)));
            if !pages.turn_scan_page(&call, item_count, page.last_evaluated_key)? {
                return Ok(());
            }
        }
    }
}
