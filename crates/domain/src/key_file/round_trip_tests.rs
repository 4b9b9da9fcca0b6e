//! Every exported file, also of earlier versions, is taken back unchanged.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, members, parts, pool_key};
use crate::{ApiKey, Inventory, InventoryParts, Known, Plan, PlanId};

/// An account with two plans; the API keys are in the plans of `in_plans`.
fn account(plans: [(&str, &str); 2], keys: Vec<(ApiKey, Vec<usize>)>) -> Inventory {
    let ids: Vec<_> = plans.iter().map(|(id, _)| *id).collect();
    let mut of_plan = [Vec::new(), Vec::new()];
    for (key, in_plans) in &keys {
        in_plans.iter().for_each(|&plan| of_plan[plan].push(key.id.as_str()));
    }
    Inventory::new(InventoryParts {
        plans: plans.iter().map(|(id, name)| Plan::new(*id, *name)).collect(),
        members: members(&[(ids[0], &of_plan[0]), (ids[1], &of_plan[1])]),
        api_keys: keys.into_iter().map(|(key, _)| key).collect::<Vec<_>>().into(),
        ..parts()
    })
}

fn key(id: &str, name: &str) -> ApiKey {
    ApiKey { name: name.to_owned(), ..ApiKey::new(id, "") }
}

fn value_of(id: &ApiKeyId) -> Secret {
    Secret::new(format!("value-of-{id}-0123456789"))
}

fn values(inventory: &Inventory) -> Vec<(ApiKeyId, Secret)> {
    inventory.listed_api_keys().iter().map(|key| (key.id.clone(), value_of(&key.id))).collect()
}

/// The actions of an import of this text, or its errors.
fn import(text: &str, inventory: &Inventory) -> Result<Vec<PlannedKey>, Vec<String>> {
    let sentences = |errors: Vec<FileError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    let file = read(text).map_err(sentences)?;
    let mut generate_value = || Secret::new("f".repeat(40));
    compare(&file.keys, inventory, &values(inventory), false, &mut generate_value).map_err(sentences)
}

fn export_known(inventory: &Inventory, values: &HashMap<ApiKeyId, Secret>) -> String {
    export(inventory, values).expect("everything can be read")
}

fn is_unchanged(text: &str, inventory: &Inventory) -> bool {
    let planned = import(text, inventory).unwrap_or_else(|errors| panic!("{errors:?}: {text}"));
    let existing: Vec<_> = planned.iter().map(|key| key.key.existing.clone()).collect();
    let ids: Vec<_> = inventory.listed_api_keys().iter().map(|key| Some(key.id.clone())).collect();
    existing == ids && planned.iter().all(|key| key.action == ImportAction::Unchanged)
}

/// The file as the first version wrote it: plans by name, text with a guard against spreadsheets.
fn export_of_first_version(inventory: &Inventory, with_values: bool) -> String {
    let mut text = "Name,Key,Description,Enabled,UsagePlanIds,Tenant\n".to_owned();
    for key in inventory.listed_api_keys() {
        let plans = inventory
            .plans()
            .iter()
            .filter(|plan| inventory.is_member(&plan.id, &key.id).is_known_to_be(&true));
        let plans: Vec<_> = plans.map(|plan| plan.name.as_str()).collect();
        let value = if with_values { value_of(&key.id).expose().to_owned() } else { String::new() };
        let guard = |text: &str| match text.chars().next() {
            Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
            _ => text.to_owned(),
        };
        let fields = [
            guard(&key.name),
            value,
            guard(&key.description),
            key.enabled.to_string(),
            plans.join(","),
            String::new(),
        ];
        let quoted = fields.map(|field| format!("\"{}\"", field.replace('"', "\"\"")));
        text += &(quoted.join(",") + "\n");
    }
    text
}

#[test]
fn plans_are_written_as_ids_with_their_names_in_a_column_of_their_own() {
    let inventory = account([("p1", "EU, monthly"), ("p2", "Gold")], vec![(key("a", "=1"), vec![0, 1])]);
    assert_eq!(
        export_known(&inventory, &HashMap::new()),
        "Name,Key,Description,Enabled,UsagePlanIds,UsagePlanNames,Tenant\n\
         \"=1\",\"\",\"\",\"true\",\"p1,p2\",\"[\"\"EU, monthly\"\",\"\"Gold\"\"]\",\"\"\n"
    );
}

