//! `/tags`: tags of API keys, usage plans, REST APIs and stages.

use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::request::{Input, Output};
use super::{api_keys, rest_apis, stages, usage_plans};
use crate::state::{Account, Tags};

const MAX_KEY_CHARS: usize = 128;
const MAX_VALUE_CHARS: usize = 256;

#[derive(Deserialize)]
struct NewTags {
    #[serde(default)]
    tags: Tags,
}

pub(super) fn get(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [arn] = input.ids();
    Ok(Output::ok(json!({ "tags": TaggedResource::from_arn(arn)?.tags(account)? })))
}

pub(super) fn tag(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [arn] = input.ids();
    let new: NewTags = input.json()?;
    let resource = TaggedResource::from_arn(arn)?;
    let mut all = resource.tags(account)?.clone();
    all.extend(new.tags);
    check(&all, account)?;
    *resource.tags_mut(account)? = all;
    Ok(Output::no_content())
}

pub(super) fn untag(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let [arn] = input.ids();
    let tags = TaggedResource::from_arn(arn)?.tags_mut(account)?;
    tags.retain(|key, _| !input.query.all("tagKeys").any(|removed| removed == key));
    Ok(Output::no_content())
}

/// Checks the number and length of the tags of one resource.
pub(super) fn check(tags: &Tags, account: &Account) -> Result<(), ApiError> {
    if tags.len() > account.settings().limits.tags {
        return Err(ApiError::limit_exceeded("Maximum number of tags on a resource reached"));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > MAX_KEY_CHARS || key.starts_with("aws:") {
            return Err(ApiError::bad_request(format!("Invalid tag key specified: {key}")));
        }
        if value.chars().count() > MAX_VALUE_CHARS {
            return Err(ApiError::bad_request(format!("Invalid value specified for tag {key}")));
        }
    }
    Ok(())
}

enum TaggedResource<'a> {
    ApiKey(&'a str),
    UsagePlan(&'a str),
    RestApi(&'a str),
    Stage { api: &'a str, name: &'a str },
}

impl<'a> TaggedResource<'a> {
    fn from_arn(arn: &'a str) -> Result<Self, ApiError> {
        let invalid = || ApiError::bad_request("Invalid ARN specified in the request");
        let (head, path) = arn.split_once("::/").ok_or_else(invalid)?;
        if !head.starts_with("arn:aws") || !head.contains(":apigateway:") {
            return Err(invalid());
        }
        let path: Vec<&str> = path.split('/').collect();
        match path[..] {
            ["apikeys", id] => Ok(Self::ApiKey(id)),
            ["usageplans", id] => Ok(Self::UsagePlan(id)),
            ["restapis", id] => Ok(Self::RestApi(id)),
            ["restapis", api, "stages", name] => Ok(Self::Stage { api, name }),
            _ => Err(invalid()),
        }
    }

    fn tags<'b>(&self, account: &'b Account) -> Result<&'b Tags, ApiError> {
        Ok(match *self {
            Self::ApiKey(id) => &account.api_keys().get(id).ok_or_else(api_keys::not_found)?.tags,
            Self::UsagePlan(id) => &account.usage_plans.get(id).ok_or_else(usage_plans::not_found)?.tags,
            Self::RestApi(id) => &rest_apis::find(account, id)?.tags,
            Self::Stage { api, name } => {
                &rest_apis::find(account, api)?.stages.get(name).ok_or_else(stages::not_found)?.tags
            }
        })
    }

    fn tags_mut<'b>(&self, account: &'b mut Account) -> Result<&'b mut Tags, ApiError> {
        Ok(match *self {
            Self::ApiKey(id) => &mut account.api_key_mut(id).ok_or_else(api_keys::not_found)?.tags,
            Self::UsagePlan(id) => {
                &mut account.usage_plans.get_mut(id).ok_or_else(usage_plans::not_found)?.tags
            }
            Self::RestApi(id) => &mut rest_apis::find_mut(account, id)?.tags,
            Self::Stage { api, name } => {
                let api = rest_apis::find_mut(account, api)?;
                &mut api.stages.get_mut(name).ok_or_else(stages::not_found)?.tags
            }
        })
    }
}
