//! Reads the state of a stage's set-up, from which the checklist is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use keypool_domain::api_access::Authorization;
use keypool_domain::charging::AccessLogFields;
use keypool_domain::secret::mask_if_value;
use keypool_domain::setup::{ApiMethod, Checklist, ReadResult, RestApi, SetupState};
use keypool_domain::{Inventory, InventorySource, MethodRef, StageRef, TableStep};

use crate::aws::{Aws, Failure};
use crate::ops::access_log::check_format;
use crate::ops::stage_address::read_custom_address;
use crate::ops::{Progress, Run};

/// The name of the stage that a first deployment creates.
const DEFAULT_STAGE: &str = "prod";

/// The API and stage to set up. `None` selects the only one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetupTarget {
    /// Id or name.
    pub api: Option<String>,
    pub stage: Option<String>,
    /// The fields that the report reads in access logs.
    pub access_log_fields: AccessLogFields,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SetupReport {
    pub state: SetupState,
    /// Plans and keys; `None` if the tables are missing.
    pub inventory: Option<Arc<Inventory>>,
    pub checklist: Checklist,
}

/// Reads the set-up of a stage. Whatever may not be read is unknown.
pub async fn read_setup(aws: &Aws, target: &SetupTarget, run: &Run) -> Result<SetupReport, Failure> {
    // On the heap: the future holds everything that is read.
    let reading = Box::pin(read_state(aws, target, run));
    run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)?
}

async fn read_state(aws: &Aws, target: &SetupTarget, run: &Run) -> Result<SetupReport, Failure> {
    (run.progress)(Progress { done: 0, total: None, doing: "reading APIs and stages".to_owned() });
    let mut table_steps = read_table_steps(aws).await?;
    let inventory = match &table_steps {
        Ok(_) => read_inventory_if_tables_exist(aws, run).await?,
        Err(_) => None,
    };
    if inventory.is_some() && aws.pools_location().is_some() {
        // The pools are in a file or SSM parameter, so the missing Pools table is no problem.
        table_steps = table_steps.map(|steps| {
            steps.into_iter().filter(|step| !matches!(step, TableStep::Create { .. })).collect()
        });
    }
    let apis = aws.rest_apis().await?;
    let stage = match find_api(&apis, target)? {
        Some(api) => Some(find_stage(aws, api, target, inventory.as_deref()).await?),
        None => None,
    };
    let no_api = "there is no API yet";
    let mut state = SetupState {
        apis,
        stage,
        stage_logging: Err(no_api.to_owned()),
        access_log_fields: target.access_log_fields.clone(),
        access_log_problem: None,
        methods: Err(no_api.to_owned()),
        deployed_methods: Err(no_api.to_owned()),
        authorizations: BTreeMap::new(),
        access: Err(no_api.to_owned()),
        custom_url: Err(no_api.to_owned()),
        log_role: value_or_reason(aws.log_role().await)?,
        table_steps,
        has_calls_today: Err("needs the tables".to_owned()),
    };
    if let Some(stage) = state.stage.clone() {
        state.stage_logging = value_or_reason(aws.stage_logging(&stage).await)?;
        let logging = state.stage_logging.as_ref().ok().and_then(Option::as_ref);
        let log = logging.and_then(|logging| logging.access.as_ref());
        state.access_log_problem =
            log.and_then(|log| check_format(&log.format, &target.access_log_fields).err());
        state.methods = value_or_reason(read_methods(aws, &stage).await)?;
        state.access = value_or_reason(aws.api_access(&stage.api).await)?;
        let custom = read_custom_address(aws, &stage, state.access.as_ref().ok()).await?;
        state.custom_url = custom.unread_domains.map_or(Ok(custom.url), Err);
        (state.deployed_methods, state.authorizations) = read_deployed_methods(aws, &stage).await?;
        if let Some(inventory) = &inventory {
            state.has_calls_today = has_calls_today(aws, &stage, inventory).await?;
        }
    }
    let checklist = Checklist::new(&state, inventory.as_deref());
    Ok(SetupReport { state, inventory, checklist })
}

/// Returns the value, or the reason if it may not be read or does not exist.
fn value_or_reason<T>(read: Result<T, Failure>) -> Result<ReadResult<T>, Failure> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(
            why @ (Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_) | Failure::Tables(_)),
        ) => Ok(Err(why.to_string())),
        Err(failure) => Err(failure),
    }
}

