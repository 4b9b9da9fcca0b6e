//! Notes about keys that have ended, in the Pools table: one item each, `former#<tenantKeyId>#<time>`, or
//! `former#<apiKeyId>#<time>#<planId>` for one without a tenant key.
//!
//! Invariant: a note is written in the transaction that ends its tenant key, so there is never one without the
//! other. The sample application reads no item of the Pools table.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use keypool_domain::{ApiKeyId, FormerKey, Known, PlanId, Price, Tenant, TenantKeyId};

use super::Tables;
use super::item_requests::{number, text};
use super::items::{Item, ItemReader};
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::transfers::TransferOutcome;
use crate::aws::{Aws, Failure};

pub(super) const FORMER_ID_PREFIX: &str = "former#";

impl Transaction {
    /// Adds a note, if there is a Pools table. Repeated, it replaces the same note, and never another one.
    pub(super) fn note(self, tables: &Tables, former: Option<&FormerKey>) -> Self {
        match (former, &tables.pools) {
            (Some(former), Some(pools)) => self.put(pools, item(former), same_note(former)),
            _ => self,
        }
    }
}

impl Aws {
    /// Writes a note of an API key that no transaction ends; returns false if there is no Pools table.
    pub(crate) async fn note_former_key(&self, tables: &Tables, former: &FormerKey) -> Result<bool, Failure> {
        let Some(pools) = &tables.pools else { return Ok(false) };
        let call = self.table_call("PutItem", format!("table {pools}"));
        let condition = same_note(former);
        let request = self.shared.dynamodb.put_item().table_name(pools).set_item(Some(item(former)));
        let request = request
            .set_expression_attribute_values(condition.values())
            .condition_expression(condition.expression());
        request.send().await.map(|_| true).map_err(|error| call.failure(error))
    }

    /// Deletes a siloed tenant key and notes it. A tenant key that refers to a pool key, or that does not exist,
    /// is refused.
    pub(crate) async fn delete_noted_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        former: &FormerKey,
    ) -> Result<TransferOutcome, Failure> {
        let condition = Condition::new("attribute_exists(id) AND attribute_not_exists(poolKeyId)");
        let transaction =
            Transaction::default().delete(&tables.keys, id.as_str(), condition).note(tables, Some(former));
        Ok(match self.commit(transaction.with_undisplayed_token()).await? {
            CommitOutcome::Done => TransferOutcome::Done,
            CommitOutcome::Busy => TransferOutcome::Busy,
            CommitOutcome::Refused(positions) => TransferOutcome::ItemsRefused(positions),
        })
    }
}

/// No two endings have the same id: times are to the nanosecond.
fn note_id(former: &FormerKey) -> String {
    let FormerKey { tenant_key, api_key, plan, until, .. } = former;
    match tenant_key {
        Some(tenant_key) => format!("{FORMER_ID_PREFIX}{tenant_key}#{until}"),
        None => format!("{FORMER_ID_PREFIX}{api_key}#{until}#{plan}"),
    }
}

/// Requires that there is no note with this id, unless it is about the same API key in the same plan.
fn same_note(former: &FormerKey) -> Condition {
    Condition::new("attribute_not_exists(id) OR (apiKeyId = :apiKey AND planId = :plan)")
        .with_text(":apiKey", former.api_key.as_str())
        .with_text(":plan", former.plan.as_str())
}

fn item(former: &FormerKey) -> Item {
    let attribute = |name: &str, value: &str| (name.to_owned(), text(value));
    let calls =
        former.calls.iter().map(|(month, calls)| (month.strftime("%Y-%m").to_string(), number(calls)));
    let mut item = Item::from([
        attribute("id", &note_id(former)),
        attribute("name", &former.name),
        attribute("planId", former.plan.as_str()),
        attribute("planName", &former.plan_name),
        attribute("apiKeyId", former.api_key.as_str()),
        ("shared".to_owned(), AttributeValue::Bool(former.is_shared)),
        attribute("leftAt", &former.until.to_string()),
        ("calls".to_owned(), AttributeValue::M(calls.collect())),
    ]);
    item.extend(former.tenant_key.iter().map(|id| attribute("tenantKeyId", id.as_str())));
    item.extend(former.tenant.iter().map(|tenant| attribute("owner", tenant.as_str())));
    item.extend(former.since.map(|since| attribute("createdAt", &format!("{since:.0}"))));
    item.extend(former.continued_as.iter().map(|next| attribute("continuedAs", next.as_str())));
    match &former.price {
        Known::Value(price) => item.extend(price.map(|price| ("price".to_owned(), number(price)))),
        Known::Unknown(reason) => item.extend([attribute("priceUnknown", &reason.to_string())]),
    }
    item
}

