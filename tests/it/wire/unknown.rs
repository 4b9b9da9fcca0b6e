//! Unreadable data is never used for decisions: no key is disabled, recreated or counted because of it.

mod counters;
mod plan_tags;
mod pools;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use keypool::aws::{Aws, Failure};
use keypool::ops;
use keypool_domain::change::Fix;
use keypool_domain::{Change, Edit, Mode, Refusal, Unknown};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::{sdk_clients, silent_run, target};
use super::test_account::{Backend, Item, KEYS_TABLE, TestAccount, create_change, make_item, n, s};

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

async fn fix_all(account: &TestAccount) {
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let report = ops::fix_confirmed(&account.aws, &diagnosis.bulk_fixes(), &|_| (), &silent_run()).await;
    report.expect("a new diagnosis");
}

#[tokio::test]
async fn an_unreadable_enabled_attribute_disables_nothing() {
    let (_local, account) = start_account().await;
    let key = account.create_key(&account.siloed_plan, "web").await;
    let unreadable = [None, Some(n(1)), Some(s("TRUE")), Some(AttributeValue::Null(true))];
    for enabled in unreadable {
        let mut item = account.get_item(KEYS_TABLE, key.id.as_str()).await.expect("the item");
        item.remove("enabled");
        item.extend(enabled.map(|value| ("enabled".to_owned(), value)));
        account.put_item(KEYS_TABLE, item.clone()).await;
        fix_all(&account).await;
        let inventory = account.inventory().await;
        assert!(inventory.is_live(&key.id.as_str().into()), "disabled by {:?}", item.get("enabled"));
        assert!(
            inventory.tenant_key(&key.id).is_some_and(|tenant_key| tenant_key.enabled.reason().is_some())
        );
        assert_eq!(account.get_item(KEYS_TABLE, key.id.as_str()).await, Some(item), "the item is unchanged");
    }
    // An edit makes the state known again.
    let edit = Edit { enabled: Some(true), ..Edit::default() };
    account.apply(&Change::Edit { tenant_key: key.id.clone(), edit }).await.expect("it is enabled");
    let inventory = account.assert_consistent().await;
    assert!(inventory.tenant_key(&key.id).is_some_and(|tenant_key| tenant_key.enabled.is_known_to_be(&true)));
}

/// Adds an item of another team to the Keys table, and an item without an owner.
async fn put_foreign_items(account: &TestAccount, api_key: &str) -> [Item; 2] {
    let settings = make_item(&[("id", s("CONFIG#billing")), ("entity", s("settings")), ("vat", n(19))]);
    let without_owner =
        make_item(&[("id", s(api_key)), ("planId", s(account.siloed_plan.as_str())), ("name", s("half"))]);
    for item in [&settings, &without_owner] {
        account.put_item(KEYS_TABLE, item.clone()).await;
    }
    [settings, without_owner]
}

#[tokio::test]
async fn items_that_are_not_tenant_keys_are_counted_and_left_alone() {
    let (_local, account) = start_account().await;
    let api_key = account.create_api_key_in(&account.siloed_plan, 7).await;
    let items = put_foreign_items(&account, api_key.as_str()).await;
    let inventory = account.inventory().await;
    assert_eq!((inventory.tenant_keys().len(), inventory.foreign_item_count()), (0, 2));
    let note = "2 items of table keypool-keys are no tenant keys (no owner or no planId): left alone";
    assert_eq!(inventory.remarks(), [note]);
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let subjects: Vec<_> = diagnosis.findings.iter().map(|finding| finding.subject.as_str()).collect();
    assert!(!subjects.contains(&api_key.as_str()) && !subjects.contains(&"CONFIG#billing"), "{subjects:?}");
    assert!(diagnosis.remarks.iter().any(|remark| remark == note), "{:?}", diagnosis.remarks);
    fix_all(&account).await;
    for item in items {
        let AttributeValue::S(id) = &item["id"] else { panic!("{item:?}") };
        assert_eq!(account.get_item(KEYS_TABLE, id).await, Some(item.clone()));
        let refused = account.apply(&Change::Delete(vec![id.as_str().into()])).await;
        assert_eq!(refused.err(), Some(Failure::Refused(Refusal::NoTenantKey(id.as_str().into()))));
    }
    assert!(account.inventory().await.is_live(&api_key), "the API key with the id of an item is not deleted");
}

/// Creates a table of another team that is named like the Keys table of the sample.
async fn put_foreign_table(dynamodb: &aws_sdk_dynamodb::Client) {
    let text_attribute = |name: &str| {
        let built =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        built.build().expect("an attribute")
    };
    let key_element = |name: &str, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key")
    };
    let created = dynamodb
        .create_table()
        .table_name("Theirs-TieredAPIKeys")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text_attribute("id"))
        .attribute_definitions(text_attribute("at"))
        .key_schema(key_element("id", KeyType::Hash))
        .key_schema(key_element("at", KeyType::Range));
    created.send().await.expect("a table");
}

const KEY_SCHEMA_ERROR: &str = "table Theirs-TieredAPIKeys cannot be the keys table: its key is `id` (S) and `at` (S), and \
     keypool's is `id` (S) alone; set `keys` under [tables] in config.toml to another table";

