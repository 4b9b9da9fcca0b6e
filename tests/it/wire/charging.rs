//! What tenants owe, against what local AWS itself counted: to the unit, also where an API key is shared.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::Path;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::{Aws, ClockAndRandom, Target};
use keypool::ops::{self, AccessLogCalls, ChargeReport, ChargeRequest};
use keypool_domain::charging::{Currency, Line, Rate, Tariff};
use keypool_domain::usage::DayRange;
use keypool_domain::{Change, Mode, NewTenantKey, NewTenantKeys, PlanId, Price, Tenant, TenantKey};
use keypool_local_aws::{Clock, LocalAws, Options, World};

use super::support::{plain_run, target};
use super::test_account::{Backend, TestAccount};
use crate::support::http_pipeline;

const ACCESS_LOG_FORMAT: &str = r#"{"ts":"$context.requestTimeEpoch","apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.tenantId","status":"$context.status","err":"$context.error.responseType"}"#;

/// Two tenants with keys of their own, three that share, and the calls that each made.
struct ChargedAccount {
    local: LocalAws,
    account: TestAccount,
    tenant_keys: Vec<TenantKey>,
    call_counts: BTreeMap<(Tenant, PlanId), u64>,
}

impl ChargedAccount {
    async fn start_in_october() -> Self {
        let clock = Clock::standing("2026-10-15T12:00:00Z".parse().expect("a time"));
        let options = Options { world: World::Empty, clock, ..Options::default() };
        let local = LocalAws::start(options).await.expect("local AWS");
        let mut stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
        let now = local.clock().now();
        stage.aws = stage.aws.with_clock_and_random(ClockAndRandom::fixed(move || now, 7));
        let mut rows = Vec::new();
        for plan in [&stage.siloed_plan, &stage.sharded_plan] {
            let paths = ["/quota/limit", "/throttle/rateLimit", "/throttle/burstLimit"];
            let roomy = paths.map(|path| replace(path, "1000000"));
            let asked = stage.gateway.update_usage_plan().usage_plan_id(plan.as_str());
            asked.set_patch_operations(Some(roomy.to_vec())).send().await.expect("room");
        }
        let plans = [
            (&stage.siloed_plan, &["acme", "initech"][..]),
            (&stage.sharded_plan, &["acme", "globex", "hooli"][..]),
        ];
        for (plan, tenants) in plans {
            for tenant in tenants {
                let applied = stage.apply(&create_key_change(plan, tenant)).await.expect("a key");
                rows.push(stage.inventory().await.tenant_key(&applied.created[0]).expect("its row").clone());
            }
        }
        let covered = stage.inventory().await.plan(&stage.siloed_plan).expect("the plan").stages[0].clone();
        let asked = stage.gateway.update_stage().rest_api_id(covered.api).stage_name(covered.stage);
        asked
            .patch_operations(replace("/accessLogSettings/format", ACCESS_LOG_FORMAT))
            .send()
            .await
            .expect("an access log");
        Self { local, account: stage, tenant_keys: rows, call_counts: BTreeMap::new() }
    }

