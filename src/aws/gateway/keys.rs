//! API keys: list, read, create, update, tag and delete.

use std::collections::HashMap;

use aws_sdk_apigateway::operation::get_api_key::GetApiKeyOutput;
use aws_sdk_apigateway::types::{self, Op, PatchOperation};
use keypool_domain::text::pluralize;
use keypool_domain::{ApiKey, ApiKeyId, Edit, Known, Secret};

use super::key_pages::{ListedKey, api_key, fetch_key_page};
use super::unreadable::{join_labels, unreadable_items};
use crate::aws::failure::{Service, is_in_doubt};
use crate::aws::pages::Pages;
use crate::aws::permissions::partition;
use crate::aws::{Aws, Failure};

/// All API keys, with remarks about those in a format other than AWS's.
#[derive(Debug)]
pub(crate) struct ApiKeyList {
    /// Unknown if a key could not be read: it might be any key that is missing in the list.
    pub(crate) keys: Known<Vec<ApiKey>>,
    pub(crate) remarks: Vec<String>,
}

impl ApiKeyList {
    fn new(listed: Vec<ListedKey>) -> Self {
        let describe = |key: &ListedKey, members: &[&str]| format!("{} ({})", key.label, members.join(", "));
        let unreadable: Vec<String> =
            listed.iter().filter_map(|key| Some(describe(key, &[key.key.as_ref().err()?]))).collect();
        let foreign = listed.iter().filter(|key| key.key.is_ok() && !key.foreign_members.is_empty());
        let foreign: Vec<String> = foreign.map(|key| describe(key, &key.foreign_members)).collect();
        let mut remarks = Vec::new();
        if !foreign.is_empty() {
            let count = pluralize(foreign.len(), "API key");
            remarks.push(format!(
                "the endpoint returns {count} in a format other than AWS's: {}",
                join_labels(&foreign)
            ));
        }
        if unreadable.is_empty() {
            let keys = listed.into_iter().filter_map(|key| key.key.ok()).collect();
            return Self { keys: Known::Value(keys), remarks };
        }
        Self { keys: Known::Unknown(unreadable_items("API key", &unreadable)), remarks }
    }
}

/// An API key to be created.
#[derive(Debug, Clone)]
pub(crate) struct ApiKeySpec {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) enabled: bool,
    pub(crate) value: Secret,
    pub(crate) customer_id: Option<String>,
    pub(crate) tags: HashMap<String, String>,
}

