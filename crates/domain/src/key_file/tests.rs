//! Parsing key files, comparing them with the account, and writing them.

use proptest::prelude::*;

use super::*;
use crate::change::Change;
use crate::testing::{self, members, parts};
use crate::{ApiKey, Inventory, InventoryParts, Plan, Presence, TenantKey};

const VALUE: &str = "abcdefghij0123456789";

fn read_valid(text: &str) -> KeyFile {
    read(text).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn read_errors(text: &str) -> Vec<String> {
    read(text).expect_err("errors").iter().map(ToString::to_string).collect()
}

#[test]
fn columns_may_have_any_order_case_and_quotes() {
    let file = read_valid(&format!(
        "\u{feff}key, NAME,Color ,usageplanids,Enabled,tenant,Description\r\n\
         {VALUE},web,red,'Basic, other',FALSE,acme,\"An, \"\"own\"\" key\"\r\n\
         \r\n\
         ,\"O'Neill\",,Basic,,globex\r\n"
    ));
    assert_eq!(file.warnings, ["column `Color` is unknown and ignored"]);
    let web = &file.keys[0];
    assert_eq!((web.line, web.name.as_str(), web.enabled), (2, "web", false));
    assert_eq!(
        (&web.plans, web.description.as_str()),
        (&PlanList::IdsOrNames("Basic, other".to_owned()), "An, \"own\" key")
    );
    assert_eq!(web.value.as_ref().map(Secret::expose), Some(VALUE));
    let other = &file.keys[1];
    assert_eq!((other.line, other.name.as_str(), other.enabled), (4, "O'Neill", true));
    assert_eq!((other.value.as_ref(), other.tenant.as_ref().map(Tenant::as_str)), (None, Some("globex")));
}

#[test]
fn all_errors_are_listed_with_line_and_column_and_without_values() {
    let messages = read_errors(&format!(
        "Name,Key,Enabled,Tenant\n,short,maybe,acme\nweb,{VALUE},true,acme\nweb,{VALUE},,,more\nweb,{VALUE}ü\n"
    ));
    assert_eq!(
        messages,
        [
            "line 2, column 1: name is required",
            "line 2, column 2: the Key has 5 characters; API Gateway accepts 20 to 128",
            "line 2, column 8: Enabled is `maybe`; use true or false",
            "line 2, column 14: a tenant key needs a usage plan",
            "line 3, column 31: a tenant key needs a usage plan",
            "line 4, column 1: the line has 5 fields but the first line has 4",
            "line 4, column 5: line 3 has the same Key; values must be unique",
            "line 5, column 5: the Key has a character that is invalid in an HTTP header; use ASCII without spaces",
        ]
    );
    assert!(messages.iter().all(|line| !line.contains(VALUE)));
    assert_eq!(
        read_errors(""),
        ["line 1, column 1: the file is empty; its first line must name the columns, at least Name and Key"]
    );
    assert_eq!(read_errors("Name,name\n").len(), 2);
    assert!(
        read_errors("Name,Key\n\"web,x\n")[0].starts_with("line 2, column 1: this quote is never closed")
    );
}

#[test]
fn text_that_may_be_a_key_value_is_masked_in_every_column() {
    let shifted = read_errors(&format!("Name,Key,Enabled\nweb,,{VALUE}\nweb,,\"no\n\"\n")).join("|");
    assert!(shifted.contains("Enabled is ••••6789; use true or false"), "{shifted}");
    assert!(shifted.contains("Enabled is `no\\n`; use"), "{shifted}");
    let warnings = read_valid(&format!("Name,Key,{VALUE}\n")).warnings;
    assert_eq!(warnings, ["column ••••6789 is unknown and ignored"]);
}

fn plan(id: &str, stage: &str) -> Plan {
    Plan { stages: vec![testing::stage(stage)], ..Plan::new(id, format!("{id}Plan")) }
        .with_price_list_entry(None, None)
}

fn account() -> (Inventory, Vec<(ApiKeyId, Secret)>) {
    let key = |id: &str| ApiKey::new(id, id);
    let tenant_key = TenantKey { name: "own".into(), ..TenantKey::new("own", "basic", "acme") };
    let tenant_key = tenant_key.with_attributes(|its| its.revision = Some(1));
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("basic", "prod"), plan("other", "prod"), plan("beta", "beta")],
        api_keys: vec![key("own"), key("orphan")].into(),
        members: members(&[("basic", &["own", "orphan"])]),
        tenant_keys: vec![tenant_key],
        ..parts()
    });
    assert!(matches!(inventory.api_key(&"own".into()), Presence::Present(_)));
    let value = |id: &str| (id.into(), Secret::new(format!("value-of-{id}-0123456789")));
    (inventory, vec![value("own"), value("orphan")])
}