/// Reads a note. One without its dates or its plan says nothing.
pub(super) fn read_note(mut item: ItemReader<'_>) -> Option<FormerKey> {
    let until: Timestamp = item.optional_value("leftAt")?;
    // Empty for a key whose plan was deleted before.
    let plan = item.present_text("planId")?;
    let api_key = item.optional_text("apiKeyId")?;
    Some(FormerKey {
        tenant_key: item.optional_text("tenantKeyId").map(TenantKeyId::new),
        tenant: item.optional_text("owner").map(Tenant::new),
        name: item.optional_text("name").unwrap_or_default(),
        plan_name: item.optional_text("planName").unwrap_or_else(|| plan.clone()),
        plan: PlanId::new(plan),
        price: read_price(&mut item),
        api_key: ApiKeyId::new(api_key),
        // A note that does not say so is not charged as one tenant's.
        is_shared: item.strict_bool("shared").value_to_show().copied().unwrap_or(true),
        since: item.optional_value("createdAt"),
        until,
        continued_as: item.optional_text("continuedAs").map(TenantKeyId::new),
        calls: item.map("calls").map(read_calls).unwrap_or_default(),
    })
}

/// Reads the price of a note. One that could not be read when the note was made is unknown.
fn read_price(item: &mut ItemReader<'_>) -> Known<Option<Price>> {
    match (item.price("price"), item.optional_text("priceUnknown")) {
        (Known::Value(None), Some(why)) => Known::unreadable(why, "the note of its key"),
        (price, _) => price,
    }
}

/// Reads the calls by month; what cannot be read is missing, so it is unknown.
fn read_calls(calls: HashMap<String, AttributeValue>) -> BTreeMap<Date, u64> {
    let entry = |(month, calls): (String, AttributeValue)| {
        let AttributeValue::N(calls) = calls else { return None };
        Some((format!("{month}-01").parse().ok()?, calls.parse().ok()?))
    };
    calls.into_iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use keypool_domain::testing;

    use super::super::items::AttributeProblems;
    use super::*;

    fn read(item: Item) -> (Option<FormerKey>, Vec<String>) {
        let mut problems = AttributeProblems::default();
        let former = ItemReader::new(item, &mut problems).and_then(read_note);
        (former, problems.remarks("pools"))
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let least = FormerKey {
            tenant_key: None,
            tenant: None,
            price: Known::Value(None),
            since: None,
            continued_as: None,
            calls: BTreeMap::new(),
            is_shared: true,
            ..testing::former_key()
        };
        let later = FormerKey {
            until: "2026-10-30T09:00:00.000000001Z".parse().expect("a time"),
            ..testing::former_key()
        };
        for (note, id) in [
            (testing::former_key(), "former#k1#2026-10-30T09:00:00Z"),
            (later, "former#k1#2026-10-30T09:00:00.000000001Z"),
            (least, "former#k1#2026-10-30T09:00:00Z#p1"),
        ] {
            assert_eq!(item(&note)["id"], text(id));
            assert_eq!(read(item(&note)), (Some(note), Vec::new()));
        }
    }

    #[test]
    fn a_price_that_could_not_be_read_stays_unknown_until_it_is_filled_in() {
        let unpriced =
            FormerKey { price: Known::unreadable("`price` is \"$199\"", "item p1"), ..testing::former_key() };
        let mut item = item(&unpriced);
        assert!(!item.contains_key("price"));
        let reason = read(item.clone()).0.expect("a note").price.reason().expect("unknown").to_string();
        assert!(reason.contains("`price` is \"$199\""), "{reason}");
        item.insert("price".to_owned(), number(199));
        assert_eq!(read(item).0.expect("a note").price, Known::Value("199".parse().ok()));
    }

    #[test]
    fn what_cannot_be_read_of_a_note_is_unknown_and_never_zero() {
        let mut damaged = item(&testing::former_key());
        let calls = [("2026-10", text("many")), ("2026-09", number(7)), ("soon", number(1))];
        let calls = calls.map(|(month, calls)| (month.to_owned(), calls));
        damaged.insert("calls".to_owned(), AttributeValue::M(calls.into()));
        damaged.insert("createdAt".to_owned(), text("long ago"));
        damaged.remove("shared");
        let note = read(damaged).0.expect("a note");
        assert_eq!(note.calls, BTreeMap::from([("2026-09-01".parse().expect("a day"), 7)]));
        assert_eq!((note.since, note.is_own()), (None, false));
        let mut undated = item(&testing::former_key());
        undated.remove("leftAt");
        assert_eq!(read(undated).0, None);
    }
}
