//! Reads a Keys table that is too large to be read unasked, a page at a time, in the table's own order.

use std::fmt;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use keypool_domain::TextStore;

use super::index_reads::{EventuallyConsistent, IndexQuery, KeysTableState};
use super::items::{Item, TenantKeyItems};
use super::scan::PAGE_ITEMS;
use crate::aws::failure::AwsCall;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure, IndexAvailability};

/// A Keys table with more items than are read unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeTable {
    pub(crate) name: String,
    /// From a count that DynamoDB updates every six hours.
    pub(crate) items: u64,
    /// `scan_limit` of the settings.
    pub(crate) limit: u64,
    pub(crate) indexes: IndexAvailability,
}

impl LargeTable {
    /// Why it is not read as a whole.
    pub(crate) fn refusal(&self) -> Failure {
        let Self { name, items, limit, indexes } = self.clone();
        Failure::LargeTable { table: name, items, limit, indexes }
    }

    /// Items of a page: never more than may be read unasked.
    fn page_items(&self) -> usize {
        let most = usize::try_from(PAGE_ITEMS).unwrap_or(1);
        usize::try_from(self.limit).unwrap_or(most).clamp(1, most)
    }
}

/// Where the next page starts.
#[derive(Clone, PartialEq)]
pub(crate) struct PageToken(Item);

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageToken")
    }
}

/// A page of tenant keys, or several.
#[derive(Debug)]
pub(crate) struct KeyPage {
    pub(crate) items: EventuallyConsistent<TenantKeyItems>,
    /// `None` after the last page.
    pub(crate) next: Option<PageToken>,
}

/// The requests of one list of tenant keys.
enum PageRequest {
    Query(QueryFluentBuilder),
    Scan(ScanFluentBuilder),
}

impl PageRequest {
    async fn send(
        &self,
        start: Option<Item>,
        call: &AwsCall<'_>,
    ) -> Result<(Vec<Item>, Option<Item>), Failure> {
        Ok(match self {
            Self::Query(query) => {
                let page = query.clone().set_exclusive_start_key(start).send().await;
                let page = page.map_err(|error| call.failure(error))?;
                (page.items.unwrap_or_default(), page.last_evaluated_key)
            }
            Self::Scan(scan) => {
                let page = scan.clone().set_exclusive_start_key(start).send().await;
                let page = page.map_err(|error| call.failure(error))?;
                (page.items.unwrap_or_default(), page.last_evaluated_key)
            }
        })
    }
}

impl Aws {
    /// Whether tables above a size are not read unasked.
    pub(crate) fn has_scan_limit(&self) -> bool {
        self.shared.scan_limit.is_some()
    }

    /// Returns the Keys table if it has more items than are read unasked.
    pub(crate) async fn find_large_table(&self, table: &str) -> Result<Option<LargeTable>, Failure> {
        match self.has_scan_limit() {
            true => Ok(self.large_table(table, &self.keys_table_state(table).await?)),
            false => Ok(None),
        }
    }

    /// The Keys table in this state, if it has more items than are read unasked.
    pub(crate) fn large_table(&self, table: &str, state: &KeysTableState) -> Option<LargeTable> {
        let limit = self.shared.scan_limit?;
        let items = state.items.filter(|items| *items > limit)?;
        Some(LargeTable { name: table.to_owned(), items, limit, indexes: state.indexes })
    }

    /// Reads the next page of these tenant keys, or of all if `query` is `None`: at least `at_least` of them, unless there
    /// are fewer.
    pub(crate) async fn tenant_key_page(
        &self,
        table: &LargeTable,
        query: Option<&IndexQuery>,
        after: Option<&PageToken>,
        at_least: usize,
    ) -> Result<KeyPage, Failure> {
        let most = i32::try_from(table.page_items()).unwrap_or(PAGE_ITEMS);
        let (request, call) = match query {
            Some(query) => {
                let request = self.index_request(&table.name, query).limit(most);
                (PageRequest::Query(request), self.index_call(&table.name, query))
            }
            None => {
                let request = self.shared.dynamodb.scan().table_name(&table.name).limit(most);
                let call = self.table_call("Scan", format!("table {}", table.name));
                (PageRequest::Scan(request.consistent_read(true)), call)
            }
        };
        let mut texts = TextStore::default();
        let mut read = TenantKeyItems::default();
        let mut pages = Pages::of_scan_after(after.map(|token| token.0.clone()));
        loop {
            let (items, returned) = request.send(pages.token(), &call).await?;
            let item_count = items.len();
            let mut page = TenantKeyItems::from_page(items);
            texts.share_texts(&mut page.tenant_keys);
            read.append(page);
            let has_next = pages.turn_scan_page(&call, item_count, returned)?;
            if !has_next || read.tenant_keys.len() >= at_least.max(1) {
                let next = if has_next { pages.token().map(PageToken) } else { None };
                return Ok(KeyPage { items: EventuallyConsistent::new(read), next });
            }
        }
    }
}
