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
    /// Returns all tenant keys, sorted by id; calls `progress` with the count after each page.
    pub(crate) async fn tenant_keys(
        &self,
        table: &str,
        progress: impl Fn(usize) + Sync,
    ) -> Result<TenantKeyItems, Failure> {
        let read = Mutex::new(TenantKeyItems::default());
        let add_page = |page: Vec<Item>| {
            let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
            page.into_iter().for_each(|item| read.add_item(item));
            progress(read.tenant_keys.len() + read.foreign_items.len());
        };
        let scans =
            (0..SCAN_SEGMENTS).map(|segment| self.scan_segment(table, segment, SCAN_SEGMENTS, add_page));
        try_join_all(scans).await?;
        let mut items = read.into_inner().unwrap_or_else(PoisonError::into_inner);
        items.tenant_keys.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(items)
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
        let mut items = Vec::new();
        self.scan_segment(table, 0, 1, |page| items.extend(page)).await?;
        Ok(items)
    }

    async fn scan_segment(
        &self,
        table: &str,
        segment: i32,
        segments: i32,
        mut add_page: impl FnMut(Vec<Item>) + Send,
    ) -> Result<(), Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let scan = self.shared.dynamodb.scan().table_name(table).consistent_read(true);
        let scan = scan.segment(segment).total_segments(segments);
        let mut pages = Pages::of_scan();
        loop {
            let page = scan.clone().set_exclusive_start_key(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let page_items = page.items.unwrap_or_default();
            let item_count = page_items.len();
            add_page(page_items);
            if !pages.turn_scan_page(&call, item_count, page.last_evaluated_key)? {
                return Ok(());
            }
        }
    }
}
