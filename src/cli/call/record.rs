//! Records of calls. Field names are a public interface.

use jiff::Timestamp;
use keypool_domain::{Tally, Verdict};

use crate::cli::output::records;
use crate::ops::Sample;

use super::CallResults;

records! {
    pub(super) struct CallsRecord<'a> {
        key: &'a str,
        plan: &'a str,
        request: RequestRecord<'a>,
        calls: Vec<CallRecord<'a>>,
        counts: CountsRecord,
        /// The expected reset of the plan's quota; null without a quota.
        resets_at: Option<String>,
    }

    struct RequestRecord<'a> {
        method: &'a str,
        url: String,
    }

    struct CallRecord<'a> {
        n: usize => "n",
        /// The HTTP status; null without a response.
        status: Option<u16> => "status",
        kind: &'static str => "kind",
        error_type: Option<&'a str> => "error type",
        latency_ms: u64 => "ms",
        /// Why there was no response.
        error: Option<&'a str> => "error",
    }

    struct CountsRecord {
        ok: u32,
        throttled: u32,
        quota: u32,
        forbidden: u32,
        other: u32,
    }
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
