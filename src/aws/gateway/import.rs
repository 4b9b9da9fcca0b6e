//! Bulk import of API keys, and lookup by value.

use std::collections::HashSet;

use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::ApiKeysFormat;
use keypool_domain::{ApiKeyId, Secret};

use super::PAGE_SIZE;
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Creates or overwrites the API keys of a file and attaches them to their plans, all or
    /// nothing.
    pub(crate) async fn import_api_keys(&self, csv: &str) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "ImportApiKeys", "a usage plan of the file");
        let request = self.shared.gateway.import_api_keys().format(ApiKeysFormat::Csv).fail_on_warnings(true);
        let response = request.body(Blob::new(csv)).send().await.map_err(|error| call.failure(error))?;
        match response.warnings.unwrap_or_default().first() {
            Some(warning) => Err(call.unexpected_failure(warning.clone())),
            None => Ok(()),
        }
    }

    /// Returns the API keys with these values, newest first; stops reading when all are found.
    pub(crate) async fn find_api_keys_by_value(
        &self,
        values: &[&Secret],
    ) -> Result<Vec<(ApiKeyId, Secret)>, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKeys", "the list of API keys with their values");
        let values: HashSet<&str> = values.iter().map(|value| value.expose()).collect();
        let mut found = Vec::new();
        let list = self.shared.gateway.get_api_keys().include_values(true).limit(PAGE_SIZE);
        let mut pages = list.into_paginator().send();
        while found.len() < values.len() {
            let page = pages.try_next().await.map_err(|error| call.failure(error))?;
            let Some(page) = page else { break };
            let keys = page.items.unwrap_or_default().into_iter();
            let with_value = keys.filter_map(|key| Some((ApiKeyId::new(key.id?), key.value?)));
            let matching = with_value.filter(|(_, value)| values.contains(value.as_str()));
            found.extend(matching.map(|(id, value)| (id, Secret::new(value))));
        }
        Ok(found)
    }
}
