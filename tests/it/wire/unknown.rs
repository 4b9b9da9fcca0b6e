//! What cannot be read decides nothing: no key is disabled, made anew or counted by it.

mod counters;
mod plan_tags;
mod pools;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use keypool::aws::{Aws, Failure};
use keypool::ops;
use keypool_domain::change::Mend;
use keypool_domain::{Change, Edit, Mode, Refusal, Unknown};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::stage::{Backend, Item, KEYS, Stage, item, n, new_keys, s};
use super::support::{clients, target, unwatched};

async fn staged() -> (LocalAws, Stage) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Lets the doctor fix everything that it can.
async fn fix_all(stage: &Stage) {
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let all = ops::fix_confirmed(&stage.aws, &diagnosis.fixes_with_all(), &|_| (), &unwatched()).await;
    all.expect("the account is looked over again");
}

#[tokio::test]
async fn an_enabled_that_is_neither_true_nor_false_disables_nothing() {
    let (_local, stage) = staged().await;
    let key = stage.one(&stage.siloed, "web").await;
    let odd = [None, Some(n(1)), Some(s("TRUE")), Some(AttributeValue::Null(true))];
    for enabled in odd {
        let mut item = stage.item(KEYS, key.id.as_str()).await.expect("the item");
        item.remove("enabled");
        item.extend(enabled.map(|value| ("enabled".to_owned(), value)));
        stage.put(KEYS, item.clone()).await;
        fix_all(&stage).await;
        let seen = stage.inventory().await;
        assert!(seen.is_live(&key.id.as_str().into()), "disabled by {:?}", item.get("enabled"));
        assert!(seen.row(&key.id).is_some_and(|row| row.enabled.reason().is_some()));
        assert_eq!(stage.item(KEYS, key.id.as_str()).await, Some(item), "the item is left as it is");
    }
    // Said by hand it is known again.
    let edit = Edit { enabled: Some(true), ..Edit::default() };
    stage.apply(&Change::Edit { row: key.id.clone(), edit }).await.expect("it is enabled");
    let seen = stage.is_consistent().await;
    assert!(seen.row(&key.id).is_some_and(|row| row.enabled.is_known_to_be(&true)));
}

/// An item that another team keeps in the Keys table, and one that has lost its owner.
async fn put_foreign_items(stage: &Stage, api_key: &str) -> [Item; 2] {
    let settings = item(&[("id", s("CONFIG#billing")), ("entity", s("settings")), ("vat", n(19))]);
    let half = item(&[("id", s(api_key)), ("planId", s(stage.siloed.as_str())), ("name", s("half"))]);
    for item in [&settings, &half] {
        stage.put(KEYS, item.clone()).await;
    }
    [settings, half]
}

