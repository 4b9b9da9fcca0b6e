//! Whose consent each fix takes, and that it is whole.

use super::*;
use crate::drift::{Consent, Finding};

fn found(account: Account) -> Vec<Finding> {
    findings(&Inventory::new(account.parts), &account.observed)
}

fn orphaned(tags: &[(&str, &str)], enabled: bool) -> Account {
    Account::sound().with(|account| {
        account.keys().push(ApiKey { enabled, ..api_key("x", tags) });
        account.attach("silo", "x");
    })
}

fn consent(account: Account) -> Vec<(Kind, Option<Consent>)> {
    found(account).into_iter().map(|one| (one.kind, one.fix.consent())).collect()
}

#[test]
fn only_an_api_key_with_our_request_tag_is_fixed_without_a_question_of_its_own() {
    let ours = orphaned(&[(tag::REQUEST, "r")], true);
    assert_eq!(consent(ours), [(Kind::InterruptedCreate, Some(Consent::WithAll))]);
    for tags in [&[][..], &[("team", "billing")], &[(tag::OWNER, "acme")], &[(tag::PLAN, "silo")]] {
        assert_eq!(consent(orphaned(tags, true)), [(Kind::OrphanKey, Some(Consent::Asked))], "{tags:?}");
    }
}

#[test]
fn the_fix_of_an_orphan_shows_every_step_down_to_the_end() {
    let steps = |account: Account| {
        let inventory = Inventory::new(account.parts);
        let found = findings(&inventory, &account.observed);
        let units = found[0].fix.only_change().expect("a change").units(&inventory).expect("units");
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.sentence(&inventory)).collect::<Vec<_>>()
    };
    let tag = "tag API key x as being deleted";
    assert_eq!(steps(orphaned(&[], true)), [tag, "disable API key x", "delete API key x"]);
    assert_eq!(steps(orphaned(&[], false)), [tag, "delete API key x"]);
}

#[test]
fn levelling_a_pool_gives_tenants_other_values_and_so_is_asked() {
    let crowded = Account::sound().with(|account| {
        account.parts.rows.extend((3..=6).map(|n| row(&format!("r{n}"), "free", Some("p1"))));
        account.pool().keys[0].tenants = 5.into();
        account.pool().keys[0].capacity = 4.into();
    });
    let asked = Some(Consent::Asked);
    assert_eq!(consent(crowded), [(Kind::OverCapacity, asked), (Kind::Skewed, asked)]);
}

#[test]
fn a_wrong_counter_hides_no_crowded_key() {
    let crowded = Account::sound().with(|account| {
        account.parts.rows.extend((3..=6).map(|n| row(&format!("r{n}"), "free", Some("p1"))));
        account.pool().keys[0].capacity = 4.into();
    });
    let kinds: Vec<_> = found(crowded).iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::CounterDiffers, Kind::OverCapacity, Kind::Skewed]);
}
