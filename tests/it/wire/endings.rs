//! Keys that end, at a clock that the test moves.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use keypool::aws::{Aws, ClockAndRandom};
use keypool::ops::{self, AlertRequest, DueEndings, EndingOutcome, EndingScope, ExplainRequest};
use keypool_domain::alert::AlertKind;
use keypool_domain::ending::{EndingState, find_endings};
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::{ApiKeyId, Change, Edit, Expiry, Inventory, TenantKey};
use keypool_local_aws::{Clock, LocalAws, Options, World};

use super::support::{silent_run, target};
use super::test_account::{Backend, TestAccount};

const HOUR: u64 = 3_600;

/// An account whose local AWS and connection show the same clock.
struct MovedClock {
    local: LocalAws,
    account: TestAccount,
}

impl MovedClock {
    async fn start() -> Self {
        let clock = Clock::fixed("2026-03-10T12:00:00Z".parse().expect("a time"));
        let options = Options { world: World::Empty, clock, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let mut account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let clock = local.clock().clone();
        let sources = ClockAndRandom::fixed(move || clock.now(), 7);
        let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
        account.aws = aws.with_clock_and_random(sources);
        Self { local, account }
    }

    fn now(&self) -> Timestamp {
        self.account.aws.now()
    }

    async fn inventory(&self) -> Inventory {
        let inventory = self.account.inventory().await;
        ops::with_tags_of_replaced_keys(&self.account.aws, inventory).await.expect("the tags")
    }

    async fn due(&self, scope: EndingScope) -> DueEndings {
        ops::find_due_endings(&self.inventory().await, scope, self.now())
    }

    /// Ends what is due; returns the API keys with their outcomes.
    async fn end(&self, confirmed: &DueEndings, scope: EndingScope) -> Vec<(ApiKeyId, EndingOutcome)> {
        let outcomes = Mutex::new(Vec::new());
        let report = |due: &ops::DueEnding, outcome| {
            outcomes.lock().expect("a lock").push((due.id.api_key.clone(), outcome));
        };
        let ended =
            ops::end_confirmed(&self.account.aws, &confirmed.due, scope, &report, &silent_run()).await;
        ended.expect("the account is read");
        outcomes.into_inner().expect("a lock")
    }

    async fn set_expiry(&self, key: &TenantKey, expiry: Expiry) {
        let edit = Edit { expiry: Some(expiry), ..Edit::default() };
        let change = Change::Edit { tenant_key: key.id.clone(), edit };
        self.account.apply(&change).await.expect("the expiry is set");
    }
}

#[tokio::test]
async fn a_grace_of_an_hour_is_listed_found_by_its_old_value_and_ended_at_its_minute() {
    let test = MovedClock::start().await;
    let key = test.account.create_key(&test.account.siloed_plan, "web").await;
    let old = key.require_api_key().expect("known");
    let old_value = test.account.api_key(&old).await.and_then(|key| key.value).expect("a value");
    let rotated = test
        .account
        .apply(&Change::Rotate { tenant_keys: vec![key.id.clone()], grace: HOUR })
        .await
        .expect("it is rotated");
    let inventory = test.inventory().await;
    let endings = find_endings(&inventory);
    assert_eq!(endings.len(), 1);
    assert_eq!(endings[0].tenant_keys[0].id, rotated.moved[0]);
    let sentence = endings[0].describe(test.now());
    assert!(sentence.contains("of acme works until 2026-03-10T13:00:00Z (in 1 h)"), "{sentence}");

    let query = KeyQuery::new(&old_value).expect("a query");
    let found = ops::look_up_key(&test.account.aws, &inventory, &query).await.expect("a lookup");
    assert_eq!(found.matches[0].api_key, old);
    let request = ExplainRequest { key_or_tenant: old.to_string(), ..ExplainRequest::default() };
    let explained = ops::explain(&test.account.aws, &inventory, &request, &silent_run()).await;
    let checks = explained.expect("an explanation").into_iter().flat_map(|diagnosis| diagnosis.checks);
    let summaries: Vec<_> = checks.map(|check| check.summary).collect();
    assert!(summaries.iter().any(|summary| summary.contains(&sentence)), "{summaries:?}");
    let request = AlertRequest { warn_percent: 80, log: None };
    let report = ops::find_alerts(&test.account.aws, &request, &silent_run()).await.expect("alerts");
    assert!(report.remarks.contains(&sentence), "{:?}", report.remarks);
    let warned = report.alerts.iter().find(|alert| alert.kind == AlertKind::KeyEnding).expect("an alert");
    assert_eq!((warned.object.as_str(), warned.at), (old.as_str(), endings[0].stops_at().into_result().ok()));
    assert_eq!((&warned.tenants, &warned.plan), (&vec![key.tenant.clone()], &Some(key.plan.clone())));

    test.local.clock().advance(Duration::from_secs(HOUR - 1));
    assert_eq!(test.due(EndingScope::TenantKeys).await, DueEndings::default(), "a second is left");
    test.local.clock().advance(Duration::from_secs(1));
    let due = test.due(EndingScope::TenantKeys).await;
    let ended = test.end(&due, EndingScope::TenantKeys).await;
    assert_eq!(ended, [(old.clone(), EndingOutcome::Ended)]);
    assert!(test.account.api_key(&old).await.is_none(), "it is deleted");
    let inventory = test.account.assert_consistent().await;
    assert!(inventory.tenant_key(&rotated.moved[0]).is_some(), "its successor stays");
    assert_eq!(test.due(EndingScope::TenantKeys).await, DueEndings::default());
}

#[tokio::test]
async fn an_old_pool_key_names_the_tenants_that_moved_and_leaves_its_pool_when_due() {
    let test = MovedClock::start().await;
    test.account.create_keys(&test.account.pooled_plan, "web", 4).await;
    let old = test.account.pool_keys[0].clone();
    test.account
        .apply(&Change::RotatePoolKey { api_key: old.clone(), grace: HOUR })
        .await
        .expect("it is rotated");
    let inventory = test.inventory().await;
    let endings = find_endings(&inventory);
    assert_eq!((endings.len(), &endings[0].api_key), (1, &old));
    assert_eq!(endings[0].tenant_keys.len(), 2, "those that had the old value");
    assert!(endings[0].is_pool_key && endings[0].state(test.now()) == EndingState::Running);
    test.local.clock().advance(Duration::from_secs(HOUR));
    assert_eq!(test.due(EndingScope::TenantKeys).await, DueEndings::default(), "it is a pool key");
    let due = test.due(EndingScope::PoolKeys).await;
    let ended = test.end(&due, EndingScope::PoolKeys).await;
    assert_eq!(ended, [(old.clone(), EndingOutcome::Ended)]);
    assert!(test.account.api_key(&old).await.is_none());
    let inventory = test.account.assert_fully_consistent().await;
    assert_eq!(inventory.pool_of_api_key(&old), None);
}

#[tokio::test]
async fn an_expired_key_is_disabled_and_its_old_value_too() {
    let test = MovedClock::start().await;
    let key = test.account.create_key(&test.account.siloed_plan, "web").await;
    let rotate = Change::Rotate { tenant_keys: vec![key.id.clone()], grace: 24 * HOUR };
    let id = test.account.apply(&rotate).await.expect("it is rotated").moved.remove(0);
    let (old, new) = (key.require_api_key().expect("known"), ApiKeyId::new(id.as_str()));
    let key = test.inventory().await.tenant_key(&id).expect("the tenant key").clone();
    let at = "2026-03-10T13:00:00Z".parse().expect("a time");
    test.set_expiry(&key, Expiry::At(at)).await;
    test.local.clock().advance(Duration::from_secs(HOUR));
    let due = test.due(EndingScope::TenantKeys).await;
    assert_eq!(test.end(&due, EndingScope::TenantKeys).await, [(new.clone(), EndingOutcome::Ended)]);
    for api_key in [&old, &new] {
        let key = test.account.api_key(api_key).await.expect("it is not deleted");
        assert!(!key.enabled, "{api_key}");
    }
    let inventory = test.inventory().await;
    let key = inventory.tenant_key(&id).expect("the tenant key");
    assert!(key.enabled.is_known_to_be(&false) && key.expires_at.is_known_to_be(&Some(at)));
    assert_eq!(test.due(EndingScope::TenantKeys).await, DueEndings::default());
    let states: Vec<_> = find_endings(&inventory).iter().map(|ending| ending.state(test.now())).collect();
    assert_eq!(states, [EndingState::Disabled], "the old value remains until its own end");
    let enable = Edit { enabled: Some(true), ..Edit::default() };
    let cautions = Change::Edit { tenant_key: id.clone(), edit: enable }.cautions(&inventory);
    assert!(cautions[0].contains("disables it again"), "{cautions:?}");
    test.local.clock().advance(Duration::from_secs(23 * HOUR));
    let due = test.due(EndingScope::TenantKeys).await;
    assert_eq!(test.end(&due, EndingScope::TenantKeys).await, [(old.clone(), EndingOutcome::Ended)]);
    assert!(test.account.api_key(&old).await.is_none(), "it is deleted at its own end");
}

#[tokio::test]
async fn a_key_whose_end_was_moved_after_the_confirmation_is_not_ended() {
    let test = MovedClock::start().await;
    let keys = test.account.create_keys(&test.account.siloed_plan, "web", 2).await;
    let old = keys[1].require_api_key().expect("known");
    let rotate = Change::Rotate { tenant_keys: vec![keys[1].id.clone()], grace: HOUR };
    test.account.apply(&rotate).await.expect("it is rotated");
    test.set_expiry(&keys[0], Expiry::At("2026-03-10T13:00:00Z".parse().expect("a time"))).await;
    test.local.clock().advance(Duration::from_secs(HOUR));
    let due = test.due(EndingScope::TenantKeys).await;
    assert_eq!(due.due.len(), 2);
    test.set_expiry(&keys[0], Expiry::Never).await;
    let later = "2026-03-11T00:00:00Z";
    test.account.tag_api_key(old.as_str(), keypool_domain::key::tag::RETIRES_AT, later).await;
    test.local.calls().clear();
    let outcomes = test.end(&due, EndingScope::TenantKeys).await;
    let outcome = |id: &ApiKeyId| outcomes.iter().find(|(key, _)| key == id).map(|(_, outcome)| outcome);
    assert_eq!(outcome(&old), Some(&EndingOutcome::Changed));
    assert_eq!(outcome(&ApiKeyId::new(keys[0].id.as_str())), Some(&EndingOutcome::AlreadyGone));
    for operation in ["UpdateApiKey", "DeleteApiKey", "TagResource", "UpdateItem"] {
        assert_eq!(test.local.calls().count(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn an_expiry_survives_a_rotation_and_never_removes_it() {
    let test = MovedClock::start().await;
    let key = test.account.create_key(&test.account.siloed_plan, "web").await;
    let at = "2026-12-31T00:00:00Z".parse().expect("a time");
    test.set_expiry(&key, Expiry::At(at)).await;
    let rotate = Change::Rotate { tenant_keys: vec![key.id.clone()], grace: 0 };
    let id = test.account.apply(&rotate).await.expect("it is rotated").moved.remove(0);
    let key = test.inventory().await.tenant_key(&id).expect("the tenant key").clone();
    assert!(key.expires_at.is_known_to_be(&Some(at)));
    test.set_expiry(&key, Expiry::Never).await;
    let inventory = test.inventory().await;
    assert!(inventory.tenant_key(&id).expect("the tenant key").expires_at.is_known_to_be(&None));
    assert_eq!(find_endings(&inventory), []);
}
