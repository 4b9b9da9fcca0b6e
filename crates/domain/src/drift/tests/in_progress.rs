//! What is in progress is no finding; a tenant key whose API key is gone or elsewhere is a question of its own.

use super::*;
use crate::work::{ImportMark, Work};

pub(super) const MOVED_AWAY: &str = "key \"web\" of acme (row k1) says silo-plan, its API key is in gold-plan: its calls \
                                     have the limits of gold-plan";
const LATER: &str = "2026-03-10T12:03:00Z";

fn work(subject: &str, deadline: &str) -> Work {
    Work {
        subject: subject.to_owned(),
        request: "r".to_owned(),
        operation: "rotate web of acme".to_owned(),
        deadline: deadline.parse().expect("a time"),
        import: None,
    }
}

fn kinds(account: Account, work: Vec<Work>) -> Vec<Kind> {
    let inventory = Inventory::new(account.parts).with_work(work);
    findings(&inventory, &account.observed).into_iter().map(|one| one.kind).collect()
}

fn made(tags: &[(&str, &str)]) -> Account {
    Account::sound().with(|account| {
        account.keys().push(api_key("x", tags));
        account.parts.members.insert("silo".into(), vec!["k1".into(), "x".into()].into());
    })
}

#[test]
fn an_api_key_inside_the_deadline_of_its_mark_is_no_finding_and_after_it_is_one() {
    let new = || made(&[(tag::REQUEST, "r1")]);
    assert_eq!(kinds(new(), vec![work("r1", LATER)]), []);
    assert_eq!(kinds(new(), vec![work("r1", NOON)]), [Kind::InterruptedCreate]);
    assert_eq!(kinds(new(), vec![work("r2", LATER)]), [Kind::InterruptedCreate]);
    let tagged = |until| made(&[(tag::REQUEST, "r1"), (tag::WORKING_UNTIL, until)]);
    assert_eq!(kinds(tagged(LATER), Vec::new()), []);
    assert_eq!(kinds(tagged(NOON), Vec::new()), [Kind::InterruptedCreate]);
}

#[test]
fn a_tenant_key_whose_api_key_is_in_progress_is_no_finding() {
    let off = || Account::sound().with(|account| account.keys()[0].enabled = false);
    assert_eq!(kinds(off(), vec![work("k1", LATER)]), []);
    assert_eq!(kinds(off(), vec![work("k1", NOON)]), [Kind::EnabledDiffers]);
}

#[test]
fn while_keys_are_imported_nobody_can_tell_them_from_orphans() {
    let import = Work::import_subject("r1");
    assert_eq!(kinds(made(&[]), vec![work(&import, LATER)]), []);
    assert_eq!(kinds(made(&[]), vec![work(&import, NOON)]), [Kind::OrphanKey]);
}

#[test]
fn api_keys_of_an_interrupted_import_are_told_from_orphans_by_name_and_time() {
    let import = |names: &[&str], started: &str, deadline| Work {
        import: Some(ImportMark {
            names: names.iter().map(ToString::to_string).collect(),
            started: started.parse().expect("a time"),
        }),
        ..work(&Work::import_subject("r1"), deadline)
    };
    let imported = || {
        made(&[]).with(|account| {
            let key = account.keys().iter_mut().find(|key| key.id.as_str() == "x").expect("x");
            key.created_at = Some("2026-03-10T11:50:00Z".parse().expect("a time"));
        })
    };
    let begun = "2026-03-10T11:49:58Z";
    let of_it = import(&["name of x", "other"], begun, NOON);
    assert_eq!(kinds(imported(), vec![of_it.clone()]), [Kind::InterruptedImport]);
    assert_eq!(kinds(imported(), vec![import(&["name of x"], begun, LATER)]), [], "it is in progress");
    let another = Work { subject: Work::import_subject("r2"), ..import(&[], begun, LATER) };
    assert_eq!(kinds(imported(), vec![of_it.clone(), another]), [], "or another is");
    for unlike in [
        import(&["other"], begun, NOON),
        import(&["name of x"], "2026-03-10T11:52:00Z", NOON),
        import(&["name of x"], "2026-03-10T10:00:00Z", NOON),
        Work { import: None, ..of_it.clone() },
    ] {
        assert_eq!(kinds(imported(), vec![unlike.clone()]), [Kind::OrphanKey], "{unlike:?}");
    }
    assert_eq!(kinds(made(&[]), vec![of_it.clone()]), [Kind::OrphanKey], "when it was made is not known");

    let account = imported();
    let inventory = Inventory::new(account.parts).with_work(vec![of_it]);
    let found = findings(&inventory, &account.observed).remove(0);
    assert!(found.seen.contains("by an import that was interrupted"), "{}", found.seen);
    assert_eq!(found.fix.consent(), Some(Consent::Asked), "tenants may call with it");
}

#[test]
fn each_operation_in_progress_is_told_once_with_its_latest_deadline() {
    let inventory = Inventory::new(Account::sound().parts).with_work(vec![
        work("k1", "2026-03-10T12:02:00Z"),
        work("r1", LATER),
        work("r2", "2026-03-10T11:00:00Z"),
    ]);
    let told = operations_in_progress(&inventory, NOON.parse().expect("a time"));
    assert_eq!(told, ["rotate web of acme is in progress (until 12:03:00 UTC)"]);
}

fn only(account: Account) -> Finding {
    let mut all = findings(&Inventory::new(account.parts), &account.observed);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_tenant_key_whose_api_key_is_gone_gets_a_new_one_or_goes_and_only_when_asked() {
    let gone = only(Account::sound().with(|account| account.keys().retain(|key| key.id.as_str() != "k1")));
    let new = Change::Rotate { rows: vec!["k1".into()], grace: 0 };
    let delete = Change::Delete(vec!["k1".into()]);
    assert_eq!((gone.kind, gone.fix), (Kind::TenantKeyWithoutApiKey, Fix::Asked(vec![new, delete])));
}

/// The API key of the siloed tenant key is in another plan of the same stage.
pub(super) fn move_away(account: &mut Account) {
    account.parts.plans.push(plan("gold"));
    account.observed.windows.push(("gold".into(), entry("gold-plan")));
    account.parts.members.insert("silo".into(), Vec::new().into());
    account.parts.members.insert("gold".into(), vec!["k1".into()].into());
}

#[test]
fn a_move_that_was_cut_before_the_tenant_key_is_finished_or_undone() {
    let moved = only(Account::sound().with(move_away));
    let finish = Mend::FinishMove { row: "k1".into(), plan: "gold".into() };
    let undo = Mend::UndoMove { row: "k1".into(), from: "gold".into() };
    assert_eq!(
        (moved.kind, moved.fix),
        (Kind::InterruptedMove, Fix::Asked([finish, undo].map(Change::Mend).into()))
    );
    assert_eq!(moved.seen, MOVED_AWAY);
}

#[test]
fn a_key_in_another_plan_of_other_stages_only_joins_its_own_too() {
    let kinds = kinds(
        Account::sound().with(|account| {
            let stages = vec![StageRef { api: "other".into(), stage: "prod".into() }];
            account.parts.plans.push(Plan { stages, ..plan("gold") });
            account.observed.windows.push(("gold".into(), entry("gold-plan")));
            account.parts.members.insert("silo".into(), Vec::new().into());
            account.parts.members.insert("gold".into(), vec!["k1".into()].into());
        }),
        Vec::new(),
    );
    assert_eq!(kinds, [Kind::KeyOutsidePlan]);
}