    /// So many calls, the second tenant's twice as often as the first's and so on, over one connection.
    async fn make_calls(&mut self, count: usize) {
        let seen = self.account.inventory().await;
        let routes =
            ops::read_routes(&self.account.aws, &seen, &self.account.siloed_plan).await.expect("routes");
        let url = format!("{}{}", routes[0].invoke_url, routes[0].path);
        let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
        let turns: Vec<&TenantKey> = self
            .tenant_keys
            .iter()
            .enumerate()
            .flat_map(|(n, row)| std::iter::repeat_n(row, n + 1))
            .collect();
        let mut requests = Vec::new();
        for n in 0..count {
            let row = turns[n * 7 % turns.len()];
            let value = row.stored_value().expect("its value").expose();
            let key = format!("x-api-key: {value}\r\nx-tenant-id: {}", row.tenant);
            requests.push(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{key}\r\n\r\n"));
            *self.call_counts.entry((row.tenant.clone(), row.plan.clone())).or_default() += 1;
        }
        // Nobody's: refused, logged, and in no figure.
        requests.push(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nx-tenant-id: acme\r\n\r\n"));
        let stream = TcpStream::connect(host).expect("a connection");
        let mut answers = Vec::new();
        // The account's own bucket holds 5,000 calls, and is filled within a second.
        for some in requests.chunks(4_000) {
            answers.extend(http_pipeline::send_pipelined(&stream, some));
            self.local.clock().advance(std::time::Duration::from_secs(1));
        }
        // The mock behind the method is bare and fails; a call whose backend fails is counted all the same.
        let let_in = answers.iter().filter(|status| !matches!(status, 403 | 429)).count();
        assert_eq!((let_in, answers.last()), (count, Some(&403)));
    }

    fn read_access_log(&self) -> AccessLogCalls {
        let lines = self.local.access_log().lines().join("\n");
        ops::read_access_log(lines.as_bytes(), "tenant", october()).expect("a log")
    }

    /// The report as it is in November.
    async fn report(
        &self,
        log: Option<&AccessLogCalls>,
        folder: Option<&Path>,
        refreeze: bool,
    ) -> ChargeReport {
        let target = Target { state_folder: folder.map(Path::to_owned), ..target(&self.local.endpoint()) };
        let now = "2026-11-05T12:00:00Z".parse().expect("a time");
        let aws = Aws::connect(&target)
            .await
            .expect("a connection")
            .with_clock_and_random(ClockAndRandom::fixed(move || now, 7));
        let rate = Rate { per_1000: Price::from_cents(50), included: 100 };
        let rates = [("Siloed".to_owned(), rate), ("Sharded".to_owned(), rate)].into();
        let tariff = Tariff { currency: Currency::default(), rates };
        let log = log.map(|read| &read.logged);
        let asked = ChargeRequest { month: october(), tariff: &tariff, log, refreeze };
        ops::charge(&aws, &self.account.inventory().await, &asked, &plain_run()).await.expect("a report")
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
    };
    Change::Create(NewTenantKeys { template: key, count: 1 })
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_match_each_of_ten_thousand_calls() {
    let mut town = ChargedAccount::start_in_october().await;
    town.make_calls(10_000).await;
    let report = town.report(None, None, false).await.report;
    assert_eq!(report.lines.len(), 5);
    let shared: u64 = town
        .call_counts
        .iter()
        .filter(|((_, plan), _)| *plan == town.account.sharded_plan)
        .map(|(_, n)| n)
        .sum();
    let mut of_keys = BTreeMap::new();
    for line in &report.lines {
        assert_eq!(line.flat_price, Some(Price::from_cents(4_900)), "{line:?}");
        if line.plan == town.account.siloed_plan {
            assert_eq!((line.exact_calls(), line.estimated_calls()), (town.calls_of(line), None), "{line:?}");
            assert_eq!(line.metered_price(), line.rate.map(|rate| rate.price_of(town.calls_of(line) - 100)));
        } else {
            assert_eq!(
                (line.exact_calls(), line.metered_price()),
                (0, None),
                "a share of a counter is no amount: {line:?}"
            );
            of_keys
                .extend(line.shared_keys.iter().map(|shared| (shared.key.api_key.clone(), shared.key.used)));
        }
    }
    assert_eq!(of_keys.values().sum::<u64>(), shared, "the keys' own figures are exact");

    let log = town.read_access_log();
    assert_eq!((log.bad_lines, log.unattributed, log.undated, log.logged.refused_count), (0, 1, 0, 0));
    let report = town.report(Some(&log), None, false).await.report;
    for line in &report.lines {
        assert_eq!((line.exact_calls(), line.estimated_calls()), (town.calls_of(line), None), "{line:?}");
        assert!(line.metered_price().is_some(), "{line:?}");
    }
    assert!(
        town.tenant_keys.iter().filter(|row| row.mode().is_known_to_be(&Mode::Pooled)).count() == 3
            && report.unknown_tenants.is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_month_is_frozen_and_later_differences_are_reported() {
    let mut town = ChargedAccount::start_in_october().await;
    let folder = tempfile::tempdir().expect("a folder");
    town.make_calls(300).await;
    let first = town.report(None, Some(folder.path()), false).await;
    let frozen = first.frozen.expect("it is frozen");
    assert!(first.differences.is_empty() && first.remarks.is_empty(), "{:?}", first.remarks);
    assert_only_owner_can_read(&frozen.file);
    let same = town.report(None, Some(folder.path()), false).await;
    assert_eq!(
        (&same.report, same.frozen.as_ref(), same.differences.len()),
        (&first.report, Some(&frozen), 0)
    );

    town.make_calls(30).await;
    let later = town.report(None, Some(folder.path()), false).await;
    assert_eq!(later.report.lines, first.report.lines, "what was told first counts");
    assert_eq!(
        later.differences.len(),
        4,
        "two keys of tenants, two that are shared: {:?}",
        later.differences
    );
    let is_told = |of: &str| later.differences.iter().any(|told| told.contains(of));
    assert!(
        is_told("acme in Siloed: frozen as ") && is_told(" in Sharded: frozen with "),
        "{:?}",
        later.differences
    );
    let accepted = town.report(None, Some(folder.path()), true).await;
    assert!(accepted.differences.is_empty() && accepted.report.lines != first.report.lines);
    let again = town.report(None, Some(folder.path()), false).await;
    assert_eq!((&again.report.lines, again.differences.len()), (&accepted.report.lines, 0));

    std::fs::write(&frozen.file, "{").expect("written");
    let broken = town.report(None, Some(folder.path()), false).await;
    assert!(broken.frozen.is_none() && broken.remarks[0].contains("--refreeze"), "{:?}", broken.remarks);
}

#[cfg(unix)]
fn assert_only_owner_can_read(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn only_the_owner_may_read(_: &Path) {}
