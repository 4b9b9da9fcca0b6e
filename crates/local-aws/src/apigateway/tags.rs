//! `/tags`: names and values on API keys, usage plans, REST APIs and stages.

use serde::Deserialize;
use serde_json::json;

use super::refusal::Refusal;
use super::request::{Answer, Asked};
use super::{api_keys, rest_apis, stages, usage_plans};
use crate::state::{Account, Tags};

const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

#[derive(Deserialize)]
struct NewTags {
    #[serde(default)]
    tags: Tags,
}

pub(super) fn get(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [arn] = asked.ids();
    Ok(Answer::ok(json!({ "tags": Tagged::named(arn)?.tags(account)? })))
}

pub(super) fn tag(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [arn] = asked.ids();
    let new: NewTags = asked.json()?;
    let tagged = Tagged::named(arn)?;
    let mut all = tagged.tags(account)?.clone();
    all.extend(new.tags);
    check(&all, account)?;
    *tagged.tags_mut(account)? = all;
    Ok(Answer::no_content())
}

pub(super) fn untag(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [arn] = asked.ids();
    let tags = Tagged::named(arn)?.tags_mut(account)?;
    tags.retain(|key, _| !asked.query.all("tagKeys").any(|gone| gone == key));
    Ok(Answer::no_content())
}

/// Whether a resource may have these tags.
pub(super) fn check(tags: &Tags, account: &Account) -> Result<(), Refusal> {
    if tags.len() > account.settings().limits.tags {
        return Err(Refusal::limit_exceeded("Maximum number of tags on a resource reached"));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > LONGEST_KEY || key.starts_with("aws:") {
            return Err(Refusal::bad_request(format!("Invalid tag key specified: {key}")));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(Refusal::bad_request(format!("Invalid value specified for tag {key}")));
        }
    }
    Ok(())
}

/// What an ARN names.
enum Tagged<'a> {
    ApiKey(&'a str),
    UsagePlan(&'a str),
    RestApi(&'a str),
    Stage { api: &'a str, name: &'a str },
}

impl<'a> Tagged<'a> {
    fn named(arn: &'a str) -> Result<Self, Refusal> {
        let invalid = || Refusal::bad_request("Invalid ARN specified in the request");
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

    fn tags<'b>(&self, account: &'b Account) -> Result<&'b Tags, Refusal> {
        Ok(match *self {
            Self::ApiKey(id) => &account.api_keys().get(id).ok_or_else(api_keys::unknown)?.tags,
            Self::UsagePlan(id) => &account.usage_plans.get(id).ok_or_else(usage_plans::unknown)?.tags,
            Self::RestApi(id) => &rest_apis::find(account, id)?.tags,
            Self::Stage { api, name } => {
                &rest_apis::find(account, api)?.stages.get(name).ok_or_else(stages::unknown)?.tags
            }
        })
    }

    fn tags_mut<'b>(&self, account: &'b mut Account) -> Result<&'b mut Tags, Refusal> {
        Ok(match *self {
            Self::ApiKey(id) => &mut account.api_key_mut(id).ok_or_else(api_keys::unknown)?.tags,
            Self::UsagePlan(id) => {
                &mut account.usage_plans.get_mut(id).ok_or_else(usage_plans::unknown)?.tags
            }
            Self::RestApi(id) => &mut rest_apis::find_mut(account, id)?.tags,
            Self::Stage { api, name } => {
                let api = rest_apis::find_mut(account, api)?;
                &mut api.stages.get_mut(name).ok_or_else(stages::unknown)?.tags
            }
        })
    }
}
