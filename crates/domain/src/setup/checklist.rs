//! The steps in the order in which they are done, each with its state and what does it.

use crate::change::{ApiChange, Mend, PlanChange, PlanEdit, counted};
use crate::drift::plans::is_told_truly;
use crate::managed::{TenantSource, is_managed, managed_plans};
use crate::{Change, Inventory, Known, Plan, StageRef};

use super::task::{Form, Item, Remedy, State, Task};
use super::{ApiMethod, LogLevel, SetupReading, StageLogging};

/// Every step for one stage, in the order in which they are done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist(pub Vec<Item>);

impl Checklist {
    /// How everything stands; without tables there is no inventory.
    pub fn of(reading: &SetupReading, inventory: Option<&Inventory>) -> Self {
        let look = Look { reading, inventory };
        Self(Task::ALL.iter().map(|task| look.at(*task)).collect())
    }

    /// How many steps are missing.
    pub fn missing(&self) -> usize {
        self.0.iter().filter(|item| item.state == State::Missing).count()
    }
}

/// What a step came to, before it is an [`Item`].
type Came = (State, String, Option<Remedy>);

struct Look<'a> {
    reading: &'a SetupReading,
    inventory: Option<&'a Inventory>,
}

fn done(seen: impl Into<String>) -> Came {
    (State::Done, seen.into(), None)
}

fn missing(seen: impl Into<String>, remedy: Option<Remedy>) -> Came {
    (State::Missing, seen.into(), remedy)
}

fn unknown(why: impl Into<String>) -> Came {
    (State::Unknown, why.into(), None)
}

fn does(change: Change) -> Option<Remedy> {
    Some(Remedy::Do(Box::new(change)))
}

fn run(change: ApiChange) -> Option<Remedy> {
    does(change.into())
}

impl<'a> Look<'a> {
    fn at(&self, task: Task) -> Item {
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
                (Some(stage), _) => self.of_stage(task, stage),
            },
        };
        let (state, seen, remedy) = came;
        Item { task, state, seen, remedy }
    }

    fn of_stage(&self, task: Task, stage: &StageRef) -> Came {
        match task {
            Task::Stage => self.stage(stage),
            Task::Methods => self.methods(),
            Task::Deployment => self.deployment(stage),
            Task::ExecutionLog => self.execution_log(stage),
            Task::AccessLog => self.access_log(stage),
            Task::FirstCall => self.first_call(),
            _ => match self.inventory {
                None => unknown("the tables come first"),
                Some(inventory) => self.of_plans(task, stage, inventory),
            },
        }
    }

    fn of_plans(&self, task: Task, stage: &StageRef, inventory: &Inventory) -> Came {
        let covering: Vec<_> = inventory.plans().iter().filter(|plan| plan.stages.contains(stage)).collect();
        match task {
            Task::Link => link(stage, &covering, inventory),
            _ if covering.is_empty() => unknown("no usage plan covers the stage yet"),
            Task::PriceList => windows(&covering, inventory),
            Task::Pool => pools(&covering, inventory),
            _ => tenant_keys(&covering, inventory),
        }
    }

    fn stage(&self, stage: &StageRef) -> Came {
        let name = self.reading.api().map_or(stage.api.as_str(), |api| api.name.as_str());
        match &self.reading.stands {
            Ok(Some(_)) => done(format!("{name} ({}) is deployed to {}", stage.api, stage.stage)),
            Ok(None) => missing(
                format!("{name} ({}) has no stage {}", stage.api, stage.stage),
                run(ApiChange::Deploy(stage.clone())),
            ),
            Err(why) => unknown(why),
        }
    }

    fn tables(&self) -> Came {
        match &self.reading.missing_tables {
            Ok(tables) if tables.is_empty() => done("plans, keys and pools have their tables"),
            Ok(tables) => missing(
                format!("there is no table {}", tables.join(", ")),
                run(ApiChange::MakeTables(tables.clone())),
            ),
            Err(why) => unknown(why),
        }
    }

    fn plan(&self) -> Came {
        match self.inventory.map_or(0, |inventory| inventory.plans().len()) {
            0 => missing("there is no usage plan", Some(Remedy::Ask(Form::Plan))),
            count => done(counted(count, "usage plan")),
        }
    }

    fn methods(&self) -> Came {
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
                Some(Remedy::Ask(Form::Methods)),
            ),
            some => {
                let seen = format!(
                    "{} of {} need an API key; {} {} not",
                    real.len() - some,
                    counted(real.len(), "method"),
                    open.join(", "),
                    if some == 1 { "does" } else { "do" }
                );
                (State::Done, seen, Some(Remedy::Ask(Form::Methods)))
            }
        }
    }

    fn deployment(&self, stage: &StageRef) -> Came {
        let deploy = || run(ApiChange::Deploy(stage.clone()));
        match (&self.reading.stands, &self.reading.deployed, &self.reading.methods) {
            (Ok(None), ..) => missing("nothing is deployed", deploy()),
            (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => unknown(why),
            _ => match &self.reading.undeployed()[..] {
                [] => done("whether a key is needed is as it was last edited"),
                edited => {
                    let edited: Vec<_> = edited.iter().map(ToString::to_string).collect();
                    missing(format!("{} edited and not deployed", edited.join(", ")), deploy())
                }
            },
        }
    }

    fn log_role(&self) -> Came {
        match &self.reading.log_role {
            Ok(Some(role)) => done(role),
            Ok(None) => missing(
                "the account has no role with which API Gateway writes to CloudWatch",
                Some(Remedy::Ask(Form::LogRole)),
            ),
            Err(why) => unknown(why),
        }
    }

    fn logging(&self) -> Result<&'a StageLogging, &'a str> {
        match &self.reading.stands {
            Ok(Some(logging)) => Ok(logging),
            Ok(None) => Err("the stage comes first"),
            Err(why) => Err(why),
        }
    }

    fn execution_log(&self, stage: &StageRef) -> Came {
        let logging = match self.logging() {
            Ok(logging) => logging,
            Err(why) => return unknown(why),
        };
        let set = StageLogging { level: Some(LogLevel::Info), access: None };
        let set = run(ApiChange::SetStageLogging { stage: stage.clone(), logging: set, replaces: None });
        match logging.level {
            Some(LogLevel::Info) => done("INFO: also why a key was let in or refused"),
            Some(LogLevel::Error) => (State::Done, "ERROR: not why a key was refused".to_owned(), set),
            _ if self.reading.log_role == Ok(None) => missing("off; the role for logs comes first", None),
            _ => missing("off: nobody can see why a call was refused", set),
        }
    }

    fn access_log(&self, stage: &StageRef) -> Came {
        let logging = match self.logging() {
            Ok(logging) => logging,
            Err(why) => return unknown(why),
        };
        let Some(log) = &logging.access else {
            if self.reading.log_role == Ok(None) {
                return missing("off; the role for logs comes first", None);
            }
            let seen = "off: calls of pooled tenants cannot be counted apart";
            return missing(seen, Some(Remedy::Ask(Form::AccessLog)));
        };
        let access = Some(super::AccessLog::to(&log.destination));
        let ours = StageLogging { level: None, access };
        let replaces = Some(log.clone());
        let ours = run(ApiChange::SetStageLogging { stage: stage.clone(), logging: ours, replaces });
        if log.tells_secret() {
            return missing("each line holds the API key itself, which is a secret", ours);
        }
        match log.tells_key() {
            true => done(format!("each line tells the API key's id, in {}", log.destination)),
            false => missing("no line tells which API key called", ours),
        }
    }

    fn first_call(&self) -> Came {
        match &self.reading.called {
            Ok(true) => done("a call was let in today"),
            Ok(false) => missing(
                "no call of today is counted yet; counting lags by minutes",
                Some(Remedy::Ask(Form::Call)),
            ),
            Err(why) => (State::Unknown, why.clone(), Some(Remedy::Ask(Form::Call))),
        }
    }
}

