//! Accounts without tables: which source is chosen, what is read, and what an interruption leaves.

mod interruptions;

use keypool::aws::{Aws, Failure, PoolsLocation, TableNames, Target, WithoutTables};
use keypool::ops;
use keypool_domain::{InventorySource, Known, TenantRules};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, Switches, World};

use super::support::{read_inventory, silent_run, target};

fn target_with_rules(endpoint: &str, rules: &[&str]) -> Target {
    let rules = rules.iter().map(|rule| rule.parse().expect("a rule")).collect();
    let tenants = TenantRules::configured(rules);
    Target { without_tables: WithoutTables { tenants, ..WithoutTables::default() }, ..target(endpoint) }
}

async fn start() -> (LocalAws, Aws) {
    let options = Options { world: World::SampleWithoutTables, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let rules = ["tag:ownerId", "customerId", "name:^(?<tenant>[^-]+)-"];
    let aws = Aws::connect(&target_with_rules(&local.endpoint(), &rules)).await.expect("a connection");
    (local, aws)
}

#[tokio::test]
async fn api_gateway_alone_is_the_source_only_if_the_list_of_tables_says_so() {
    let (local, aws) = start().await;
    let inventory = read_inventory(&aws).await;
    assert!(matches!(inventory.source(), InventorySource::ApiGateway { .. }), "{}", inventory.source());
    assert_eq!((inventory.tenant_keys().len(), inventory.pools().len()), (35, 0));
    for answer in [Answer::AccessDenied { action: None }, Answer::Cut, Answer::ServerError { status: 500 }] {
        local.faults().script(Fault::on("ListTables", answer.clone()).always());
        let failure = ops::read_inventory(&aws, &silent_run()).await;
        assert!(failure.is_err(), "{answer:?}: shared keys would look siloed");
        local.faults().clear();
    }
}

#[tokio::test]
async fn plans_that_cannot_be_read_are_noted_without_tables_too() {
    let (local, aws) = start().await;
    let body = r#"{"item":[{"id":"p","name":"Gold","quota":{"limit":"many","period":"DAY"}}]}"#.to_owned();
    local.faults().script(Fault::on("GetUsagePlans", Answer::Body { status: 200, body }).always());
    assert!(read_inventory(&aws).await.unreadable_plans().is_some());
}

#[tokio::test]
async fn configured_tables_or_pools_are_never_replaced_by_api_gateway_alone() {
    let (local, _) = start().await;
    let plain = target(&local.endpoint());
    let tables = TableNames { plans: Some("p".to_owned()), ..TableNames::default() };
    let pools = Some(PoolsLocation::File("pools.js".into()));
    for target in [Target { tables, ..plain.clone() }, Target { pools, ..plain }] {
        let aws = Aws::connect(&target).await.expect("a connection");
        let failure = ops::read_inventory(&aws, &silent_run()).await.expect_err("no tables");
        assert!(matches!(&failure, Failure::Tables(_)), "{failure:?}");
    }
}

#[tokio::test]
async fn one_table_that_fits_without_the_others_is_an_error() {
    let (local, aws) = start().await;
    let (_, dynamodb) = super::support::sdk_clients(&local.endpoint());
    use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement, KeyType, ScalarAttributeType};
    let key =
        KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().expect("a key");
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let create = dynamodb.create_table().table_name("keypool-pools").key_schema(key);
    let create = create.attribute_definitions(id.build().expect("an attribute"));
    let billing = aws_sdk_dynamodb::types::BillingMode::PayPerRequest;
    create.billing_mode(billing).send().await.expect("a table");
    let failure = ops::read_inventory(&aws, &silent_run()).await.expect_err("incomplete tables");
    assert!(matches!(&failure, Failure::Tables(why) if why.contains("no plans table")), "{failure:?}");
}

#[tokio::test]
async fn tags_that_the_list_leaves_out_are_read_key_by_key() {
    let (local, aws) = start().await;
    local.set_switches(Switches { lists_without_tags: true, ..local.switches() });
    let inventory = read_inventory(&aws).await;
    let bluth = inventory.tenant_keys().iter().find(|key| key.name == "banana-stand").expect("the key");
    assert_eq!(bluth.tenant.as_str(), "bluth");
    assert!(inventory.remarks().is_empty(), "{:?}", inventory.remarks());
}

#[tokio::test]
async fn without_key_lists_the_keys_of_the_usage_are_shown_by_id_and_nothing_is_written() {
    let (local, aws) = start().await;
    let denied = |operation| Fault::on(operation, Answer::AccessDenied { action: None }).always();
    local.faults().script(denied("GetApiKeys"));
    local.faults().script(denied("GetUsagePlanKeys"));
    let inventory = read_inventory(&aws).await;
    assert_eq!(inventory.source(), &InventorySource::Usage);
    let stark = inventory.tenant_key(&"76kzof0yi2".into()).expect("a key with calls");
    assert_eq!((stark.tenant.as_str(), stark.plan.as_str()), ("76kzof0yi2", "p9ts4e"));
    assert!(matches!(stark.enabled, Known::Unknown(_)), "{stark:?}");
    assert!(inventory.tenant_key(&"x4q9partnr".into()).is_none(), "in no plan: nothing tells of it");
    let delete = keypool_domain::Change::Delete(vec![stark.id.clone()]);
    let refused = ops::apply(&aws, &inventory, &delete, &silent_run()).await.expect_err("refused");
    assert!(refused.to_string().contains("needs apigateway:GET on /apikeys"), "{refused}");
}
