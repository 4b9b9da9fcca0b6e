//! Evaluates the setup steps in order, each with its state and the action that completes it.

use crate::change::{ApiChange, Fix, PlanChange, PlanEdit, pluralize};
use crate::drift::plans::is_price_list_accurate;
use crate::managed::{TenantSource, is_managed, managed_plans};
use crate::{Change, Inventory, Known, Plan, StageRef};

use super::task::{ChecklistItem, Form, Task, TaskAction, TaskState};
use super::{ApiMethod, LogLevel, SetupState, StageLogging};

/// All steps for one stage, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist(pub Vec<ChecklistItem>);

impl Checklist {
    /// Evaluates every step. Without tables there is no inventory.
    pub fn new(reading: &SetupState, inventory: Option<&Inventory>) -> Self {
        let look = Inspector { reading, inventory };
        Self(Task::ALL.iter().map(|task| look.item(*task)).collect())
    }

    pub fn missing_count(&self) -> usize {
        self.0.iter().filter(|item| item.state == TaskState::Missing).count()
    }
}

type Outcome = (TaskState, String, Option<TaskAction>);

struct Inspector<'a> {
    reading: &'a SetupState,
    inventory: Option<&'a Inventory>,
}

fn done(seen: impl Into<String>) -> Outcome {
    (TaskState::Done, seen.into(), None)
}

fn missing(seen: impl Into<String>, remedy: Option<TaskAction>) -> Outcome {
    (TaskState::Missing, seen.into(), remedy)
}

fn unknown(why: impl Into<String>) -> Outcome {
    (TaskState::Unknown, why.into(), None)
}

fn apply(change: Change) -> Option<TaskAction> {
    Some(TaskAction::Apply(Box::new(change)))
}

fn apply_api_change(change: ApiChange) -> Option<TaskAction> {
    apply(change.into())
}

impl<'a> Inspector<'a> {
    fn item(&self, task: Task) -> ChecklistItem {
        let came = match task {
            Task::Tables => self.tables(),
            Task::LogRole => self.log_role(),
            Task::Plan | Task::Pool | Task::TenantKey if self.inventory.is_none() => {
                unknown("the tables come first")
            }
            Task::Plan => self.plan(),
            _ => match (&self.reading.stage, task) {
                (None, Task::Stage) => {
                    missing("the account has no REST API: make one with a method first", None)
                }
                (None, _) => unknown("there is no API yet"),
                (Some(stage), _) => self.stage_task(task, stage),
            },
        };
        let (state, seen, remedy) = came;
        ChecklistItem { task, state, summary: seen, action: remedy }
    }

    fn stage_task(&self, task: Task, stage: &StageRef) -> Outcome {
        match task {
            Task::Stage => self.stage(stage),
            Task::Methods => self.methods(),
            Task::Deployment => self.deployment(stage),
            Task::ExecutionLog => self.execution_log(stage),
            Task::AccessLog => self.access_log(stage),
            Task::FirstCall => self.first_call(),
            _ => match self.inventory {
                None => unknown("the tables come first"),
                Some(inventory) => self.plan_task(task, stage, inventory),
            },
        }
    }

    fn plan_task(&self, task: Task, stage: &StageRef, inventory: &Inventory) -> Outcome {
        let covering: Vec<_> = inventory.plans().iter().filter(|plan| plan.stages.contains(stage)).collect();
        match task {
            Task::Link => link(stage, &covering, inventory),
            _ if covering.is_empty() => unknown("no usage plan covers the stage yet"),
            Task::PriceList => price_list(&covering, inventory),
            Task::Pool => pools(&covering, inventory),
            _ => tenant_keys(&covering, inventory),
        }
    }

    fn stage(&self, stage: &StageRef) -> Outcome {
        let name = self.reading.api().map_or(stage.api.as_str(), |api| api.name.as_str());
        match &self.reading.stage_logging {
            Ok(Some(_)) => done(format!("{name} ({}) is deployed to {}", stage.api, stage.stage)),
            Ok(None) => missing(
                format!("{name} ({}) has no stage {}", stage.api, stage.stage),
                apply_api_change(ApiChange::Deploy(stage.clone())),
            ),
            Err(why) => unknown(why),
        }
    }

