//! Reads the tenant keys of a plan or tenant by index, instead of scanning the whole Keys table.
//!
//! Index reads are eventually consistent, always: a tenant key that was just written may be missing. So no change rests
//! on them, only on consistent reads and the conditions of transactions.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};
use keypool_domain::{ApiKeyId, PlanId, TableStep, Tenant};

use super::indexes::{
    BY_OWNER, BY_PLAN_OWNER, BY_POOL_KEY, IndexSpec, IndexState, KEYS_INDEXES, missing_steps,
};
use super::item_requests::text;
use super::items::TenantKeyItems;
use crate::aws::failure::AwsCall;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// What an index returned, which may be outdated. It can be listed; an inventory that is made of it is partial, and
/// every change is refused on one.
#[derive(Debug)]
pub(crate) struct EventuallyConsistent<T>(T);

impl<T> EventuallyConsistent<T> {
    pub(super) const fn new(read: T) -> Self {
        Self(read)
    }

    pub(crate) fn for_listing(self) -> T {
        self.0
    }
}

impl EventuallyConsistent<TenantKeyItems> {
    pub(crate) fn len(&self) -> usize {
        self.0.tenant_keys.len()
    }
}

/// The tenant keys to read by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IndexQuery {
    Plan(PlanId),
    Tenant(Tenant),
    TenantInPlan(PlanId, Tenant),
    /// The tenants of a plan whose names begin with this text, in its case.
    TenantsInPlan(PlanId, String),
    /// The references that keypool wrote to this pool key.
    PoolKey(ApiKeyId),
}

impl IndexQuery {
    const fn index(&self) -> IndexSpec {
        match self {
            Self::Plan(_) | Self::TenantInPlan(..) | Self::TenantsInPlan(..) => BY_PLAN_OWNER,
            Self::Tenant(_) => BY_OWNER,
            Self::PoolKey(_) => BY_POOL_KEY,
        }
    }

    /// The values of the index's key attributes.
    fn key_values(&self) -> Vec<AttributeValue> {
        match self {
            Self::Plan(plan) => vec![text(plan.as_str())],
            Self::Tenant(tenant) => vec![text(tenant.as_str())],
            Self::TenantInPlan(plan, tenant) => vec![text(plan.as_str()), text(tenant.as_str())],
            Self::TenantsInPlan(plan, prefix) => vec![text(plan.as_str()), text(prefix)],
            Self::PoolKey(api_key) => vec![text(api_key.as_str())],
        }
    }

    /// The condition on the key attribute at this place.
    fn condition(&self, at: usize) -> String {
        match self {
            Self::TenantsInPlan(..) if at == 1 => format!("begins_with(#k{at}, :k{at})"),
            Self::Plan(_)
            | Self::Tenant(_)
            | Self::TenantInPlan(..)
            | Self::TenantsInPlan(..)
            | Self::PoolKey(_) => format!("#k{at} = :k{at}"),
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
                "--scan reads the whole table all the same; without it, `keypool keys list` reads only what it lists \
                 with --plan NAME, --tenant TENANT or both"
            }
            Self::Addable => {
                "--scan reads the whole table all the same; `keypool setup tables` adds indexes, with which \
                 `keypool keys list` reads only what it lists with --plan NAME, --tenant TENANT or both"
            }
            Self::None => "--scan reads the whole table all the same",
        }
    }

    /// Says what a listing of a large table can show.
    pub(crate) const fn listing_hint(self) -> &'static str {
        match self {
            Self::Ready => "--scan reads all",
            Self::Addable => {
                "`keypool setup tables` adds indexes, with which those of a plan or a tenant are listed; --scan reads all"
            }
            Self::None => {
                "those of a plan cannot be listed, because the table has no indexes of keypool; --scan reads all"
            }
        }
    }

    fn new(name: &str, table: &TableDescription) -> Self {
        let is_active = |index: &IndexSpec| matches!(index.state(name, table), Ok(IndexState::Active));
        match KEYS_INDEXES.iter().all(is_active) {
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

    /// Returns what is left to do with the indexes of a Keys table; nothing if it is not keypool's own, or may not be
    /// described.
    pub(crate) async fn missing_index_steps(&self, table: &str) -> Result<Vec<TableStep>, Failure> {
        let description = self.describe_table_if_allowed(table).await?;
        description.map_or(Ok(Vec::new()), |description| missing_steps(table, &description))
    }

    /// Reads tenant keys by index, in the order of the index; calls `on_page` with those of each page.
    pub(crate) async fn query_tenant_keys(
        &self,
        table: &str,
        query: &IndexQuery,
        on_page: impl Fn(EventuallyConsistent<TenantKeyItems>),
    ) -> Result<(), Failure> {
        let call = self.index_call(table, query);
        let request = self.index_request(table, query);
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

    pub(super) fn index_call(&self, table: &str, query: &IndexQuery) -> AwsCall<'_> {
        self.table_call("Query", format!("index {} of table {table}", query.index().name))
    }

    pub(super) fn index_request(&self, table: &str, query: &IndexQuery) -> QueryFluentBuilder {
        let index = query.index();
        let mut request = self.shared.dynamodb.query().table_name(table).index_name(index.name);
        let mut conditions = Vec::new();
        // Attribute names may be reserved words of DynamoDB, as `owner` is.
        for (at, (attribute, value)) in index.attributes().zip(query.key_values()).enumerate() {
            conditions.push(query.condition(at));
            request = request
                .expression_attribute_names(format!("#k{at}"), attribute)
                .expression_attribute_values(format!(":k{at}"), value);
        }
        request.key_condition_expression(conditions.join(" AND "))
    }
}
