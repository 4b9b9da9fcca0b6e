//! The control plane of API Gateway, in domain types.

use keypool_domain::{ApiKeyId, Secret};

use super::failure::Service;
use super::{Aws, Failure};

impl Aws {
    /// The value of an API key.
    pub(crate) async fn api_key_value(&self, id: &ApiKeyId) -> Result<Secret, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKey", format!("API key {id}"));
        let key = self
            .shared
            .asked
            .get_api_key()
            .api_key(id.as_str())
            .include_value(true)
            .send()
            .await
            .map_err(|why| call.failed(why))?;
        key.value.map(Secret::new).ok_or_else(|| call.unexpected("the answer holds no value".to_owned()))
    }
}
