//! Whole tables, by parallel scan.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::try_join_all;
use keypool_domain::{PlanId, ShopWindow};

use super::items::{self, Item, Odd, RowsRead};
use crate::aws::{Aws, Failure};

/// How many parts of the Keys table are read at once.
const SEGMENTS: i32 = 4;

impl Aws {
    /// All rows of the Keys table, in order of id; `seen` is told how many after each page.
    pub(crate) async fn rows(&self, table: &str, seen: impl Fn(usize) + Sync) -> Result<RowsRead, Failure> {
        let mut read = RowsRead::default();
        for item in self.scan(table, SEGMENTS, seen).await? {
            read.take(item);
        }
        read.rows.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(read)
    }

    /// All rows of the Plans table.
    pub(crate) async fn shop_windows(
        &self,
        table: &str,
    ) -> Result<(HashMap<PlanId, ShopWindow>, Odd), Failure> {
        let mut odd = Odd::default();
        let items = self.scan(table, 1, |_| ()).await?;
        let windows = items.into_iter().filter_map(|item| items::shop_window(item, &mut odd)).collect();
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
        let parts = (0..segments).map(|segment| self.segment(table, segment, segments, &told));
        Ok(try_join_all(parts).await?.concat())
    }

    async fn segment(
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
                .map_err(|why| call.failed(why))?;
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
