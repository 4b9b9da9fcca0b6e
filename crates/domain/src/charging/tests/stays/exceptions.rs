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
            log.add(LoggedCall { api_key: "a".into(), tenant: tenant.into(), status: 200 });
        }
        let inventory = inventory(Vec::new(), vec![note(noted)]);
        let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), Some(&log));
        let lines: Vec<_> =
            report.lines.iter().map(|line| (line.own_calls, line.logged_calls.unwrap_or(0))).collect();
        assert_eq!(lines, [expected], "the note or the log, not both");
        assert_eq!(report.unknown_tenants, [("stranger".into(), 1)]);
    }
}

#[test]
fn a_plan_deleted_after_its_keys_is_charged_as_noted() {
    let note = FormerKey {
        price: Some(Price::from_cents(9_900)),
        ..deleted("a", "gone", "acme", ("2026-01-01T00:00:00Z", "2026-10-30T10:00:00Z"), Some(4))
    };
    let inventory = inventory(Vec::new(), vec![note]);
    assert_charged(&inventory, &usage(&[]), WholeMonths, &[("acme", "gone", Some(9_900), None, 4)]);
    let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), None);
    assert_eq!(report.lines[0].plan_name, "GONE");
}
