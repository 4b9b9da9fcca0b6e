//! Work marks and their deadlines.

use super::*;
use crate::InventoryParts;
use crate::testing::{at, parts, tags};

fn key(id: &str, key_tags: &[(&str, &str)]) -> ApiKey {
    ApiKey { tags: tags(key_tags), ..ApiKey::new(id, "") }
}

fn work_mark(subject: &str) -> WorkMark {
    WorkMark {
        subject: subject.to_owned(),
        request_id: "r1".to_owned(),
        operation: "rotate web of acme".to_owned(),
        deadline: at("2026-03-10T12:03:00Z"),
        import: None,
    }
}

fn inventory(keys: Vec<ApiKey>, work_marks: Vec<WorkMark>) -> Inventory {
    let taken_at = at("2026-03-10T12:00:00Z");
    let parts = InventoryParts { api_keys: keys.into(), taken_at, ..parts() };
    Inventory::new(parts).with_work_marks(work_marks)
}

#[test]
fn a_work_mark_is_found_by_api_key_by_request_and_by_tag() {
    let keys = vec![
        key("old", &[]),
        key("new", &[(tag::REQUEST, "r1")]),
        key("tagged", &[(tag::WORKING_UNTIL, "2026-03-10T12:02:00Z")]),
        key("idle", &[(tag::REQUEST, "r2"), (tag::WORKING_UNTIL, "nonsense")]),
    ];
    let inventory = inventory(keys, vec![work_mark("old"), work_mark("r1")]);
    let now = at("2026-03-10T12:01:00Z");
    let until = |id: &str, now| inventory.work_mark_of(&id.into(), now).map(|mark| mark.deadline.to_string());
    for id in ["old", "new"] {
        assert_eq!(until(id, now).as_deref(), Some("2026-03-10T12:03:00Z"), "{id}");
        assert_eq!(until(id, at("2026-03-10T12:03:00Z")), None, "{id}");
    }
    assert_eq!(until("tagged", now).as_deref(), Some("2026-03-10T12:02:00Z"));
    assert_eq!(until("tagged", at("2026-03-10T12:02:00Z")), None);
    assert_eq!(until("idle", now), None);
    assert_eq!(until("unknown", now), None);
    assert_eq!(work_mark("old").describe(), "rotate web of acme is in progress (until 12:03:00 UTC)");
}

#[test]
fn an_import_is_in_progress_until_its_deadline() {
    let import = WorkMark::import_subject("r1");
    let importing = inventory(Vec::new(), vec![work_mark(&import)]);
    assert!(importing.is_importing(at("2026-03-10T12:01:00Z")));
    assert!(!importing.is_importing(at("2026-03-10T12:03:00Z")));
    assert!(!inventory(Vec::new(), vec![work_mark("r1")]).is_importing(at("2026-03-10T12:01:00Z")));
}
