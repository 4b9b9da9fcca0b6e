//! The stages that could be set up.

use std::collections::BTreeMap;

use keypool_domain::StageRef;
use keypool_domain::setup::RestApi;

use crate::aws::{Aws, Failure};

/// What is to be chosen from before a stage is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageChoices {
    /// The REST APIs of the account.
    Apis(Vec<RestApi>),
    /// The stages of one of them.
    Stages(RestApi, Vec<String>),
}

/// The stages of the API with this id, or of the only one there is; else the REST APIs.
pub async fn read_stage_choices(aws: &Aws, api: Option<&str>) -> Result<StageChoices, Failure> {
    let apis = aws.rest_apis().await?;
    let named = api.and_then(|id| apis.iter().find(|api| api.id == id));
    let only = if let [only] = &apis[..] { Some(only) } else { None };
    match named.or(only).cloned() {
        Some(api) => {
            let stages = aws.stages(&api.id).await?;
            Ok(StageChoices::Stages(api, stages))
        }
        None => Ok(StageChoices::Apis(apis)),
    }
}

/// Every stage of every REST API.
pub async fn read_all_stages(aws: &Aws) -> Result<BTreeMap<StageRef, RestApi>, Failure> {
    let mut all = BTreeMap::new();
    for api in aws.rest_apis().await? {
        for stage in aws.stages(&api.id).await? {
            all.insert(StageRef { api: api.id.clone(), stage }, api.clone());
        }
    }
    Ok(all)
}
