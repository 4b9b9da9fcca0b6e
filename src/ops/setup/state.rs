//! A stage looked over: what the checklist is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use keypool_domain::secret::mask_if_value;
use keypool_domain::setup::{ApiMethod, Checklist, ReadResult, RestApi, SetupState};
use keypool_domain::{Inventory, MethodRef, StageRef};

use crate::aws::{Aws, Failure};
use crate::ops::{Progress, Run};

/// The stage that a deployment makes where there is none.
const DEFAULT_STAGE: &str = "prod";

/// Which API and stage are meant; what is not said is the only one there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetupTarget {
    /// The id or name of a REST API.
    pub api: Option<String>,
    /// The name of a stage.
    pub stage: Option<String>,
}

/// How far the set-up of a stage is.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupReport {
    /// The stage, its API and the account.
    pub reading: SetupState,
    /// Plans and keys; absent where the tables are.
    pub inventory: Option<Arc<Inventory>>,
    /// How every step stands.
    pub checklist: Checklist,
}

/// Looks a stage over; what may not be read is said to be unknown.
pub async fn read_setup(aws: &Aws, chosen: &SetupTarget, run: &Run) -> Result<SetupReport, Failure> {
    // On the heap: it holds everything that is read on the way.
    let look = Box::pin(read_state(aws, chosen, run));
    run.cancel.run_until_cancelled(look).await.ok_or(Failure::Cancelled)?
}

async fn read_state(aws: &Aws, chosen: &SetupTarget, run: &Run) -> Result<SetupReport, Failure> {
    (run.progress)(Progress { done: 0, total: None, doing: "looking at APIs and stages".to_owned() });
    let mut missing_tables = read_missing_tables(aws).await?;
    let inventory = match &missing_tables {
        Ok(_) => inventory(aws, run).await?,
        Err(_) => None,
    };
    if inventory.is_some() && aws.pools_location().is_some() {
        // Pools live elsewhere: only they could be without a table.
        missing_tables = Ok(Vec::new());
    }
    let apis = aws.rest_apis().await?;
    let stage = match api(&apis, chosen)? {
        Some(api) => Some(stage(aws, api, chosen, inventory.as_deref()).await?),
        None => None,
    };
    let none = "there is no API yet";
    let mut reading = SetupState {
        apis,
        stage,
        stage_logging: Err(none.to_owned()),
        methods: Err(none.to_owned()),
        deployed_methods: Err(none.to_owned()),
        log_role: value_or_reason(aws.log_role().await)?,
        missing_tables,
        has_calls_today: Err("the tables come first".to_owned()),
    };
    if let Some(stage) = reading.stage.clone() {
        reading.stage_logging = value_or_reason(aws.stage_logging(&stage).await)?;
        reading.methods = value_or_reason(read_methods(aws, &stage).await)?;
        reading.deployed_methods = read_deployed_methods(aws, &stage).await?;
        if let Some(inventory) = &inventory {
            reading.has_calls_today = has_calls_today(aws, &stage, inventory).await?;
        }
    }
    let checklist = Checklist::new(&reading, inventory.as_deref());
    Ok(SetupReport { reading, inventory, checklist })
}

/// What may not be read, or is not there, is not known.
fn value_or_reason<T>(read: Result<T, Failure>) -> Result<ReadResult<T>, Failure> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(
            why @ (Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_) | Failure::Tables(_)),
        ) => Ok(Err(why.to_string())),
        Err(failure) => Err(failure),
    }
}

async fn read_missing_tables(aws: &Aws) -> Result<ReadResult<Vec<String>>, Failure> {
    value_or_reason(super::plan_tables(aws).await.map(|tables| tables.created))
}

