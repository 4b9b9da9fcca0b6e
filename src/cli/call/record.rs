//! Records of calls. Field names are a public interface.

use jiff::Timestamp;
use keypool_domain::{Tally, Verdict};
use serde::Serialize;

use crate::cli::output::Record;
use crate::ops::Sample;

use super::CallResults;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallsRecord<'a> {
    key: &'a str,
    plan: &'a str,
    request: RequestRecord<'a>,
    calls: Vec<CallRecord<'a>>,
    counts: CountsRecord,
    /// The expected reset of the plan's quota; null without a quota.
    resets_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct RequestRecord<'a> {
    method: &'a str,
    url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallRecord<'a> {
    n: usize,
    /// The HTTP status; null without a response.
    status: Option<u16>,
    kind: &'static str,
    error_type: Option<&'a str>,
    latency_ms: u64,
    /// Why there was no response.
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct CountsRecord {
    ok: u32,
    throttled: u32,
    quota: u32,
    forbidden: u32,
    other: u32,
}

impl Record for CallsRecord<'_> {
    const FIELDS: &'static [&'static str] = &[
        "key",
        "plan",
        "request.method",
        "request.url",
        "calls.n",
        "calls.status",
        "calls.kind",
        "calls.errorType",
        "calls.latencyMs",
        "calls.error",
        "counts.ok",
        "counts.throttled",
        "counts.quota",
        "counts.forbidden",
        "counts.other",
        "resetsAt",
    ];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("n", "calls.n"),
        ("status", "calls.status"),
        ("kind", "calls.kind"),
        ("error type", "calls.errorType"),
        ("ms", "calls.latencyMs"),
        ("error", "calls.error"),
    ];
}

impl<'a> CallsRecord<'a> {
    pub(super) fn new(results: &'a CallResults<'_>, now: Timestamp) -> Self {
        let plan = results.inventory.plan(&results.tenant_key.plan);
        let quota = plan.and_then(|plan| plan.quota);
        Self {
            key: results.tenant_key.id.as_str(),
            plan: results.inventory.plan_name(&results.tenant_key.plan),
            request: RequestRecord { method: &results.request.method, url: results.request.url() },
            calls: (1..).zip(&results.samples).map(|(n, sample)| call_record(n, sample)).collect(),
            counts: counts_record(&results.tally),
            resets_at: quota.map(|quota| quota.next_reset(now).to_string()),
        }
    }
}

fn call_record(n: usize, sample: &Sample) -> CallRecord<'_> {
    CallRecord {
        n,
        status: sample.status,
        kind: sample.verdict.as_str(),
        error_type: sample.error_type.as_deref(),
        latency_ms: u64::try_from(sample.latency.as_millis()).unwrap_or(u64::MAX),
        error: sample.error.as_deref(),
    }
}

fn counts_record(tally: &Tally) -> CountsRecord {
    CountsRecord {
        ok: tally.count(Verdict::Ok),
        throttled: tally.count(Verdict::Throttled),
        quota: tally.count(Verdict::QuotaExhausted),
        forbidden: tally.count(Verdict::Forbidden),
        other: tally.count(Verdict::Other),
    }
}
