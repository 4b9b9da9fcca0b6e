//! The state of the account, read with the SDK alone, and its invariants.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;

use aws_sdk_apigateway::types::{ApiKey, IntegrationType};
use keypool::ops::{self, ConfirmedFix, DoctorReport};
use keypool_domain::drift::{Finding, FindingKind};

use super::workers::{AcknowledgedKeys, KeyState};
use crate::support::http_pipeline;
use crate::wire::support::silent_run;
use crate::wire::test_account::{Item, KEYS_TABLE, POOLS_TABLE, TestAccount};

const MAX_DIAGNOSES: usize = 6;

pub(super) struct AccountState {
    api_keys: BTreeMap<String, ApiKey>,
    members: BTreeMap<String, BTreeSet<String>>,
    tenant_keys: Vec<Item>,
    pools_table_items: Vec<Item>,
}

pub(super) async fn read_account(account: &TestAccount) -> AccountState {
    let mut keys = BTreeMap::new();
    let mut pages = account.gateway.get_api_keys().include_values(true).into_paginator().items().send();
    while let Some(key) = pages.next().await {
        let key = key.expect("API keys");
        keys.insert(key.id().expect("an id").to_owned(), key);
    }
    let mut members = BTreeMap::new();
    for plan in account.gateway.get_usage_plans().send().await.expect("usage plans").items() {
        let id = plan.id().expect("an id");
        let page = account.gateway.get_usage_plan_keys().usage_plan_id(id).limit(500).send().await;
        members.insert(
            id.to_owned(),
            page.expect("members").items().iter().filter_map(|key| key.id().map(str::to_owned)).collect(),
        );
    }
    let mut tenant_keys = scan_items(account, KEYS_TABLE).await;
    // Pool items, which the sample application reads, are not tenant keys.
    tenant_keys.retain(|tenant_key| text_attribute(tenant_key, "owner") != Some("keypool:pool"));
    AccountState {
        api_keys: keys,
        members,
        tenant_keys,
        pools_table_items: scan_items(account, POOLS_TABLE).await,
    }
}

async fn scan_items(account: &TestAccount, table: &str) -> Vec<Item> {
    let pages =
        account.dynamodb.scan().table_name(table).consistent_read(true).into_paginator().items().send();
    pages.collect::<Result<Vec<_>, _>>().await.expect("items")
}

fn text_attribute<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number_attribute(item: &Item, name: &str) -> usize {
    item[name].as_n().expect("a number").parse().expect("a number")
}

/// Makes the method of the test API return 200.
pub(super) async fn put_mock_integration(account: &TestAccount) {
    let gateway = &account.gateway;
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
    let integration_response =
        gateway.put_integration_response().rest_api_id(api).resource_id(root).http_method("GET");
    integration_response.status_code("200").send().await.expect("an integration response");
    gateway.create_deployment().rest_api_id(api).stage_name("prod").send().await.expect("a deployment");
}

/// Expires all work marks and lets the doctor fix everything, with the first option of each choice.
pub(super) async fn fix_all(account: &TestAccount, acknowledged: &AcknowledgedKeys) {
    account.expire_work_marks().await;
    for _ in 0..MAX_DIAGNOSES {
        let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
        assert_only_uncertain_keys_lack_api_key(&diagnosis, acknowledged);
        let fix = |finding: &Finding| {
            let change = finding.fix.options().first().map(|(_, change)| *change)?;
            Some(ConfirmedFix::new(finding, change, &diagnosis.inventory))
        };
        let fixes: Vec<_> = diagnosis.findings.iter().filter_map(fix).collect();
        if fixes.is_empty() {
            return;
        }
        ops::fix_confirmed(&account.aws, &fixes, &|_| (), &silent_run()).await.expect("fixes");
    }
}

/// Asserts that a tenant key lacks its API key only if its create was killed or its delete did not succeed.
fn assert_only_uncertain_keys_lack_api_key(diagnosis: &DoctorReport, acknowledged: &AcknowledgedKeys) {
    let uncertain = acknowledged.keys_in_state(KeyState::Uncertain);
    for finding in
        diagnosis.findings.iter().filter(|finding| finding.kind == FindingKind::TenantKeyWithoutApiKey)
    {
        let tenant_key = diagnosis
            .inventory
            .tenant_keys()
            .iter()
            .find(|tenant_key| tenant_key.id.as_str() == finding.subject);
        let name = tenant_key
            .map(|tenant_key| format!("{}/{}", tenant_key.tenant, tenant_key.name))
            .expect("its tenant key");
        assert!(uncertain.contains(&name), "{name}: {}", finding.summary);
    }
}

/// Splits a URL into host and path.
fn split_url(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let at = rest.find('/').unwrap_or(rest.len());
    (rest[..at].to_owned(), rest[at..].to_owned())
}

impl AccountState {
    fn pool_key_ids(&self) -> BTreeSet<&str> {
        let lists = self.pools_table_items.iter().filter_map(|item| item.get("apiKeys")?.as_l().ok());
        lists.flatten().filter_map(|id| id.as_s().ok().map(String::as_str)).collect()
    }

