//! What the program calls, and the IAM action and resource that each call needs: the least policy follows from it.
//!
//! Invariant: every operation that stands in `src/aws` has a row here; a test reads the sources.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Tables;

/// Whom a policy is for; each mode holds the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyMode {
    /// Who looks, and changes nothing.
    ReadOnly,
    /// Who looks after keys, pools and what is left of quotas.
    Operator,
    /// Who makes plans, stages and tables too.
    Owner,
}

impl PolicyMode {
    /// All of them, each holding the ones before it.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::Operator, Self::Owner];

    /// The word for it in flags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

/// What an operation works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    /// A path of API Gateway's control plane.
    Path(&'static str),
    /// These tables.
    Tables(&'static [Table]),
    /// The parameter of pools.
    Parameter,
    /// What has no resource of its own.
    Any,
    /// The role that API Gateway writes logs with.
    LogRole,
}

/// One of our tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Plans,
    Keys,
    Pools,
}

use PolicyMode::{Operator, Owner, ReadOnly};
use Resource::{Any, LogRole, Parameter, Path};
use Table::{Keys, Plans, Pools};

/// An operation, the first mode that makes it, its actions, and what they are on.
type Permission = (&'static str, PolicyMode, &'static [&'static str], Resource);

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PUT: &[&str] = &["apigateway:PUT"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];
const ALL: Resource = Resource::Tables(&[Plans, Keys, Pools]);
const KEYS_AND_POOLS_TABLES: Resource = Resource::Tables(&[Keys, Pools]);
const PLANS_TABLE: Resource = Resource::Tables(&[Plans]);

/// Operations that tell the values of API keys, or lie on a path whose permission lets one ask for them.
const VALUE_OPERATIONS: &[&str] = &["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"];

/// The closed list; an operation that works in several places has several rows.
const PERMISSIONS: &[Permission] = &[
    ("GetUsagePlans", ReadOnly, GET, Path("/usageplans")),
    ("GetUsagePlan", ReadOnly, GET, Path("/usageplans/*")),
    ("GetUsagePlanKeys", ReadOnly, GET, Path("/usageplans/*/keys")),
    ("GetUsagePlanKey", ReadOnly, GET, Path("/usageplans/*/keys/*")),
    ("GetUsage", ReadOnly, GET, Path("/usageplans/*/usage")),
    ("GetApiKeys", ReadOnly, GET, Path("/apikeys")),
    ("GetApiKey", ReadOnly, GET, Path("/apikeys/*")),
    ("GetRestApis", ReadOnly, GET, Path("/restapis")),
    ("GetResources", ReadOnly, GET, Path("/restapis/*/resources")),
    ("GetGatewayResponses", ReadOnly, GET, Path("/restapis/*/gatewayresponses")),
    ("GetStage", ReadOnly, GET, Path("/restapis/*/stages/*")),
    ("GetStages", ReadOnly, GET, Path("/restapis/*/stages")),
    ("GetDeployment", ReadOnly, GET, Path("/restapis/*/deployments/*")),
    ("GetAccount", ReadOnly, GET, Path("/account")),
    ("ListTables", ReadOnly, &["dynamodb:ListTables"], Any),
    ("DescribeTable", ReadOnly, &["dynamodb:DescribeTable"], ALL),
    ("Scan", ReadOnly, &["dynamodb:Scan"], ALL),
    ("GetItem", ReadOnly, &["dynamodb:GetItem"], ALL),
    ("BatchGetItem", ReadOnly, &["dynamodb:BatchGetItem"], Resource::Tables(&[Pools])),
    ("GetParameter", ReadOnly, &["ssm:GetParameter"], Parameter),
    // It needs no permission: AWS answers it to everybody about themselves.
    ("GetCallerIdentity", ReadOnly, &[], Any),
    ("CreateApiKey", Operator, POST, Path("/apikeys")),
    ("CreateApiKey", Operator, PUT, Path("/tags/*")),
    ("ImportApiKeys", Operator, POST, Path("/apikeys")),
    ("UpdateApiKey", Operator, PATCH, Path("/apikeys/*")),
    ("DeleteApiKey", Operator, DELETE, Path("/apikeys/*")),
    ("TagResource", Operator, PUT, Path("/tags/*")),
    ("UntagResource", Operator, DELETE, Path("/tags/*")),
    ("CreateUsagePlanKey", Operator, POST, Path("/usageplans/*/keys")),
    ("DeleteUsagePlanKey", Operator, DELETE, Path("/usageplans/*/keys/*")),
    ("UpdateUsage", Operator, PATCH, Path("/usageplans/*/keys/*/usage")),
    ("PutItem", Operator, &["dynamodb:PutItem"], KEYS_AND_POOLS_TABLES),
    ("UpdateItem", Operator, &["dynamodb:UpdateItem"], KEYS_AND_POOLS_TABLES),
    ("DeleteItem", Operator, &["dynamodb:DeleteItem"], KEYS_AND_POOLS_TABLES),
    (
        "TransactWriteItems",
        Operator,
        &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"],
        KEYS_AND_POOLS_TABLES,
    ),
    ("PutParameter", Operator, &["ssm:PutParameter"], Parameter),
    ("PutItem", Owner, &["dynamodb:PutItem"], PLANS_TABLE),
    ("UpdateItem", Owner, &["dynamodb:UpdateItem"], PLANS_TABLE),
    ("DeleteItem", Owner, &["dynamodb:DeleteItem"], PLANS_TABLE),
    ("CreateTable", Owner, &["dynamodb:CreateTable"], ALL),
    ("CreateUsagePlan", Owner, POST, Path("/usageplans")),
    ("UpdateUsagePlan", Owner, PATCH, Path("/usageplans/*")),
    ("DeleteUsagePlan", Owner, DELETE, Path("/usageplans/*")),
    ("UpdateMethod", Owner, PATCH, Path("/restapis/*/resources/*/methods/*")),
    ("CreateDeployment", Owner, POST, Path("/restapis/*/deployments")),
    ("UpdateStage", Owner, PATCH, Path("/restapis/*/stages/*")),
    ("UpdateAccount", Owner, PATCH, Path("/account")),
    ("UpdateAccount", Owner, &["iam:PassRole"], LogRole),
];

/// A policy in IAM's own form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// What it is for.
    pub sid: String,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// The actions.
    pub action: Vec<String>,
    /// The resources.
    pub resource: Vec<String>,
}

/// Where a policy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyTarget {
    pub(crate) region: String,
    /// The account's number; any account where it is not known.
    pub(crate) account: Option<String>,
    pub(crate) tables: Tables,
    /// The parameter that holds the pools, where one does.
    pub(crate) parameter: Option<String>,
}

/// The partition that a region is in, as ARNs name it.
pub(crate) fn partition(region: &str) -> &'static str {
    let known = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    known.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
}