#[test]
fn plans_of_one_name_and_names_with_commas_are_found() {
    for names in [["Gold", "Gold"], ["EU, monthly", "EU"], [" EU", "EU"], ["", "a,"], ["a\"b", "a\\b"]] {
        let keys = vec![(key("a", "x"), vec![0]), (key("b", "x"), vec![1]), (key("c", "x"), vec![0, 1])];
        let inventory = account([("p1", names[0]), ("p2", names[1])], keys);
        let with_values = values(&inventory).into_iter().collect();
        for text in [
            export_known(&inventory, &with_values),
            export_known(&inventory, &HashMap::new()),
            export_of_first_version(&inventory, true),
            export_of_first_version(&inventory, false),
        ] {
            assert!(is_unchanged(&text, &inventory), "{names:?}: {text}");
        }
    }
}

#[test]
fn a_text_that_can_be_one_plan_or_two_is_refused() {
    let inventory = account([("p1", "EU, monthly"), ("monthly", "EU")], Vec::new());
    let errors = import("Name,Key,UsagePlanIds\nweb,,\"EU, monthly\"\n", &inventory).expect_err("ambiguous");
    assert_eq!(
        errors,
        ["line 2, column 1: `EU, monthly` can be read as one usage plan or as several: use their ids"]
    );
    let gold = account([("p1", "Gold"), ("p2", "Gold")], Vec::new());
    let errors = import("Name,Key,UsagePlanIds\nweb,,Gold\n", &gold).expect_err("ambiguous");
    assert_eq!(errors, ["line 2, column 1: several usage plans are named `Gold`: use an id (p1, p2)"]);
}

#[test]
fn in_another_account_plans_are_found_by_name() {
    let text = "Name,Key,UsagePlanIds,UsagePlanNames\n\
                web,,\"x1,x2\",\"[\"\"Gold\"\", \"\"EU, monthly\"\"]\"\n";
    let other = account([("p1", "EU, monthly"), ("p2", "Gold")], Vec::new());
    let planned = import(text, &other).expect("no errors");
    assert_eq!(planned[0].key.plans, ["p2".into(), "p1".into()]);
    let without = account([("p1", "EU"), ("p2", "Silver")], Vec::new());
    assert_eq!(
        import(text, &without).expect_err("no such plans"),
        [
            "line 2, column 1: no usage plan has the id or name `x1`",
            "line 2, column 1: no usage plan has the id or name `x2`"
        ]
    );
}

#[test]
fn plan_names_that_do_not_fit_the_ids_are_an_error() {
    for names in
        ["Gold", "[]", "[1]", "[\"\"Gold\"\"", "[\"\"Gold\"\"] x", "[\"\"Gold\"\",]", "[\"\"a\"\",\"\"b\"\"]"]
    {
        let text = format!("Name,Key,UsagePlanIds,UsagePlanNames\nweb,,p1,\"{names}\"\n");
        let errors = read(&text).expect_err("names that do not fit");
        assert_eq!(
            errors[0].to_string(),
            "line 2, column 9: UsagePlanNames must be a JSON list of one name for each of UsagePlanIds, or empty",
            "{names}"
        );
    }
    let file = read("Name,Key,UsagePlanIds,UsagePlanNames\nweb,,Gold,\n").expect("no errors");
    assert_eq!(file.keys[0].plans, PlanList::IdsOrNames("Gold".to_owned()));
}

