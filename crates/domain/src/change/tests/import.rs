//! API keys out of a file: one call for many, a row for each tenant's, and whom it touches.

use super::*;
use crate::key_file::{Action, ImportedKey, KeyToBe};

fn line(line: usize, action: Action, tenant: Option<&str>, known: Option<&str>) -> KeyToBe {
    let key = ImportedKey {
        name: known.map_or_else(|| format!("line {line}"), |id| format!("{id}-name")),
        value: Secret::new("v".repeat(40)),
        description: String::new(),
        enabled: true,
        plans: vec!["silo".into()],
        tenant: tenant.map(Tenant::from),
        known: known.map(ApiKeyId::from),
    };
    KeyToBe { line, action, key }
}

fn renamed(mut key: KeyToBe) -> KeyToBe {
    key.key.name = "another".to_owned();
    key
}

fn units(keys: Vec<KeyToBe>) -> Vec<(String, Vec<String>)> {
    let inventory = inventory();
    let units = Change::Import(keys).units(&inventory).expect("units");
    let said = |steps: &[Step]| steps.iter().map(|step| step.sentence(&inventory)).collect();
    units.into_iter().map(|unit| (unit.subject, said(&unit.steps))).collect()
}

#[test]
fn one_call_takes_what_is_new_or_other_and_rows_follow() {
    let keys = vec![
        line(2, Action::Create, Some("acme"), None),
        line(3, Action::Create, None, None),
        renamed(line(4, Action::Overwrite, Some("acme"), Some("k1"))),
        line(5, Action::WriteTenantKey, Some("initech"), Some("spare")),
        line(6, Action::Keep, Some("acme"), Some("off")),
    ];
    let change = Change::Import(keys.clone());
    assert_eq!(change.describe(&inventory()), "import 3 API keys and 2 rows");
    assert_eq!(
        units(keys),
        [(
            "lines 2 to 5".to_owned(),
            [
                "import 3 API keys with their usage plans",
                "write the row \"line 2\" of tenant acme",
                "on row k1 set name to \"another\"",
                "write the row \"spare-name\" of tenant initech",
            ]
            .map(str::to_owned)
            .to_vec()
        )]
    );
}

#[test]
fn a_hundred_go_in_one_call_and_what_is_as_it_should_be_in_none() {
    let many: Vec<_> = (2..202).map(|number| line(number, Action::Create, None, None)).collect();
    let subjects: Vec<_> = units(many).into_iter().map(|(subject, steps)| (subject, steps.len())).collect();
    assert_eq!(subjects, [("lines 2 to 101".to_owned(), 1), ("lines 102 to 201".to_owned(), 1)]);
    assert_eq!(units(vec![line(7, Action::WriteTenantKey, Some("acme"), Some("spare"))])[0].0, "line 7");
    let kept = Change::Import(vec![line(2, Action::Keep, Some("acme"), Some("k1"))]);
    assert_eq!(refused(&kept), "nothing would change");
}

#[test]
fn only_new_keys_need_room_in_the_account() {
    let full = full_account();
    let of = |action, known| Change::Import(vec![line(2, action, Some("acme"), known)]);
    assert!(refused_in(&full, &of(Action::Create, None)).starts_with("the account has 10,000 API keys"));
    assert!(of(Action::Overwrite, Some("k1")).units(&full).is_ok());
}

#[test]
fn it_touches_the_tenants_of_the_file_and_the_rows_that_are_there() {
    let change = Change::Import(vec![
        line(2, Action::Create, Some("newcomer"), None),
        line(3, Action::Create, None, None),
        line(4, Action::Overwrite, Some("acme"), Some("k1")),
        line(5, Action::Overwrite, Some("acme"), Some("s1")),
        line(6, Action::Keep, Some("initech"), Some("gone")),
    ]);
    let inventory = inventory();
    assert_eq!(change.blast_radius(&inventory), ["acme", "newcomer"].map(Tenant::from));
    let rows: Vec<_> = change.rows(&inventory).iter().map(|row| row.id.as_str()).collect();
    assert_eq!(rows, ["k1"], "s1 is the row of another API key");
}