    fn tables(&self) -> Outcome {
        match &self.reading.missing_tables {
            Ok(tables) if tables.is_empty() => done("plans, keys and pools have their tables"),
            Ok(tables) => missing(
                format!("there is no table {}", tables.join(", ")),
                apply_api_change(ApiChange::CreateTables(tables.clone())),
            ),
            Err(why) => unknown(why),
        }
    }

    fn plan(&self) -> Outcome {
        match self.inventory.map_or(0, |inventory| inventory.plans().len()) {
            0 => missing("there is no usage plan", Some(TaskAction::Prompt(Form::Plan))),
            count => done(pluralize(count, "usage plan")),
        }
    }

    fn methods(&self) -> Outcome {
        let methods = match &self.reading.methods {
            Ok(methods) => methods,
            Err(why) => return unknown(why),
        };
        let real: Vec<&ApiMethod> = methods.iter().filter(|one| one.method.verb != "OPTIONS").collect();
        let open: Vec<_> =
            real.iter().filter(|one| !one.needs_key).map(|one| one.method.to_string()).collect();
        if real.is_empty() {
            return missing("the API has no method", None);
        }
        match open.len() {
            0 if real.len() == 1 => done("the method needs an API key"),
            0 => done(format!("all {} methods need an API key", real.len())),
            all if all == real.len() => missing(
                format!("no API key is needed for {}, so anybody calls without limit", open.join(", ")),
                Some(TaskAction::Prompt(Form::Methods)),
            ),
            some => {
                let seen = format!(
                    "{} of {} need an API key; {} {} not",
                    real.len() - some,
                    pluralize(real.len(), "method"),
                    open.join(", "),
                    if some == 1 { "does" } else { "do" }
                );
                (TaskState::Done, seen, Some(TaskAction::Prompt(Form::Methods)))
            }
        }
    }

