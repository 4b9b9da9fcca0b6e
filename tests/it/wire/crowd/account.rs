//! The account as API Gateway and DynamoDB have it, read by the SDK alone, and what must hold in it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;

use aws_sdk_apigateway::types::{ApiKey, IntegrationType};
use keypool::ops::{self, ConfirmedFix, Diagnosis};
use keypool_domain::drift::{Finding, Kind};

use super::story::{Acknowledged, Known};
use crate::support::raw;
use crate::wire::stage::{Item, KEYS, POOLS, Stage};
use crate::wire::support::unwatched;

/// Looks that the doctor needs at most.
const LOOKS: usize = 6;

/// All API keys, the members of the plans, and the items of both tables.
pub(super) struct Account {
    keys: BTreeMap<String, ApiKey>,
    members: BTreeMap<String, BTreeSet<String>>,
    rows: Vec<Item>,
    pools: Vec<Item>,
}

pub(super) async fn read(stage: &Stage) -> Account {
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
    let mut rows = items(stage, KEYS).await;
    // Pool keys stand there, too, for the sample application to read their values.
    rows.retain(|row| text(row, "owner") != Some("keypool:pool"));
    Account { keys, members, rows, pools: items(stage, POOLS).await }
}

async fn items(stage: &Stage, table: &str) -> Vec<Item> {
    let pages = stage.dynamodb.scan().table_name(table).consistent_read(true).into_paginator().items().send();
    pages.collect::<Result<Vec<_>, _>>().await.expect("items")
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number(item: &Item, name: &str) -> usize {
    item[name].as_n().expect("a number").parse().expect("a number")
}

/// Makes the method of the stage answer 200.
pub(super) async fn answer_200(stage: &Stage) {
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
pub(super) async fn fix_all(stage: &Stage, acknowledged: &Acknowledged) {
    stage.let_marks_expire().await;
    for _ in 0..LOOKS {
        let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
        only_the_killed_are_without_api_key(&diagnosis, acknowledged);
        let fix = |finding: &Finding| {
            let change = finding.fix.answers().first().map(|(_, change)| *change)?;
            Some(ConfirmedFix::new(finding, change, &diagnosis.inventory))
        };
        let fixes: Vec<_> = diagnosis.findings.iter().filter_map(fix).collect();
        if fixes.is_empty() {
            return;
        }
        ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &unwatched()).await.expect("fixes");
    }
}

fn only_the_killed_are_without_api_key(diagnosis: &Diagnosis, acknowledged: &Acknowledged) {
    let killed = acknowledged.named(Known::Either);
    for finding in diagnosis.findings.iter().filter(|one| one.kind == Kind::TenantKeyWithoutApiKey) {
        let row = diagnosis.inventory.rows().iter().find(|row| row.id.as_str() == finding.subject);
        let name = row.map(|row| format!("{}/{}", row.tenant, row.name)).expect("its tenant key");
        assert!(killed.contains(&name), "{name}: {}", finding.seen);
    }
}

/// Host and path of a URL.
fn parts(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let at = rest.find('/').unwrap_or(rest.len());
    (rest[..at].to_owned(), rest[at..].to_owned())
}

impl Account {
    fn in_pools(&self) -> BTreeSet<&str> {
        let lists = self.pools.iter().filter_map(|item| item.get("apiKeys")?.as_l().ok());
        lists.flatten().filter_map(|id| id.as_s().ok().map(String::as_str)).collect()
    }

    /// API keys of tenant keys with an API key of their own.
    fn own(&self) -> BTreeSet<&str> {
        let own = self.rows.iter().filter(|row| !row.contains_key("poolKeyId"));
        own.filter_map(|row| text(row, "id")).collect()
    }

    /// What the marks are about.
    fn marked(&self) -> BTreeSet<&str> {
        self.pools.iter().filter_map(|item| text(item, "id")?.strip_prefix("work#")).collect()
    }

    /// API keys that can be called with and that nothing accounts for, with their names.
    pub(super) fn usable_without_user_or_mark(&self) -> BTreeMap<String, String> {
        let (pools, own, marks) = (self.in_pools(), self.own(), self.marked());
        let accounted = |id: &str, key: &ApiKey| {
            let tag = |name: &str| key.tags().and_then(|tags| tags.get(name));
            let is_marked =
                marks.contains(id) || tag("keypool:request").is_some_and(|r| marks.contains(r.as_str()));
            let is_in_grace = tag("keypool:retires-at").is_some();
            pools.contains(id) || own.contains(id) || is_marked || is_in_grace
        };
        let open = self.keys.iter().filter(|(id, key)| key.enabled() && !accounted(id, key));
        open.map(|(id, key)| (id.clone(), format!("{} {:?}", key.name().unwrap_or_default(), key.tags())))
            .collect()
    }

    /// Every invariant.
    pub(super) async fn holds(&self, stage: &Stage, acknowledged: &Acknowledged, capacity: u32) {
        assert_eq!(
            self.usable_without_user_or_mark(),
            BTreeMap::new(),
            "usable, and nothing accounts for it"
        );
        self.names_are_those_acknowledged(acknowledged);
        self.counters_are_right(capacity);
        let route = ops::routes(&stage.aws, &stage.inventory().await, &stage.siloed)
            .await
            .expect("a route")
            .remove(0);
        let (host, stage_path) = parts(&route.invoke_url);
        for row in &self.rows {
            let said = format!("{row:?}");
            let id = text(row, "poolKeyId").or(text(row, "id")).expect("an API key");
            let key = self.keys.get(id).unwrap_or_else(|| panic!("no API key {id}: {said}"));
            assert!(key.enabled(), "{id} is disabled: {said}");
            assert!(
                self.members[text(row, "planId").expect("a plan")].contains(id),
                "not in its plan: {said}"
            );
            assert_eq!(text(row, "value"), key.value(), "another value: {said}");
        }
        let ids: Vec<_> = self.own().into_iter().chain(self.in_pools()).collect();
        let call = |id: &&str| {
            let value = self.keys[*id].value().expect("a value");
            format!("GET {stage_path}{} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {value}\r\n\r\n", route.path)
        };
        let calls: Vec<_> = ids.iter().map(call).collect();
        let answers = raw::send(&TcpStream::connect(&host).expect("a connection"), &calls);
        let refused: Vec<_> = ids.iter().zip(answers).filter(|(_, status)| *status != 200).collect();
        assert!(refused.is_empty(), "not answered 200: {refused:?}");
    }

    fn names_are_those_acknowledged(&self, acknowledged: &Acknowledged) {
        let name = |row: &Item| Some(format!("{}/{}", text(row, "owner")?, text(row, "name")?));
        let all: Vec<_> = self.rows.iter().filter_map(name).collect();
        let there: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), there.len(), "a tenant key is there twice");
        let lost: Vec<_> = acknowledged.named(Known::Here).difference(&there).copied().cloned().collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let back: Vec<_> = acknowledged.named(Known::Gone).intersection(&there).copied().cloned().collect();
        assert!(back.is_empty(), "deleted or never created, and there: {back:?}");
    }

    fn counters_are_right(&self, capacity: u32) {
        for id in self.in_pools() {
            let behind = self.rows.iter().filter(|row| text(row, "poolKeyId") == Some(id)).count();
            let is_its = |item: &&Item| text(item, "id") == Some(&format!("key#{id}"));
            let counter = self.pools.iter().find(is_its).unwrap_or_else(|| panic!("{id} has no counter"));
            assert_eq!(number(counter, "tenants"), behind, "the counter of {id}");
            assert!(behind <= capacity as usize, "{behind} tenants of {capacity} behind {id}");
        }
    }
}
