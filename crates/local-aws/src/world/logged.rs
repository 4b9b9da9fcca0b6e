//! The sample with an access log: one of the tenants that share a pool key makes most of its calls.

use jiff::SignedDuration;

use super::builder::WorldBuilder;
use super::sample::{self, API, BASIC, BASIC_KEYS, QuotaSource, STAGE};
use crate::quota::utc_day;
use crate::state::AccessLogSettings;

const LOG_GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/TieredAPI";

/// Calls of the last hour with the first pool key of BasicPlan, by tenant.
const CALLS: [(&str, u32); 3] = [("globex", 71), ("hooli", 18), ("wayne", 11)];

/// Between two calls: 100 of them take less than an hour.
const INTERVAL: SignedDuration = SignedDuration::from_secs(35);

pub(super) fn build(builder: &mut WorldBuilder<'_>) {
    sample::build(builder, QuotaSource::PlansTable);
    let settings = AccessLogSettings {
        destination_arn: Some(LOG_GROUP.to_owned()),
        format: Some(line(
            "$context.requestTimeEpoch",
            "$context.identity.apiKeyId",
            "$context.authorizer.tenantId",
        )),
    };
    let stage = builder.account.rest_apis.get_mut(API).and_then(|api| api.stages.get_mut(STAGE));
    if let Some(stage) = stage {
        stage.access_log = Some(settings);
    }
    log_calls(builder);
}

/// Each tenant's calls are spread over the hour.
fn log_calls(builder: &mut WorldBuilder<'_>) {
    let total: u32 = CALLS.iter().map(|(_, calls)| calls).sum();
    let mut made = [0; CALLS.len()];
    for number in 1..=total {
        // The tenant that is furthest behind calls next.
        let is_behind = |at: &usize| {
            let (_, calls) = CALLS[*at];
            u64::from(calls * number).saturating_sub(u64::from(made[*at] * total))
        };
        let next = (0..CALLS.len()).max_by_key(is_behind).unwrap_or(0);
        made[next] += 1;
        let ago = INTERVAL.saturating_mul((total - number + 1) as i32);
        let at = builder.now.saturating_sub(ago).unwrap_or(builder.now);
        let text = line(&at.as_millisecond().to_string(), BASIC_KEYS[0], CALLS[next].0);
        let text = text.replace("$context.status", "200").replace("$context.error.responseType", "-");
        builder.logs.groups.write(LOG_GROUP, at, &text);
        builder.logs.lines.write(text);
    }
    let today = utc_day(builder.now);
    builder.account.meter_mut(BASIC, BASIC_KEYS[0]).add_calls(today, i64::from(total));
}

fn line(time: &str, api_key: &str, tenant: &str) -> String {
    format!(
        r#"{{"ts":"{time}","apiKeyId":"{api_key}","tenant":"{tenant}","status":"$context.status","err":"$context.error.responseType"}}"#
    )
}