/// Plans and keys, where the tables that they need are there.
async fn inventory(aws: &Aws, run: &Run) -> Result<Option<Arc<Inventory>>, Failure> {
    match crate::ops::read_inventory(aws, run).await {
        Ok(inventory) => Ok(Some(Arc::new(inventory))),
        Err(Failure::Tables(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn api<'a>(apis: &'a [RestApi], chosen: &SetupTarget) -> Result<Option<&'a RestApi>, Failure> {
    let fits =
        |api: &&RestApi| chosen.api.as_ref().is_none_or(|wanted| api.id == *wanted || api.name == *wanted);
    let fitting: Vec<&RestApi> = apis.iter().filter(fits).collect();
    match (&fitting[..], &chosen.api) {
        ([], None) => Ok(None),
        ([api], _) => Ok(Some(api)),
        ([], Some(wanted)) => Err(Failure::Setting(format!(
            "no REST API has the id or name `{}`; there are {}",
            mask_if_value(wanted),
            describe_apis(apis.iter())
        ))),
        (several, _) => Err(Failure::Ambiguous {
            what: "REST APIs".to_owned(),
            flag: "--api",
            among: describe_apis(several.iter().copied()),
        }),
    }
}

fn describe_apis<'a>(apis: impl Iterator<Item = &'a RestApi>) -> String {
    let named: Vec<_> = apis.map(|api| format!("{} {}", api.id, api.name)).collect();
    named.join(", ")
}

/// The stage that is named, else the only one, else the only one that a plan covers.
async fn stage(
    aws: &Aws,
    api: &RestApi,
    chosen: &SetupTarget,
    inventory: Option<&Inventory>,
) -> Result<StageRef, Failure> {
    let of = |stage: &str| StageRef { api: api.id.clone(), stage: stage.to_owned() };
    if let Some(name) = &chosen.stage {
        return Ok(of(name));
    }
    let stages = aws.stages(&api.id).await?;
    if let [] | [_] = stages[..] {
        return Ok(of(stages.first().map_or(DEFAULT_STAGE, String::as_str)));
    }
    let covered = |stage: &&String| {
        inventory.is_some_and(|seen| seen.plans().iter().any(|plan| plan.stages.contains(&of(stage))))
    };
    match stages.iter().filter(covered).collect::<Vec<_>>()[..] {
        [stage] => Ok(of(stage)),
        _ => Err(Failure::Ambiguous {
            what: format!("stages of the API {}", api.name),
            flag: "--stage",
            among: stages.join(", "),
        }),
    }
}

async fn read_methods(aws: &Aws, stage: &StageRef) -> Result<Vec<ApiMethod>, Failure> {
    let methods = aws.methods(&stage.api).await?;
    let mut methods: Vec<_> = methods
        .into_iter()
        .map(|method| ApiMethod {
            method: MethodRef::new(&method.verb, &method.path),
            resource: method.resource,
            needs_key: method.needs_key,
        })
        .collect();
    methods.sort_by(|a, b| a.method.cmp(&b.method));
    Ok(methods)
}

async fn read_deployed_methods(
    aws: &Aws,
    stage: &StageRef,
) -> Result<ReadResult<BTreeMap<MethodRef, bool>>, Failure> {
    let read = match value_or_reason(aws.deployed_methods(stage).await)? {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    if read.is_empty() {
        return Ok(Err("the endpoint does not tell what is deployed".to_owned()));
    }
    let methods = read.into_iter().filter_map(|(words, key)| Some((MethodRef::parse(&words)?, key)));
    Ok(Ok(methods.collect()))
}

/// Whether a key of a plan that covers the stage has been let in today.
async fn has_calls_today(
    aws: &Aws,
    stage: &StageRef,
    inventory: &Inventory,
) -> Result<ReadResult<bool>, Failure> {
    for plan in inventory.plans().iter().filter(|plan| plan.stages.contains(stage)) {
        match value_or_reason(aws.calls_today(&plan.id).await)? {
            Ok(used) if used.values().any(|calls| *calls > 0) => return Ok(Ok(true)),
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(false))
}
