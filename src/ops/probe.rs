//! Calls of the protected API with the key of one tenant.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use keypool_domain::{Inventory, Secret, Tally, Verdict};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{ProbePlan, ProbeResult, Sample};
use crate::aws::protected_api::{ApiResponse, CheckedRequest};
use crate::aws::{Aws, Failure};

/// Calls under way at once, where a rate is kept: enough for 50 a second with answers after a second.
const MAX_CONCURRENT_CALLS: usize = 50;
/// So many failed connections without a single answer end a series.
const MAX_INITIAL_FAILURES: u32 = 3;

/// Makes one call or a series of them and hands out every sample, in the order of sending.
///
/// Without a rate each call waits for the answer to the one before; with one, calls go out on time even where
/// answers are slower. A connection that fails is a sample like any other; only where nothing at all answers does
/// the series fail. After cancelling, calls under way are dropped: the gateway may have counted them.
pub async fn probe(
    aws: &Aws,
    inventory: &Inventory,
    plan: &ProbePlan,
    on_sample: &(dyn Fn(Sample) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<ProbeResult, Failure> {
    let gap = call_interval(plan)?;
    let request = plan.request.check()?;
    let row = inventory.tenant_key(&plan.tenant_key);
    let usage_plan = row.and_then(|row| inventory.plan(&row.plan));
    let apis: Vec<_> =
        usage_plan.iter().flat_map(|plan| &plan.stages).map(|stage| stage.api.as_str()).collect();
    aws.check_recipient(&apis, &request)?;
    let key = tokio::select! {
        biased;
        () = cancel.cancelled() => return Ok(ProbeResult { stopped: true, ..ProbeResult::default() }),
        key = super::read_key_value(aws, inventory, &plan.tenant_key) => key?,
    };
    let series = ProbeSeries { aws, request, key, count: plan.count, gap };
    series.run(on_sample, cancel).await
}

/// A series whose request and key are settled.
struct ProbeSeries<'a> {
    aws: &'a Aws,
    request: CheckedRequest,
    key: Secret,
    count: u32,
    gap: Option<Duration>,
}

impl ProbeSeries<'_> {
    async fn run(
        &self,
        on_sample: &(dyn Fn(Sample) + Send + Sync),
        cancel: &CancellationToken,
    ) -> Result<ProbeResult, Failure> {
        let begun = Instant::now();
        let at_once = if self.gap.is_some() { MAX_CONCURRENT_CALLS } else { 1 };
        let mut under_way = FuturesOrdered::new();
        let mut sent = 0;
        let mut end = ProbeResult::default();
        let mut answered = false;
        loop {
            let may_send = sent < self.count && under_way.len() < at_once;
            if !may_send && under_way.is_empty() {
                return Ok(end);
            }
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(ProbeResult { stopped: true, ..end }),
                Some::<Sample>(sample) = under_way.next(), if !under_way.is_empty() => {
                    answered |= sample.status.is_some();
                    let silence = give_up_reason(&sample, answered, &end.tally, self.count);
                    end.tally.add(sample.verdict);
                    on_sample(sample);
                    if let Some(why) = silence {
                        return Err(Failure::Unreachable { endpoint: self.request.authority().to_owned(), why });
                    }
                }
                () = wait_until_due(begun, self.gap, sent), if may_send => {
                    under_way.push_back(self.send_call());
                    sent += 1;
                }
            }
        }
    }

    async fn send_call(&self) -> Sample {
        let at = self.aws.now();
        let begun = Instant::now();
        let empty = Sample {
            at,
            verdict: Verdict::Other,
            status: None,
            error_type: None,
            headers: Vec::new(),
            body: String::new(),
            body_cut: false,
            latency: Duration::ZERO,
            error: None,
        };
        match self.aws.protected_api().send(&self.request, &self.key).await {
            Ok(answer) => sample_from_answer(answer, empty),
            Err(why) => Sample { latency: begun.elapsed(), error: Some(why.to_string()), ..empty },
        }
    }
}

fn sample_from_answer(answer: ApiResponse, empty: Sample) -> Sample {
    let error_type = answer.error_type().map(str::to_owned);
    Sample {
        verdict: Verdict::from_response(answer.status, error_type.as_deref()),
        status: Some(answer.status),
        error_type,
        headers: answer.headers,
        body: answer.body,
        body_cut: answer.is_truncated,
        latency: answer.latency,
        ..empty
    }
}

/// Why the series is given up after this sample, where nothing has answered yet.
fn give_up_reason(sample: &Sample, answered: bool, before: &Tally, count: u32) -> Option<String> {
    let failed = before.total() + 1;
    let enough = failed >= MAX_INITIAL_FAILURES.min(count);
    if answered || !enough { None } else { sample.error.clone() }
}

async fn wait_until_due(begun: Instant, gap: Option<Duration>, sent: u32) {
    if let Some(gap) = gap {
        tokio::time::sleep_until(begun + gap * sent).await;
    }
}

/// The time between two calls, where a rate is to be kept.
fn call_interval(plan: &ProbePlan) -> Result<Option<Duration>, Failure> {
    if plan.count == 0 {
        return Err(Failure::InvalidCall(
            "a series of no calls was asked for: give a count of 1 or more".to_owned(),
        ));
    }
    let Some(rate) = plan.rate else { return Ok(None) };
    let gap = Duration::try_from_secs_f64(1.0 / rate).ok().filter(|gap| *gap <= Duration::from_secs(3600));
    match gap {
        Some(gap) if rate > 0.0 => Ok(Some(gap)),
        _ => Err(Failure::InvalidCall(format!(
            "{rate} calls a second cannot be kept: give a rate above 0, such as 5"
        ))),
    }
}

#[cfg(test)]
mod tests;
