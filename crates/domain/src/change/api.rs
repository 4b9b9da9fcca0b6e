//! What an API, a stage and the account need before plans hold: methods that want a key, a deployment, logs, tables.

use crate::setup::{self, AccessLog, ReadResult, StageLogging};
use crate::step::{SetupStep, Step, Unit};
use crate::{Inventory, MethodRef, StageRef, Tenant};

use super::refusal::Refusal;

/// What is done besides usage plans and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiChange {
    /// Methods want an API key from the next deployment on, or no longer.
    RequireKeys {
        /// the REST API's id
        api: String,
        /// the methods, each with the id of its resource
        methods: Vec<(String, MethodRef)>,
        /// whether they want a key
        required: bool,
    },
    /// What was edited of an API becomes what callers meet.
    Deploy(StageRef),
    /// The role with which API Gateway writes logs, for the whole account and region.
    SetLogRole {
        /// the role's ARN
        role: String,
        /// the role that there is now, or why that is not known
        replaces: ReadResult<Option<String>>,
    },
    /// What a stage writes into logs.
    SetStageLogging {
        /// the stage
        stage: StageRef,
        /// what is set; what is not said stays
        logging: StageLogging,
        /// the access log that the stage writes now, where one is known
        replaces: Option<AccessLog>,
    },
    /// The DynamoDB tables that are missing.
    CreateTables(Vec<String>),
}

impl ApiChange {
    pub(super) fn units(&self) -> Result<Vec<Unit>, Refusal> {
        let unit = |subject: String, step: SetupStep| Unit { subject, steps: vec![Step::Setup(step)] };
        let one = |subject: String, step: SetupStep| Ok(vec![unit(subject, step)]);
        match self {
            Self::RequireKeys { methods, .. } if methods.is_empty() => Err(Refusal::NoDifference),
            Self::RequireKeys { api, methods, required } => {
                let each = |(resource, method): &(String, MethodRef)| {
                    let (api, resource, method) = (api.clone(), resource.clone(), method.clone());
                    let subject = method.to_string();
                    unit(subject, SetupStep::RequireKey { api, resource, method, required: *required })
                };
                Ok(methods.iter().map(each).collect())
            }
            Self::Deploy(stage) => one(stage.to_string(), SetupStep::Deploy(stage.clone())),
            Self::SetLogRole { role, .. } => {
                setup::validate_role(role)?;
                one("the account".to_owned(), SetupStep::SetLogRole(role.clone()))
            }
            Self::SetStageLogging { stage, logging, .. } => {
                setup::validate_logging(logging)?;
                let step = SetupStep::SetStageLogging { stage: stage.clone(), logging: logging.clone() };
                one(stage.to_string(), step)
            }
            Self::CreateTables(tables) => {
                let each =
                    |table: &String| unit(format!("table {table}"), SetupStep::CreateTable(table.clone()));
                Ok(tables.iter().map(each).collect())
            }
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::RequireKeys { methods, required, .. } => {
                let methods: Vec<_> = methods.iter().map(|(_, method)| method.to_string()).collect();
                let what = if *required { "require an API key for" } else { "require no API key for" };
                format!("{what} {}", methods.join(", "))
            }
            Self::Deploy(stage) => format!("deploy the API {} to its stage {}", stage.api, stage.stage),
            Self::SetLogRole { role, .. } => format!("let API Gateway write logs with the role {role}"),
            Self::SetStageLogging { stage, logging, .. } => format!("stage {stage}: {}", logging.describe()),
            Self::CreateTables(tables) => format!("create the DynamoDB tables {}", tables.join(", ")),
        }
    }

    pub(super) const fn verb(&self) -> &'static str {
        match self {
            Self::RequireKeys { .. } | Self::SetLogRole { .. } | Self::SetStageLogging { .. } => "Save",
            Self::Deploy(_) => "Deploy",
            Self::CreateTables(_) => "Create",
        }
    }

    pub(super) fn needs_confirmation(&self) -> bool {
        match self {
            Self::Deploy(_) | Self::SetLogRole { .. } => true,
            // It takes nothing away, but AWS bills for tables from then on.
            Self::CreateTables(_) => true,
            Self::SetStageLogging { .. } => self.replaced_access_log().is_some(),
            Self::RequireKeys { .. } => false,
        }
    }

    /// The access log that goes because another takes its place.
    fn replaced_access_log(&self) -> Option<&AccessLog> {
        let Self::SetStageLogging { logging, replaces, .. } = self else { return None };
        let new = logging.access.as_ref()?;
        replaces.as_ref().filter(|old| *old != new)
    }

    /// What stands there now and goes, or that this is not known.
    fn replacement_caution(&self) -> Option<String> {
        match self {
            Self::SetLogRole { role, replaces: Ok(Some(old)) } if old != role => {
                Some(format!("this replaces the role {old}, with which API Gateway writes logs now"))
            }
            Self::SetLogRole { replaces: Err(why), .. } => {
                Some(format!("the role that this replaces is not known: {why}"))
            }
            Self::SetLogRole { replaces: Ok(_), .. } => None,
            Self::SetStageLogging { .. } => self.replaced_access_log().map(|old| {
                format!(
                    "this replaces the access log of the stage: lines to {} in the format {}",
                    old.destination, old.format
                )
            }),
            Self::RequireKeys { .. } | Self::Deploy(_) | Self::CreateTables(_) => None,
        }
    }

    pub(super) fn cautions(&self) -> Vec<String> {
        let caution = match self {
            Self::RequireKeys { .. } => "callers notice nothing until the API is deployed",
            Self::Deploy(_) => {
                "everything that was edited in the API goes live, not only which methods need a key; who calls such \
                 a method without a key is answered 403"
            }
            Self::SetLogRole { .. } => "it is one role for every API of the account and region",
            Self::SetStageLogging { .. } => "CloudWatch bills for what is written",
            Self::CreateTables(_) => "DynamoDB bills the tables by request",
        };
        self.replacement_caution().into_iter().chain([caution.to_owned()]).collect()
    }

    /// The tenants of the plans that cover the stage, for what goes live meets them first.
    pub(super) fn affected_tenants(&self, inventory: &Inventory) -> Vec<Tenant> {
        let Self::Deploy(stage) = self else { return Vec::new() };
        let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
        covering.flat_map(|plan| inventory.tenants_of_plan(&plan.id)).cloned().collect()
    }
}