#[tokio::test]
async fn a_table_with_a_different_key_schema_is_refused() {
    let (local, account) = start_account().await;
    put_foreign_table(&account.dynamodb).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let refused = ops::read_inventory(&aws, &silent_run()).await.expect_err("refused").to_string();
    assert_eq!(refused, KEY_SCHEMA_ERROR);
}

#[tokio::test]
async fn a_table_with_a_different_key_schema_is_refused_before_any_table_is_created() {
    let empty = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(empty).await.expect("local AWS");
    let dynamodb = sdk_clients(&local.endpoint()).1;
    put_foreign_table(&dynamodb).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let planned = ops::plan_tables(&aws).await.expect_err("refused").to_string();
    let created = ops::setup_tables(&aws, &silent_run()).await.expect_err("refused").to_string();
    assert_eq!([planned.as_str(), created.as_str()], [KEY_SCHEMA_ERROR; 2]);
    let tables = dynamodb.list_tables().send().await.expect("a list");
    assert_eq!(tables.table_names(), ["Theirs-TieredAPIKeys"]);
}

/// Denies what the read-only policy of `keypool iam` does not allow.
fn deny_api_key_reads(local: &LocalAws) {
    for operation in ["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"] {
        local.faults().script(Fault::on(operation, Answer::AccessDenied { action: None }).always());
    }
}

#[tokio::test]
async fn a_role_without_access_to_values_mistakes_no_pooled_key_for_siloed() {
    let (local, account) = start_account().await;
    let ours = account.create_keys(&account.pooled_plan, "ours", 2).await;
    let siloed = account.create_key(&account.siloed_plan, "own").await;
    let shared = ours[0].require_api_key().expect("known");
    let value = ours[0].stored_value().expect("its value").expose().to_owned();
    let sample_item = make_item(&[
        ("id", s("written-by-the-sample")),
        ("planId", s(account.pooled_plan.as_str())),
        ("name", s("web")),
        ("owner", s("globex")),
        ("enabled", AttributeValue::Bool(true)),
        ("value", s(&value)),
    ]);
    account.put_item(KEYS_TABLE, sample_item).await;
    let before = account.inventory().await;
    assert_eq!(
        before.tenant_key(&"written-by-the-sample".into()).and_then(|tenant_key| tenant_key.known_pool_key()),
        Some(&shared)
    );

    deny_api_key_reads(&local);
    let inventory = account.inventory().await;
    let tenant_key = inventory.tenant_key(&"written-by-the-sample".into()).expect("it is listed");
    assert!(
        matches!(tenant_key.mode().reason(), Some(Unknown::NotAllowed(denied)) if denied.action == "apigateway:GET")
    );
    assert!(
        inventory
            .tenant_key(&siloed.id)
            .is_some_and(|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Siloed)),
        "known, because keypool wrote it"
    );
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    assert!(diagnosis.bulk_fixes().is_empty(), "{:?}", diagnosis.findings);
    let changes = [
        Change::Delete(vec![tenant_key.id.clone()]),
        Change::Rotate { tenant_keys: vec![tenant_key.id.clone()], grace: 0 },
        Change::Rebalance(account.pooled_plan.clone()),
        Change::DissolvePool(account.pooled_plan.clone()),
        Change::Fix(Fix::Recount { plan: account.pooled_plan.clone(), api_key: shared }),
        create_change(&account.pooled_plan, "new", 1),
    ];
    for change in changes {
        let refused = account.apply(&change).await.expect_err("refused");
        assert!(refused.to_string().contains("IAM permission apigateway:GET"), "{change:?}: {refused}");
        assert!(matches!(refused, Failure::Refused(Refusal::Unknown { .. })), "{change:?}: {refused}");
    }
    local.faults().clear();
    assert_eq!(account.inventory().await.pools(), before.pools(), "no counter was changed");
}

#[tokio::test]
async fn the_affected_api_key_is_read_before_the_change_is_refused() {
    let (local, account) = start_account().await;
    let siloed = account.create_key(&account.siloed_plan, "own").await;
    let mut item = account.get_item(KEYS_TABLE, siloed.id.as_str()).await.expect("the item");
    item.remove("createdAt");
    item.remove("revision");
    account.put_item(KEYS_TABLE, item).await;
    deny_api_key_reads(&local);
    let inventory = account.inventory().await;
    let rotate = [Change::Rotate { tenant_keys: vec![siloed.id.clone()], grace: 0 }];
    assert!(matches!(rotate[0].units(&inventory), Err(Refusal::Unknown { .. })), "it may be a pooled key");
    let with_key =
        ops::with_own_api_keys(&account.aws, inventory.clone(), &rotate).await.expect("a response");
    assert!(
        with_key
            .tenant_key(&siloed.id)
            .is_some_and(|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Siloed))
    );
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlans", denied).always());
    let with_key =
        ops::with_own_api_keys(&account.aws, inventory.clone(), &rotate).await.expect("a response");
    assert_eq!(with_key, inventory, "denied reads leave it unknown");
}