#[test]
fn what_keypool_would_not_write_is_taken_back_if_it_exists() {
    let nameless = account([("p1", "Basic"), ("p2", "Gold")], vec![(key("a", ""), vec![0])]);
    assert!(is_unchanged(&export_of_first_version(&nameless, true), &nameless));
    let line_break = account([("p1", "Basic"), ("p2", "Gold")], vec![(key("a", "one\r\ntwo"), vec![0])]);
    assert!(is_unchanged(&export_known(&line_break, &HashMap::new()), &line_break));
    let empty = account([("p1", "Basic"), ("p2", "Gold")], Vec::new());
    let planned = import(&export_known(&nameless, &HashMap::new()), &empty).expect("a key without a name");
    assert_eq!(planned[0].action, ImportAction::Create);
    let long = account([("p1", "Basic"), ("p2", "Gold")], vec![(key("a", &"x".repeat(1_025)), vec![0])]);
    assert!(is_unchanged(&export_known(&long, &HashMap::new()), &long));
    let errors = import(&export_known(&long, &HashMap::new()), &empty).expect_err("a name that is too long");
    assert!(errors[0].starts_with("line 2, column 1: name is too long"), "{errors:?}");
}

#[test]
fn each_line_without_a_value_matches_a_key_of_its_own() {
    let twins = |count: usize| {
        let ids = ["a", "b", "c"];
        account(
            [("p1", "Basic"), ("p2", "Gold")],
            ids[..count].iter().map(|id| (key(id, "x"), vec![0])).collect(),
        )
    };
    let text = export_known(&twins(3), &HashMap::new());
    let actions: Vec<_> = import(&text, &twins(2)).expect("no errors").iter().map(|key| key.action).collect();
    assert_eq!(actions, [ImportAction::Unchanged, ImportAction::Unchanged, ImportAction::Create]);

    let described =
        |id: &str, description: &str| ApiKey { description: description.to_owned(), ..key(id, "x") };
    let keys = vec![(described("a", "first"), vec![0]), (described("b", "second"), vec![0])];
    let inventory = account([("p1", "Basic"), ("p2", "Gold")], keys);
    let text = export_known(&inventory, &HashMap::new());
    let lines: Vec<_> = text.lines().collect();
    let reversed = [lines[0], lines[2], lines[1]].join("\n");
    let planned = import(&reversed, &inventory).expect("no errors");
    assert!(planned.iter().all(|key| key.action == ImportAction::Unchanged), "{planned:?}");
}

#[test]
fn pool_keys_are_taken_back_without_values() {
    let keys = vec![(key("a", "Basic pool key"), vec![0]), (key("b", "Basic pool key"), vec![0])];
    let plain = account([("p1", "Basic"), ("p2", "Gold")], keys);
    let inventory = Inventory::new(InventoryParts {
        plans: plain.plans().to_vec(),
        api_keys: plain.api_keys().clone(),
        members: members(&[("p1", &["a", "b"]), ("p2", &[])]),
        pools: vec![testing::pool("p1", 10, vec![pool_key("a", 0, 10), pool_key("b", 0, 10)])],
        ..parts()
    });
    assert!(is_unchanged(&export_known(&inventory, &HashMap::new()), &inventory));
}

#[test]
fn an_export_refuses_to_leave_out_what_cannot_be_read() {
    let not_allowed = || Known::not_allowed("apigateway:GET", "/apikeys");
    let plans = vec![Plan::new("p1", "Basic")];
    let without_keys = Inventory::new(InventoryParts {
        plans: plans.clone(),
        api_keys: not_allowed(),
        members: members(&[("p1", &[])]),
        ..parts()
    });
    let refusal =
        |inventory: &Inventory| export(inventory, &HashMap::new()).expect_err("unknown").to_string();
    let permission = "is not known: IAM permission apigateway:GET on /apikeys is missing";
    assert_eq!(refusal(&without_keys), format!("which API keys the account has {permission}"));
    let without_members = Inventory::new(InventoryParts {
        plans,
        api_keys: vec![key("a", "x")].into(),
        members: [(PlanId::new("p1"), Known::not_allowed("apigateway:GET", "/apikeys"))].into(),
        ..parts()
    });
    assert_eq!(refusal(&without_members), format!("which API keys usage plan Basic has {permission}"));
}

fn unguarded_text() -> impl Strategy<Value = String> {
    testing::HOSTILE_TEXT.prop_filter("an apostrophe may be a guard", |text| !text.starts_with('\''))
}

