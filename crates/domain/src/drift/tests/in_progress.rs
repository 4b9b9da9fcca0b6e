//! Operations in progress are not findings. The fix of a tenant key whose API key is missing or in another
//! plan needs its own consent.

use super::*;
use crate::work::{ImportMark, WorkMark};

pub(super) const MOVED_AWAY: &str = "tenant key k1 \"web\" of acme is in silo-plan but its API key is in gold-plan, \
                                     whose limits apply";
const LATER: &str = "2026-03-10T12:03:00Z";

fn work_mark(subject: &str, deadline: &str) -> WorkMark {
    WorkMark {
        subject: subject.to_owned(),
        request_id: "r".to_owned(),
        operation: "rotate web of acme".to_owned(),
        deadline: deadline.parse().expect("a time"),
        import: None,
    }
}

fn kinds(account: Account, work_marks: Vec<WorkMark>) -> Vec<FindingKind> {
    let inventory = Inventory::new(account.parts).with_work_marks(work_marks);
    findings(&inventory, &account.observed).into_iter().map(|found| found.kind).collect()
}

fn account_with_new_key(tags: &[(&str, &str)]) -> Account {
    Account::consistent().with(|account| {
        account.keys().push(api_key("x", tags));
        account.parts.members.insert("silo".into(), vec!["k1".into(), "x".into()].into());
    })
}

#[test]
fn an_api_key_in_progress_is_a_finding_only_after_its_deadline() {
    let new_key = || account_with_new_key(&[(tag::REQUEST, "r1")]);
    assert_eq!(kinds(new_key(), vec![work_mark("r1", LATER)]), []);
    assert_eq!(kinds(new_key(), vec![work_mark("r1", NOON)]), [FindingKind::InterruptedCreate]);
    assert_eq!(kinds(new_key(), vec![work_mark("r2", LATER)]), [FindingKind::InterruptedCreate]);
    let tagged = |until| account_with_new_key(&[(tag::REQUEST, "r1"), (tag::WORKING_UNTIL, until)]);
    assert_eq!(kinds(tagged(LATER), Vec::new()), []);
    assert_eq!(kinds(tagged(NOON), Vec::new()), [FindingKind::InterruptedCreate]);
}

#[test]
fn a_tenant_key_whose_api_key_is_in_progress_is_no_finding() {
    let off = || Account::consistent().with(|account| account.keys()[0].enabled = false);
    assert_eq!(kinds(off(), vec![work_mark("k1", LATER)]), []);
    assert_eq!(kinds(off(), vec![work_mark("k1", NOON)]), [FindingKind::EnabledDiffers]);
}

#[test]
fn orphans_are_not_reported_during_an_import() {
    let import = WorkMark::import_subject("r1");
    assert_eq!(kinds(account_with_new_key(&[]), vec![work_mark(&import, LATER)]), []);
    assert_eq!(kinds(account_with_new_key(&[]), vec![work_mark(&import, NOON)]), [FindingKind::OrphanKey]);
}

