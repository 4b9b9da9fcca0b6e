//! What cannot be read decides nothing: no key is disabled, made anew or counted by it.

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

use super::support::{plain_run, sdk_clients, target};
use super::test_account::{Backend, Item, KEYS_TABLE, TestAccount, create_change, item, n, s};

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Lets the doctor fix everything that it can.
async fn fix_all(stage: &TestAccount) {
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let all = ops::fix_confirmed(&stage.aws, &diagnosis.bulk_fixes(), &|_| (), &plain_run()).await;
    all.expect("the account is looked over again");
}

#[tokio::test]
async fn an_unreadable_enabled_attribute_disables_nothing() {
    let (_local, stage) = start_account().await;
    let key = stage.create_key(&stage.siloed_plan, "web").await;
    let odd = [None, Some(n(1)), Some(s("TRUE")), Some(AttributeValue::Null(true))];
    for enabled in odd {
        let mut item = stage.get_item(KEYS_TABLE, key.id.as_str()).await.expect("the item");
        item.remove("enabled");
        item.extend(enabled.map(|value| ("enabled".to_owned(), value)));
        stage.put_item(KEYS_TABLE, item.clone()).await;
        fix_all(&stage).await;
        let seen = stage.inventory().await;
        assert!(seen.is_live(&key.id.as_str().into()), "disabled by {:?}", item.get("enabled"));
        assert!(seen.tenant_key(&key.id).is_some_and(|row| row.enabled.reason().is_some()));
        assert_eq!(
            stage.get_item(KEYS_TABLE, key.id.as_str()).await,
            Some(item),
            "the item is left as it is"
        );
    }
    // Said by hand it is known again.
    let edit = Edit { enabled: Some(true), ..Edit::default() };
    stage.apply(&Change::Edit { tenant_key: key.id.clone(), edit }).await.expect("it is enabled");
    let seen = stage.assert_consistent().await;
    assert!(seen.tenant_key(&key.id).is_some_and(|row| row.enabled.is_known_to_be(&true)));
}

/// An item that another team keeps in the Keys table, and one that has lost its owner.
async fn put_foreign_items(stage: &TestAccount, api_key: &str) -> [Item; 2] {
    let settings = item(&[("id", s("CONFIG#billing")), ("entity", s("settings")), ("vat", n(19))]);
    let half = item(&[("id", s(api_key)), ("planId", s(stage.siloed_plan.as_str())), ("name", s("half"))]);
    for item in [&settings, &half] {
        stage.put_item(KEYS_TABLE, item.clone()).await;
    }
    [settings, half]
}

#[tokio::test]
async fn items_that_are_not_tenant_keys_are_counted_and_left_alone() {
    let (_local, stage) = start_account().await;
    let named = stage.create_api_key_in(&stage.siloed_plan, 7).await;
    let items = put_foreign_items(&stage, named.as_str()).await;
    let seen = stage.inventory().await;
    assert_eq!((seen.tenant_keys().len(), seen.foreign_item_count()), (0, 2));
    let note = "2 items of table keypool-keys are no tenant keys (no owner or no planId): left alone";
    assert_eq!(seen.remarks(), [note]);
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let subjects: Vec<_> = diagnosis.findings.iter().map(|one| one.subject.as_str()).collect();
    assert!(!subjects.contains(&named.as_str()) && !subjects.contains(&"CONFIG#billing"), "{subjects:?}");
    assert!(diagnosis.remarks.iter().any(|remark| remark == note), "{:?}", diagnosis.remarks);
    fix_all(&stage).await;
    for item in items {
        let AttributeValue::S(id) = &item["id"] else { panic!("{item:?}") };
        assert_eq!(stage.get_item(KEYS_TABLE, id).await, Some(item.clone()));
        let delete = stage.apply(&Change::Delete(vec![id.as_str().into()])).await;
        assert_eq!(delete.err(), Some(Failure::Refused(Refusal::NoTenantKey(id.as_str().into()))));
    }
    assert!(stage.inventory().await.is_live(&named), "the API key that an item names is not deleted");
}

/// A table of another team, whose name is that of the sample's Keys table.
async fn put_foreign_table(dynamodb: &aws_sdk_dynamodb::Client) {
    let text = |name: &str| {
        let built =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        built.build().expect("an attribute")
    };
    let part = |name: &str, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key")
    };
    let made = dynamodb
        .create_table()
        .table_name("Theirs-TieredAPIKeys")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text("id"))
        .attribute_definitions(text("at"))
        .key_schema(part("id", KeyType::Hash))
        .key_schema(part("at", KeyType::Range));
    made.send().await.expect("a table");
}

const KEY_SCHEMA_ERROR: &str = "table Theirs-TieredAPIKeys cannot be the keys table: its key is `id` (S) and `at` (S), and \
     keypool's is `id` (S) alone; name another by `keys` under [tables] in the configuration";