async fn read_table_steps(aws: &Aws) -> Result<ReadResult<Vec<TableStep>>, Failure> {
    value_or_reason(super::plan_tables(aws).await.map(|tables| tables.steps))
}

/// Whether there are neither tables nor API keys, nor rules for their tenants: creating the tables comes first.
fn is_untouched(inventory: &Inventory) -> bool {
    match inventory.source() {
        InventorySource::ApiGateway { tenants, .. } => {
            !tenants.is_configured() && inventory.listed_api_keys().is_empty()
        }
        InventorySource::Tables { .. } | InventorySource::Usage => false,
    }
}

/// Reads the inventory; `None` if the tables are missing.
async fn read_inventory_if_tables_exist(aws: &Aws, run: &Run) -> Result<Option<Arc<Inventory>>, Failure> {
    match crate::ops::read_inventory(aws, run).await {
        Ok(inventory) if is_untouched(&inventory) => Ok(None),
        Ok(inventory) => Ok(Some(Arc::new(inventory))),
        Err(Failure::Tables(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn find_api<'a>(apis: &'a [RestApi], target: &SetupTarget) -> Result<Option<&'a RestApi>, Failure> {
    let is_match =
        |api: &&RestApi| target.api.as_ref().is_none_or(|name| api.id == *name || api.name == *name);
    let matching: Vec<&RestApi> = apis.iter().filter(is_match).collect();
    match (&matching[..], &target.api) {
        ([], None) => Ok(None),
        ([api], _) => Ok(Some(api)),
        ([], Some(name)) => Err(Failure::Setting(format!(
            "there is no REST API with the id or name `{}`; available: {}",
            mask_if_value(name),
            describe_apis(apis.iter())
        ))),
        (several, _) => Err(Failure::Ambiguous {
            subject: "REST APIs".to_owned(),
            flag: "--api",
            candidates: describe_apis(several.iter().copied()),
        }),
    }
}

fn describe_apis<'a>(apis: impl Iterator<Item = &'a RestApi>) -> String {
    let names: Vec<_> = apis.map(|api| format!("{} {}", api.id, api.name)).collect();
    names.join(", ")
}

/// Returns the requested stage, otherwise the API's only one, otherwise the only one that a plan covers. For
/// an API without stages, returns the one that its first deployment creates.
async fn find_stage(
    aws: &Aws,
    api: &RestApi,
    target: &SetupTarget,
    inventory: Option<&Inventory>,
) -> Result<StageRef, Failure> {
    let stage_ref = |stage: &str| StageRef { api: api.id.clone(), stage: stage.to_owned() };
    if let Some(name) = &target.stage {
        return Ok(stage_ref(name));
    }
    let stages = aws.stages(&api.id).await?;
    if let [] | [_] = stages[..] {
        return Ok(stage_ref(stages.first().map_or(DEFAULT_STAGE, String::as_str)));
    }
    let is_covered = |stage: &&String| {
        inventory.is_some_and(|inventory| {
            inventory.plans().iter().any(|plan| plan.stages.contains(&stage_ref(stage)))
        })
    };
    match stages.iter().filter(is_covered).collect::<Vec<_>>()[..] {
        [stage] => Ok(stage_ref(stage)),
        _ => Err(Failure::Ambiguous {
            subject: format!("stages of the API {}", api.name),
            flag: "--stage",
            candidates: stages.join(", "),
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
) -> Result<(ReadResult<BTreeMap<MethodRef, bool>>, BTreeMap<String, Authorization>), Failure> {
    let (deployed, authorizations) = match value_or_reason(aws.deployed_stage(stage).await)? {
        Ok(deployed) => (deployed.methods, deployed.authorizations),
        Err(why) => return Ok((Err(why), BTreeMap::new())),
    };
    if deployed.is_empty() {
        let why = "the endpoint does not report what is deployed".to_owned();
        return Ok((Err(why), BTreeMap::new()));
    }
    let methods =
        deployed.into_iter().filter_map(|(text, needs_key)| Some((MethodRef::parse(&text)?, needs_key)));
    Ok((Ok(methods.collect()), authorizations))
}

/// Whether a key of a plan that covers the stage has been used today.
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