#[test]
fn keys_of_an_interrupted_import_are_recognised_by_name_and_time() {
    let import = |names: &[&str], started: &str, deadline| WorkMark {
        import: Some(ImportMark {
            names: names.iter().map(ToString::to_string).collect(),
            started: started.parse().expect("a time"),
        }),
        ..work_mark(&WorkMark::import_subject("r1"), deadline)
    };
    let imported = || {
        account_with_new_key(&[]).with(|account| {
            let key = account.keys().iter_mut().find(|key| key.id.as_str() == "x").expect("x");
            key.created_at = Some("2026-03-10T11:50:00Z".parse().expect("a time"));
        })
    };
    let started = "2026-03-10T11:49:58Z";
    let matching = import(&["name of x", "other"], started, NOON);
    assert_eq!(kinds(imported(), vec![matching.clone()]), [FindingKind::InterruptedImport]);
    assert_eq!(
        kinds(imported(), vec![import(&["name of x"], started, LATER)]),
        [],
        "the import is in progress"
    );
    let another = WorkMark { subject: WorkMark::import_subject("r2"), ..import(&[], started, LATER) };
    assert_eq!(kinds(imported(), vec![matching.clone(), another]), [], "another import is in progress");
    for not_matching in [
        import(&["other"], started, NOON),
        import(&["name of x"], "2026-03-10T11:52:00Z", NOON),
        import(&["name of x"], "2026-03-10T10:00:00Z", NOON),
        WorkMark { import: None, ..matching.clone() },
    ] {
        assert_eq!(
            kinds(imported(), vec![not_matching.clone()]),
            [FindingKind::OrphanKey],
            "{not_matching:?}"
        );
    }
    assert_eq!(
        kinds(account_with_new_key(&[]), vec![matching.clone()]),
        [FindingKind::OrphanKey],
        "the creation time is unknown"
    );

    let account = imported();
    let inventory = Inventory::new(account.parts).with_work_marks(vec![matching]);
    let found = findings(&inventory, &account.observed).remove(0);
    assert!(found.summary.contains("an interrupted import probably created it"), "{}", found.summary);
    assert_eq!(found.fix.consent(), Some(Consent::Separate), "tenants may call with it");
}

#[test]
fn each_operation_in_progress_is_listed_once_with_its_latest_deadline() {
    let inventory = Inventory::new(Account::consistent().parts).with_work_marks(vec![
        work_mark("k1", "2026-03-10T12:02:00Z"),
        work_mark("r1", LATER),
        work_mark("r2", "2026-03-10T11:00:00Z"),
    ]);
    let operations = operations_in_progress(&inventory, NOON.parse().expect("a time"));
    assert_eq!(operations, ["rotate web of acme is in progress (until 12:03:00 UTC)"]);
}

fn only_finding(account: Account) -> Finding {
    let mut all = findings(&Inventory::new(account.parts), &account.observed);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_tenant_key_without_api_key_is_reissued_or_deleted_with_its_own_consent() {
    let account = Account::consistent().with(|account| account.keys().retain(|key| key.id.as_str() != "k1"));
    let gone = only_finding(account);
    let reissue = Change::Rotate { tenant_keys: vec!["k1".into()], grace: 0 };
    let delete = Change::Delete(vec!["k1".into()]);
    assert_eq!(
        (gone.kind, gone.fix),
        (FindingKind::TenantKeyWithoutApiKey, FixOffer::Separate(vec![reissue, delete]))
    );
}

/// Moves the siloed API key to another plan of the same stage.
pub(super) fn move_away(account: &mut Account) {
    account.parts.plans.push(plan("gold"));
    account.observed.price_list.push(("gold".into(), entry("gold-plan")));
    account.parts.members.insert("silo".into(), Vec::new().into());
    account.parts.members.insert("gold".into(), vec!["k1".into()].into());
}

#[test]
fn an_interrupted_move_is_finished_or_undone() {
    let moved = only_finding(Account::consistent().with(move_away));
    let finish = Fix::FinishMove { tenant_key: "k1".into(), plan: "gold".into() };
    let undo = Fix::UndoMove { tenant_key: "k1".into(), from: "gold".into() };
    assert_eq!(
        (moved.kind, moved.fix),
        (FindingKind::InterruptedMove, FixOffer::Separate([finish, undo].map(Change::Fix).into()))
    );
    assert_eq!(moved.summary, MOVED_AWAY);
}

#[test]
fn a_key_in_a_plan_of_another_stage_is_attached_to_its_own_plan() {
    let kinds = kinds(
        Account::consistent().with(|account| {
            let stages = vec![StageRef { api: "other".into(), stage: "prod".into() }];
            account.parts.plans.push(Plan { stages, ..plan("gold") });
            account.observed.price_list.push(("gold".into(), entry("gold-plan")));
            account.parts.members.insert("silo".into(), Vec::new().into());
            account.parts.members.insert("gold".into(), vec!["k1".into()].into());
        }),
        Vec::new(),
    );
    assert_eq!(kinds, [FindingKind::KeyOutsidePlan]);
}
