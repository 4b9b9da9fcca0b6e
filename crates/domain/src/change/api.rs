//! Changes that set up an API, a stage or the account: required API keys, deployment, logging and tables.

use crate::stage_logging::{self, AccessLog, StageLogging};
use crate::step::{SetupStep, Step, Unit};
use crate::{Inventory, MethodRef, Refusal, StageRef, Tenant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiChange {
    /// Sets whether methods require an API key. Takes effect with the next deployment.
    RequireKeys {
        api: String,
        /// Resource id and method.
        methods: Vec<(String, MethodRef)>,
        required: bool,
    },
    /// Deploys the current state of an API to a stage.
    Deploy(StageRef),
    /// Sets the IAM role with which API Gateway writes logs; one per account and region.
    SetLogRole {
        /// ARN.
        role: String,
        /// The current role, or why it is not known.
        replaces: Result<Option<String>, String>,
    },
    /// Sets execution and access logging of a stage.
    SetStageLogging {
        stage: StageRef,
        logging: StageLogging,
        /// The current access log, if known.
        replaces: Option<AccessLog>,
    },
    /// Creates DynamoDB tables.
    CreateTables(Vec<String>),
}

impl ApiChange {
    pub(super) fn units(&self) -> Result<Vec<Unit>, Refusal> {
        let unit = |subject: String, step: SetupStep| Unit { subject, steps: vec![Step::Setup(step)] };
        let single = |subject: String, step: SetupStep| Ok(vec![unit(subject, step)]);
        match self {
            Self::RequireKeys { methods, .. } if methods.is_empty() => Err(Refusal::NoDifference),
            Self::RequireKeys { api, methods, required } => {
                let method_unit = |(resource, method): &(String, MethodRef)| {
                    let (api, resource, method) = (api.clone(), resource.clone(), method.clone());
                    let subject = method.to_string();
                    unit(subject, SetupStep::RequireKey { api, resource, method, required: *required })
                };
                Ok(methods.iter().map(method_unit).collect())
            }
            Self::Deploy(stage) => single(stage.to_string(), SetupStep::Deploy(stage.clone())),
            Self::SetLogRole { role, .. } => {
                stage_logging::validate_role(role)?;
                single("the account".to_owned(), SetupStep::SetLogRole(role.clone()))
            }
            Self::SetStageLogging { stage, logging, .. } => {
                stage_logging::validate_logging(logging)?;
                let step = SetupStep::SetStageLogging { stage: stage.clone(), logging: logging.clone() };
                single(stage.to_string(), step)
            }
            Self::CreateTables(tables) => {
                let table_unit =
                    |table: &String| unit(format!("table {table}"), SetupStep::CreateTable(table.clone()));
                Ok(tables.iter().map(table_unit).collect())
            }
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::RequireKeys { methods, required, .. } => {
                let methods: Vec<_> = methods.iter().map(|(_, method)| method.to_string()).collect();
                let verb = if *required { "require an API key for" } else { "require no API key for" };
                format!("{verb} {}", methods.join(", "))
            }
            Self::Deploy(stage) => format!("deploy API {} to stage {}", stage.api, stage.stage),
            Self::SetLogRole { role, .. } => format!("set the account's logging role to {role}"),
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
            // Nothing is lost, but AWS charges for the tables.
            Self::CreateTables(_) => true,
            Self::SetStageLogging { .. } => self.replaced_access_log().is_some(),
            Self::RequireKeys { .. } => false,
        }
    }

    /// The current access log, if the change replaces it with a different one.
    fn replaced_access_log(&self) -> Option<&AccessLog> {
        let Self::SetStageLogging { logging, replaces, .. } = self else { return None };
        let new = logging.access.as_ref()?;
        replaces.as_ref().filter(|old| *old != new)
    }

    fn replacement_caution(&self) -> Option<String> {
        match self {
            Self::SetLogRole { role, replaces: Ok(Some(old)) } if old != role => {
                Some(format!("this replaces the current logging role {old}"))
            }
            Self::SetLogRole { replaces: Err(why), .. } => {
                Some(format!("the current logging role, which this replaces, is not known: {why}"))
            }
            Self::SetLogRole { replaces: Ok(_), .. } => None,
            Self::SetStageLogging { .. } => self.replaced_access_log().map(|old| {
                format!(
                    "this replaces the stage's access log (destination {}, format {})",
                    old.destination, old.format
                )
            }),
            Self::RequireKeys { .. } | Self::Deploy(_) | Self::CreateTables(_) => None,
        }
    }

    pub(super) fn cautions(&self) -> Vec<String> {
        let caution = match self {
            Self::RequireKeys { .. } => "takes effect when the API is deployed",
            Self::Deploy(_) => {
                "this deploys every pending edit of the API; methods that require a key answer calls without one with \
                 403"
            }
            Self::SetLogRole { .. } => "the role applies to every API in this account and region",
            Self::SetStageLogging { .. } => "CloudWatch charges for the logs",
            Self::CreateTables(_) => "DynamoDB charges for the tables per request",
        };
        self.replacement_caution().into_iter().chain([caution.to_owned()]).collect()
    }

    /// A deployment affects the tenants of every plan that covers the stage.
    pub(super) fn affected_tenants(&self, inventory: &Inventory) -> Vec<Tenant> {
        let Self::Deploy(stage) = self else { return Vec::new() };
        let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
        covering.flat_map(|plan| inventory.tenants_of_plan(&plan.id)).cloned().collect()
    }
}
