//! Evaluates the setup steps in order, each with its state and the action that completes it.

use crate::PlanEdit;
use crate::api_access::KeySource;
use crate::change::{ApiChange, Fix, PlanChange};
use crate::managed::{is_managed, managed_plans};
use crate::price_list::is_price_list_accurate;
use crate::source::TenantProposal;
use crate::text::pluralize;
use crate::{Change, Inventory, InventorySource, Known, Plan, StageRef};

use super::reach::{describe_requirements, find_obstacle};
use super::table_steps::describe_undone;
use super::task::{ChecklistItem, Form, SetupTask, TaskAction, TaskState};
use super::{ApiMethod, LogLevel, SetupState, StageLogging};

/// All steps for one stage, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist(pub Vec<ChecklistItem>);

impl Checklist {
    /// Evaluates every step. There is no inventory before the tables exist.
    pub fn new(setup: &SetupState, inventory: Option<&Inventory>) -> Self {
        let inspector = Inspector { setup, inventory };
        // Tables say whose a key is; without them, the config does.
        let has_tables = inventory.is_none_or(|inventory| inventory.source().has_tables());
        let tasks = SetupTask::ALL.iter().filter(|task| **task != SetupTask::Tenants || !has_tables);
        Self(tasks.map(|task| inspector.item(*task)).collect())
    }

    pub fn missing_count(&self) -> usize {
        self.0.iter().filter(|item| item.state == TaskState::Missing).count()
    }
}

type Outcome = (TaskState, String, Option<TaskAction>);

struct Inspector<'a> {
    setup: &'a SetupState,
    inventory: Option<&'a Inventory>,
}

fn done(summary: impl Into<String>) -> Outcome {
    (TaskState::Done, summary.into(), None)
}

fn missing(summary: impl Into<String>, action: Option<TaskAction>) -> Outcome {
    (TaskState::Missing, summary.into(), action)
}

fn unknown(why: impl Into<String>) -> Outcome {
    (TaskState::Unknown, why.into(), None)
}

fn apply_action(change: Change) -> Option<TaskAction> {
    Some(TaskAction::Apply(Box::new(change)))
}

fn api_change_action(change: ApiChange) -> Option<TaskAction> {
    apply_action(change.into())
}

impl<'a> Inspector<'a> {
    fn item(&self, task: SetupTask) -> ChecklistItem {
        let outcome = match task {
            SetupTask::Tables => self.tables(),
            SetupTask::Tenants => self.tenants(),
            SetupTask::LogRole => self.log_role(),
            SetupTask::Plan | SetupTask::Pool | SetupTask::TenantKey if self.inventory.is_none() => {
                unknown("create the tables first")
            }
            SetupTask::Plan => self.plan(),
            _ => match (&self.setup.stage, task) {
                (None, SetupTask::Stage) => {
                    missing("the account has no REST API; create one with a method first", None)
                }
                (None, _) => unknown("no API yet"),
                (Some(stage), _) => self.stage_task(task, stage),
            },
        };
        let (state, summary, action) = outcome;
        ChecklistItem { task, state, summary, action }
    }

    fn stage_task(&self, task: SetupTask, stage: &StageRef) -> Outcome {
        match task {
            SetupTask::Stage => self.stage(stage),
            SetupTask::Methods => self.methods_and_key_source(),
            SetupTask::Deployment => self.deployment(stage),
            SetupTask::ExecutionLog => self.execution_log(stage),
            SetupTask::AccessLog => self.access_log(stage),
            SetupTask::FirstCall => self.first_call(),
            _ => match self.inventory {
                None => unknown("create the tables first"),
                Some(inventory) => self.plan_task(task, stage, inventory),
            },
        }
    }

