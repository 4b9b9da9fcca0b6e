//! Reads whole tables by parallel scan.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

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
        let mut items = TenantKeyItems::default();
        for item in self.scan(table, SCAN_SEGMENTS, progress).await? {
            items.add_item(item);
        }
        items.tenant_keys.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(items)
    }

    /// Returns all items of the Plans table.
    pub(crate) async fn price_list(
        &self,
        table: &str,
    ) -> Result<(HashMap<PlanId, PriceListEntry>, AttributeProblems), Failure> {
        let mut problems = AttributeProblems::default();
        let items = self.scan(table, 1, |_| ()).await?;
        let entries =
            items.into_iter().filter_map(|item| items::price_list_entry(item, &mut problems)).collect();
        Ok((entries, problems))
    }

    pub(super) async fn scan(
        &self,
        table: &str,
        segments: i32,
        progress: impl Fn(usize) + Sync,
    ) -> Result<Vec<Item>, Failure> {
        let count = AtomicUsize::new(0);
        let count_items = |more: usize| progress(count.fetch_add(more, Ordering::Relaxed) + more);
        let scans = (0..segments).map(|segment| self.scan_segment(table, segment, segments, &count_items));
        Ok(try_join_all(scans).await?.concat())
    }

    async fn scan_segment(
        &self,
        table: &str,
        segment: i32,
        segments: i32,
        count_items: &(impl Fn(usize) + Sync),
    ) -> Result<Vec<Item>, Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let mut items = Vec::new();
        let scan = self.shared.dynamodb.scan().table_name(table).consistent_read(true);
        let scan = scan.segment(segment).total_segments(segments);
        let mut pages = Pages::of_scan();
        loop {
            let page = scan.clone().set_exclusive_start_key(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let page_items = page.items.unwrap_or_default();
            let item_count = page_items.len();
            count_items(item_count);
            items.extend(page_items);
            if !pages.turn_scan_page(&call, item_count, page.last_evaluated_key)? {
                return Ok(items);
            }
        }
    }
}