#[tokio::test]
async fn items_that_are_no_tenant_keys_are_counted_and_left_alone() {
    let (_local, stage) = staged().await;
    let named = stage.attached_key(&stage.siloed, 7).await;
    let items = put_foreign_items(&stage, named.as_str()).await;
    let seen = stage.inventory().await;
    assert_eq!((seen.rows().len(), seen.foreign_items()), (0, 2));
    let note = "2 items of table keypool-keys are no tenant keys (no owner or no planId): left alone";
    assert_eq!(seen.remarks(), [note]);
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let subjects: Vec<_> = diagnosis.findings.iter().map(|one| one.subject.as_str()).collect();
    assert!(!subjects.contains(&named.as_str()) && !subjects.contains(&"CONFIG#billing"), "{subjects:?}");
    assert!(diagnosis.remarks.iter().any(|remark| remark == note), "{:?}", diagnosis.remarks);
    fix_all(&stage).await;
    for item in items {
        let AttributeValue::S(id) = &item["id"] else { panic!("{item:?}") };
        assert_eq!(stage.item(KEYS, id).await, Some(item.clone()));
        let delete = stage.apply(&Change::Delete(vec![id.as_str().into()])).await;
        assert_eq!(delete.err(), Some(Failure::Refused(Refusal::NoRow(id.as_str().into()))));
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

const OTHER_KEY: &str = "table Theirs-TieredAPIKeys cannot be the keys table: its key is `id` (S) and `at` (S), and \
     keypool's is `id` (S) alone; name another by `keys` under [tables] in the configuration";

#[tokio::test]
async fn a_table_with_another_key_is_refused_when_it_is_found() {
    let (local, stage) = staged().await;
    put_foreign_table(&stage.dynamodb).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let refused = ops::inventory(&aws, &unwatched()).await.expect_err("refused").to_string();
    assert_eq!(refused, OTHER_KEY);
}

#[tokio::test]
async fn a_table_with_another_key_is_refused_before_other_tables_are_made_beside_it() {
    let empty = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(empty).await.expect("local AWS");
    let dynamodb = clients(&local.endpoint()).1;
    put_foreign_table(&dynamodb).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let planned = ops::planned_tables(&aws).await.expect_err("refused").to_string();
    let made = ops::setup_tables(&aws, &unwatched()).await.expect_err("refused").to_string();
    assert_eq!([planned.as_str(), made.as_str()], [OTHER_KEY; 2]);
    let tables = dynamodb.list_tables().send().await.expect("a list");
    assert_eq!(tables.table_names(), ["Theirs-TieredAPIKeys"]);
}

/// What the read-only policy of `keypool iam` denies.
fn deny_values(local: &LocalAws) {
    for operation in ["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"] {
        local.faults().script(Fault::on(operation, Answer::AccessDenied { action: None }).always());
    }
}

#[tokio::test]
async fn a_role_without_values_takes_no_shared_key_for_siloed_and_corrects_no_counter() {
    let (local, stage) = staged().await;
    let ours = stage.created(&stage.sharded, "ours", 2).await;
    let own = stage.one(&stage.siloed, "own").await;
    let shared = ours[0].require_api_key().expect("known");
    let value = ours[0].stored_value().expect("its value").expose().to_owned();
    let theirs = item(&[
        ("id", s("written-by-the-sample")),
        ("planId", s(stage.sharded.as_str())),
        ("name", s("web")),
        ("owner", s("globex")),
        ("enabled", AttributeValue::Bool(true)),
        ("value", s(&value)),
    ]);
    stage.put(KEYS, theirs).await;
    let before = stage.inventory().await;
    assert_eq!(before.row(&"written-by-the-sample".into()).and_then(|row| row.referred()), Some(&shared));

    deny_values(&local);
    let seen = stage.inventory().await;
    let row = seen.row(&"written-by-the-sample".into()).expect("it is listed");
    assert!(
        matches!(row.mode().reason(), Some(Unknown::NotAllowed { action, .. }) if action == "apigateway:GET")
    );
    assert!(
        seen.row(&own.id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Siloed)),
        "keypool wrote it"
    );
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    assert!(diagnosis.fixes_with_all().is_empty(), "{:?}", diagnosis.findings);
    let changes = [
        Change::Delete(vec![row.id.clone()]),
        Change::Rotate { rows: vec![row.id.clone()], grace: 0 },
        Change::Rebalance(stage.sharded.clone()),
        Change::DissolvePool(stage.sharded.clone()),
        Change::Mend(Mend::Recount { plan: stage.sharded.clone(), api_key: shared }),
        new_keys(&stage.sharded, "new", 1),
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
async fn the_key_at_hand_is_asked_for_before_it_is_refused() {
    let (local, stage) = staged().await;
    let own = stage.one(&stage.siloed, "own").await;
    let mut theirs = stage.item(KEYS, own.id.as_str()).await.expect("the item");
    theirs.remove("createdAt");
    theirs.remove("revision");
    stage.put(KEYS, theirs).await;
    deny_values(&local);
    let seen = stage.inventory().await;
    let rotate = [Change::Rotate { rows: vec![own.id.clone()], grace: 0 }];
    assert!(matches!(rotate[0].units(&seen), Err(Refusal::NotKnown { .. })), "it may be a reference");
    let asked = ops::with_own_api_keys(&stage.aws, seen.clone(), &rotate).await.expect("asked");
    assert!(asked.row(&own.id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Siloed)));
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlans", denied).always());
    let asked = ops::with_own_api_keys(&stage.aws, seen.clone(), &rotate).await.expect("asked");
    assert_eq!(asked, seen, "what may not be asked stays unknown");
}
