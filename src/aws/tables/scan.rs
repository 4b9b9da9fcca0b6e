//! Whole tables, by parallel scan.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::try_join_all;
use keypool_domain::{PlanId, PriceListEntry};

use super::items::{self, AttributeProblems, Item, TenantKeyItems};
use crate::aws::{Aws, Failure};

/// How many parts of the Keys table are read at once.
const SCAN_SEGMENTS: i32 = 4;

impl Aws {
    /// All rows of the Keys table, in order of id; `seen` is told how many after each page.
    pub(crate) async fn tenant_keys(
        &self,
        table: &str,
        seen: impl Fn(usize) + Sync,
    ) -> Result<TenantKeyItems, Failure> {
        let mut read = TenantKeyItems::default();
        for item in self.scan(table, SCAN_SEGMENTS, seen).await? {
            read.add_item(item);
        }
        read.tenant_keys.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(read)
    }

    /// All rows of the Plans table.
    pub(crate) async fn price_list(
        &self,
        table: &str,
    ) -> Result<(HashMap<PlanId, PriceListEntry>, AttributeProblems), Failure> {
        let mut odd = AttributeProblems::default();
        let items = self.scan(table, 1, |_| ()).await?;
        let windows = items.into_iter().filter_map(|item| items::price_list_entry(item, &mut odd)).collect();
        Ok((windows, odd))
    }

    pub(super) async fn scan(
        &self,
        table: &str,
        segments: i32,
        seen: impl Fn(usize) + Sync,
    ) -> Result<Vec<Item>, Failure> {
        let count = AtomicUsize::new(0);
        let told = |more: usize| seen(count.fetch_add(more, Ordering::Relaxed) + more);
        let parts = (0..segments).map(|segment| self.scan_segment(table, segment, segments, &told));
        Ok(try_join_all(parts).await?.concat())
    }

    async fn scan_segment(
        &self,
        table: &str,
        segment: i32,
        segments: i32,
        told: &(impl Fn(usize) + Sync),
    ) -> Result<Vec<Item>, Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let mut items = Vec::new();
        let mut after: Option<Item> = None;
        loop {
            let page = self
                .shared
                .dynamodb
                .scan()
                .table_name(table)
                .consistent_read(true)
                .segment(segment)
                .total_segments(segments)
                .set_exclusive_start_key(after.take())
                .send()
                .await
                .map_err(|why| call.failure(why))?;
            let read = page.items.unwrap_or_default();
            told(read.len());
            items.extend(read);
            after = page.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                return Ok(items);
            }
        }
    }
}
