//! The values of all API keys, for looking up a key by its value.

use keypool_domain::{ApiKeyId, Secret};

use super::{PAGE_SIZE, next_position};
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Returns every API key with its value, from one list instead of a call per key.
    pub(crate) async fn api_key_values(&self) -> Result<Vec<(ApiKeyId, Secret)>, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKeys", "the list of API keys with their values");
        let mut values = Vec::new();
        let mut position: Option<String> = None;
        loop {
            let request = self.shared.gateway.get_api_keys().include_values(true).limit(PAGE_SIZE);
            let response = request.set_position(position.clone()).send().await;
            let page = response.map_err(|error| call.failure(error))?;
            let keys = page.items.unwrap_or_default().into_iter();
            values.extend(keys.filter_map(|key| Some((ApiKeyId::new(key.id?), Secret::new(key.value?)))));
            position = next_position(position.as_ref(), page.position);
            if position.is_none() {
                return Ok(values);
            }
        }
    }
}