/// API keys with hostile texts, and the plans that they are in.
fn keys() -> impl Strategy<Value = Vec<(ApiKey, Vec<usize>)>> {
    let text = || testing::HOSTILE_TEXT;
    let key = (text(), text(), any::<bool>()).prop_map(|(name, description, enabled)| ApiKey {
        name,
        description,
        enabled,
        ..ApiKey::new("", "")
    });
    let key = (key, proptest::sample::subsequence(vec![0, 1], 0..=2));
    proptest::collection::vec(key, 0..5).prop_map(|mut keys| {
        for (at, (key, _)) in keys.iter_mut().enumerate() {
            key.id = ApiKeyId::new(format!("k{at}"));
        }
        keys
    })
}

#[test]
fn the_plan_of_the_tenant_key_is_the_first_of_its_line() {
    let tenant_keys = vec![testing::tenant_key("k1", "b", "acme", None)];
    let inventory = Inventory::new(InventoryParts {
        plans: vec![Plan::new("a", "A"), Plan::new("b", "B")],
        members: members(&[("a", &["k1"]), ("b", &["k1"])]),
        api_keys: vec![key("k1", "web")].into(),
        tenant_keys,
        ..parts()
    });
    let text = export_known(&inventory, &HashMap::new());
    assert!(text.contains(r#""b,a","[""B"",""A""]","acme""#), "{text}");
    let planned = import(&text, &inventory).expect("a valid file");
    let tenant_key = planned[0].key.tenant_key().expect("a tenant key");
    assert_eq!((tenant_key.plan, planned[0].action), ("b".into(), ImportAction::Unchanged));
}

proptest! {
    #[test]
    fn any_text_of_plans_is_found_or_refused_with_a_reason(text in "[ab, ]{0,12}") {
        let inventory = account([("p1", "a,b"), ("a", " b")], Vec::new());
        match import(&format!("Name,Key,UsagePlanIds\nweb,,\"{text}\"\n"), &inventory) {
            Ok(planned) => prop_assert!(planned[0].key.plans.len() <= 2),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    #[test]
    fn hostile_names_of_the_first_version_come_back(
        plan_names in proptest::array::uniform2(unguarded_text()),
        keys in keys(),
        with_values: bool,
    ) {
        // The first version wrote text that begins with an apostrophe like text that it guarded.
        prop_assume!(keys.iter().all(|(key, _)| !key.name.starts_with('\'') && !key.description.starts_with('\'')));
        let inventory = account([("p1", &plan_names[0]), ("p2", &plan_names[1])], keys);
        let text = export_of_first_version(&inventory, with_values);
        match import(&text, &inventory) {
            Ok(_) => prop_assert!(is_unchanged(&text, &inventory), "{}", text),
            Err(errors) => prop_assert!(
                errors.iter().all(|error| error.contains("one usage plan or as several")), "{:?}: {}", errors, text
            ),
        }
    }

    #[test]
    fn hostile_names_come_into_another_account(keys in keys(), with_values: bool) {
        let plans = [("p1", "Basic"), ("p2", "Gold")];
        let inventory = account(plans, keys);
        let values: HashMap<_, _> = values(&inventory).into_iter().filter(|_| with_values).collect();
        let planned = import(&export_known(&inventory, &values), &account(plans, Vec::new()));
        let planned = planned.unwrap_or_else(|errors| panic!("{errors:?}"));
        for (planned, key) in planned.iter().zip(inventory.listed_api_keys()) {
            prop_assert_eq!(planned.action, ImportAction::Create);
            prop_assert_eq!((&planned.key.name, &planned.key.description), (&key.name, &key.description));
        }
    }

    #[test]
    fn hostile_names_come_back(
        plan_names in proptest::array::uniform2(testing::HOSTILE_TEXT),
        keys in keys(),
        with_values: bool,
    ) {
        let inventory = account([("p1", &plan_names[0]), ("p2", &plan_names[1])], keys);
        let values: HashMap<_, _> = values(&inventory).into_iter().filter(|_| with_values).collect();
        let text = export_known(&inventory, &values);
        prop_assert!(is_unchanged(&text, &inventory), "{}", text);
    }
}
