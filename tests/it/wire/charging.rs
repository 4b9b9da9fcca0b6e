//! Charges compared with the calls that were actually made, for siloed and shared API keys.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::ops::ControlFlow;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::{Aws, ClockAndRandom};
use keypool::ops::{self, AccessLogCalls, ChargeReport, ChargeRequest};
use keypool_domain::charging::{AccessLogFields, Billing, Currency, Line, Rate, Tariff};
use keypool_domain::usage::DayRange;
use keypool_domain::{Change, Mode, NewTenantKey, NewTenantKeys, PlanId, Price, Tenant, TenantKey};
use keypool_local_aws::{Clock, LocalAws, Options, World};

use super::support::{silent_run, target};
use super::test_account::{Backend, TestAccount};
use crate::support::http_pipeline;

const ACCESS_LOG_FORMAT: &str = r#"{"ts":"$context.requestTimeEpoch","apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.tenantId","status":"$context.status","err":"$context.error.responseType"}"#;

/// An account with two siloed and three pooled tenant keys, and the number of calls made with each.
struct ChargedAccount {
    local: LocalAws,
    account: TestAccount,
    tenant_keys: Vec<TenantKey>,
    call_counts: BTreeMap<(Tenant, PlanId), u64>,
}

impl ChargedAccount {
    async fn start_in_october() -> Self {
        let clock = Clock::fixed("2026-10-15T12:00:00Z".parse().expect("a time"));
        let options = Options { world: World::Empty, clock, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let mut account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let now = local.clock().now();
        account.aws = account.aws.with_clock_and_random(ClockAndRandom::fixed(move || now, 7));
        let mut tenant_keys = Vec::new();
        for plan in [&account.siloed_plan, &account.pooled_plan] {
            let paths = ["/quota/limit", "/throttle/rateLimit", "/throttle/burstLimit"];
            let patches = paths.map(|path| replace(path, "1000000"));
            let request = account.gateway.update_usage_plan().usage_plan_id(plan.as_str());
            request.set_patch_operations(Some(patches.to_vec())).send().await.expect("higher limits");
        }
        let plans = [
            (&account.siloed_plan, &["acme", "initech"][..]),
            (&account.pooled_plan, &["acme", "globex", "hooli"][..]),
        ];
        for (plan, tenants) in plans {
            for tenant in tenants {
                let applied = account.apply(&create_key_change(plan, tenant)).await.expect("a key");
                tenant_keys.push(
                    account
                        .inventory()
                        .await
                        .tenant_key(&applied.created[0])
                        .expect("the tenant key")
                        .clone(),
                );
            }
        }
        let stage = account.inventory().await.plan(&account.siloed_plan).expect("the plan").stages[0].clone();
        let request = account.gateway.update_stage().rest_api_id(stage.api).stage_name(stage.stage);
        request
            .patch_operations(replace("/accessLogSettings/format", ACCESS_LOG_FORMAT))
            .send()
            .await
            .expect("an access log");
        Self { local, account, tenant_keys, call_counts: BTreeMap::new() }
    }

    /// Makes `count` calls over one connection, distributed over the tenant keys as 1:2:3:4:5.
    async fn make_calls(&mut self, count: usize) {
        let inventory = self.account.inventory().await;
        let routes =
            ops::read_routes(&self.account.aws, &inventory, &self.account.siloed_plan).await.expect("routes");
        let url = format!("{}{}", routes[0].invoke_url, routes[0].path);
        let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
        let turns: Vec<&TenantKey> = self
            .tenant_keys
            .iter()
            .enumerate()
            .flat_map(|(n, tenant_key)| std::iter::repeat_n(tenant_key, n + 1))
            .collect();
        let mut requests = Vec::new();
        for n in 0..count {
            let tenant_key = turns[n * 7 % turns.len()];
            let value = tenant_key.stored_value().expect("its value").expose();
            let headers = format!("x-api-key: {value}\r\nx-tenant-id: {}", tenant_key.tenant);
            requests.push(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n"));
            *self.call_counts.entry((tenant_key.tenant.clone(), tenant_key.plan.clone())).or_default() += 1;
        }
        // A call without an API key is refused and logged, but not counted.
        requests.push(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nx-tenant-id: acme\r\n\r\n"));
        let stream = TcpStream::connect(host).expect("a connection");
        let mut statuses = Vec::new();
        // The account limit has a burst of 5,000, refilled within a second.
        for batch in requests.chunks(4_000) {
            statuses.extend(http_pipeline::send_pipelined(&stream, batch));
            self.local.clock().advance(std::time::Duration::from_secs(1));
        }
        // The mock integration has no response and fails; such calls are counted too.
        let accepted = statuses.iter().filter(|status| !matches!(status, 403 | 429)).count();
        assert_eq!((accepted, statuses.last()), (count, Some(&403)));
    }

    fn read_access_log(&self) -> AccessLogCalls {
        let lines = self.local.access_log().lines().join("\n");
        let fields = AccessLogFields::default();
        ops::read_access_log(lines.as_bytes(), &fields, october().into(), &|_| ControlFlow::Continue(()))
            .expect("a log")
    }

    /// The report for October, made in November, with the calls in `log` split by tenant.
    async fn report(&self, log: Option<&AccessLogCalls>) -> ChargeReport {
        let target = target(&self.local.endpoint());
        let now = "2026-11-05T12:00:00Z".parse().expect("a time");
        let aws = Aws::connect(&target)
            .await
            .expect("a connection")
            .with_clock_and_random(ClockAndRandom::fixed(move || now, 7));
        let rate = Rate { per_1000: Price::from_cents(50), included: 100 };
        let rates = [("Siloed".to_owned(), rate), ("Sharded".to_owned(), rate)].into();
        let tariff = Tariff { currency: Currency::default(), billing: Billing::WholeMonths, rates };
        let log = log.map(|log| &log.logged);
        let request = ChargeRequest { month: october(), tariff: &tariff, log, refreeze: false };
        ops::calculate_charges(&aws, &self.account.inventory().await, &request, &silent_run())
            .await
            .expect("a report")
    }

    fn calls_of(&self, line: &Line) -> u64 {
        self.call_counts[&(line.tenant.clone(), line.plan.clone())]
    }
}

fn october() -> DayRange {
    DayRange::parse_month("2026-10").expect("a month")
}

fn replace(path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
}

fn create_key_change(plan: &PlanId, tenant: &str) -> Change {
    let key = NewTenantKey {
        plan: plan.clone(),
        tenant: tenant.into(),
        name: "web".to_owned(),
        description: String::new(),
        enabled: true,
        expires_at: None,
    };
    Change::Create(NewTenantKeys { template: key, count: 1 })
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_account_for_each_of_ten_thousand_calls() {
    let mut charged = ChargedAccount::start_in_october().await;
    charged.make_calls(10_000).await;
    let report = charged.report(None).await.report;
    assert_eq!(report.lines.len(), 5);
    let shared: u64 = charged
        .call_counts
        .iter()
        .filter(|((_, plan), _)| *plan == charged.account.pooled_plan)
        .map(|(_, n)| n)
        .sum();
    let mut shared_usage = BTreeMap::new();
    for line in &report.lines {
        assert_eq!(line.flat_price, Some(Price::from_cents(4_900)), "{line:?}");
        if line.plan == charged.account.siloed_plan {
            assert_eq!(
                (line.exact_calls().expect("known"), line.estimated_calls()),
                (charged.calls_of(line), None),
                "{line:?}"
            );
            assert_eq!(
                line.metered_price(),
                line.rate.map(|rate| rate.price_of(charged.calls_of(line) - 100))
            );
        } else {
            assert_eq!(
                (line.exact_calls().expect("known"), line.metered_price()),
                (0, None),
                "no exact amount for a shared API key: {line:?}"
            );
            shared_usage
                .extend(line.shared_keys.iter().map(|shared| (shared.key.api_key.clone(), shared.key.used)));
        }
    }
    assert_eq!(shared_usage.values().sum::<u64>(), shared, "the figures per API key are exact");

    let log = charged.read_access_log();
    assert_eq!((log.bad_lines, log.without_key, log.logged.refused_count), (0, 0, 1));
    let report = charged.report(Some(&log)).await.report;
    for line in &report.lines {
        assert_eq!(
            (line.exact_calls().expect("known"), line.estimated_calls()),
            (charged.calls_of(line), None),
            "{line:?}"
        );
        assert!(line.metered_price().is_some(), "{line:?}");
    }
    assert!(
        charged
            .tenant_keys
            .iter()
            .filter(|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Pooled))
            .count()
            == 3
            && report.unlisted.is_empty()
    );
}