    fn plan_task(&self, task: SetupTask, stage: &StageRef, inventory: &Inventory) -> Outcome {
        let covering: Vec<_> = inventory.plans().iter().filter(|plan| plan.stages.contains(stage)).collect();
        match task {
            SetupTask::Link => link(stage, &covering, inventory),
            _ if covering.is_empty() => unknown("no usage plan covers the stage yet"),
            SetupTask::PriceList | SetupTask::Pool if !inventory.source().has_tables() => {
                (TaskState::Optional, "needs tables".to_owned(), None)
            }
            SetupTask::PriceList => price_list(&covering, inventory),
            SetupTask::Pool => pools(&covering, inventory),
            _ => tenant_keys(&covering, inventory),
        }
    }

    fn stage(&self, stage: &StageRef) -> Outcome {
        let name = self.setup.api().map_or(stage.api.as_str(), |api| api.name.as_str());
        match &self.setup.stage_logging {
            Ok(Some(_)) => {
                let summary = format!("{name} ({}) is deployed to {}", stage.api, stage.stage);
                match find_obstacle(self.setup, stage) {
                    Some((state, obstacle)) => (state, format!("{summary}; {obstacle}"), None),
                    None => done(summary),
                }
            }
            Ok(None) => missing(
                format!("{name} ({}) has no stage {}", stage.api, stage.stage),
                api_change_action(ApiChange::Deploy(stage.clone())),
            ),
            Err(why) => unknown(why),
        }
    }

    fn tenants(&self) -> Outcome {
        let Some(inventory) = self.inventory else { return unknown("create the tables first") };
        let tenants = match inventory.source() {
            InventorySource::Tables { .. } => return done("in the Keys table"),
            InventorySource::Usage => return unknown("API keys may not be listed"),
            InventorySource::ApiGateway { tenants, .. } => tenants,
        };
        if tenants.is_configured() {
            return done(TenantProposal::count(tenants.rules(), inventory).counts().join("; "));
        }
        let counts = TenantProposal::new(inventory).counts().join("; ");
        missing(format!("not in config.toml: {counts}"), None)
    }

    fn tables(&self) -> Outcome {
        let is_needed = self.inventory.is_none_or(|inventory| inventory.source().has_tables());
        match &self.setup.table_steps {
            Ok(steps) if !is_needed && !steps.is_empty() => (
                TaskState::Optional,
                "none, so each API key is one tenant key; tables add pools of shared keys".to_owned(),
                api_change_action(ApiChange::SetUpTables(steps.clone())),
            ),
            Ok(steps) if steps.is_empty() => done("all tables exist"),
            Ok(steps) => {
                missing(describe_undone(steps), api_change_action(ApiChange::SetUpTables(steps.clone())))
            }
            Err(why) => unknown(why),
        }
    }

    fn plan(&self) -> Outcome {
        match self.inventory.map_or(0, |inventory| inventory.plans().len()) {
            0 => missing("no usage plan yet", Some(TaskAction::Prompt(Form::Plan))),
            count => done(pluralize(count, "usage plan")),
        }
    }

    /// Methods that require a key are not enough if the API takes keys elsewhere than from the header, or if
    /// callers must sign, too.
    fn methods_and_key_source(&self) -> Outcome {
        match &self.setup.access {
            Ok(access) if access.key_source == KeySource::Authorizer => missing(
                "the API takes keys from its authorizer (apiKeySource AUTHORIZER): the header x-api-key is ignored",
                None,
            ),
            Ok(_) => self.methods_and_requirements(),
            Err(why) => match self.methods() {
                (TaskState::Done, summary, action) => {
                    let summary = format!("{summary}; where the API takes keys from is unknown: {why}");
                    (TaskState::Unknown, summary, action)
                }
                undone => undone,
            },
        }
    }

    fn methods_and_requirements(&self) -> Outcome {
        match (self.methods(), describe_requirements(self.setup)) {
            ((TaskState::Done, summary, action), Some((needs_signature, requirements))) => {
                let state = if needs_signature { TaskState::Missing } else { TaskState::Done };
                (state, format!("{summary}; {requirements}"), action)
            }
            (outcome, _) => outcome,
        }
    }