    fn deployment(&self, stage: &StageRef) -> Outcome {
        let deploy = || apply_api_change(ApiChange::Deploy(stage.clone()));
        match (&self.reading.stage_logging, &self.reading.deployed_methods, &self.reading.methods) {
            (Ok(None), ..) => missing("nothing is deployed", deploy()),
            (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => unknown(why),
            _ => match &self.reading.undeployed_methods()[..] {
                [] => done("whether a key is needed is as it was last edited"),
                edited => {
                    let edited: Vec<_> = edited.iter().map(ToString::to_string).collect();
                    missing(format!("{} edited and not deployed", edited.join(", ")), deploy())
                }
            },
        }
    }

    fn log_role(&self) -> Outcome {
        match &self.reading.log_role {
            Ok(Some(role)) => done(role),
            Ok(None) => missing(
                "the account has no role with which API Gateway writes to CloudWatch",
                Some(TaskAction::Prompt(Form::LogRole)),
            ),
            Err(why) => unknown(why),
        }
    }

    fn logging(&self) -> Result<&'a StageLogging, &'a str> {
        match &self.reading.stage_logging {
            Ok(Some(logging)) => Ok(logging),
            Ok(None) => Err("the stage comes first"),
            Err(why) => Err(why),
        }
    }

    fn execution_log(&self, stage: &StageRef) -> Outcome {
        let logging = match self.logging() {
            Ok(logging) => logging,
            Err(why) => return unknown(why),
        };
        let set = StageLogging { level: Some(LogLevel::Info), access: None };
        let set = apply_api_change(ApiChange::SetStageLogging {
            stage: stage.clone(),
            logging: set,
            replaces: None,
        });
        match logging.level {
            Some(LogLevel::Info) => done("INFO: also why a key was let in or refused"),
            Some(LogLevel::Error) => (TaskState::Done, "ERROR: not why a key was refused".to_owned(), set),
            _ if self.reading.log_role == Ok(None) => missing("off; the role for logs comes first", None),
            _ => missing("off: nobody can see why a call was refused", set),
        }
    }

    fn access_log(&self, stage: &StageRef) -> Outcome {
        let logging = match self.logging() {
            Ok(logging) => logging,
            Err(why) => return unknown(why),
        };
        let Some(log) = &logging.access else {
            if self.reading.log_role == Ok(None) {
                return missing("off; the role for logs comes first", None);
            }
            let seen = "off: calls of pooled tenants cannot be counted apart";
            return missing(seen, Some(TaskAction::Prompt(Form::AccessLog)));
        };
        let access = Some(super::AccessLog::to_destination(&log.destination));
        let ours = StageLogging { level: None, access };
        let replaces = Some(log.clone());
        let ours =
            apply_api_change(ApiChange::SetStageLogging { stage: stage.clone(), logging: ours, replaces });
        if log.has_key_value() {
            return missing("each line holds the API key itself, which is a secret", ours);
        }
        match log.has_key_id() {
            true => done(format!("each line tells the API key's id, in {}", log.destination)),
            false => missing("no line tells which API key called", ours),
        }
    }

    fn first_call(&self) -> Outcome {
        match &self.reading.has_calls_today {
            Ok(true) => done("a call was let in today"),
            Ok(false) => missing(
                "no call of today is counted yet; counting lags by minutes",
                Some(TaskAction::Prompt(Form::Call)),
            ),
            Err(why) => (TaskState::Unknown, why.clone(), Some(TaskAction::Prompt(Form::Call))),
        }
    }
}

fn link(stage: &StageRef, covering: &[&Plan], inventory: &Inventory) -> Outcome {
    if !covering.is_empty() {
        let names: Vec<_> = covering.iter().map(|plan| plan.name.as_str()).collect();
        return done(format!("in {}", names.join(", ")));
    }
    let managed: Vec<_> = managed_plans(inventory, TenantSource::Tables).into_iter().collect();
    let plans = inventory.plans().iter();
    let is_unknown = |plan: &Plan| is_managed(&plan.id, inventory, TenantSource::Tables).reason().is_some();
    let remedy = match managed[..] {
        _ if plans.clone().any(is_unknown) => Some(TaskAction::Prompt(Form::Link)),
        [] if inventory.plans().is_empty() => None,
        // All existing plans are unmanaged.
        [] => Some(TaskAction::Prompt(Form::Plan)),
        [plan] => {
            let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
            apply(PlanChange::Edit { plan: plan.clone(), edit }.into())
        }
        _ => Some(TaskAction::Prompt(Form::Link)),
    };
    missing("no usage plan covers the stage, so no key opens it", remedy)
}

fn price_list(covering: &[&Plan], inventory: &Inventory) -> Outcome {
    let untrue = covering.iter().filter(|plan| !is_price_list_accurate(plan));
    let untrue: Vec<_> = untrue.collect();
    let Some(first) = untrue.first() else {
        return done(format!("{} told as enforced", pluralize(covering.len(), "plan")));
    };
    let write = match is_managed(&first.id, inventory, TenantSource::Tables) {
        Known::Value(true) => Change::Fix(Fix::WritePriceListEntry(first.id.clone())),
        Known::Value(false) | Known::Unknown(_) => {
            PlanChange::Adopt { plan: first.id.clone(), entry: None }.into()
        }
    };
    let names: Vec<_> = untrue.iter().map(|plan| plan.name.as_str()).collect();
    missing(format!("not as enforced: {}", names.join(", ")), apply(write))
}

fn pools(covering: &[&Plan], inventory: &Inventory) -> Outcome {
    let pools: Vec<_> = covering.iter().filter(|plan| inventory.pool(&plan.id).is_some()).collect();
    if pools.is_empty() {
        let seen = "every tenant has an API key of its own; an account takes 10,000";
        return (TaskState::Optional, seen.to_owned(), Some(TaskAction::Prompt(Form::Pool)));
    }
    let names: Vec<_> = pools.iter().map(|plan| plan.name.as_str()).collect();
    done(format!("tenants share keys in {}", names.join(", ")))
}

fn tenant_keys(covering: &[&Plan], inventory: &Inventory) -> Outcome {
    match covering.iter().map(|plan| inventory.tenant_keys_of_plan(&plan.id).len()).sum() {
        0 => missing("no tenant has a key for the stage", Some(TaskAction::Prompt(Form::Key))),
        count => done(pluralize(count, "tenant key")),
    }
}