    fn siloed_key_ids(&self) -> BTreeSet<&str> {
        let siloed = self.tenant_keys.iter().filter(|tenant_key| !tenant_key.contains_key("poolKeyId"));
        siloed.filter_map(|tenant_key| text_attribute(tenant_key, "id")).collect()
    }

    /// Subjects of all work marks.
    fn marked_subjects(&self) -> BTreeSet<&str> {
        self.pools_table_items
            .iter()
            .filter_map(|item| text_attribute(item, "id")?.strip_prefix("work#"))
            .collect()
    }

    /// Enabled API keys without tenant key, pool, work mark or retirement date; name and tags by id.
    pub(super) fn unaccounted_api_keys(&self) -> BTreeMap<String, String> {
        let (pool_keys, siloed, marks) = (self.pool_key_ids(), self.siloed_key_ids(), self.marked_subjects());
        let is_accounted_for = |id: &str, key: &ApiKey| {
            let tag = |name: &str| key.tags().and_then(|tags| tags.get(name));
            let is_marked =
                marks.contains(id) || tag("keypool:request").is_some_and(|r| marks.contains(r.as_str()));
            let is_retiring = tag("keypool:retires-at").is_some();
            pool_keys.contains(id) || siloed.contains(id) || is_marked || is_retiring
        };
        let unaccounted =
            self.api_keys.iter().filter(|(id, key)| key.enabled() && !is_accounted_for(id, key));
        unaccounted
            .map(|(id, key)| (id.clone(), format!("{} {:?}", key.name().unwrap_or_default(), key.tags())))
            .collect()
    }

    pub(super) async fn assert_invariants(
        &self,
        account: &TestAccount,
        acknowledged: &AcknowledgedKeys,
        capacity: u32,
    ) {
        assert_eq!(
            self.unaccounted_api_keys(),
            BTreeMap::new(),
            "usable API keys without tenant key, pool or work mark"
        );
        self.assert_acknowledged_keys(acknowledged);
        self.assert_counters(capacity);
        let route = ops::read_routes(&account.aws, &account.inventory().await, &account.siloed_plan)
            .await
            .expect("a route")
            .remove(0);
        let (host, stage_path) = split_url(&route.invoke_url);
        for tenant_key in &self.tenant_keys {
            let item = format!("{tenant_key:?}");
            let id = text_attribute(tenant_key, "poolKeyId")
                .or(text_attribute(tenant_key, "id"))
                .expect("an API key");
            let key = self.api_keys.get(id).unwrap_or_else(|| panic!("no API key {id}: {item}"));
            assert!(key.enabled(), "{id} is disabled: {item}");
            assert!(
                self.members[text_attribute(tenant_key, "planId").expect("a plan")].contains(id),
                "not in its plan: {item}"
            );
            assert_eq!(text_attribute(tenant_key, "value"), key.value(), "wrong value: {item}");
        }
        let ids: Vec<_> = self.siloed_key_ids().into_iter().chain(self.pool_key_ids()).collect();
        let call = |id: &&str| {
            let value = self.api_keys[*id].value().expect("a value");
            format!("GET {stage_path}{} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {value}\r\n\r\n", route.path)
        };
        let calls: Vec<_> = ids.iter().map(call).collect();
        let statuses =
            http_pipeline::send_pipelined(&TcpStream::connect(&host).expect("a connection"), &calls);
        let refused: Vec<_> = ids.iter().zip(statuses).filter(|(_, status)| *status != 200).collect();
        assert!(refused.is_empty(), "not 200: {refused:?}");
    }

    fn assert_acknowledged_keys(&self, acknowledged: &AcknowledgedKeys) {
        let name = |tenant_key: &Item| {
            Some(format!("{}/{}", text_attribute(tenant_key, "owner")?, text_attribute(tenant_key, "name")?))
        };
        let names: Vec<_> = self.tenant_keys.iter().filter_map(name).collect();
        let present: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), present.len(), "duplicate tenant key");
        let lost: Vec<_> =
            acknowledged.keys_in_state(KeyState::Present).difference(&present).copied().cloned().collect();
        assert!(lost.is_empty(), "acknowledged but lost: {lost:?}");
        let unexpected: Vec<_> =
            acknowledged.keys_in_state(KeyState::Absent).intersection(&present).copied().cloned().collect();
        assert!(unexpected.is_empty(), "deleted or refused, but present: {unexpected:?}");
    }

    fn assert_counters(&self, capacity: u32) {
        for id in self.pool_key_ids() {
            let tenants = self
                .tenant_keys
                .iter()
                .filter(|tenant_key| text_attribute(tenant_key, "poolKeyId") == Some(id))
                .count();
            let is_counter = |item: &&Item| text_attribute(item, "id") == Some(&format!("key#{id}"));
            let counter = self
                .pools_table_items
                .iter()
                .find(is_counter)
                .unwrap_or_else(|| panic!("{id} has no counter"));
            assert_eq!(number_attribute(counter, "tenants"), tenants, "tenant count of {id}");
            assert!(tenants <= capacity as usize, "{tenants} tenants on {id}, capacity {capacity}");
        }
    }
}