    fn methods(&self) -> Outcome {
        let methods = match &self.setup.methods {
            Ok(methods) => methods,
            Err(why) => return unknown(why),
        };
        let methods_to_check: Vec<&ApiMethod> =
            methods.iter().filter(|candidate| candidate.method.verb != "OPTIONS").collect();
        let open: Vec<_> = methods_to_check
            .iter()
            .filter(|candidate| !candidate.needs_key)
            .map(|candidate| candidate.method.to_string())
            .collect();
        if methods_to_check.is_empty() {
            return missing("the API has no method", None);
        }
        match open.len() {
            0 if methods_to_check.len() == 1 => done("the method requires an API key"),
            0 => done(format!("all {} methods require an API key", methods_to_check.len())),
            count if count == methods_to_check.len() => missing(
                format!("no API key required for {}: anyone can call without limits", open.join(", ")),
                Some(TaskAction::Prompt(Form::Methods)),
            ),
            open_count => {
                let summary = format!(
                    "{} of {} require an API key; {} {} not",
                    methods_to_check.len() - open_count,
                    pluralize(methods_to_check.len(), "method"),
                    open.join(", "),
                    if open_count == 1 { "does" } else { "do" }
                );
                (TaskState::Done, summary, Some(TaskAction::Prompt(Form::Methods)))
            }
        }
    }

