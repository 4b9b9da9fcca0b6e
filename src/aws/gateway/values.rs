//! The values of all API keys, for looking up a key by its value.

use keypool_domain::{ApiKeyId, Secret};

use super::PAGE_SIZE;
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Returns every API key with its value, from one list instead of a call per key.
    pub(crate) async fn api_key_values(&self) -> Result<Vec<(ApiKeyId, Secret)>, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKeys", "the list of API keys with their values");
        let mut values = Vec::new();
        let list = self.shared.gateway.get_api_keys().include_values(true).limit(PAGE_SIZE);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.try_next().await.map_err(|error| call.failure(error))? {
            let keys = page.items.unwrap_or_default().into_iter();
            values.extend(keys.filter_map(|key| Some((ApiKeyId::new(key.id?), Secret::new(key.value?)))));
        }
        Ok(values)
    }
}
