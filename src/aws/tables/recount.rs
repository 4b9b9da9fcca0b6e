//! The tenant keys of one pool key as they stand now, for a counter that is to follow them.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use keypool_domain::{ApiKeyId, RowId, Secret};

use super::Tables;
use super::items::Item;
use crate::aws::{Aws, Failure};

/// How many parts of the Keys table are read at once.
const SEGMENTS: i32 = 4;

/// Items that say which pool key they refer to, and items of the sample application, which only repeat its value.
const REFERS: &str = "poolKeyId = :key OR (attribute_not_exists(poolKeyId) AND #value = :value)";
const REFERS_BY_ID: &str = "poolKeyId = :key";

/// An item that refers to a pool key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Referring {
    pub(crate) row: RowId,
    pub(crate) owner: String,
    /// Whether it says so, and not only its value.
    pub(crate) by_id: bool,
}

impl Aws {
    /// Every item of the Keys table that refers to this pool key, read consistently; without its value only those that
    /// say so.
    pub(crate) async fn referring_to(
        &self,
        tables: &Tables,
        api_key: &ApiKeyId,
        value: Option<&Secret>,
    ) -> Result<Vec<Referring>, Failure> {
        let parts = (0..SEGMENTS).map(|segment| self.referring_in(&tables.keys, segment, (api_key, value)));
        Ok(try_join_all(parts).await?.concat())
    }

    async fn referring_in(
        &self,
        table: &str,
        segment: i32,
        (api_key, value): (&ApiKeyId, Option<&Secret>),
    ) -> Result<Vec<Referring>, Failure> {
        let call = self.table_call("Scan", format!("table {table}"));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut all = Vec::new();
        let mut after: Option<Item> = None;
        loop {
            let mut asked = self
                .shared
                .dynamodb
                .scan()
                .table_name(table)
                .consistent_read(true)
                .segment(segment)
                .total_segments(SEGMENTS)
                .projection_expression("id, poolKeyId, #owner")
                .filter_expression(value.map_or(REFERS_BY_ID, |_| REFERS))
                .expression_attribute_names("#owner", "owner")
                .expression_attribute_values(":key", text(api_key.as_str()))
                .set_exclusive_start_key(after.take());
            if let Some(value) = value {
                asked = asked
                    .expression_attribute_names("#value", "value")
                    .expression_attribute_values(":value", text(value.expose()));
            }
            let page = asked.send().await.map_err(|why| call.failed(why))?;
            all.extend(page.items.unwrap_or_default().into_iter().filter_map(referring));
            after = page.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

fn referring(mut item: Item) -> Option<Referring> {
    let mut text = |name: &str| match item.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    let by_id = text("poolKeyId").is_some();
    let owner = text("owner").unwrap_or_default();
    Some(Referring { row: RowId::new(text("id")?), owner, by_id })
}
