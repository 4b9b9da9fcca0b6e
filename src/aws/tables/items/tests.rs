//! Items with missing and odd attributes.

use super::*;

fn item(attributes: &[(&str, AttributeValue)]) -> Item {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[test]
fn unusable_attributes_are_reported_and_the_rest_is_kept() {
    let mut problems = AttributeProblems::default();
    let full = item(&[
        ("id", s("r1")),
        ("planId", s("p1")),
        ("name", s("web")),
        ("enabled", AttributeValue::Bool(true)),
        ("owner", s("acme")),
        ("poolKeyId", s("k1")),
        ("createdAt", s("2026-11-22T10:00:00Z")),
        ("revision", AttributeValue::N("3".into())),
        ("theirs", s("kept")),
    ]);
    let full_key = tenant_key(full, &mut problems).expect("an item");
    assert_eq!(
        (full_key.tenant.as_str(), full_key.revision, full_key.enabled.clone()),
        ("acme", Some(3), true.into())
    );
    assert_eq!(full_key.pool_key, Some("k1".into()).into());
    assert!(problems.remarks("keys").is_empty());

    let partial = item(&[
        ("id", s("r2")),
        ("planId", s("p1")),
        ("owner", s("acme")),
        ("name", AttributeValue::N("7".into())),
        ("enabled", s("true")),
        ("poolKeyId", AttributeValue::N("1".into())),
    ]);
    let partial_key = tenant_key(partial.clone(), &mut problems).expect("an item");
    assert_eq!((partial_key.name.as_str(), partial_key.tenant.as_str()), ("7", "acme"));
    let what = "`poolKeyId` is a number, not a string";
    assert_eq!(partial_key.pool_key, Known::unreadable(what, "item r2 of the Keys table"));
    tenant_key(partial, &mut problems);
    assert_eq!(
        problems.remarks("keys"),
        [
            "2 items of keys without a usable `enabled`, first r2",
            "2 items of keys without a usable `poolKeyId`, first r2",
        ]
    );
}

#[test]
fn items_without_owner_or_plan_are_foreign_and_reported_as_such() {
    let mut items = TenantKeyItems::default();
    items.add_item(item(&[("id", s("CONFIG#billing")), ("vat", AttributeValue::N("19".into()))]));
    items.add_item(item(&[("id", s("r1")), ("planId", s("p1")), ("poolKeyId", s("k1"))]));
    items.add_item(item(&[("id", s("r2")), ("planId", s("p1")), ("owner", s(""))]));
    items.add_item(item(&[("id", s("r3")), ("planId", AttributeValue::N("1".into())), ("owner", s("acme"))]));
    assert!(items.tenant_keys.is_empty() && items.problems.remarks("keys").is_empty());
    let reasons: Vec<_> = items.foreign_items.iter().map(|foreign| foreign.reason.to_string()).collect();
    assert_eq!(
        reasons,
        [
            "`owner` or `planId` is missing, empty or not a string in item CONFIG#billing of the Keys table; fix it there",
            "`owner` is missing, empty or not a string in item r1 of the Keys table; fix it there",
            "`owner` is missing, empty or not a string in item r2 of the Keys table; fix it there",
            "`planId` is missing, empty or not a string in item r3 of the Keys table; fix it there",
        ]
    );
    assert_eq!(items.foreign_items[1].api_keys, ["r1".into(), "k1".into()]);
}

#[test]
fn enabled_must_be_a_boolean() {
    let read_enabled = |enabled: Option<AttributeValue>| {
        let mut full = item(&[("id", s("r1")), ("planId", s("p1")), ("owner", s("acme"))]);
        full.extend(enabled.map(|value| ("enabled".to_owned(), value)));
        tenant_key(full, &mut AttributeProblems::default()).expect("an item").enabled.clone()
    };
    assert_eq!(read_enabled(Some(AttributeValue::Bool(false))), Known::Value(false));
    let problems = [
        (None, "missing"),
        (Some(AttributeValue::N("1".into())), "a number"),
        (Some(s("TRUE")), "a string"),
        (Some(AttributeValue::Null(true)), "null"),
    ];
    for (value, kind) in problems {
        let what = format!("`enabled` is {kind}, not true or false");
        assert_eq!(read_enabled(value), Known::unreadable(what, "item r1 of the Keys table"));
    }
}

#[test]
fn a_price_that_cannot_be_read_is_unknown_and_never_none() {
    let mut problems = AttributeProblems::default();
    let (id, entry) = price_list_entry(
        item(&[("id", s("p1")), ("name", s("Free")), ("price", AttributeValue::N("9.5".into()))]),
        &mut problems,
    )
    .expect("an item");
    assert_eq!((id.as_str(), entry.price().map(|price| price.cents())), ("p1", Some(950)));
    let (_, entry) =
        price_list_entry(item(&[("id", s("p2")), ("name", s("Odd")), ("price", s("cheap"))]), &mut problems)
            .expect("an item");
    let what = "`price` is \"cheap\", not a price such as 49 or 49.90";
    assert_eq!(entry.price, Known::unreadable(what, "item p2 of the Plans table"));
    assert_eq!(problems.remarks("plans"), ["1 item of plans without a usable `price`, first p2"]);
}
