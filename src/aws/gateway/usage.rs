//! Usage, as far as assignment asks for it.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use keypool_domain::{ApiKeyId, PlanId};

use super::{PAGE, next};
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Calls of today (UTC) for each API key of a plan; a key without calls is absent, and the figures lag by minutes.
    pub(crate) async fn used_today(&self, plan: &PlanId) -> Result<HashMap<ApiKeyId, u64>, Failure> {
        let call = self.call(Service::ApiGateway, "GetUsage", format!("usage plan {plan}"));
        let today = self.now().to_zoned(TimeZone::UTC).date().to_string();
        let mut used = HashMap::new();
        let mut position: Option<String> = None;
        loop {
            let page = self
                .shared
                .asked
                .get_usage()
                .usage_plan_id(plan.as_str())
                .start_date(&today)
                .end_date(&today)
                .limit(PAGE)
                .set_position(position.clone())
                .send()
                .await
                .map_err(|why| call.failed(why))?;
            for (api_key, days) in page.items.unwrap_or_default() {
                let calls = days.last().and_then(|day| day.first()).copied().unwrap_or(0);
                used.insert(ApiKeyId::new(api_key), u64::try_from(calls).unwrap_or(0));
            }
            position = next(position.as_ref(), page.position);
            if position.is_none() {
                return Ok(used);
            }
        }
    }
}
