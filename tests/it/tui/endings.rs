//! Keys with an end and the age of keys, in forms, details and columns.

use jiff::SignedDuration;
use keypool::tui::Effect;
use keypool_domain::key::tag;
use keypool_domain::testing::{InventoryBuilder, at, start_time, tags};
use keypool_domain::{Change, Edit, Expiry};

use crate::support::console::Console;

const END: &str = "2026-12-31T00:00:00Z";

/// `backend` of acme has a rotated API key that is 38 days old, and expires.
fn inventory() -> InventoryBuilder {
    let expiring = |key: &mut keypool_domain::TenantKey| key.expires_at = Some(at(END)).into();
    InventoryBuilder::sample().edit_key("premium000", expiring).edit_parts(|parts| {
        let keys = parts.api_keys.value_mut().expect("listed").iter_mut();
        for key in keys.filter(|key| key.id.as_str() == "premium000") {
            key.created_at = Some(start_time() - SignedDuration::from_hours(24 * 38));
            key.tags = tags(&[(tag::REPLACES, "premium9"), (tag::REQUEST, "r")]);
        }
    })
}

fn console() -> Console {
    Console::with_inventory(inventory().build(), 100, 40)
}

fn last_change(console: &Console) -> Option<&Change> {
    match console.effects.last() {
        Some(Effect::Apply(_, change, _)) => Some(change),
        _ => None,
    }
}

/// Opens the form of the key with this name and tenant, with the focus on `expires`.
fn edit_expiry<'a>(console: &'a mut Console, filter: &str) -> &'a mut Console {
    console.press("3/").type_text(filter);
    console.press("<enter>e<backtab>").shows("►expires")
}

fn expiry_edit(expiry: Expiry) -> Change {
    let edit = Edit { expiry: Some(expiry), ..Edit::default() };
    Change::Edit { tenant_key: "premium000".into(), edit }
}

#[test]
fn a_new_key_gets_the_end_that_is_typed() {
    let mut console = console();
    console.press("jjjj n").shows("►tenant").shows("empty is never").type_text("acme");
    console.press("<tab>").type_text("web").press("<backtab><backtab><backtab>").shows("►expires");
    console.type_text("31.12.2026").press("<enter>").shows("`31.12.2026` is not a time");
    console.press("<ctrl-u>").type_text("2026-11-22").press("<enter>").shows("has passed");
    console.press("<ctrl-u>").type_text("2026-12-31").press("<enter>");
    let created = match last_change(&console) {
        Some(Change::Create(keys)) => keys.template.expires_at,
        other => panic!("{other:?}"),
    };
    assert_eq!(created, Some(at(END)));
}

#[test]
fn a_key_from_a_pool_cannot_get_an_end_and_the_field_says_what_to_do() {
    let mut console = console();
    console.press("jjj n").type_text("acme").press("<tab>").type_text("web");
    console.press("<backtab><backtab><backtab>").type_text("2026-12-31").press("<enter>");
    console.shows("►expires").shows("keypool keys isolate");
    assert_eq!(last_change(&console), None);
    let mut console = self::console();
    edit_expiry(&mut console, "plan:basic tenant:acme").type_text("2026-12-31").press("<enter>");
    console.shows("►expires").shows("isolate it");
    assert_eq!(last_change(&console), None);
}

#[test]
fn the_end_of_a_key_is_edited_and_removed_and_otherwise_kept() {
    let mut console = console();
    edit_expiry(&mut console, "backend tenant:acme").shows("2026-12-31");
    console.press("<ctrl-u>").type_text("2027-01-31T18:00:00Z").press("<enter>");
    assert_eq!(last_change(&console), Some(&expiry_edit(Expiry::At(at("2027-01-31T18:00:00Z")))));
    let mut console = self::console();
    edit_expiry(&mut console, "backend tenant:acme").press("<ctrl-u><enter>");
    assert_eq!(last_change(&console), Some(&expiry_edit(Expiry::Never)));
    let mut console = self::console();
    edit_expiry(&mut console, "backend tenant:acme").press("<enter>").shows("nothing would change");
}

#[test]
fn details_and_columns_tell_rotated_never_rotated_and_unknown_apart() {
    let mut console = Console::with_inventory(inventory().build(), 180, 40);
    console.press("3/").type_text("backend tenant:acme").press("<enter>");
    console.shows("38 d").shows("2026-10-15").press("d");
    console.shows("API key age").shows("38 days · rotated 15 Oct 2026").shows(END);
    let mut console = self::console();
    console.press("3/").type_text("plan:basic tenant:acme").press("<enter>d");
    console.shows("0 days · made 22 Nov 2026 · not known whether it was rotated");
}

#[test]
fn the_filter_finds_keys_by_their_age() {
    for (filter, count) in [("age:>37d", 1), ("age:>38d", 0), ("age:<38", 11), ("!age:38d", 11), ("age:?", 0)]
    {
        let mut console = Console::with_inventory(inventory().build(), 120, 40);
        console.press("3/").type_text(filter);
        console.shows(&format!("3 Keys · all plans · {count} of 12 match"));
    }
}
