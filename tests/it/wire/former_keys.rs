//! Notes about keys that have ended, and the reports that are made from them.

mod several_plans;

use std::net::TcpStream;

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::{Aws, ClockAndRandom, Target};
use keypool::ops::{self, ChargeReport, ChargeRequest, Run, Trail};
use keypool_domain::change::OtherPlans;
use keypool_domain::charging::{Billing, Currency, Tariff};
use keypool_domain::usage::DayRange;
use keypool_domain::{
    Change, FormerApiKey, FormerKey, NewTenantKey, NewTenantKeys, PlanId, Price, Secret, TenantKey,
};
use keypool_local_aws::{Answer, Clock, Fault, LocalAws, Options, World};

use super::support::{silent_run, target};
use super::test_account::{Backend, POOLS_TABLE, TestAccount};
use crate::support::http_pipeline;

/// Calls that are unknown, in expectations.
const UNKNOWN: u64 = u64::MAX;

/// An account on 30 October.
struct OctoberAccount {
    local: LocalAws,
    account: TestAccount,
    /// Of the next random numbers: keypool would create the same API key again with the same ones.
    seed: u64,
}

impl OctoberAccount {
    async fn start() -> Self {
        let clock = Clock::fixed("2026-10-30T12:00:00Z".parse().expect("a time"));
        let options = Options { world: World::Empty, clock, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let mut october = Self { local, account, seed: 7 };
        october.set_time("2026-10-30T12:00:00Z");
        october
    }

    /// The time of keypool; that of local AWS stays.
    fn set_time(&mut self, time: &'static str) {
        let now = time.parse().expect("a time");
        self.seed += 1;
        let clock = ClockAndRandom::fixed(move || now, self.seed);
        self.account.aws = self.account.aws.clone().with_clock_and_random(clock);
    }

    async fn create_key(&self, plan: &PlanId, tenant: &str) -> TenantKey {
        let template = NewTenantKey {
            plan: plan.clone(),
            tenant: tenant.into(),
            name: "web".to_owned(),
            description: String::new(),
            enabled: true,
            expires_at: None,
        };
        let change = Change::Create(NewTenantKeys { template, count: 1 });
        let applied = self.account.apply(&change).await.expect("a key");
        self.account.inventory().await.tenant_key(&applied.created[0]).expect("the key").clone()
    }

    /// Makes this many calls with the tenant key.
    async fn call(&self, tenant_key: &TenantKey, count: usize) {
        let inventory = self.account.inventory().await;
        let routes = ops::read_routes(&self.account.aws, &inventory, &tenant_key.plan).await.expect("routes");
        let url = format!("{}{}", routes[0].invoke_url, routes[0].path);
        let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
        let value = tenant_key.stored_value().expect("its value").expose();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {value}\r\n\r\n");
        let stream = TcpStream::connect(host).expect("a connection");
        let statuses = http_pipeline::send_pipelined(&stream, &vec![request; count]);
        assert!(statuses.iter().all(|status| !matches!(status, 403 | 429)), "{statuses:?}");
    }

    async fn notes(&self) -> Vec<FormerKey> {
        self.account.inventory().await.former_keys().to_vec()
    }

    async fn report(&mut self, run: &Run) -> ChargeReport {
        self.set_time("2026-11-01T12:00:00Z");
        let tariff = Tariff {
            currency: Currency::default(),
            billing: Billing::WholeMonths,
            rates: std::collections::BTreeMap::new(),
        };
        let request = ChargeRequest { month: october(), tariff: &tariff, log: None, refreeze: false };
        let inventory = self.account.inventory().await;
        ops::calculate_charges(&self.account.aws, &inventory, &request, run).await.expect("a report")
    }
}

fn october() -> DayRange {
    DayRange::parse_month("2026-10").expect("a month")
}

/// Tenant, plan, flat price in cents, own calls, in order.
fn lines(charges: &ChargeReport) -> Vec<(String, String, Option<i64>, u64)> {
    let line = |line: &keypool_domain::charging::Line| {
        let price = line.flat_price.map(Price::cents);
        (line.tenant.to_string(), line.plan_name.clone(), price, line.own_calls.unwrap_or(UNKNOWN))
    };
    let mut lines: Vec<_> = charges.report.lines.iter().map(line).collect();
    lines.sort_unstable();
    lines
}

fn expected(lines: &[(&str, &str, Option<i64>, u64)]) -> Vec<(String, String, Option<i64>, u64)> {
    lines.iter().map(|(tenant, plan, flat, own)| ((*tenant).into(), (*plan).into(), *flat, *own)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_deleted_on_the_30th_is_charged_with_its_last_calls() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 7).await;
    october_account.account.apply(&Change::Delete(vec![key.id.clone()])).await.expect("deleted");
    let id = format!("former#{}#2026-10-30T12:00:00Z", key.id);
    let item = october_account.account.get_item(POOLS_TABLE, &id).await.expect("the note");
    let calls = item["calls"].as_m().expect("a map");
    assert_eq!(calls.get("2026-10"), Some(&AttributeValue::N("7".to_owned())));
    assert_eq!(item["leftAt"], AttributeValue::S("2026-10-30T12:00:00Z".to_owned()));
    assert!(!format!("{item:?}").contains(key.stored_value().expect("its value").expose()));

    let charges = october_account.report(&silent_run()).await;
    assert_eq!(lines(&charges), expected(&[("acme", "Siloed", Some(4_900), 7)]));
    assert!(charges.report.unattributed.is_empty() && charges.remarks.is_empty(), "{:?}", charges.remarks);
    assert!(charges.frozen.is_none(), "nothing is kept for loopback endpoints");
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_that_cannot_be_read_is_unknown_in_the_note_and_does_not_stop_the_deletion() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 7).await;
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
    october_account.local.faults().script(denied.always());
    october_account.account.apply(&Change::Delete(vec![key.id.clone()])).await.expect("deleted");
    october_account.local.faults().clear();
    let notes = october_account.notes().await;
    assert_eq!((notes.len(), notes[0].calls.len()), (1, 0));
    let charges = october_account.report(&silent_run()).await;
    assert_eq!(lines(&charges), expected(&[("acme", "Siloed", Some(4_900), UNKNOWN)]));
    let remark = format!("API key {} of acme in Siloed ended on 2026-10-30: its calls are unknown", key.id);
    assert_eq!(charges.remarks, [remark]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotated_and_moved_keys_keep_their_calls_and_owe_one_price() {
    let mut october_account = OctoberAccount::start().await;
    let [siloed, pooled] =
        [&october_account.account.siloed_plan, &october_account.account.pooled_plan].map(Clone::clone);
    let rotated = october_account.create_key(&siloed, "acme").await;
    let moved = october_account.create_key(&siloed, "globex").await;
    let left = october_account.create_key(&pooled, "hooli").await;
    let isolated = october_account.create_key(&pooled, "initech").await;
    october_account.call(&rotated, 3).await;
    october_account.call(&moved, 4).await;
    for change in [
        Change::Rotate { tenant_keys: vec![rotated.id.clone()], grace: 0 },
        Change::ChangePlan {
            tenant_keys: vec![moved.id.clone()],
            plan: pooled.clone(),
            other_plans: OtherPlans::Refuse,
        },
        Change::Delete(vec![left.id.clone()]),
        Change::ChangePlan {
            tenant_keys: vec![isolated.id.clone()],
            plan: siloed.clone(),
            other_plans: OtherPlans::Refuse,
        },
    ] {
        october_account.account.apply(&change).await.expect("applied");
    }
    let mut notes: Vec<_> = october_account
        .notes()
        .await
        .into_iter()
        .map(|note| {
            let tenant = note.tenant.expect("a tenant").to_string();
            (
                tenant,
                note.plan,
                note.continued_as.is_some(),
                note.is_shared,
                note.calls.get(&october().from()).copied(),
            )
        })
        .collect();
    notes.sort_unstable();
    let note = |tenant: &str, plan: &PlanId, goes_on, is_shared, calls| {
        (tenant.to_owned(), plan.clone(), goes_on, is_shared, calls)
    };
    assert_eq!(
        notes,
        [
            note("acme", &siloed, true, false, Some(3)),
            note("globex", &siloed, true, false, Some(4)),
            note("hooli", &pooled, false, true, None),
            note("initech", &pooled, true, true, None),
        ]
    );
    let charges = october_account.report(&silent_run()).await;
    // Both plans cost 49: of equal prices the latest plan's is charged.
    assert_eq!(
        lines(&charges),
        expected(&[
            // keypool calls once with each new API key, until it is accepted.
            ("acme", "Siloed", Some(4_900), 3 + 1),
            ("globex", "Sharded", Some(4_900), 0),
            ("globex", "Siloed", None, 4),
            ("hooli", "Sharded", Some(4_900), 0),
            ("initech", "Siloed", Some(4_900), 1),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_is_undone_never_ended_the_key() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 7).await;
    let inventory = october_account.account.inventory().await;
    let former = FormerApiKey::from_inventory(&key.require_api_key().expect("known"), &inventory);
    october_account.account.apply(&Change::Delete(vec![key.id.clone()])).await.expect("deleted");
    let value = Secret::new(key.stored_value().expect("its value").expose());
    let restore = Change::restore(key.clone(), value, former.expect("the API key"));
    let applied = october_account.account.apply(&restore).await.expect("restored");
    let notes = october_account.notes().await;
    assert_eq!((notes.len(), notes[0].continued_as.as_ref()), (1, Some(&applied.created[0])));
    let charges = october_account.report(&silent_run()).await;
    // One more: keypool calls with the restored API key until it is accepted.
    assert_eq!(lines(&charges), expected(&[("acme", "Siloed", Some(4_900), 7 + 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pools_table_the_audit_trail_has_the_notes() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 5).await;
    let delete = october_account.account.dynamodb.delete_table().table_name(POOLS_TABLE).send().await;
    delete.expect("the table is deleted");
    october_account.account.aws =
        october_account.account.connect_to(&october_account.local.endpoint()).await.aws;
    october_account.set_time("2026-10-30T12:00:00Z");
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run { trail: Some(Trail::new(Some(folder.path().join("audit.jsonl")), None)), ..silent_run() };
    let inventory = october_account.account.inventory().await;
    let change = Change::Delete(vec![key.id.clone()]);
    ops::apply(&october_account.account.aws, &inventory, &change, &run).await.expect("deleted");
    let charges = october_account.report(&run).await;
    assert_eq!(lines(&charges), expected(&[("acme", "Siloed", Some(4_900), 5)]));
    let has_remark = |words: &str| charges.remarks.iter().any(|remark| remark.contains(words));
    assert!(has_remark("there is no Pools table") && !has_remark("  "), "{:?}", charges.remarks);
    let without_trail = october_account.report(&silent_run()).await;
    assert_eq!(lines(&without_trail), expected(&[]));

    let other_region =
        Target { region: Some("eu-west-1".to_owned()), ..target(&october_account.local.endpoint()) };
    let here = std::mem::replace(
        &mut october_account.account.aws,
        Aws::connect(&other_region).await.expect("a connection"),
    );
    assert_eq!(lines(&october_account.report(&run).await), expected(&[]), "notes of another region");
    october_account.account.aws = here;
    let caller = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:root</Arn>\
                  </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let other_account = Answer::Body { status: 200, body: caller.to_owned() };
    october_account.local.faults().script(Fault::on("GetCallerIdentity", other_account).always());
    october_account.account.aws =
        october_account.account.connect_to(&october_account.local.endpoint()).await.aws;
    assert_eq!(lines(&october_account.report(&run).await), expected(&[]), "notes of another account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_begins_with_the_last_rotation_and_has_the_calls_of_this_month_and_the_one_before() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.set_time("2026-10-31T09:00:00Z");
    let rotate = Change::Rotate { tenant_keys: vec![key.id.clone()], grace: 0 };
    october_account.account.apply(&rotate).await.expect("rotated");
    let inventory = october_account.account.inventory().await;
    let rotated = inventory.tenant_keys_of_plan(&plan).next().expect("the key").clone();
    october_account.call(&rotated, 3).await;
    october_account.local.clock().set("2026-11-02T12:00:00Z".parse().expect("a time"));
    october_account.set_time("2026-11-02T12:00:00Z");
    october_account.call(&rotated, 2).await;
    october_account.account.apply(&Change::Delete(vec![rotated.id.clone()])).await.expect("deleted");
    let notes = october_account.notes().await;
    let last = notes.iter().find(|note| note.continued_as.is_none()).expect("the note of the deletion");
    assert_eq!(last.since, "2026-10-31T09:00:00Z".parse().ok());
    let november = DayRange::parse_month("2026-11").expect("a month");
    // keypool calls once with the new API key, until it is accepted.
    let calls = [(october().from(), 3 + 1), (november.from(), 2)];
    assert_eq!(last.calls, calls.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_key_that_ends_is_noted_with_its_calls_which_stay_those_of_its_tenants() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.pooled_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 6).await;
    let old = key.require_api_key().expect("known");
    let rotate = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
    october_account.account.apply(&rotate).await.expect("rotated");
    let notes = october_account.notes().await;
    let note = notes.iter().find(|note| note.api_key == old).expect("a note");
    assert_eq!((&note.tenant, &note.tenant_key, note.calls.get(&october().from())), (&None, &None, Some(&6)));
    let charges = october_account.report(&silent_run()).await;
    let shared = charges.report.lines.iter().flat_map(|line| &line.shared_keys).map(|shared| &shared.key);
    let calls: Vec<_> = shared.filter(|key| key.api_key == old).map(|key| key.used).collect();
    assert_eq!(calls, [6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_the_table_does_not_take_is_in_the_audit_trail_and_charged_from_there() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.pooled_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 6).await;
    let old = key.require_api_key().expect("known");
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run { trail: Some(Trail::new(Some(folder.path().join("audit.jsonl")), None)), ..silent_run() };
    let refused = Fault::on("PutItem", Answer::AccessDenied { action: None });
    let of_pools = Fault { path: Some(POOLS_TABLE.to_owned()), ..refused };
    october_account.local.faults().script(of_pools.always());
    let inventory = october_account.account.inventory().await;
    let rotate = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
    ops::apply(&october_account.account.aws, &inventory, &rotate, &run).await.expect("rotated");
    october_account.local.faults().clear();
    assert!(october_account.notes().await.iter().all(|note| note.api_key != old));
    let calls_of_old = |charges: &ChargeReport| {
        let shared = charges.report.lines.iter().flat_map(|line| &line.shared_keys).map(|shared| &shared.key);
        shared.filter(|key| key.api_key == old).map(|key| key.used).collect::<Vec<_>>()
    };
    assert_eq!(calls_of_old(&october_account.report(&run).await), [6]);
    assert_eq!(calls_of_old(&october_account.report(&silent_run()).await), [0; 0], "without the trail");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_a_key_that_had_left_its_plan_are_unknown_in_the_note() {
    let october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 7).await;
    let detach = october_account.account.gateway.delete_usage_plan_key().usage_plan_id(plan.as_str());
    detach.key_id(key.id.as_str()).send().await.expect("detached elsewhere");
    october_account.account.apply(&Change::Delete(vec![key.id.clone()])).await.expect("deleted");
    let notes = october_account.notes().await;
    assert_eq!((notes.len(), notes[0].calls.len()), (1, 0), "API Gateway no longer counts them");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_that_was_deleted_elsewhere_is_named() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    let delete = october_account.account.gateway.delete_api_key().api_key(key.id.as_str()).send().await;
    delete.expect("deleted elsewhere");
    let charges = october_account.report(&silent_run()).await;
    let remark = "the API key of key \"web\" of acme in Siloed was deleted elsewhere: its calls are unknown";
    assert_eq!(charges.remarks, [remark]);
    assert_eq!(lines(&charges), expected(&[("acme", "Siloed", Some(4_900), UNKNOWN)]));
}