    fn deployment(&self, stage: &StageRef) -> Outcome {
        let deploy = || api_change_action(ApiChange::Deploy(stage.clone()));
        match (&self.setup.stage_logging, &self.setup.deployed_methods, &self.setup.methods) {
            (Ok(None), ..) => missing("nothing is deployed", deploy()),
            (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => unknown(why),
            _ => match &self.setup.undeployed_methods()[..] {
                [] => done("the last edits are deployed"),
                edited => {
                    let edited: Vec<_> = edited.iter().map(ToString::to_string).collect();
                    missing(format!("{} edited but not deployed", edited.join(", ")), deploy())
                }
            },
        }
    }

    fn log_role(&self) -> Outcome {
        match &self.setup.log_role {
            Ok(Some(role)) => done(role),
            Ok(None) => missing(
                "API Gateway has no role for writing logs to CloudWatch",
                Some(TaskAction::Prompt(Form::LogRole)),
            ),
            Err(why) => unknown(why),
        }
    }

    fn logging(&self) -> Result<&'a StageLogging, &'a str> {
        match &self.setup.stage_logging {
            Ok(Some(logging)) => Ok(logging),
            Ok(None) => Err("create the stage first"),
            Err(why) => Err(why),
        }
    }

    fn execution_log(&self, stage: &StageRef) -> Outcome {
        let logging = match self.logging() {
            Ok(logging) => logging,
            Err(why) => return unknown(why),
        };
        let info = StageLogging { level: Some(LogLevel::Info), access: None };
        let set_info = api_change_action(ApiChange::SetStageLogging {
            stage: stage.clone(),
            logging: info,
            replaces: None,
        });
        match logging.level {
            Some(LogLevel::Info) => done("INFO: logs why a key was accepted or refused"),
            Some(LogLevel::Error) => {
                (TaskState::Done, "ERROR: does not log why a key was refused".to_owned(), set_info)
            }
            _ if self.setup.log_role == Ok(None) => missing("off; set the logging role first", None),
            _ => missing("off: reasons for refused calls are not logged", set_info),
        }
    }

    fn access_log(&self, stage: &StageRef) -> Outcome {
        let logging = match self.logging() {
            Ok(logging) => logging,
            Err(why) => return unknown(why),
        };
        let Some(log) = &logging.access else {
            if self.setup.log_role == Ok(None) {
                return missing("off; set the logging role first", None);
            }
            let summary = "off: calls of pooled tenants cannot be counted separately";
            return missing(summary, Some(TaskAction::Prompt(Form::AccessLog)));
        };
        let access = Some(super::AccessLog::to_destination(&log.destination, &self.setup.access_log_fields));
        let logging = StageLogging { level: None, access };
        let replaces = Some(log.clone());
        let set_keypool_format =
            api_change_action(ApiChange::SetStageLogging { stage: stage.clone(), logging, replaces });
        if log.has_key_value() {
            return missing("each line contains the API key's secret value", set_keypool_format);
        }
        match &self.setup.access_log_problem {
            None => done(format!("`report` can read its lines, in {}", log.destination)),
            Some(why) => missing(format!("`report` cannot read its lines: {why}"), set_keypool_format),
        }
    }

    fn first_call(&self) -> Outcome {
        match &self.setup.has_calls_today {
            Ok(true) => done("a call was accepted today"),
            Ok(false) => missing(
                "no calls counted today; GetUsage lags by minutes",
                Some(TaskAction::Prompt(Form::Call)),
            ),
            Err(why) => (TaskState::Unknown, why.clone(), Some(TaskAction::Prompt(Form::Call))),
        }
    }
}

fn link(stage: &StageRef, covering: &[&Plan], inventory: &Inventory) -> Outcome {
    if !covering.is_empty() {
        let names: Vec<_> = covering.iter().map(|plan| inventory.plan_name(&plan.id)).collect();
        return done(format!("in {}", names.join(", ")));
    }
    let managed: Vec<_> = managed_plans(inventory).into_iter().collect();
    let plans = inventory.plans().iter();
    let is_unknown = |plan: &Plan| is_managed(&plan.id, inventory).reason().is_some();
    let action = match managed[..] {
        _ if plans.clone().any(is_unknown) => Some(TaskAction::Prompt(Form::Link)),
        [] if inventory.plans().is_empty() => None,
        // All existing plans are unmanaged.
        [] => Some(TaskAction::Prompt(Form::Plan)),
        [plan] => {
            let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
            apply_action(PlanChange::Edit { plan: plan.clone(), edit }.into())
        }
        _ => Some(TaskAction::Prompt(Form::Link)),
    };
    missing("no usage plan covers the stage, so no key works for it", action)
}

fn price_list(covering: &[&Plan], inventory: &Inventory) -> Outcome {
    let outdated = covering.iter().filter(|plan| !is_price_list_accurate(plan));
    let outdated: Vec<_> = outdated.collect();
    let Some(first) = outdated.first() else {
        return done(format!("price list matches {}", pluralize(covering.len(), "plan")));
    };
    let write = match is_managed(&first.id, inventory) {
        Known::Value(true) => Change::Fix(Fix::WritePriceListEntry(first.id.clone())),
        Known::Value(false) | Known::Unknown(_) => {
            PlanChange::Adopt { plan: first.id.clone(), entry: None }.into()
        }
    };
    let names: Vec<_> = outdated.iter().map(|plan| inventory.plan_name(&plan.id)).collect();
    missing(format!("price list differs: {}", names.join(", ")), apply_action(write))
}

fn pools(covering: &[&Plan], inventory: &Inventory) -> Outcome {
    let pools: Vec<_> = covering.iter().filter(|plan| inventory.pool(&plan.id).is_some()).collect();
    if pools.is_empty() {
        let summary = "every tenant has its own API key; an account allows 10,000";
        return (TaskState::Optional, summary.to_owned(), Some(TaskAction::Prompt(Form::Pool)));
    }
    let names: Vec<_> = pools.iter().map(|plan| inventory.plan_name(&plan.id)).collect();
    done(format!("tenants share keys in {}", names.join(", ")))
}

fn tenant_keys(covering: &[&Plan], inventory: &Inventory) -> Outcome {
    match covering.iter().map(|plan| inventory.tenant_keys_of_plan(&plan.id).len()).sum() {
        0 => missing("no tenant has a key for the stage", Some(TaskAction::Prompt(Form::Key))),
        count => done(pluralize(count, "tenant key")),
    }
}
