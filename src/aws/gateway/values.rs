//! The values of all API keys, for looking up a key by its value.

use keypool_domain::{ApiKeyId, Secret};

use super::key_pages::fetch_key_page;
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Returns every API key with its value, from one list instead of a call per key.
    pub(crate) async fn api_key_values(&self) -> Result<Vec<(ApiKeyId, Secret)>, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKeys", "the list of API keys with their values");
        let list = self.shared.gateway.get_api_keys().include_values(true);
        let (mut values, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let (page, has_next) = fetch_key_page(&list, &mut pages, &call).await?;
            values.extend(page.into_iter().filter_map(|key| key.id.zip(key.value)));
            if !has_next {
                return Ok(values);
            }
        }
    }
}
