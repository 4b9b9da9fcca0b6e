//! Calls the protected API with a tenant key.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use keypool_domain::{Inventory, Secret, Tally, Verdict};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{ProbePlan, ProbeResult, Sample};
use crate::aws::protected_api::{ApiResponse, CheckedRequest};
use crate::aws::{Aws, Failure};

/// Maximum number of concurrent calls of a series with a rate: enough for 50 calls per second with responses
/// after one second.
const MAX_CONCURRENT_CALLS: usize = 50;
/// Number of connection errors that end a series without a single response.
const MAX_INITIAL_FAILURES: u32 = 3;

/// Makes one or more calls and passes each sample to `on_sample`, in the order of sending.
///
/// Without a rate, each call waits for the previous response. With a rate, calls are sent on time even
/// if responses are slower. A failed connection is a sample like any other; the series fails only if
/// nothing responds at all. On cancellation, calls under way are dropped, although the gateway may have
/// counted them.
pub async fn probe(
    aws: &Aws,
    inventory: &Inventory,
    probe_plan: &ProbePlan,
    on_sample: &(dyn Fn(Sample) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<ProbeResult, Failure> {
    let interval = call_interval(probe_plan)?;
    let request = probe_plan.request.check()?;
    let listings = inventory.listings_of_tenant_key(&probe_plan.tenant_key);
    let usage_plans = listings.filter_map(|listing| inventory.plan(&listing.plan));
    let apis: Vec<_> = usage_plans.flat_map(|plan| &plan.stages).map(|stage| stage.api.as_str()).collect();
    let checking = super::stage_address::check_recipient(aws, &apis, &request);
    tokio::select! {
        biased;
        () = cancel.cancelled() => return Ok(ProbeResult { stopped: true, ..ProbeResult::default() }),
        checked = checking => checked?,
    }
    let key = tokio::select! {
        biased;
        () = cancel.cancelled() => return Ok(ProbeResult { stopped: true, ..ProbeResult::default() }),
        key = super::read_key_value(aws, inventory, &probe_plan.tenant_key) => key?,
    };
    let series = ProbeSeries { aws, request, key, count: probe_plan.count, interval };
    series.run(on_sample, cancel).await
}

/// A series with a validated request and its key.
struct ProbeSeries<'a> {
    aws: &'a Aws,
    request: CheckedRequest,
    key: Secret,
    count: u32,
    interval: Option<Duration>,
}

impl ProbeSeries<'_> {
    async fn run(
        &self,
        on_sample: &(dyn Fn(Sample) + Send + Sync),
        cancel: &CancellationToken,
    ) -> Result<ProbeResult, Failure> {
        let started = Instant::now();
        let max_pending = if self.interval.is_some() { MAX_CONCURRENT_CALLS } else { 1 };
        let mut pending = FuturesOrdered::new();
        let mut sent = 0;
        let mut result = ProbeResult::default();
        let mut has_responded = false;
        loop {
            let may_send = sent < self.count && pending.len() < max_pending;
            if !may_send && pending.is_empty() {
                return Ok(result);
            }
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(ProbeResult { stopped: true, ..result }),
                Some::<Sample>(sample) = pending.next(), if !pending.is_empty() => {
                    has_responded |= sample.status.is_some();
                    let give_up = give_up_reason(&sample, has_responded, &result.tally, self.count);
                    result.tally.add(sample.verdict);
                    on_sample(sample);
                    if let Some(why) = give_up {
                        return Err(Failure::Unreachable { endpoint: self.request.authority().to_owned(), cause: why });
                    }
                }
                () = wait_until_due(started, self.interval, sent), if may_send => {
                    pending.push_back(self.send_call());
                    sent += 1;
                }
            }
        }
    }

    async fn send_call(&self) -> Sample {
        let at = self.aws.now();
        let started = Instant::now();
        let no_response = Sample {
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
            Ok(response) => sample_from_response(response, no_response),
            Err(why) => Sample { latency: started.elapsed(), error: Some(why.to_string()), ..no_response },
        }
    }
}

fn sample_from_response(response: ApiResponse, no_response: Sample) -> Sample {
    let error_type = response.error_type().map(str::to_owned);
    Sample {
        verdict: Verdict::from_response(response.status, error_type.as_deref()),
        status: Some(response.status),
        error_type,
        headers: response.headers,
        body: response.body,
        body_cut: response.is_truncated,
        latency: response.latency,
        ..no_response
    }
}

/// Returns why the series is given up after this sample, if nothing has responded yet.
fn give_up_reason(sample: &Sample, has_responded: bool, before: &Tally, count: u32) -> Option<String> {
    let failed = before.total() + 1;
    let is_enough = failed >= MAX_INITIAL_FAILURES.min(count);
    if has_responded || !is_enough { None } else { sample.error.clone() }
}

async fn wait_until_due(started: Instant, interval: Option<Duration>, sent: u32) {
    if let Some(interval) = interval {
        tokio::time::sleep_until(started + interval * sent).await;
    }
}

/// Returns the time between two calls, if a rate is set. Fails if the count or rate is not possible.
fn call_interval(probe_plan: &ProbePlan) -> Result<Option<Duration>, Failure> {
    if probe_plan.count == 0 {
        return Err(Failure::InvalidCall("count must be at least 1".to_owned()));
    }
    let Some(rate) = probe_plan.rate else { return Ok(None) };
    let interval = Duration::try_from_secs_f64(1.0 / rate)
        .ok()
        .filter(|interval| *interval <= Duration::from_secs(3600));
    match interval {
        Some(interval) if rate > 0.0 => Ok(Some(interval)),
        _ => Err(Failure::InvalidCall(format!(
            "a rate of {rate} calls per second is not possible: give a rate above 0, for example 5"
        ))),
    }
}

#[cfg(test)]
mod tests;