fn compare_lines(lines: &str, overwrite: bool) -> Result<Vec<PlannedKey>, Vec<String>> {
    let (inventory, values) = account();
    let file = read_valid(&format!("Name,Key,UsagePlanIds,Tenant,Description\n{lines}"));
    let mut generate_value = || Secret::new("f".repeat(40));
    compare(&file.keys, &inventory, &values, overwrite, &mut generate_value)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn actions(lines: &str) -> Vec<&'static str> {
    compare_lines(lines, true).expect("no conflicts").iter().map(|key| key.action.as_str()).collect()
}

#[test]
fn existing_keys_are_recognised_by_value_or_name() {
    let lines = "new,,basicPlan,acme\n\
                 own,value-of-own-0123456789,basic,acme\n\
                 own,,basic,acme\n\
                 orphan,value-of-orphan-0123456789,basicPlan,globex\n\
                 orphan,,basic,globex\n\
                 else,value-of-own-0123456789,basic,acme\n\
                 own,value-of-own-0123456789,\"basic,beta\",acme\n";
    let lines: Vec<_> = lines.lines().collect();
    let line_actions: Vec<_> = lines.iter().map(|line| actions(line)[0]).collect();
    assert_eq!(
        line_actions,
        [
            "create",
            "unchanged",
            "unchanged",
            "write-tenant-key",
            "write-tenant-key",
            "overwrite",
            "overwrite"
        ]
    );
    let refused = compare_lines(lines[5], false).expect_err("overwrite is off");
    assert!(refused[0].contains("line 2") && refused[0].contains("--overwrite"), "{refused:?}");
}

#[test]
fn conflicts_are_listed_for_all_lines() {
    let messages = compare_lines(
        "a,,nosuch,acme\nb,,\"basic,other\",acme\nown,value-of-own-0123456789,basic,globex\n",
        false,
    )
    .expect_err("conflicts");
    assert_eq!(
        messages,
        [
            "line 2, column 1: no usage plan has the id or name `nosuch`",
            "line 3, column 1: two of its usage plans cover stage api:prod; an API key can be in one plan per stage",
            "line 4, column 1: API key own belongs to acme",
        ]
    );
}

#[test]
fn an_import_is_one_bulk_call_and_one_write_per_missing_tenant_key() {
    let (inventory, _) = account();
    let keys =
        compare_lines("new,,basicPlan,acme\nown,,basic,acme\norphan,,basic,globex\nspare,,basic\n", false);
    let change = Change::Import(keys.expect("no conflicts"));
    let units = change.units(&inventory).expect("units");
    let steps: Vec<_> =
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(&inventory)).collect();
    assert_eq!(
        steps,
        [
            "import 2 API keys with their usage plans",
            "write tenant key \"new\" for acme",
            "write tenant key \"orphan\" for globex",
        ]
    );
    assert_eq!(change.describe(&inventory), "import 2 API keys and 2 tenant keys");
    assert!(!format!("{change:?}").contains("ffffffff"), "no value is shown");
}

#[test]
fn an_apostrophe_before_a_formula_is_removed_only_from_files_without_plan_names() {
    let name = |head: &str| read_valid(&format!("{head}\n\"'=1+1\",,\n")).keys[0].name.clone();
    assert_eq!(name("Name,Key,UsagePlanIds"), "=1+1");
    assert_eq!(name("Name,Key,UsagePlanNames"), "'=1+1");
}

proptest! {
    #[test]
    fn any_text_is_read_or_rejected_with_errors(text in "[NameKey,\"'\n\r a-c0-9=\u{feff}ü]{0,200}") {
        let head = format!("Name,Key\n{text}");
        for text in [text, head] {
            if let Err(errors) = read(&text) {
                prop_assert!(!errors.is_empty());
            }
        }
    }

    #[test]
    fn import_bodies_can_be_read_back(
        name in "[a-z\"',=+@ \r\n\t\u{200b}é]{0,20}",
        description in "[a-z\"',=;\n]{0,20}",
    ) {
        let key = ImportedKey {
            name: name.clone(),
            value: Secret::new(VALUE),
            description: description.clone(),
            enabled: false,
            plans: vec!["basic".into(), "beta".into()],
            tenant: None,
            existing: None,
            expires_at: None,
        };
        let text = import_body(&[key]).replacen("UsagePlanIds", "UsagePlanIds,UsagePlanNames", 1);
        let imported = read_valid(&text).keys.remove(0);
        prop_assert_eq!((imported.name, imported.description), (name, description));
        prop_assert_eq!(imported.plans, PlanList::IdsOrNames("basic,beta".to_owned()));
    }
}
