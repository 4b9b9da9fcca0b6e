//! Stages as people write them, by the id or the name of their API; one that is not there is a mistake.

use std::collections::BTreeMap;

use keypool_domain::secret::{could_be_value, mask_if_value};
use keypool_domain::setup::RestApi;
use keypool_domain::{Inventory, MethodRef, StageRef};

use super::CommandError;
use super::output;
use super::session::Session;
use crate::ops;

/// Every stage that there is.
pub(super) struct StageIndex(BTreeMap<StageRef, RestApi>);

/// The stages that are written so. One of those that are `linked` is meant by its id without a look, since it may be
/// gone.
pub(super) async fn find_stages(
    session: &Session,
    texts: &[String],
    linked: &[StageRef],
) -> Result<Vec<StageRef>, CommandError> {
    let by_id = |text: &String| StageRef::parse(text).filter(|stage| linked.contains(stage));
    if let Some(all) = texts.iter().map(by_id).collect() {
        return Ok(all);
    }
    let stages = StageIndex::read(session).await?;
    let named = |text: &String| by_id(text).map_or_else(|| stages.find(text), Ok);
    let wrong =
        |what| CommandError::Usage { what, hint: "`keypool setup` says how to get a stage".to_owned() };
    texts.iter().map(|text| named(text).map_err(wrong)).collect()
}

/// The stage that is meant; one that is not found is taken as it is written, for what says that it is not there, unless
/// its API could be a value.
pub(super) async fn find_stage_or_literal(
    session: &Session,
    written: &StageRef,
    inventory: &Inventory,
) -> Result<StageRef, CommandError> {
    if inventory.plans().iter().any(|plan| plan.stages.contains(written)) {
        return Ok(written.clone());
    }
    let meant =
        StageIndex::read(session).await.ok().and_then(|stages| stages.find(&written.to_string()).ok());
    match meant {
        Some(meant) => Ok(meant),
        None if could_be_value(&written.api) => {
            let what = format!(
                "there is no stage `{}:{}`",
                mask_if_value(&written.api),
                mask_if_value(&written.stage)
            );
            Err(CommandError::for_unknown_id(&written.api, what))
        }
        None => Ok(written.clone()),
    }
}

/// Tells of limits that no call meets; where the methods of an API cannot be read, nothing is said.
pub(super) async fn warn_missing_methods(session: &Session, limited: &[(StageRef, MethodRef)]) {
    for (api, method) in ops::missing_methods(&session.aws, limited).await {
        output::note(&format!("note: the API {api} has no method {method}, so no call meets its limit"));
    }
}

impl StageIndex {
    pub(super) async fn read(session: &Session) -> Result<Self, CommandError> {
        Ok(Self(ops::read_all_stages(&session.aws).await?))
    }

    /// The stage that a text names.
    pub(super) fn find(&self, text: &str) -> Result<StageRef, String> {
        let parts = text.rsplit_once(':');
        let (api, stage) = parts.ok_or_else(|| {
            format!("`{}` is no stage: write the API and the stage, as in shop:prod", mask_if_value(text))
        })?;
        let fits =
            |(of, known): &(&StageRef, &RestApi)| of.stage == stage && (known.id == api || known.name == api);
        let found: Vec<_> = self.0.iter().filter(fits).map(|(of, _)| of).collect();
        match found[..] {
            [one] => Ok(one.clone()),
            [] => Err(format!(
                "there is no stage `{}:{}`; there are {}",
                mask_if_value(api),
                mask_if_value(stage),
                self.describe_all()
            )),
            _ => Err(format!(
                "several APIs are named `{}`: write the API's id ({})",
                mask_if_value(api),
                self.describe_all()
            )),
        }
    }

    fn describe_all(&self) -> String {
        let all: Vec<_> = self.0.iter().map(|(stage, api)| format!("{stage} ({})", api.name)).collect();
        if all.is_empty() { "none".to_owned() } else { all.join(", ") }
    }
}
