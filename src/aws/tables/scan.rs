//! Reads whole tables, page by page: a page of items is converted before the next one is kept, because items as
//! DynamoDB returns them take several times the memory of what they say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;
use keypool_domain::{PlanId, PriceListEntry};

use super::items::{self, AttributeProblems, Item, TenantKeyItems};
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// Segments of the Keys table that are read in parallel.
const SCAN_SEGMENTS: i32 = 4;

impl Aws {
    /// Reads all tenant keys with consistent reads, in no order; calls `on_page` with those of each page.
    pub(crate) async fn tenant_keys(
        &self,
        table: &str,
        on_page: impl Fn(TenantKeyItems) + Sync,
    ) -> Result<(), Failure> {
        let on_items = |items: Vec<Item>| on_page(TenantKeyItems::from_page(items));
        let scans =
            (0..SCAN_SEGMENTS).map(|segment| self.scan_segment(table, segment, SCAN_SEGMENTS, &on_items));
        try_join_all(scans).await.map(drop)
    }

    /// Returns how many items a table has, from a count that DynamoDB updates every six hours; `None` if it cannot be
    /// read.
    pub(crate) async fn approximate_item_count(&self, table: &str) -> Option<usize> {
        let description = self.shared.dynamodb.describe_table().table_name(table).send().await.ok()?.table?;
        usize::try_from(description.item_count?).ok()
    }

    /// Returns all items of the Plans table.
    pub(crate) async fn price_list(
        &self,
        table: &str,
    ) -> Result<(HashMap<PlanId, PriceListEntry>, AttributeProblems), Failure> {
        let mut problems = AttributeProblems::default();
        let items = self.scan(table).await?;
        let entries =
            items.into_iter().filter_map(|item| items::price_list_entry(item, &mut problems)).collect();
        Ok((entries, problems))
    }

    /// Returns all items of a small table.
    pub(super) async fn scan(&self, table: &str) -> Result<Vec<Item>, Failure> {
        let all = Mutex::new(Vec::new());
        let on_items = |items| all.lock().unwrap_or_else(PoisonError::into_inner).extend(items);
        self.scan_segment(table, 0, 1, &on_items).await?;
        Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn scan_segment(
        &self,
        table: &str,
        segment: i32,
        segments: i32,
        on_items: &(impl Fn(Vec<Item>) + Sync),
    ) -> Result<(), Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let scan = self.shared.dynamodb.scan().table_name(table).consistent_read(true);
        let scan = scan.segment(segment).total_segments(segments);
        let mut pages = Pages::of_scan();
        loop {
            let page = scan.clone().set_exclusive_start_key(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let items = page.items.unwrap_or_default();
            let item_count = items.len();
            on_items(items);
            if !pages.turn_scan_page(&call, item_count, page.last_evaluated_key)? {
                return Ok(());
            }
        }
    }
}