impl Aws {
    /// Returns all API keys without their values; calls `progress` with the count after each page.
    pub(crate) async fn api_keys(&self, progress: impl Fn(usize)) -> Result<ApiKeyList, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKeys", "the list of API keys");
        let list = self.shared.gateway_refresh.get_api_keys();
        let (mut keys, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let (page, has_next) = fetch_key_page(&list, &mut pages, &call).await?;
            keys.extend(page);
            progress(keys.len());
            if !has_next {
                return Ok(ApiKeyList::new(keys));
            }
        }
    }

    /// Returns an API key with all its tags, which lists may leave out; `None` if it does not
    /// exist.
    pub(crate) async fn api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKey", format!("API key {id}"));
        let request = self.shared.gateway.get_api_key().api_key(id.as_str()).include_value(false);
        let Some(key) = call.unless_gone(request.send().await)? else { return Ok(None) };
        let key = api_key_from_output(key);
        key.map(Some).ok_or_else(|| call.unexpected_failure("the response has no id".to_owned()))
    }

    pub(crate) async fn api_key_value(&self, id: &ApiKeyId) -> Result<Secret, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKey", format!("API key {id}"));
        let request = self.shared.gateway.get_api_key().api_key(id.as_str()).include_value(true);
        let key = request.send().await.map_err(|error| call.failure(error))?;
        key.value
            .map(Secret::new)
            .ok_or_else(|| call.unexpected_failure("the response has no value".to_owned()))
    }

    /// Creates an API key.
    ///
    /// If the response is lost, looks for the key by its random value, which no other key has.
    pub(crate) async fn create_api_key(&self, new: &ApiKeySpec) -> Result<ApiKeyId, Failure> {
        let call = self.call(Service::ApiGateway, "CreateApiKey", format!("API key \"{}\"", new.name));
        let response = self
            .shared
            .gateway
            .create_api_key()
            .name(&new.name)
            .description(&new.description)
            .enabled(new.enabled)
            .value(new.value.expose())
            .set_customer_id(new.customer_id.clone())
            .set_tags(Some(new.tags.clone()))
            .send()
            .await;
        match response {
            Ok(key) => {
                let id =
                    key.id.ok_or_else(|| call.unexpected_failure("the response has no id".to_owned()))?;
                Ok(ApiKeyId::new(id))
            }
            Err(error) => {
                let conflict = error.as_service_error().is_some_and(|error| error.is_conflict_exception());
                let in_doubt = is_in_doubt(&error);
                let failure = call.failure(error);
                // A first attempt may have succeeded without a response before the retries were
                // throttled.
                let throttled = matches!(failure, Failure::TooManyRequests { .. });
                if !(conflict || in_doubt || throttled) {
                    return Err(failure);
                }
                match self.find_created_api_key(new).await {
                    Ok(Some(id)) => Ok(id),
                    Err(undo) if in_doubt => Err(Failure::UndoFailed {
                        remnant: format!("perhaps an API key named \"{}\"", new.name),
                        failure: Box::new(failure),
                        undo: Box::new(undo),
                    }),
                    _ => Err(failure),
                }
            }
        }
    }

    /// Returns the API key that an attempt without a response created, found by its value.
    async fn find_created_api_key(&self, new: &ApiKeySpec) -> Result<Option<ApiKeyId>, Failure> {
        let call = self.call(Service::ApiGateway, "GetApiKeys", "the list of API keys");
        let list = self.shared.gateway.get_api_keys().name_query(&new.name).include_values(true);
        let mut pages = Pages::of_list();
        loop {
            let (page, has_next) = fetch_key_page(&list, &mut pages, &call).await?;
            let found = page.into_iter().find(|key| key.value.as_ref() == Some(&new.value));
            if let Some(id) = found.and_then(|key| key.id) {
                return Ok(Some(id));
            }
            if !has_next {
                return Ok(None);
            }
        }
    }

    /// Changes an API key's name, description or enabled state.
    pub(crate) async fn update_api_key(&self, id: &ApiKeyId, edit: &Edit) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateApiKey", format!("API key {id}"));
        let replace = |path: &str, value: String| {
            PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
        };
        let name = edit.name.clone().map(|name| replace("/name", name));
        let description = edit.description.clone().map(|text| replace("/description", text));
        let enabled = edit.enabled.map(|on| replace("/enabled", on.to_string()));
        let patch = [name, description, enabled].into_iter().flatten().collect();
        let request =
            self.shared.gateway.update_api_key().api_key(id.as_str()).set_patch_operations(Some(patch));
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Sets the AWS Marketplace customer of an API key; an empty id removes it.
    pub(crate) async fn set_customer_id(&self, id: &ApiKeyId, customer: &str) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateApiKey", format!("API key {id}"));
        let patch = PatchOperation::builder().op(Op::Replace).path("/customerId").value(customer).build();
        let request = self.shared.gateway.update_api_key().api_key(id.as_str()).patch_operations(patch);
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    pub(crate) async fn tag_api_key(&self, id: &ApiKeyId, tag: &str, value: &str) -> Result<(), Failure> {
        self.add_tags_to_api_key(id, &[(tag, value)]).await
    }

    /// Sets all of these tags of an API key, or none.
    pub(crate) async fn add_tags_to_api_key(
        &self,
        id: &ApiKeyId,
        tags: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "TagResource", format!("API key {id}"));
        let request = self.shared.gateway.tag_resource().resource_arn(self.api_key_arn(id));
        let request = tags.iter().fold(request, |request, (tag, value)| request.tags(*tag, *value));
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Removes tags from an API key; succeeds if they are not there.
    pub(crate) async fn untag_api_key(&self, id: &ApiKeyId, tags: &[&str]) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UntagResource", format!("API key {id}"));
        let request = self.shared.gateway.untag_resource().resource_arn(self.api_key_arn(id));
        let request = tags.iter().fold(request, |request, tag| request.tag_keys(*tag));
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    fn api_key_arn(&self, id: &ApiKeyId) -> String {
        self.control_plane_arn(&format!("/apikeys/{id}"))
    }

    /// Returns the ARN of a control plane path.
    pub(super) fn control_plane_arn(&self, path: &str) -> String {
        let region = &self.shared.context.region;
        format!("arn:{}:apigateway:{region}::{path}", partition(region))
    }

    /// Deletes an API key, which detaches it from its plans; succeeds if it does not exist.
    pub(crate) async fn delete_api_key(&self, id: &ApiKeyId) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "DeleteApiKey", format!("API key {id}"));
        let request = self.shared.gateway.delete_api_key().api_key(id.as_str());
        let response = request.send().await;
        self.shared.members.drop_plans_of_key(id);
        call.unless_gone(response).map(drop)
    }
}

fn api_key_from_output(key: GetApiKeyOutput) -> Option<ApiKey> {
    let (id, name, description, customer) = (key.id, key.name, key.description, key.customer_id);
    let listed = types::ApiKey::builder().set_id(id).set_name(name).set_description(description);
    let listed = listed.set_customer_id(customer).enabled(key.enabled).set_tags(key.tags);
    api_key(listed.set_created_date(key.created_date).build())
}
