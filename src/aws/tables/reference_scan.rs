//! Finds the current tenant keys of a pool key, to correct its counter.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use keypool_domain::{ApiKeyId, Secret, TenantKeyId};

use super::Tables;
use super::item_requests::text;
use super::items::Item;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// Segments of the Keys table that are read in parallel.
const SCAN_SEGMENTS: i32 = 4;

/// Matches items with the pool key's id, and items of the sample application, which have only its
/// value.
const REFERS_BY_ID_OR_VALUE: &str =
    "poolKeyId = :key OR (attribute_not_exists(poolKeyId) AND #value = :value)";
const REFERS_BY_ID: &str = "poolKeyId = :key";

/// An item that refers to a pool key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyReference {
    pub(crate) id: TenantKeyId,
    pub(crate) owner: String,
    /// Whether the item has the pool key's id, and not only its value.
    pub(crate) has_pool_key_id: bool,
}

impl Aws {
    /// Returns every item of the Keys table that refers to this pool key, with consistent reads.
    /// Without `value`, items of the sample application are not found.
    pub(crate) async fn find_references(
        &self,
        tables: &Tables,
        api_key: &ApiKeyId,
        value: Option<&Secret>,
    ) -> Result<Vec<KeyReference>, Failure> {
        let segments =
            (0..SCAN_SEGMENTS).map(|segment| self.scan_references(&tables.keys, segment, (api_key, value)));
        Ok(try_join_all(segments).await?.concat())
    }

    async fn scan_references(
        &self,
        table: &str,
        segment: i32,
        (api_key, value): (&ApiKeyId, Option<&Secret>),
    ) -> Result<Vec<KeyReference>, Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let mut scan = self
            .shared
            .dynamodb
            .scan()
            .table_name(table)
            .consistent_read(true)
            .segment(segment)
            .total_segments(SCAN_SEGMENTS)
            .projection_expression("id, poolKeyId, #owner")
            .filter_expression(value.map_or(REFERS_BY_ID, |_| REFERS_BY_ID_OR_VALUE))
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":key", text(api_key.as_str()));
        if let Some(value) = value {
            scan = scan
                .expression_attribute_names("#value", "value")
                .expression_attribute_values(":value", text(value.expose()));
        }
        let (mut references, mut pages) = (Vec::new(), Pages::of_scan());
        loop {
            let page = scan.clone().set_exclusive_start_key(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let items = page.items.unwrap_or_default();
            // The filter may leave nothing of a page that was scanned.
            let scanned = items.len().max(usize::try_from(page.scanned_count).unwrap_or(0));
            references.extend(items.into_iter().filter_map(reference));
            if !pages.turn_scan_page(&call, scanned, page.last_evaluated_key)? {
                return Ok(references);
            }
        }
    }
}

fn reference(mut item: Item) -> Option<KeyReference> {
    let mut text = |name: &str| match item.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    let has_pool_key_id = text("poolKeyId").is_some();
    let owner = text("owner").unwrap_or_default();
    Some(KeyReference { id: TenantKeyId::new(text("id")?), owner, has_pool_key_id })
}
