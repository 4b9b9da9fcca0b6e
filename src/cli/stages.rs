//! Stages given by the id or name of their API.

use std::collections::{BTreeMap, BTreeSet};

use keypool_domain::secret::{could_be_value, mask_if_value};
use keypool_domain::setup::RestApi;
use keypool_domain::{Inventory, MethodRef, StageRef};

use super::CommandError;
use super::output;
use super::session::Session;
use crate::ops;

/// Every stage of every REST API.
pub(super) struct StageIndex(BTreeMap<StageRef, RestApi>);

/// Finds stages given as `API:STAGE`. A stage in `known_stages` that is given by the API's id is returned
/// without a call, because it may no longer exist.
pub(super) async fn find_stages(
    session: &Session,
    texts: &[String],
    known_stages: &[StageRef],
) -> Result<Vec<StageRef>, CommandError> {
    let by_id = |text: &String| StageRef::parse(text).filter(|stage| known_stages.contains(stage));
    if let Some(all) = texts.iter().map(by_id).collect() {
        return Ok(all);
    }
    let stages = StageIndex::read(session).await?;
    let find = |text: &String| by_id(text).map_or_else(|| stages.find(text), Ok);
    let usage_error = |what| CommandError::usage(what, "`keypool setup` shows how to create a stage");
    texts.iter().map(|text| find(text).map_err(usage_error)).collect()
}

/// Finds a stage. If it does not exist, returns it as given, so that the caller reports it as missing;
/// but refuses text that may be a key value.
pub(super) async fn find_stage_or_literal(
    session: &Session,
    given: &StageRef,
    inventory: &Inventory,
) -> Result<StageRef, CommandError> {
    if inventory.plans().iter().any(|plan| plan.stages.contains(given)) {
        return Ok(given.clone());
    }
    let found = StageIndex::read(session).await.ok().and_then(|stages| stages.find(&given.to_string()).ok());
    match found {
        Some(found) => Ok(found),
        None if could_be_value(&given.api) => {
            let what =
                format!("there is no stage `{}:{}`", mask_if_value(&given.api), mask_if_value(&given.stage));
            Err(CommandError::for_unknown_id(&given.api, what))
        }
        None => Ok(given.clone()),
    }
}

/// Warns of throttles for methods that do not exist, except in APIs whose methods cannot be read.
pub(super) async fn warn_missing_methods(session: &Session, throttled: &[(StageRef, MethodRef)]) {
    for (api, method) in ops::missing_methods(&session.aws, throttled).await {
        output::note(&format!("note: API {api} has no method {method}, so its throttle has no effect"));
    }
}

impl StageIndex {
    pub(super) async fn read(session: &Session) -> Result<Self, CommandError> {
        Ok(Self(ops::read_all_stages(&session.aws).await?))
    }

    /// Like [`Self::find`], but a stage that a usage plan covers may no longer exist.
    pub(super) fn find_or_existing(&self, text: &str, inventory: &Inventory) -> Result<StageRef, String> {
        let is_covered = |stage: &StageRef| inventory.plans().iter().any(|plan| plan.stages.contains(stage));
        let covered = StageRef::parse(text).filter(is_covered);
        covered.map_or_else(|| self.find(text), Ok)
    }

    /// Writes a stage with the name of its API, which must be unique. A stage that no longer exists keeps its id.
    pub(super) fn name(&self, stage: &StageRef) -> Result<String, String> {
        let Some(api) = self.0.get(stage) else { return Ok(stage.to_string()) };
        let same_name = self.0.values().filter(|other| other.name == api.name || other.id == api.name);
        let ids: BTreeSet<_> = same_name.map(|api| api.id.as_str()).chain([api.id.as_str()]).collect();
        if ids.len() > 1 {
            return Err(ambiguous_name(&api.name, &ids));
        }
        Ok(format!("{}:{}", api.name, stage.stage))
    }

    /// Finds a stage given as `API:STAGE`, with the API's id or name.
    pub(super) fn find(&self, text: &str) -> Result<StageRef, String> {
        let parts = text.rsplit_once(':');
        let (api, stage) = parts.ok_or_else(|| {
            format!("`{}` is not a stage: use API:STAGE, for example shop:prod", mask_if_value(text))
        })?;
        let by_id = StageRef { api: api.to_owned(), stage: stage.to_owned() };
        if self.0.contains_key(&by_id) {
            return Ok(by_id);
        }
        let is_match =
            |(stage_ref, rest_api): &(&StageRef, &RestApi)| stage_ref.stage == stage && rest_api.name == api;
        let found: Vec<_> = self.0.iter().filter(is_match).map(|(stage_ref, _)| stage_ref).collect();
        match found[..] {
            [one] => Ok(one.clone()),
            [] => Err(format!(
                "there is no stage `{}:{}`; available: {}",
                mask_if_value(api),
                mask_if_value(stage),
                self.describe_all()
            )),
            _ => Err(ambiguous_name(api, &found.iter().map(|stage| stage.api.as_str()).collect())),
        }
    }

    fn describe_all(&self) -> String {
        let all: Vec<_> = self.0.iter().map(|(stage, api)| format!("{stage} ({})", api.name)).collect();
        if all.is_empty() { "none".to_owned() } else { all.join(", ") }
    }
}

fn ambiguous_name(name: &str, ids: &BTreeSet<&str>) -> String {
    let ids: Vec<_> = ids.iter().copied().collect();
    format!("several APIs are named `{}`: use the API's id ({})", mask_if_value(name), ids.join(", "))
}

#[cfg(test)]
mod tests {
    use keypool_domain::{Plan, testing};

    use super::*;

    #[test]
    fn a_stage_that_a_plan_covers_is_found_although_its_api_is_gone() {
        let plan = Plan { stages: vec![testing::stage("prod")], ..Plan::new("p", "Basic") };
        let inventory = testing::inventory(vec![plan], Vec::new());
        let stages = StageIndex(BTreeMap::new());
        assert_eq!(stages.find_or_existing("api:prod", &inventory), Ok(testing::stage("prod")));
        assert!(stages.find_or_existing("api:beta", &inventory).is_err());
        assert_eq!(stages.name(&testing::stage("prod")), Ok("api:prod".to_owned()));
    }
}
