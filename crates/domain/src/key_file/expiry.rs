//! The end that an import gives the tenant keys of its file.

use jiff::Timestamp;

use super::{ImportAction, PlannedKey, error_at};
use crate::file_error::FileError;
use crate::{Inventory, Refusal, TenantKey};

/// Gives an end to the tenant keys that the import creates and, with `overwrite`, to those that exist. Returns a note
/// for each existing one that keeps another end, or what is wrong with lines that cannot have one: the API keys of an
/// import have no tags, so only a tenant key holds an end.
pub fn set_expiry(
    keys: &mut [PlannedKey],
    at: Timestamp,
    overwrite: bool,
    inventory: &Inventory,
) -> Result<Vec<String>, Vec<FileError>> {
    let (mut notes, mut errors) = (Vec::new(), Vec::new());
    for planned in keys {
        let line = planned.line;
        match planned.key.existing_tenant_key(inventory) {
            None if planned.key.tenant_key().is_none() => errors.push(error_at(
                line,
                1,
                "the line has no tenant or no usage plan, so its key cannot have an expiry",
            )),
            None => planned.key.expires_at = Some(at),
            Some(tenant_key) if inventory.expiry(tenant_key).is_known_to_be(&Some(at)) => {}
            Some(tenant_key) if !inventory.is_shared(tenant_key).is_known_to_be(&false) => {
                errors.push(error_at(
                    line,
                    1,
                    Refusal::SharedKeyCannotExpire(tenant_key.id.clone()).to_string(),
                ));
            }
            Some(_) if overwrite => {
                planned.key.expires_at = Some(at);
                if planned.action == ImportAction::Unchanged {
                    planned.action = ImportAction::WriteTenantKey;
                }
            }
            Some(tenant_key) => notes.push(describe_kept_end(line, tenant_key, inventory)),
        }
    }
    if errors.is_empty() { Ok(notes) } else { Err(errors) }
}

fn describe_kept_end(line: usize, tenant_key: &TenantKey, inventory: &Inventory) -> String {
    let id = &tenant_key.id;
    let end = match inventory.expiry(tenant_key).value_to_show() {
        Some(Some(at)) => format!("its end {at:.0}"),
        Some(None) => "no end".to_owned(),
        None => "its end, which is unknown".to_owned(),
    };
    format!("line {line}: tenant key {id} exists and keeps {end}; --overwrite changes that")
}

impl PlannedKey {
    /// Whether the tenant key of this API key has the end that the import gives it.
    pub fn has_planned_end(&self, current: &Self, inventory: &Inventory) -> bool {
        let Some(at) = self.key.expires_at else { return true };
        let tenant_key = current.key.existing_tenant_key(inventory);
        tenant_key.is_some_and(|key| inventory.expiry(key).is_known_to_be(&Some(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_file::ImportedKey;
    use crate::testing::{at, parts, tenant_key};
    use crate::{ApiKeyId, InventoryParts, Secret, Tenant};

    const END: &str = "2026-12-31T00:00:00Z";

    fn planned(
        line: usize,
        action: ImportAction,
        tenant: Option<&str>,
        existing: Option<&str>,
    ) -> PlannedKey {
        let key = ImportedKey {
            name: "web".to_owned(),
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

    fn account() -> Inventory {
        let ending = tenant_key("k2", "silo", "acme", None);
        Inventory::new(InventoryParts {
            tenant_keys: vec![
                tenant_key("k1", "silo", "acme", None),
                ending.with_attributes(|its| its.expires_at = Some(at(END)).into()),
                tenant_key("p1", "silo", "acme", Some("p1")),
            ],
            ..parts()
        })
    }

    fn lines() -> Vec<PlannedKey> {
        vec![
            planned(2, ImportAction::Create, Some("acme"), None),
            planned(3, ImportAction::Unchanged, Some("acme"), Some("k1")),
            planned(4, ImportAction::Unchanged, Some("acme"), Some("k2")),
            planned(5, ImportAction::Overwrite, Some("acme"), Some("k1")),
        ]
    }

    /// Line, action and end of each key.
    fn ends(keys: &[PlannedKey]) -> Vec<(usize, ImportAction, bool)> {
        keys.iter().map(|key| (key.line, key.action, key.key.expires_at == Some(at(END)))).collect()
    }

    #[test]
    fn with_overwrite_existing_tenant_keys_get_the_end_too() {
        let mut keys = lines();
        assert_eq!(set_expiry(&mut keys, at(END), true, &account()), Ok(Vec::new()));
        let expected = [
            (2, ImportAction::Create, true),
            (3, ImportAction::WriteTenantKey, true),
            (4, ImportAction::Unchanged, false),
            (5, ImportAction::Overwrite, true),
        ];
        assert_eq!(ends(&keys), expected, "k2 has it already");
    }

    #[test]
    fn without_overwrite_a_note_names_each_tenant_key_that_keeps_another_end() {
        let mut keys = lines();
        keys.pop();
        let notes = set_expiry(&mut keys, at(END), false, &account()).expect("notes");
        assert_eq!(notes, ["line 3: tenant key k1 exists and keeps no end; --overwrite changes that"]);
        let later = set_expiry(&mut keys[2..], at("2027-01-01T00:00:00Z"), false, &account());
        assert!(later.expect("notes")[0].contains("k2 exists and keeps its end 2026-12-31T00:00:00Z"));
        let has_end: Vec<_> = ends(&keys).into_iter().map(|(.., has_end)| has_end).collect();
        assert_eq!(has_end, [true, false, false]);
    }

    #[test]
    fn a_line_without_a_tenant_and_a_shared_key_are_refused() {
        for (key, words) in [
            (planned(2, ImportAction::Create, None, None), "the line has no tenant"),
            (planned(2, ImportAction::Overwrite, None, Some("p1")), "isolate it first"),
        ] {
            let errors = set_expiry(&mut [key], at(END), true, &account()).expect_err(words);
            assert!(errors[0].message.contains(words), "{errors:?}");
        }
    }

    #[test]
    fn an_import_is_done_once_the_tenant_key_has_its_end() {
        let with_end = |existing| {
            let mut key = planned(2, ImportAction::Create, Some("acme"), None);
            key.key.expires_at = Some(at(END));
            let current = planned(2, ImportAction::Unchanged, Some("acme"), existing);
            key.has_planned_end(&current, &account())
        };
        assert_eq!([with_end(Some("k2")), with_end(Some("k1")), with_end(None)], [true, false, false]);
    }
}
