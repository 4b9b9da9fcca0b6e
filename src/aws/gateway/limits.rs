//! Reads for the diagnosis of one call: the throttles of a method and of the account, and the current state
//! of an API key.

use aws_sdk_apigateway::types::MethodSetting;
use jiff::Timestamp;
use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Secret, StageRef, Throttle};

use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

#[derive(Debug)]
pub(crate) struct ApiKeyStatus {
    pub(crate) value: Option<Secret>,
    pub(crate) changed_at: Option<Timestamp>,
    /// Whether its deletion has started, according to a tag that lists may leave out.
    pub(crate) is_being_deleted: bool,
}

impl Aws {
    /// Returns an API key's value, its last change, and whether it is being deleted.
    pub(crate) async fn api_key_status(&self, id: &ApiKeyId) -> Result<ApiKeyStatus, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKey", format!("API key {id}"));
        let request = self.shared.gateway.get_api_key().api_key(id.as_str()).include_value(true);
        let key = request.send().await.map_err(|error| call.failure(error))?;
        let dates = [key.created_date, key.last_updated_date];
        let times = dates.into_iter().flatten().filter_map(|date| Timestamp::from_second(date.secs()).ok());
        let is_being_deleted = key.tags.is_some_and(|tags| tags.contains_key(tag::DELETING));
        Ok(ApiKeyStatus { value: key.value.map(Secret::new), changed_at: times.max(), is_being_deleted })
    }

    /// Returns the throttle that a stage sets for all callers of a method, given as `GET /api`.
    pub(crate) async fn stage_throttle(
        &self,
        stage: &StageRef,
        method: &str,
    ) -> Result<Option<Throttle>, Failure> {
        let call = self.call(Service::ApiGateway, "GetStage", format!("stage {stage}"));
        let request = self.shared.gateway.get_stage().rest_api_id(&stage.api).stage_name(&stage.stage);
        let settings = request.send().await.map_err(|error| call.failure(error))?.method_settings;
        let settings = settings.unwrap_or_default();
        let method_settings = method
            .split_once(' ')
            .and_then(|(verb, path)| settings.get(&format!("{}/{verb}", path.replace('/', "~1"))));
        Ok(method_settings.or_else(|| settings.get("*/*")).and_then(setting_throttle))
    }

    /// Returns the account's throttle for all callers.
    pub(crate) async fn account_throttle(&self) -> Result<Option<Throttle>, Failure> {
        let call = self.call(Service::ApiGateway, "GetAccount", "the account");
        let account = self.shared.gateway.get_account().send().await.map_err(|error| call.failure(error))?;
        let settings = account.throttle_settings;
        Ok(settings.map(|settings| throttle(settings.rate_limit, settings.burst_limit)))
    }
}

/// Negative numbers mean that the method has no throttle of its own.
fn setting_throttle(setting: &MethodSetting) -> Option<Throttle> {
    let (rate, burst) = (setting.throttling_rate_limit, setting.throttling_burst_limit);
    (rate >= 0.0 && burst >= 0).then(|| throttle(rate, burst))
}

fn throttle(rate: f64, burst: i32) -> Throttle {
    Throttle { rate, burst: u32::try_from(burst).unwrap_or(0) }
}