#[tokio::test]
async fn a_table_with_another_key_schema_is_refused() {
    let (local, stage) = start_account().await;
    put_foreign_table(&stage.dynamodb).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let refused = ops::read_inventory(&aws, &plain_run()).await.expect_err("refused").to_string();
    assert_eq!(refused, KEY_SCHEMA_ERROR);
}

#[tokio::test]
async fn a_table_with_another_key_schema_is_refused_before_any_table_is_created() {
    let empty = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(empty).await.expect("local AWS");
    let dynamodb = sdk_clients(&local.endpoint()).1;
    put_foreign_table(&dynamodb).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let planned = ops::plan_tables(&aws).await.expect_err("refused").to_string();
    let made = ops::setup_tables(&aws, &plain_run()).await.expect_err("refused").to_string();
    assert_eq!([planned.as_str(), made.as_str()], [KEY_SCHEMA_ERROR; 2]);
    let tables = dynamodb.list_tables().send().await.expect("a list");
    assert_eq!(tables.table_names(), ["Theirs-TieredAPIKeys"]);
}

/// What the read-only policy of `keypool iam` denies.
fn deny_api_key_reads(local: &LocalAws) {
    for operation in ["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"] {
        local.faults().script(Fault::on(operation, Answer::AccessDenied { action: None }).always());
    }
}

#[tokio::test]
async fn a_role_without_access_to_values_mistakes_no_pooled_key_for_siloed() {
    let (local, stage) = start_account().await;
    let ours = stage.create_keys(&stage.sharded_plan, "ours", 2).await;
    let own = stage.create_key(&stage.siloed_plan, "own").await;
    let shared = ours[0].require_api_key().expect("known");
    let value = ours[0].stored_value().expect("its value").expose().to_owned();
    let theirs = item(&[
        ("id", s("written-by-the-sample")),
        ("planId", s(stage.sharded_plan.as_str())),
        ("name", s("web")),
        ("owner", s("globex")),
        ("enabled", AttributeValue::Bool(true)),
        ("value", s(&value)),
    ]);
    stage.put_item(KEYS_TABLE, theirs).await;
    let before = stage.inventory().await;
    assert_eq!(
        before.tenant_key(&"written-by-the-sample".into()).and_then(|row| row.known_pool_key()),
        Some(&shared)
    );

    deny_api_key_reads(&local);
    let seen = stage.inventory().await;
    let row = seen.tenant_key(&"written-by-the-sample".into()).expect("it is listed");
    assert!(
        matches!(row.mode().reason(), Some(Unknown::NotAllowed { action, .. }) if action == "apigateway:GET")
    );
    assert!(
        seen.tenant_key(&own.id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Siloed)),
        "keypool wrote it"
    );
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    assert!(diagnosis.bulk_fixes().is_empty(), "{:?}", diagnosis.findings);
    let changes = [
        Change::Delete(vec![row.id.clone()]),
        Change::Rotate { tenant_keys: vec![row.id.clone()], grace: 0 },
        Change::Rebalance(stage.sharded_plan.clone()),
        Change::DissolvePool(stage.sharded_plan.clone()),
        Change::Fix(Fix::Recount { plan: stage.sharded_plan.clone(), api_key: shared }),
        create_change(&stage.sharded_plan, "new", 1),
    ];
    for change in changes {
        let refused = stage.apply(&change).await.expect_err("refused");
        assert!(refused.to_string().contains("IAM action apigateway:GET"), "{change:?}: {refused}");
        assert!(matches!(refused, Failure::Refused(Refusal::NotKnown { .. })), "{change:?}: {refused}");
    }
    local.faults().clear();
    assert_eq!(stage.inventory().await.pools(), before.pools(), "no counter was written");
}

#[tokio::test]
async fn the_affected_api_key_is_read_before_the_change_is_refused() {
    let (local, stage) = start_account().await;
    let own = stage.create_key(&stage.siloed_plan, "own").await;
    let mut theirs = stage.get_item(KEYS_TABLE, own.id.as_str()).await.expect("the item");
    theirs.remove("createdAt");
    theirs.remove("revision");
    stage.put_item(KEYS_TABLE, theirs).await;
    deny_api_key_reads(&local);
    let seen = stage.inventory().await;
    let rotate = [Change::Rotate { tenant_keys: vec![own.id.clone()], grace: 0 }];
    assert!(matches!(rotate[0].units(&seen), Err(Refusal::NotKnown { .. })), "it may be a reference");
    let asked = ops::with_own_api_keys(&stage.aws, seen.clone(), &rotate).await.expect("asked");
    assert!(asked.tenant_key(&own.id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Siloed)));
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlans", denied).always());
    let asked = ops::with_own_api_keys(&stage.aws, seen.clone(), &rotate).await.expect("asked");
    assert_eq!(asked, seen, "what may not be asked stays unknown");
}
