//! A stage looked over: what the checklist is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use keypool_domain::secret::echo;
use keypool_domain::setup::{ApiMethod, Checklist, RestApi, Seen, SetupReading};
use keypool_domain::{Inventory, MethodRef, StageRef};

use crate::aws::{Aws, Failure};
use crate::ops::{Progress, Run};

/// The stage that a deployment makes where there is none.
const FIRST_STAGE: &str = "prod";

/// Which API and stage are meant; what is not said is the only one there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// The id or name of a REST API.
    pub api: Option<String>,
    /// The name of a stage.
    pub stage: Option<String>,
}

/// How far the set-up of a stage is.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupRead {
    /// The stage, its API and the account.
    pub reading: SetupReading,
    /// Plans and keys; absent where the tables are.
    pub inventory: Option<Arc<Inventory>>,
    /// How every step stands.
    pub checklist: Checklist,
}

/// Looks a stage over; what may not be read is said to be unknown.
pub async fn read_setup(aws: &Aws, chosen: &Chosen, run: &Run) -> Result<SetupRead, Failure> {
    // On the heap: it holds everything that is read on the way.
    let look = Box::pin(look(aws, chosen, run));
    run.cancel.run_until_cancelled(look).await.ok_or(Failure::Cancelled)?
}

async fn look(aws: &Aws, chosen: &Chosen, run: &Run) -> Result<SetupRead, Failure> {
    (run.progress)(Progress { done: 0, total: None, doing: "looking at APIs and stages".to_owned() });
    let mut missing_tables = missing_tables(aws).await?;
    let inventory = match &missing_tables {
        Ok(_) => inventory(aws, run).await?,
        Err(_) => None,
    };
    if inventory.is_some() && aws.pools_place().is_some() {
        // Pools live elsewhere: only they could be without a table.
        missing_tables = Ok(Vec::new());
    }
    let apis = aws.rest_apis().await?;
    let stage = match api(&apis, chosen)? {
        Some(api) => Some(stage(aws, api, chosen, inventory.as_deref()).await?),
        None => None,
    };
    let none = "there is no API yet";
    let mut reading = SetupReading {
        apis,
        stage,
        stands: Err(none.to_owned()),
        methods: Err(none.to_owned()),
        deployed: Err(none.to_owned()),
        log_role: seen(aws.log_role().await)?,
        missing_tables,
        called: Err("the tables come first".to_owned()),
    };
    if let Some(stage) = reading.stage.clone() {
        reading.stands = seen(aws.stage_logging(&stage).await)?;
        reading.methods = seen(methods(aws, &stage).await)?;
        reading.deployed = deployed(aws, &stage).await?;
        if let Some(inventory) = &inventory {
            reading.called = called(aws, &stage, inventory).await?;
        }
    }
    let checklist = Checklist::of(&reading, inventory.as_deref());
    Ok(SetupRead { reading, inventory, checklist })
}

/// What may not be read, or is not there, is not known.
fn seen<T>(read: Result<T, Failure>) -> Result<Seen<T>, Failure> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(
            why @ (Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_) | Failure::Tables(_)),
        ) => Ok(Err(why.to_string())),
        Err(failure) => Err(failure),
    }
}

async fn missing_tables(aws: &Aws) -> Result<Seen<Vec<String>>, Failure> {
    seen(super::planned_tables(aws).await.map(|tables| tables.created))
}

/// Plans and keys, where the tables that they need are there.
async fn inventory(aws: &Aws, run: &Run) -> Result<Option<Arc<Inventory>>, Failure> {
    match crate::ops::inventory(aws, run).await {
        Ok(inventory) => Ok(Some(Arc::new(inventory))),
        Err(Failure::Tables(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn api<'a>(apis: &'a [RestApi], chosen: &Chosen) -> Result<Option<&'a RestApi>, Failure> {
    let fits =
        |api: &&RestApi| chosen.api.as_ref().is_none_or(|wanted| api.id == *wanted || api.name == *wanted);
    let fitting: Vec<&RestApi> = apis.iter().filter(fits).collect();
    match (&fitting[..], &chosen.api) {
        ([], None) => Ok(None),
        ([api], _) => Ok(Some(api)),
        ([], Some(wanted)) => Err(Failure::Setting(format!(
            "no REST API has the id or name `{}`; there are {}",
            echo(wanted),
            named(apis.iter())
        ))),
        (several, _) => Err(Failure::Several {
            what: "REST APIs".to_owned(),
            flag: "--api",
            among: named(several.iter().copied()),
        }),
    }
}

fn named<'a>(apis: impl Iterator<Item = &'a RestApi>) -> String {
    let named: Vec<_> = apis.map(|api| format!("{} {}", api.id, api.name)).collect();
    named.join(", ")
}

/// The stage that is named, else the only one, else the only one that a plan covers.
async fn stage(
    aws: &Aws,
    api: &RestApi,
    chosen: &Chosen,
    inventory: Option<&Inventory>,
) -> Result<StageRef, Failure> {
    let of = |stage: &str| StageRef { api: api.id.clone(), stage: stage.to_owned() };
    if let Some(name) = &chosen.stage {
        return Ok(of(name));
    }
    let stages = aws.stages(&api.id).await?;
    if let [] | [_] = stages[..] {
        return Ok(of(stages.first().map_or(FIRST_STAGE, String::as_str)));
    }
    let covered = |stage: &&String| {
        inventory.is_some_and(|seen| seen.plans().iter().any(|plan| plan.stages.contains(&of(stage))))
    };
    match stages.iter().filter(covered).collect::<Vec<_>>()[..] {
        [stage] => Ok(of(stage)),
        _ => Err(Failure::Several {
            what: format!("stages of the API {}", api.name),
            flag: "--stage",
            among: stages.join(", "),
        }),
    }
}

async fn methods(aws: &Aws, stage: &StageRef) -> Result<Vec<ApiMethod>, Failure> {
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

async fn deployed(aws: &Aws, stage: &StageRef) -> Result<Seen<BTreeMap<MethodRef, bool>>, Failure> {
    let read = match seen(aws.deployed_methods(stage).await)? {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    if read.is_empty() {
        return Ok(Err("the endpoint does not tell what is deployed".to_owned()));
    }
    let methods = read.into_iter().filter_map(|(words, key)| Some((MethodRef::from_words(&words)?, key)));
    Ok(Ok(methods.collect()))
}

/// Whether a key of a plan that covers the stage has been let in today.
async fn called(aws: &Aws, stage: &StageRef, inventory: &Inventory) -> Result<Seen<bool>, Failure> {
    for plan in inventory.plans().iter().filter(|plan| plan.stages.contains(stage)) {
        match seen(aws.used_today(&plan.id).await)? {
            Ok(used) if used.values().any(|calls| *calls > 0) => return Ok(Ok(true)),
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(false))
}