fn link(stage: &StageRef, covering: &[&Plan], inventory: &Inventory) -> Came {
    if !covering.is_empty() {
        let names: Vec<_> = covering.iter().map(|plan| plan.name.as_str()).collect();
        return done(format!("in {}", names.join(", ")));
    }
    let managed: Vec<_> = managed_plans(inventory, TenantSource::Tables).into_iter().collect();
    let plans = inventory.plans().iter();
    let is_unknown = |plan: &Plan| is_managed(&plan.id, inventory, TenantSource::Tables).reason().is_some();
    let remedy = match managed[..] {
        _ if plans.clone().any(is_unknown) => Some(Remedy::Ask(Form::Link)),
        [] if inventory.plans().is_empty() => None,
        // Every plan there is belongs to others.
        [] => Some(Remedy::Ask(Form::Plan)),
        [plan] => {
            let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
            does(PlanChange::Edit { plan: plan.clone(), edit }.into())
        }
        _ => Some(Remedy::Ask(Form::Link)),
    };
    missing("no usage plan covers the stage, so no key opens it", remedy)
}

fn windows(covering: &[&Plan], inventory: &Inventory) -> Came {
    let untrue = covering.iter().filter(|plan| !is_told_truly(plan));
    let untrue: Vec<_> = untrue.collect();
    let Some(first) = untrue.first() else {
        return done(format!("{} told as enforced", counted(covering.len(), "plan")));
    };
    let write = match is_managed(&first.id, inventory, TenantSource::Tables) {
        Known::Value(true) => Change::Mend(Mend::WriteWindow(first.id.clone())),
        Known::Value(false) | Known::Unknown(_) => {
            PlanChange::Adopt { plan: first.id.clone(), entry: None }.into()
        }
    };
    let names: Vec<_> = untrue.iter().map(|plan| plan.name.as_str()).collect();
    missing(format!("not as enforced: {}", names.join(", ")), does(write))
}

fn pools(covering: &[&Plan], inventory: &Inventory) -> Came {
    let pools: Vec<_> = covering.iter().filter(|plan| inventory.pool(&plan.id).is_some()).collect();
    if pools.is_empty() {
        let seen = "every tenant has an API key of its own; an account takes 10,000";
        return (State::Optional, seen.to_owned(), Some(Remedy::Ask(Form::Pool)));
    }
    let names: Vec<_> = pools.iter().map(|plan| plan.name.as_str()).collect();
    done(format!("tenants share keys in {}", names.join(", ")))
}

fn tenant_keys(covering: &[&Plan], inventory: &Inventory) -> Came {
    match covering.iter().map(|plan| inventory.rows_of(&plan.id).len()).sum() {
        0 => missing("no tenant has a key for the stage", Some(Remedy::Ask(Form::Key))),
        count => done(counted(count, "tenant key")),
    }
}
