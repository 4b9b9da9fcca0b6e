//! Prices that cannot be read, access logs, and plans that are gone.

use super::*;

#[test]
fn a_price_that_cannot_be_read_leaves_its_tenants_out_by_name() {
    for billing in [WholeMonths, Days] {
        let mut odd = plan("odd", Some(1));
        let entry = odd.price_list_entry.as_mut().expect("an entry");
        entry.price = Known::unreadable("`price` is \"$199\", not a price", "item odd of the Plans table");
        let plans = vec![odd, plan("silo", Some(19_900))];
        let tenant_keys = vec![
            key("a", "odd", "acme", "2026-01-01T00:00:00Z"),
            key("b", "silo", "acme", "2026-01-01T00:00:00Z"),
            key("c", "silo", "globex", "2026-01-01T00:00:00Z"),
            key("d", "odd", "hooli", "2026-11-01T00:00:00Z"),
        ];
        let inventory = Inventory::new(InventoryParts { plans, tenant_keys, ..parts() });
        let report = report(&inventory, &usage(&[("odd", "a", 5)]), &tariff(billing), None);
        let tenants: Vec<_> = report.lines.iter().map(|line| line.tenant.as_str()).collect();
        assert_eq!(tenants, ["globex"]);
        let unpriced: Vec<_> = report
            .unpriced
            .iter()
            .map(|unpriced| (unpriced.tenant.as_str(), unpriced.plan_name.as_str()))
            .collect();
        assert_eq!(unpriced, [("acme", "ODD")], "hooli came after the month");
    }
}

#[test]
fn a_log_charges_a_deleted_key_to_its_former_tenant_once() {
    let note = |calls| deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-30T10:00:00Z"), calls);
    for (noted, expected) in [(Some(3), (3, 0)), (None, (0, 2))] {
        let mut log = LoggedCalls::default();
        for tenant in ["acme", "acme", "stranger"] {
            log.add("a".into(), Some(tenant.into()), 1);
        }
        let inventory = inventory(Vec::new(), vec![note(noted)]);
        let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), Some(&log));
        let lines: Vec<_> = report
            .lines
            .iter()
            .map(|line| (line.own_calls.unwrap_or(UNKNOWN), line.logged_calls.unwrap_or(0)))
            .collect();
        assert_eq!(lines, [expected], "the note or the log, not both");
        assert_eq!(unlisted(&report), [("stranger", UnlistedReason::UnknownTenant, 1)]);
    }
}

#[test]
fn a_plan_deleted_after_its_keys_is_charged_as_noted() {
    let note = FormerKey {
        price: Known::Value(Some(Price::from_cents(9_900))),
        ..deleted("a", "gone", "acme", ("2026-01-01T00:00:00Z", "2026-10-30T10:00:00Z"), Some(4))
    };
    let inventory = inventory(Vec::new(), vec![note]);
    assert_charged(&inventory, &usage(&[]), WholeMonths, &[("acme", "gone", Some(9_900), None, 4)]);
    let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), None);
    assert_eq!(report.lines[0].plan_name, "GONE");
}

#[test]
fn a_price_that_could_not_be_read_at_the_deletion_leaves_the_tenant_out_once_its_plan_is_gone() {
    let unreadable = Known::unreadable("`price` is \"$199\", not a price", "item gone");
    for (plan, lines, unpriced) in [("gone", vec![], vec!["acme"]), ("silo", vec![Some(19_900)], vec![])] {
        let note = FormerKey {
            price: unreadable.clone(),
            ..deleted("a", plan, "acme", ("2026-01-01T00:00:00Z", "2026-10-30T10:00:00Z"), Some(4))
        };
        let report = report(&inventory(Vec::new(), vec![note]), &usage(&[]), &tariff(WholeMonths), None);
        let prices: Vec<_> = report.lines.iter().map(|line| line.flat_price.map(Price::cents)).collect();
        let left_out: Vec<_> = report.unpriced.iter().map(|unpriced| unpriced.tenant.as_str()).collect();
        assert_eq!((prices, left_out), (lines, unpriced), "{plan}");
    }
}

#[test]
fn a_tenant_that_left_owes_the_price_of_that_time_and_one_that_stayed_the_present_one() {
    for billing in [WholeMonths, Days] {
        let noted = |id: &str, tenant, cents| FormerKey {
            price: Known::Value(Some(Price::from_cents(cents))),
            ..deleted(id, "silo", tenant, ("2026-01-01T00:00:00Z", "2026-10-31T10:00:00Z"), Some(1))
        };
        let earlier = FormerKey { until: at("2026-10-10T00:00:00Z"), ..noted("b", "acme", 9_000) };
        let free = FormerKey { price: Known::Value(None), ..noted("f", "free", 0) };
        let rotated = moved(noted("g", "globex", 9_900), "h");
        let keys = vec![key("h", "silo", "globex", "2026-01-01T00:00:00Z")];
        let inventory = inventory(keys, vec![noted("a", "acme", 9_900), earlier, free, rotated]);
        let report = report(&inventory, &usage(&[]), &tariff(billing), None);
        let prices: Vec<_> = report
            .lines
            .iter()
            .map(|line| (line.tenant.as_str(), line.flat_price.map(Price::cents)))
            .collect();
        assert_eq!(prices, [("acme", Some(9_900)), ("free", None), ("globex", Some(19_900))]);
    }
}

#[test]
fn a_key_that_a_note_knows_is_not_unattributed_in_other_months_and_its_plan_keeps_its_name() {
    let note = deleted("a", "gone", "acme", ("2026-11-03T00:00:00Z", "2026-11-30T10:00:00Z"), None);
    let inventory = inventory(Vec::new(), vec![note]);
    let october = usage(&[("silo", "a", 5), ("silo", "x", 0), ("silo", "y", 2)]);
    let report = report(&inventory, &october, &tariff(WholeMonths), None);
    let lines: Vec<_> = report.lines.iter().map(|line| (line.tenant.as_str(), line.own_calls)).collect();
    assert_eq!(lines, [("acme", Some(5))]);
    let unattributed: Vec<_> = report.unattributed.iter().map(|key| key.api_key.as_str()).collect();
    assert_eq!(unattributed, ["y"], "x has no calls");
    assert_eq!(inventory.plan_name(&"gone".into()), "GONE");
}
