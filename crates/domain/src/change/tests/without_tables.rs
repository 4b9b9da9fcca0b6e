//! Changes in an account without tables: their steps are on API Gateway alone, and what needs tables is refused.

use crate::change::{Change, NewTenantKeys, OtherPlans, PlanChange};
use crate::key::tag;
use crate::source::tenant_keys_of_api_keys;
use crate::step::{KeyRef, Step};
use crate::testing::{members, parts, stage, tags};
use crate::{
    ApiKey, Edit, Inventory, InventoryParts, InventorySource, NewTenantKey, Plan, PlanEdit, Price,
    TenantRules,
};

fn rules(rules: &[&str]) -> TenantRules {
    TenantRules::configured(rules.iter().map(|rule| rule.parse().expect("a rule")).collect())
}

/// Two plans of one stage; `k1` of acme is in the first.
fn account(tenants: TenantRules, key_tags: &[(&str, &str)]) -> Inventory {
    account_with_members(tenants, key_tags, &[("p1", &["k1"]), ("p2", &[])])
}

fn account_with_members(
    tenants: TenantRules,
    key_tags: &[(&str, &str)],
    plan_members: &[(&str, &[&str])],
) -> Inventory {
    let plan = |id: &str, name: &str| Plan { stages: vec![stage("prod")], ..Plan::new(id, name) };
    let key = ApiKey { tags: tags(&[&[("ownerId", "acme")], key_tags].concat()), ..ApiKey::new("k1", "web") };
    let plans = vec![plan("p1", "Basic"), plan("p2", "Gold")];
    let members = members(plan_members);
    let api_keys = vec![key];
    let tenant_keys = tenant_keys_of_api_keys(&api_keys, &plans, &members, &tenants);
    let source = InventorySource::ApiGateway { tenants, managed_plans: vec!["Basic".to_owned()] };
    let api_keys = api_keys.into();
    Inventory::new(InventoryParts { source, plans, api_keys, members, tenant_keys, ..parts() })
}

fn configured() -> Inventory {
    account(rules(&["tag:ownerId", "customerId"]), &[])
}

fn create(tenant: &str) -> Change {
    let key = NewTenantKey {
        plan: "p1".into(),
        tenant: tenant.into(),
        name: "new".to_owned(),
        description: String::new(),
        enabled: true,
        expires_at: None,
    };
    Change::Create(NewTenantKeys { template: key, count: 1 })
}

fn step_texts(change: &Change, inventory: &Inventory) -> Vec<String> {
    let units = change.units(inventory).unwrap_or_else(|why| panic!("{change:?}: {why}"));
    units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(inventory)).collect()
}

fn refusal(change: &Change, inventory: &Inventory) -> String {
    change.units(inventory).expect_err("a refusal").to_string()
}

#[test]
fn the_tenant_is_written_where_it_is_read() {
    let new_key = |first_rule: &str| {
        let units = create("globex").units(&account(rules(&[first_rule]), &[])).expect("units");
        let [Step::CreateApiKey(new), Step::AttachApiKey { .. }] = &units[0].steps[..] else {
            panic!("{units:?}")
        };
        (new.tenant.clone(), new.tags.clone(), new.customer_id.clone())
    };
    assert_eq!(new_key("tag:team"), (None, tags(&[("team", "globex")]), None));
    assert_eq!(new_key("customerId"), (None, tags(&[]), Some("globex".to_owned())));
}

#[test]
fn what_a_tag_cannot_hold_is_refused_with_the_character() {
    assert!(refusal(&create("a&b"), &configured()).starts_with("tenant contains '&'"));
    assert!(refusal(&create(&"x".repeat(257)), &configured()).contains("257 characters, the maximum is 256"));
}

