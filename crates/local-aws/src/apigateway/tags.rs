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
    let tags = change(account, arn, |tags| tags.clone())?;
    Ok(Answer::ok(json!({ "tags": tags })))
}

pub(super) fn tag(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [arn] = asked.ids();
    let new: NewTags = asked.json()?;
    let mut all = change(account, arn, |tags| tags.clone())?;
    all.extend(new.tags);
    check(&all, account)?;
    change(account, arn, |tags| *tags = all)?;
    Ok(Answer::no_content())
}

pub(super) fn untag(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let [arn] = asked.ids();
    change(account, arn, |tags| tags.retain(|key, _| !asked.query.all("tagKeys").any(|gone| gone == key)))?;
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

/// Lends out the tags of what an ARN names.
fn change<R>(account: &mut Account, arn: &str, change: impl FnOnce(&mut Tags) -> R) -> Result<R, Refusal> {
    let invalid = || Refusal::bad_request("Invalid ARN specified in the request");
    let (head, path) = arn.split_once("::/").ok_or_else(invalid)?;
    if !head.starts_with("arn:aws") || !head.contains(":apigateway:") {
        return Err(invalid());
    }
    let path: Vec<&str> = path.split('/').collect();
    let tags = match path[..] {
        ["apikeys", id] => &mut account.api_key_mut(id).ok_or_else(api_keys::unknown)?.tags,
        ["usageplans", id] => &mut account.usage_plans.get_mut(id).ok_or_else(usage_plans::unknown)?.tags,
        ["restapis", id] => &mut rest_apis::find_mut(account, id)?.tags,
        ["restapis", id, "stages", name] => {
            let api = rest_apis::find_mut(account, id)?;
            &mut api.stages.get_mut(name).ok_or_else(stages::unknown)?.tags
        }
        _ => return Err(invalid()),
    };
    Ok(change(tags))
}
