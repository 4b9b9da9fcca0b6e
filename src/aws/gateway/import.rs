//! Bulk import of API keys, and lookup by value.

use std::collections::HashSet;

use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::ApiKeysFormat;
use keypool_domain::{ApiKeyId, Secret};

use super::key_pages::fetch_key_page;
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Creates or overwrites the API keys of a file and attaches them to their plans, all or
    /// nothing.
    pub(crate) async fn import_api_keys(&self, csv: &str) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "ImportApiKeys", "a usage plan of the file");
        let request = self.shared.gateway.import_api_keys().format(ApiKeysFormat::Csv).fail_on_warnings(true);
        let response = request.body(Blob::new(csv)).send().await;
        self.shared.members.drop_all();
        let response = response.map_err(|error| call.failure(error))?;
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
        let list = self.shared.gateway.get_api_keys().include_values(true);
        let (mut found, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let (page, has_next) = fetch_key_page(&list, &mut pages, &call).await?;
            let with_value = page.into_iter().filter_map(|key| key.id.zip(key.value));
            found.extend(with_value.filter(|(_, value)| values.contains(value.expose())));
            if !has_next || found.len() >= values.len() {
                return Ok(found);
            }
        }
    }
}
