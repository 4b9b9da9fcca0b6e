//! The account as API Gateway and DynamoDB have it, read by the SDK alone, and what must hold in it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;

use aws_sdk_apigateway::types::{ApiKey, IntegrationType};
use keypool::ops::{self, ConfirmedFix, DoctorReport};
use keypool_domain::drift::{Finding, Kind};

use super::workers::{AcknowledgedKeys, KeyState};
use crate::support::http_pipeline;
use crate::wire::support::plain_run;
use crate::wire::test_account::{Item, KEYS_TABLE, POOLS_TABLE, TestAccount};

/// Looks that the doctor needs at most.
const MAX_DIAGNOSES: usize = 6;

/// All API keys, the members of the plans, and the items of both tables.
pub(super) struct AccountState {
    api_keys: BTreeMap<String, ApiKey>,
    members: BTreeMap<String, BTreeSet<String>>,
    tenant_keys: Vec<Item>,
    pool_items: Vec<Item>,
}

pub(super) async fn read_account(stage: &TestAccount) -> AccountState {
    let mut keys = BTreeMap::new();
    let mut pages = stage.gateway.get_api_keys().include_values(true).into_paginator().items().send();
    while let Some(key) = pages.next().await {
        let key = key.expect("API keys");
        keys.insert(key.id().expect("an id").to_owned(), key);
    }
    let mut members = BTreeMap::new();
    for plan in stage.gateway.get_usage_plans().send().await.expect("usage plans").items() {
        let id = plan.id().expect("an id");
        let asked = stage.gateway.get_usage_plan_keys().usage_plan_id(id).limit(500).send().await;
        let asked = asked.expect("members");
        members.insert(
            id.to_owned(),
            asked.items().iter().filter_map(|key| key.id().map(str::to_owned)).collect(),
        );
    }
    let mut rows = scan_items(stage, KEYS_TABLE).await;
    // Pool keys stand there, too, for the sample application to read their values.
    rows.retain(|row| text_attribute(row, "owner") != Some("keypool:pool"));
    AccountState {
        api_keys: keys,
        members,
        tenant_keys: rows,
        pool_items: scan_items(stage, POOLS_TABLE).await,
    }
}

async fn scan_items(stage: &TestAccount, table: &str) -> Vec<Item> {
    let pages = stage.dynamodb.scan().table_name(table).consistent_read(true).into_paginator().items().send();
    pages.collect::<Result<Vec<_>, _>>().await.expect("items")
}

fn text_attribute<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number_attribute(item: &Item, name: &str) -> usize {
    item[name].as_n().expect("a number").parse().expect("a number")
}

/// Makes the method of the stage answer 200.
pub(super) async fn put_mock_integration(stage: &TestAccount) {
    let gateway = &stage.gateway;
    let apis = gateway.get_rest_apis().send().await.expect("REST APIs");
    let api = apis.items()[0].id().expect("its id");
    let resources = gateway.get_resources().rest_api_id(api).send().await.expect("resources");
    let root = resources.items()[0].id().expect("the root");
    let response = gateway.put_method_response().rest_api_id(api).resource_id(root).http_method("GET");
    response.status_code("200").send().await.expect("a method response");
    let mock = gateway.put_integration().rest_api_id(api).resource_id(root).http_method("GET");
    let mock =
        mock.r#type(IntegrationType::Mock).request_templates("application/json", r#"{"statusCode": 200}"#);
    mock.send().await.expect("an integration");
    let answer = gateway.put_integration_response().rest_api_id(api).resource_id(root).http_method("GET");
    answer.status_code("200").send().await.expect("an integration response");
    gateway.create_deployment().rest_api_id(api).stage_name("prod").send().await.expect("a deployment");
}

/// Lets the marks of the killed expire, and has the doctor fix whatever it finds, as if each question were answered with
/// the first way.
pub(super) async fn fix_all(stage: &TestAccount, acknowledged: &AcknowledgedKeys) {
    stage.expire_work_marks().await;
    for _ in 0..MAX_DIAGNOSES {
        let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
        assert_only_killed_lack_api_key(&diagnosis, acknowledged);
        let fix = |finding: &Finding| {
            let change = finding.fix.options().first().map(|(_, change)| *change)?;
            Some(ConfirmedFix::new(finding, change, &diagnosis.inventory))
        };
        let fixes: Vec<_> = diagnosis.findings.iter().filter_map(fix).collect();
        if fixes.is_empty() {
            return;
        }
        ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &plain_run()).await.expect("fixes");
    }
}

fn assert_only_killed_lack_api_key(diagnosis: &DoctorReport, acknowledged: &AcknowledgedKeys) {
    let killed = acknowledged.keys_in_state(KeyState::Uncertain);
    for finding in diagnosis.findings.iter().filter(|one| one.kind == Kind::TenantKeyWithoutApiKey) {
        let row = diagnosis.inventory.tenant_keys().iter().find(|row| row.id.as_str() == finding.subject);
        let name = row.map(|row| format!("{}/{}", row.tenant, row.name)).expect("its tenant key");
        assert!(killed.contains(&name), "{name}: {}", finding.summary);
    }
}

