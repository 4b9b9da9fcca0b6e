//! Reads whole tables, page by page: a page of items is converted before the next one is kept, because items as
//! DynamoDB returns them take several times the memory of what they say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;
use keypool_domain::{PlanId, PriceListEntry, TextStore};

use super::items::{self, AttributeProblems, Item, TenantKeyItems};
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// Segments of the Keys table that are read in parallel.
const SCAN_SEGMENTS: i32 = 4;

/// Items of a page. DynamoDB's limit is 1 MB, which can be 10,000 small items: the SDK's form of them takes 20 MB.
pub(super) const PAGE_ITEMS: i32 = 1_000;

impl Aws {
    /// Reads all tenant keys with consistent reads, in no order; calls `on_page` with those of each page.
    pub(crate) async fn tenant_keys(
        &self,
        table: &str,
        on_page: impl Fn(TenantKeyItems) + Sync,
    ) -> Result<(), Failure> {
        let texts = Mutex::new(TextStore::default());
        let on_items = |items: Vec<Item>| {
            let mut page = TenantKeyItems::from_page(items);
            texts.lock().unwrap_or_else(PoisonError::into_inner).share_texts(&mut page.tenant_keys);
            on_page(page);
            Ok(())
        };
        let scans =
            (0..SCAN_SEGMENTS).map(|segment| self.scan_segment(table, segment, SCAN_SEGMENTS, &on_items));
        try_join_all(scans).await.map(drop)
    }

    /// Returns all items of the Plans table.
    pub(crate) async fn price_list(
        &self,
        table: &str,
    ) -> Result<(HashMap<PlanId, PriceListEntry>, AttributeProblems), Failure> {
        let (mut entries, mut problems) = (HashMap::new(), AttributeProblems::default());
        self.scan(table, |item| {
            entries.extend(items::price_list_entry(item, &mut problems));
            Ok(())
        })
        .await?;
        Ok((entries, problems))
    }

    /// Calls `on_item` with each item of a table, until it fails.
    pub(super) async fn scan(
        &self,
        table: &str,
        on_item: impl FnMut(Item) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let on_item = Mutex::new(on_item);
        let on_items = |items: Vec<Item>| {
            let mut on_item = on_item.lock().unwrap_or_else(PoisonError::into_inner);
            items.into_iter().try_for_each(&mut *on_item)
        };
        self.scan_segment(table, 0, 1, &on_items).await
    }

    async fn scan_segment(
        &self,
        table: &str,
        segment: i32,
        segments: i32,
        on_items: &(impl Fn(Vec<Item>) -> Result<(), Failure> + Sync),
    ) -> Result<(), Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let scan = self.shared.dynamodb.scan().table_name(table).consistent_read(true);
        let scan = scan.segment(segment).total_segments(segments).limit(PAGE_ITEMS);
        let mut pages = Pages::of_scan();
        loop {
            let page = scan.clone().set_exclusive_start_key(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let items = page.items.unwrap_or_default();
            let item_count = items.len();
            on_items(items)?;
            if !pages.turn_scan_page(&call, item_count, page.last_evaluated_key)? {
                return Ok(());
            }
        }
    }
}
