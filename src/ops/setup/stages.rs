//! The stages that can be set up.

use std::collections::BTreeMap;

use keypool_domain::StageRef;
use keypool_domain::setup::RestApi;

use crate::aws::{Aws, Failure};

/// The APIs to choose from, or the stages of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageChoices {
    Apis(Vec<RestApi>),
    Stages(RestApi, Vec<String>),
}

/// Returns the stages of the API with this id, or of the only API; otherwise the APIs.
pub async fn read_stage_choices(aws: &Aws, api: Option<&str>) -> Result<StageChoices, Failure> {
    let apis = aws.rest_apis().await?;
    let requested = api.and_then(|id| apis.iter().find(|api| api.id == id));
    let only = if let [only] = &apis[..] { Some(only) } else { None };
    match requested.or(only).cloned() {
        Some(api) => {
            let stages = aws.stages(&api.id).await?;
            Ok(StageChoices::Stages(api, stages))
        }
        None => Ok(StageChoices::Apis(apis)),
    }
}

/// Returns every stage of every REST API.
pub async fn read_all_stages(aws: &Aws) -> Result<BTreeMap<StageRef, RestApi>, Failure> {
    let mut stages = BTreeMap::new();
    for api in aws.rest_apis().await? {
        for stage in aws.stages(&api.id).await? {
            stages.insert(StageRef { api: api.id.clone(), stage }, api.clone());
        }
    }
    Ok(stages)
}