/// Host and path of a URL.
fn split_url(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let at = rest.find('/').unwrap_or(rest.len());
    (rest[..at].to_owned(), rest[at..].to_owned())
}

impl AccountState {
    fn pool_key_ids(&self) -> BTreeSet<&str> {
        let lists = self.pool_items.iter().filter_map(|item| item.get("apiKeys")?.as_l().ok());
        lists.flatten().filter_map(|id| id.as_s().ok().map(String::as_str)).collect()
    }

    /// API keys of tenant keys with an API key of their own.
    fn siloed_key_ids(&self) -> BTreeSet<&str> {
        let own = self.tenant_keys.iter().filter(|row| !row.contains_key("poolKeyId"));
        own.filter_map(|row| text_attribute(row, "id")).collect()
    }

    /// What the marks are about.
    fn marked_subjects(&self) -> BTreeSet<&str> {
        self.pool_items.iter().filter_map(|item| text_attribute(item, "id")?.strip_prefix("work#")).collect()
    }

    /// API keys that can be called with and that nothing accounts for, with their names.
    pub(super) fn unaccounted_api_keys(&self) -> BTreeMap<String, String> {
        let (pools, own, marks) = (self.pool_key_ids(), self.siloed_key_ids(), self.marked_subjects());
        let accounted = |id: &str, key: &ApiKey| {
            let tag = |name: &str| key.tags().and_then(|tags| tags.get(name));
            let is_marked =
                marks.contains(id) || tag("keypool:request").is_some_and(|r| marks.contains(r.as_str()));
            let is_in_grace = tag("keypool:retires-at").is_some();
            pools.contains(id) || own.contains(id) || is_marked || is_in_grace
        };
        let open = self.api_keys.iter().filter(|(id, key)| key.enabled() && !accounted(id, key));
        open.map(|(id, key)| (id.clone(), format!("{} {:?}", key.name().unwrap_or_default(), key.tags())))
            .collect()
    }

    /// Every invariant.
    pub(super) async fn assert_invariants(
        &self,
        stage: &TestAccount,
        acknowledged: &AcknowledgedKeys,
        capacity: u32,
    ) {
        assert_eq!(self.unaccounted_api_keys(), BTreeMap::new(), "usable, and nothing accounts for it");
        self.assert_acknowledged_keys(acknowledged);
        self.assert_counters(capacity);
        let route = ops::read_routes(&stage.aws, &stage.inventory().await, &stage.siloed_plan)
            .await
            .expect("a route")
            .remove(0);
        let (host, stage_path) = split_url(&route.invoke_url);
        for row in &self.tenant_keys {
            let said = format!("{row:?}");
            let id = text_attribute(row, "poolKeyId").or(text_attribute(row, "id")).expect("an API key");
            let key = self.api_keys.get(id).unwrap_or_else(|| panic!("no API key {id}: {said}"));
            assert!(key.enabled(), "{id} is disabled: {said}");
            assert!(
                self.members[text_attribute(row, "planId").expect("a plan")].contains(id),
                "not in its plan: {said}"
            );
            assert_eq!(text_attribute(row, "value"), key.value(), "another value: {said}");
        }
        let ids: Vec<_> = self.siloed_key_ids().into_iter().chain(self.pool_key_ids()).collect();
        let call = |id: &&str| {
            let value = self.api_keys[*id].value().expect("a value");
            format!("GET {stage_path}{} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {value}\r\n\r\n", route.path)
        };
        let calls: Vec<_> = ids.iter().map(call).collect();
        let answers =
            http_pipeline::send_pipelined(&TcpStream::connect(&host).expect("a connection"), &calls);
        let refused: Vec<_> = ids.iter().zip(answers).filter(|(_, status)| *status != 200).collect();
        assert!(refused.is_empty(), "not answered 200: {refused:?}");
    }

    fn assert_acknowledged_keys(&self, acknowledged: &AcknowledgedKeys) {
        let name =
            |row: &Item| Some(format!("{}/{}", text_attribute(row, "owner")?, text_attribute(row, "name")?));
        let all: Vec<_> = self.tenant_keys.iter().filter_map(name).collect();
        let there: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), there.len(), "a tenant key is there twice");
        let lost: Vec<_> =
            acknowledged.keys_in_state(KeyState::Present).difference(&there).copied().cloned().collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let back: Vec<_> =
            acknowledged.keys_in_state(KeyState::Absent).intersection(&there).copied().cloned().collect();
        assert!(back.is_empty(), "deleted or never created, and there: {back:?}");
    }

    fn assert_counters(&self, capacity: u32) {
        for id in self.pool_key_ids() {
            let behind =
                self.tenant_keys.iter().filter(|row| text_attribute(row, "poolKeyId") == Some(id)).count();
            let is_its = |item: &&Item| text_attribute(item, "id") == Some(&format!("key#{id}"));
            let counter =
                self.pool_items.iter().find(is_its).unwrap_or_else(|| panic!("{id} has no counter"));
            assert_eq!(number_attribute(counter, "tenants"), behind, "the counter of {id}");
            assert!(behind <= capacity as usize, "{behind} tenants of {capacity} behind {id}");
        }
    }
}
