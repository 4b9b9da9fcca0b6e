//! What decides about one call besides plans and lists: the throttles of a method, and one API key as it is now.

use aws_sdk_apigateway::types::MethodSetting;
use jiff::Timestamp;
use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Secret, StageRef, Throttle};

use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

/// One API key as it is now.
#[derive(Debug)]
pub(crate) struct ApiKeyStatus {
    pub(crate) value: Option<Secret>,
    pub(crate) changed_at: Option<Timestamp>,
    /// Whether its deletion has begun, as a tag says that a list may leave out.
    pub(crate) is_being_deleted: bool,
}

impl Aws {
    /// An API key's value, when it was made or last changed, and whether it is being deleted.
    pub(crate) async fn api_key_status(&self, id: &ApiKeyId) -> Result<ApiKeyStatus, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKey", format!("API key {id}"));
        let asked = self.shared.gateway.get_api_key().api_key(id.as_str()).include_value(true);
        let key = asked.send().await.map_err(|why| call.failure(why))?;
        let dates = [key.created_date, key.last_updated_date];
        let times = dates.into_iter().flatten().filter_map(|date| Timestamp::from_second(date.secs()).ok());
        let is_being_deleted = key.tags.is_some_and(|tags| tags.contains_key(tag::DELETING));
        Ok(ApiKeyStatus { value: key.value.map(Secret::new), changed_at: times.max(), is_being_deleted })
    }

    /// What a stage allows all callers of a method, given as `GET /api`, together.
    pub(crate) async fn stage_throttle(
        &self,
        stage: &StageRef,
        method: &str,
    ) -> Result<Option<Throttle>, Failure> {
        let call = self.call(Service::ApiGateway, "GetStage", format!("stage {stage}"));
        let asked = self.shared.gateway.get_stage().rest_api_id(&stage.api).stage_name(&stage.stage);
        let settings = asked.send().await.map_err(|why| call.failure(why))?.method_settings;
        let settings = settings.unwrap_or_default();
        let own = method
            .split_once(' ')
            .and_then(|(verb, path)| settings.get(&format!("{}/{verb}", path.replace('/', "~1"))));
        Ok(own.or_else(|| settings.get("*/*")).and_then(setting_throttle))
    }

    /// What the account allows all callers together.
    pub(crate) async fn account_throttle(&self) -> Result<Option<Throttle>, Failure> {
        let call = self.call(Service::ApiGateway, "GetAccount", "the account");
        let account = self.shared.gateway.get_account().send().await.map_err(|why| call.failure(why))?;
        let settings = account.throttle_settings;
        Ok(settings.map(|settings| throttle(settings.rate_limit, settings.burst_limit)))
    }
}

/// A number below zero is no limit of its own.
fn setting_throttle(setting: &MethodSetting) -> Option<Throttle> {
    let (rate, burst) = (setting.throttling_rate_limit, setting.throttling_burst_limit);
    (rate >= 0.0 && burst >= 0).then(|| throttle(rate, burst))
}

fn throttle(rate: f64, burst: i32) -> Throttle {
    Throttle { rate, burst: u32::try_from(burst).unwrap_or(0) }
}
