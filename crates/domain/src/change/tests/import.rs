//! Importing API keys from a file: calls, tenant keys and affected tenants.

use super::*;
use crate::key_file::{ImportAction, ImportedKey, PlannedKey};

fn line(line: usize, action: ImportAction, tenant: Option<&str>, existing: Option<&str>) -> PlannedKey {
    let key = ImportedKey {
        name: existing.map_or_else(|| format!("line {line}"), |id| format!("{id}-name")),
        value: Secret::new("v".repeat(40)),
        description: String::new(),
        enabled: true,
        plans: vec!["silo".into()],
        tenant: tenant.map(Tenant::from),
        existing: existing.map(ApiKeyId::from),
        expires_at: None,
    };
    PlannedKey { line, action, key }
}

fn rename(mut key: PlannedKey) -> PlannedKey {
    key.key.name = "another".to_owned();
    key
}

fn units(keys: Vec<PlannedKey>) -> Vec<(String, Vec<String>)> {
    let inventory = inventory();
    let units = Change::Import(keys).units(&inventory).expect("units");
    let describe = |steps: &[Step]| steps.iter().map(|step| step.describe(&inventory)).collect();
    units.into_iter().map(|unit| (unit.subject, describe(&unit.steps))).collect()
}

#[test]
fn new_and_changed_keys_are_imported_in_one_call_before_the_tenant_keys() {
    let keys = vec![
        line(2, ImportAction::Create, Some("acme"), None),
        line(3, ImportAction::Create, None, None),
        rename(line(4, ImportAction::Overwrite, Some("acme"), Some("k1"))),
        line(5, ImportAction::WriteTenantKey, Some("initech"), Some("spare")),
        line(6, ImportAction::Unchanged, Some("acme"), Some("off")),
    ];
    let change = Change::Import(keys.clone());
    assert_eq!(change.describe(&inventory()), "import 3 API keys and 2 tenant keys");
    assert_eq!(
        units(keys),
        [(
            "lines 2 to 5".to_owned(),
            [
                "import 3 API keys with their usage plans",
                "write tenant key \"line 2\" for acme",
                "tenant key k1: set name to \"another\"",
                "write tenant key \"spare-name\" for initech",
            ]
            .map(str::to_owned)
            .to_vec()
        )]
    );
}

#[test]
fn one_call_imports_100_keys_and_unchanged_keys_are_skipped() {
    let many: Vec<_> = (2..202).map(|number| line(number, ImportAction::Create, None, None)).collect();
    let subjects: Vec<_> = units(many).into_iter().map(|(subject, steps)| (subject, steps.len())).collect();
    assert_eq!(subjects, [("lines 2 to 101".to_owned(), 1), ("lines 102 to 201".to_owned(), 1)]);
    assert_eq!(
        units(vec![line(7, ImportAction::WriteTenantKey, Some("acme"), Some("spare"))])[0].0,
        "line 7"
    );
    let unchanged = Change::Import(vec![line(2, ImportAction::Unchanged, Some("acme"), Some("k1"))]);
    assert_eq!(refusal(&unchanged), "nothing would change");
}

#[test]
fn only_new_keys_need_room_in_the_account() {
    let full = full_account();
    let import_one = |action, existing| Change::Import(vec![line(2, action, Some("acme"), existing)]);
    assert!(
        refusal_in(&full, &import_one(ImportAction::Create, None))
            .starts_with("the account has 10,000 of 10,000 API keys")
    );
    assert!(import_one(ImportAction::Overwrite, Some("k1")).units(&full).is_ok());
}

#[test]
fn importing_affects_the_tenants_of_the_file_and_of_existing_keys() {
    let change = Change::Import(vec![
        line(2, ImportAction::Create, Some("newcomer"), None),
        line(3, ImportAction::Create, None, None),
        line(4, ImportAction::Overwrite, Some("acme"), Some("k1")),
        line(5, ImportAction::Overwrite, Some("acme"), Some("s1")),
        line(6, ImportAction::Unchanged, Some("initech"), Some("gone")),
    ]);
    let inventory = inventory();
    assert_eq!(change.affected_tenants(&inventory), ["acme", "newcomer"].map(Tenant::from));
    let changed: Vec<_> =
        change.tenant_keys(&inventory).iter().map(|tenant_key| tenant_key.id.as_str()).collect();
    assert_eq!(changed, ["k1"], "s1 is a tenant key of another API key");
}