impl Policy {
    /// What a mode needs, and no more; without values a reader of plans is kept from the API keys.
    pub(crate) fn least_privilege(mode: PolicyMode, values: bool, place: &PolicyTarget) -> Self {
        let kept_out = mode == ReadOnly && !values;
        let wanted = PERMISSIONS.iter().filter(|(operation, from, ..)| {
            *from <= mode && !(kept_out && VALUE_OPERATIONS.contains(operation))
        });
        let mut actions_on: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (_, _, actions, on) in wanted {
            for resource in place.resource_arns(*on) {
                actions_on.entry(resource).or_default().extend(*actions);
            }
        }
        let mut alike: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (resource, actions) in actions_on.into_iter().filter(|(_, actions)| !actions.is_empty()) {
            alike.entry(actions.into_iter().map(str::to_owned).collect()).or_default().push(resource);
        }
        let allowed = alike.into_iter().zip(1..).map(|((action, resource), number)| Statement {
            sid: format!("Allow{number}"),
            effect: "Allow",
            action,
            resource,
        });
        let statement = allowed.chain(kept_out.then(|| place.deny_values())).collect();
        Self { version: "2012-10-17", statement }
    }

    /// Its statements.
    pub fn statements(&self) -> &[Statement] {
        &self.statement
    }
}

impl PolicyTarget {
    fn resource_arns(&self, on: Resource) -> Vec<String> {
        match on {
            Path(path) => vec![self.path_arn(path)],
            Resource::Tables(tables) => tables.iter().filter_map(|table| self.table_arn(*table)).collect(),
            Parameter => self.parameter.iter().map(|name| self.parameter(name)).collect(),
            Any => vec!["*".to_owned()],
            LogRole => {
                let partition = partition(&self.region);
                vec![format!("arn:{partition}:iam::{}:role/*", self.account())]
            }
        }
    }

    /// The permission to read a plan reaches below it, where the values are.
    fn deny_values(&self) -> Statement {
        let paths = ["/apikeys", "/apikeys/*", "/usageplans/*/keys", "/usageplans/*/keys/*"];
        Statement {
            sid: "NoValues".to_owned(),
            effect: "Deny",
            action: vec!["apigateway:GET".to_owned()],
            resource: paths.iter().map(|path| self.path_arn(path)).collect(),
        }
    }

    fn path_arn(&self, path: &str) -> String {
        format!("arn:{}:apigateway:{}::{path}", partition(&self.region), self.region)
    }

    fn table_arn(&self, table: Table) -> Option<String> {
        let name = match table {
            Plans => Some(&self.tables.plans),
            Keys => Some(&self.tables.keys),
            Pools => self.tables.pools.as_ref(),
        };
        let partition = partition(&self.region);
        name.map(|name| format!("arn:{partition}:dynamodb:{}:{}:table/{name}", self.region, self.account()))
    }

    fn parameter(&self, name: &str) -> String {
        let name = name.trim_start_matches('/');
        let partition = partition(&self.region);
        format!("arn:{partition}:ssm:{}:{}:parameter/{name}", self.region, self.account())
    }

    fn account(&self) -> &str {
        self.account.as_deref().unwrap_or("*")
    }
}

#[cfg(test)]
mod tests;