#[test]
fn no_step_writes_a_table() {
    let id = || vec!["k1".into()];
    let inventory = configured();
    let edit = Edit { name: Some("shop".to_owned()), ..Edit::default() };
    assert_eq!(
        step_texts(&Change::Edit { tenant_key: "k1".into(), edit }, &inventory),
        ["API key k1: set name to \"shop\""]
    );
    assert_eq!(
        step_texts(&Change::Delete(id()), &inventory),
        ["tag API key k1 as being deleted", "disable API key k1", "delete API key k1"]
    );
    let rotate = Change::Rotate { tenant_keys: id(), grace: 0 };
    let rotated = step_texts(&rotate, &inventory);
    assert_eq!(
        rotated[3..],
        [
            "end the grace period of API key k1",
            "tag API key k1 as being deleted",
            "disable API key k1",
            "delete API key k1"
        ]
    );
    let change = Change::ChangePlan { tenant_keys: id(), plan: "p2".into(), other_plans: OtherPlans::Refuse };
    assert_eq!(
        step_texts(&change, &inventory),
        [
            "tag API key k1 with its new plan Gold",
            "detach API key k1 from usage plan Basic",
            "attach API key k1 to usage plan Gold"
        ]
    );
}

#[test]
fn a_rotated_key_keeps_the_tags_that_name_its_tenant() {
    let inventory = account(rules(&["tag:ownerId"]), &[("team", "blue")]);
    let units =
        Change::Rotate { tenant_keys: vec!["k1".into()], grace: 60 }.units(&inventory).expect("units");
    let Step::CreateApiKey(new) = &units[0].steps[0] else { panic!("{units:?}") };
    assert_eq!((&new.tenant, &new.tags), (&None, &tags(&[("ownerId", "acme"), ("team", "blue")])));
    let last = units[0].steps.last();
    assert_eq!(
        last,
        Some(&Step::TagRetirement { api_key: "k1".into(), grace: 60, successor: Some(KeyRef::New) }),
        "the tenant moves last"
    );
}

#[test]
fn nothing_is_written_before_the_rules_are_configured() {
    let unconfigured = account(TenantRules::default(), &[]);
    for change in [create("globex"), Change::Delete(vec!["k1".into()])] {
        let why = refusal(&change, &unconfigured);
        assert!(why.contains("from = [\"tag:ownerId\", \"customerId\"] under [tenants]"), "{why}");
    }
    let named = account(rules(&["name:^(?<tenant>.*)$"]), &[]);
    assert!(refusal(&create("globex"), &named).contains("a tenant cannot be written to \"name:"));
}

#[test]
fn pools_need_tables_and_the_config_adopts_plans() {
    let inventory = configured();
    for change in [Change::Rebalance("p1".into()), Change::Isolate(vec!["k1".into()])] {
        assert_eq!(
            refusal(&change, &inventory),
            "a pool needs tables, and this account has none: create them with `keypool setup tables`"
        );
    }
    let edit = |plan: &str| {
        let edit = PlanEdit { description: Some("x".to_owned()), ..PlanEdit::default() };
        Change::from(PlanChange::Edit { plan: plan.into(), edit })
    };
    assert_eq!(step_texts(&edit("p1"), &inventory).len(), 1, "named in the config");
    assert!(refusal(&edit("p2"), &inventory).contains("add its name to `plans` under [tenants]"));
    let adopt = Change::from(PlanChange::Adopt { plan: "p2".into(), entry: None });
    assert!(refusal(&adopt, &inventory).contains("config.toml says which plans keypool manages"));
    let priced = PlanEdit { price: Some(Price::from_cents(1)), ..PlanEdit::default() };
    let priced = Change::from(PlanChange::Edit { plan: "p1".into(), edit: priced });
    assert!(refusal(&priced, &inventory).contains("set `price` under [charging.plans.NAME]"));
}

#[test]
fn a_role_that_may_not_list_keys_writes_nothing() {
    let inventory = Inventory::new(InventoryParts { source: InventorySource::Usage, ..parts() });
    assert!(refusal(&create("globex"), &inventory).contains("needs apigateway:GET on /apikeys"));
}

#[test]
fn a_deletion_also_deletes_the_keys_that_it_replaced() {
    let old = ApiKey { tags: tags(&[(tag::RETIRES_AT, "2030-01-01T00:00:00Z")]), ..ApiKey::new("k0", "web") };
    let new = ApiKey {
        tags: tags(&[("ownerId", "acme"), (tag::REPLACES, "k0"), (tag::REQUEST, "r")]),
        ..ApiKey::new("k1", "web")
    };
    let (plans, members) = (vec![Plan::new("p1", "Basic")], members(&[("p1", &["k0", "k1"])]));
    let (api_keys, tenants) = (vec![old, new], rules(&["tag:ownerId"]));
    let tenant_keys = tenant_keys_of_api_keys(&api_keys, &plans, &members, &tenants);
    let source = InventorySource::ApiGateway { tenants, managed_plans: Vec::new() };
    let api_keys = api_keys.into();
    let inventory =
        Inventory::new(InventoryParts { source, plans, api_keys, members, tenant_keys, ..parts() });
    let deleted = step_texts(&Change::Delete(vec!["k1".into()]), &inventory);
    assert_eq!(deleted[4..], ["delete API key k1", "delete API key k0"], "{deleted:?}");
}

