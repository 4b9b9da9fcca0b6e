//! Work marks and their deadlines.

use super::*;
use crate::step::{NewApiKey, NewPool};
use crate::testing::{at, parts, tags};
use crate::{InventoryParts, Strategy};

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

#[test]
fn the_subjects_of_a_unit_are_the_api_keys_it_changes_or_creates() {
    let subjects = |steps: Vec<Step>| WorkSubjects::from_unit(&Unit { subject: String::new(), steps });
    let new = NewApiKey {
        name: String::new(),
        description: String::new(),
        enabled: true,
        plan: "p".into(),
        tenant: None,
        replaces: Some("old".into()),
        value: None,
        customer_id: None,
        tags: Default::default(),
        origin: Default::default(),
    };
    let rotated = subjects(vec![
        Step::CreateApiKey(new),
        Step::AttachApiKey { api_key: KeyRef::New, plan: "p".into() },
        Step::WaitUntilKeyWorks("p".into()),
        Step::ReplaceTenantKey("old".into()),
        Step::DisableApiKey("old".into()),
        Step::DeleteApiKey("old".into()),
    ]);
    assert_eq!((&rotated.api_keys[..], rotated.creates_api_key), (&["old".into()][..], true));
    assert!(rotated.removed_api_keys().is_empty(), "the transaction on the tenant key protects its API key");
    let removed = subjects(vec![Step::DisableApiKey("old".into()), Step::DeleteApiKey("old".into())]);
    assert_eq!(removed.removed_api_keys(), ["old".into()]);
    let pool = NewPool {
        plan: "p".into(),
        strategy: Strategy::Sticky,
        capacity: 3,
        keys: vec![("b".into(), 0), ("a".into(), 0)],
    };
    assert_eq!(subjects(vec![Step::PutPool(pool)]).api_keys, ["a".into(), "b".into()]);
    assert!(subjects(vec![Step::DeleteTenantKey("r".into())]).is_empty());
}