#[test]
fn an_edit_that_changes_the_tenant_says_so_and_asks() {
    let by_name = account(rules(&["tag:team", "name:^(?<tenant>[^-]+)-"]), &[]);
    let rename = |name: &str| {
        let edit = Edit { name: Some(name.to_owned()), ..Edit::default() };
        Change::Edit { tenant_key: "k1".into(), edit }
    };
    assert_eq!(by_name.tenant_keys()[0].tenant.as_str(), "web", "the name of the key");
    let caution = "the key's tenant becomes globex instead of web, also in reports of past months: `[tenants] from` reads \
                   it from what changes";
    assert_eq!(rename("globex-shop").cautions(&by_name), [caution]);
    assert!(rename("globex-shop").needs_confirmation(&by_name));
    assert_eq!(
        (rename("shop").cautions(&configured()), rename("shop").needs_confirmation(&configured())),
        (vec![], false)
    );
    let customer = |name: &str| Change::SetCustomer { tenant_key: "k1".into(), customer: name.to_owned() };
    let by_customer = account(rules(&["tag:team", "customerId"]), &[]);
    assert_eq!(customer("wayne").cautions(&by_customer).len(), 1);
    assert_eq!(customer("wayne").cautions(&configured()), [""; 0]);
}

#[test]
fn a_key_whose_tenant_is_only_its_id_cannot_be_rotated() {
    let named = account(rules(&["tag:team"]), &[]);
    let rotate = Change::Rotate { tenant_keys: vec!["k1".into()], grace: 0 };
    assert!(rotate.units(&named).is_ok(), "its tenant is its name, which the copy has");
    let tenants = rules(&["tag:team"]);
    let api_keys = vec![ApiKey::new("k1", "")];
    let plans = vec![Plan::new("p1", "Basic")];
    let members = members(&[("p1", &["k1"])]);
    let tenant_keys = tenant_keys_of_api_keys(&api_keys, &plans, &members, &tenants);
    let source = InventorySource::ApiGateway { tenants, managed_plans: vec!["*".to_owned()] };
    let api_keys = api_keys.into();
    let nameless =
        Inventory::new(InventoryParts { source, plans, api_keys, members, tenant_keys, ..parts() });
    assert!(
        refusal(&rotate, &nameless).starts_with("API key k1 names no tenant"),
        "{}",
        refusal(&rotate, &nameless)
    );
}

#[test]
fn creating_tables_says_that_the_keys_must_be_imported() {
    let create = Change::Api(Box::new(crate::ApiChange::SetUpTables(vec![crate::TableStep::Create {
        table: "keypool-keys".to_owned(),
    }])));
    let cautions = create.cautions(&configured());
    assert!(cautions.iter().any(|caution| caution.contains("none of the 1 tenant key here")), "{cautions:?}");
    assert_eq!(create.cautions(&Inventory::new(parts())).len(), 1);
}

#[test]
fn deleting_a_plan_leaves_only_keys_without_a_plan_that_are_in_no_other() {
    let caution = |plan_members: &[(&str, &[&str])]| {
        let inventory = account_with_members(rules(&["tag:ownerId"]), &[], plan_members);
        let cautions = Change::from(PlanChange::Delete("p1".into())).cautions(&inventory);
        cautions.into_iter().find(|caution| caution.contains("left without a plan"))
    };
    let left = "1 tenant key left without a plan: move those that must keep working to another plan";
    assert_eq!(caution(&[("p1", &["k1"]), ("p2", &[])]).as_deref(), Some(left));
    assert_eq!(caution(&[("p1", &["k1"]), ("p2", &["k1"])]), None);
}
