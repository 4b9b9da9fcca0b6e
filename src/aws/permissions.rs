//! The AWS operations that keypool calls, with the IAM action and resource each one needs.
//! Least-privilege policies are built from this table.
//!
//! Invariant: every operation called in `src/aws` has an entry; a test reads the source code.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Tables;

/// Whom a policy is for; each mode includes the previous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyMode {
    /// Reads everything, changes nothing.
    ReadOnly,
    /// Manages keys, pools and remaining quota.
    Operator,
    /// Also manages plans, stages and tables.
    Owner,
}

impl PolicyMode {
    /// All modes in ascending order.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::Operator, Self::Owner];

    /// Returns the mode as written on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    /// A path of API Gateway's control plane.
    Path(&'static str),
    Tables(&'static [Table]),
    /// All indexes of the Keys table.
    IndexesOfKeys,
    /// The parameter that stores the pools.
    Parameter,
    /// For operations without a resource of their own.
    Any,
    /// All log groups.
    LogGroups,
    /// The role with which API Gateway writes logs.
    LogRole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Plans,
    Keys,
    Pools,
}

use PolicyMode::{Operator, Owner, ReadOnly};
use Resource::{Any, LogGroups, LogRole, Parameter, Path};
use Table::{Keys, Plans, Pools};

/// An operation, the lowest mode that calls it, its IAM actions, and their resource.
type Permission = (&'static str, PolicyMode, &'static [&'static str], Resource);

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PUT: &[&str] = &["apigateway:PUT"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];
const ALL_TABLES: Resource = Resource::Tables(&[Plans, Keys, Pools]);
const KEYS_AND_POOLS_TABLES: Resource = Resource::Tables(&[Keys, Pools]);
const PLANS_TABLE: Resource = Resource::Tables(&[Plans]);

/// Operations that return key values, or whose permission also allows reading them.
const VALUE_OPERATIONS: &[&str] = &["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"];

/// The complete list; an operation on several resources has several entries.
const PERMISSIONS: &[Permission] = &[
    ("GetUsagePlans", ReadOnly, GET, Path("/usageplans")),
    ("GetUsagePlan", ReadOnly, GET, Path("/usageplans/*")),
    ("GetUsagePlanKeys", ReadOnly, GET, Path("/usageplans/*/keys")),
    ("GetUsagePlanKey", ReadOnly, GET, Path("/usageplans/*/keys/*")),
    ("GetUsage", ReadOnly, GET, Path("/usageplans/*/usage")),
    ("GetApiKeys", ReadOnly, GET, Path("/apikeys")),
    ("GetApiKey", ReadOnly, GET, Path("/apikeys/*")),
    ("GetRestApis", ReadOnly, GET, Path("/restapis")),
    ("GetRestApi", ReadOnly, GET, Path("/restapis/*")),
    ("GetDomainNames", ReadOnly, GET, Path("/domainnames")),
    ("GetBasePathMappings", ReadOnly, GET, Path("/domainnames/*/basepathmappings")),
    ("GetResources", ReadOnly, GET, Path("/restapis/*/resources")),
    ("GetGatewayResponses", ReadOnly, GET, Path("/restapis/*/gatewayresponses")),
    ("GetStage", ReadOnly, GET, Path("/restapis/*/stages/*")),
    ("GetStages", ReadOnly, GET, Path("/restapis/*/stages")),
    ("GetDeployment", ReadOnly, GET, Path("/restapis/*/deployments/*")),
    ("GetAccount", ReadOnly, GET, Path("/account")),
    ("ListTables", ReadOnly, &["dynamodb:ListTables"], Any),
    ("DescribeTable", ReadOnly, &["dynamodb:DescribeTable"], ALL_TABLES),
    ("Scan", ReadOnly, &["dynamodb:Scan"], ALL_TABLES),
    ("Query", ReadOnly, &["dynamodb:Query"], Resource::IndexesOfKeys),
    ("GetItem", ReadOnly, &["dynamodb:GetItem"], ALL_TABLES),
    ("BatchGetItem", ReadOnly, &["dynamodb:BatchGetItem"], Resource::Tables(&[Pools])),
    ("GetParameter", ReadOnly, &["ssm:GetParameter"], Parameter),
    ("DescribeLogGroups", ReadOnly, &["logs:DescribeLogGroups"], LogGroups),
    ("FilterLogEvents", ReadOnly, &["logs:FilterLogEvents"], LogGroups),
    ("StartQuery", ReadOnly, &["logs:StartQuery"], LogGroups),
    ("GetQueryResults", ReadOnly, &["logs:GetQueryResults"], Any),
    ("StopQuery", ReadOnly, &["logs:StopQuery"], Any),
    // AWS allows it to every caller.
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
    ("CreateTable", Owner, &["dynamodb:CreateTable"], ALL_TABLES),
    ("UpdateTable", Owner, &["dynamodb:UpdateTable"], Resource::Tables(&[Keys])),
    ("CreateUsagePlan", Owner, POST, Path("/usageplans")),
    ("UpdateUsagePlan", Owner, PATCH, Path("/usageplans/*")),
    ("DeleteUsagePlan", Owner, DELETE, Path("/usageplans/*")),
    ("UpdateMethod", Owner, PATCH, Path("/restapis/*/resources/*/methods/*")),
    ("CreateDeployment", Owner, POST, Path("/restapis/*/deployments")),
    ("UpdateStage", Owner, PATCH, Path("/restapis/*/stages/*")),
    ("UpdateAccount", Owner, PATCH, Path("/account")),
    ("UpdateAccount", Owner, &["iam:PassRole"], LogRole),
];

/// A policy in IAM's JSON form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    pub sid: String,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    pub action: Vec<String>,
    pub resource: Vec<String>,
}

/// The account, region and resources a policy applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyTarget {
    pub(crate) region: String,
    /// The account id; `None` matches any account.
    pub(crate) account: Option<String>,
    /// `None` leaves out what concerns tables.
    pub(crate) tables: Option<Tables>,
    /// The parameter that stores the pools, if one does.
    pub(crate) parameter: Option<String>,
}

/// Returns a region's partition as ARNs write it.
pub(crate) fn partition(region: &str) -> &'static str {
    let prefixes = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    prefixes.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
}

impl Policy {
    /// Returns the minimal policy of a mode. Without `allows_values`, read-only policies deny access to
    /// API keys.
    pub(crate) fn least_privilege(mode: PolicyMode, allows_values: bool, target: &PolicyTarget) -> Self {
        let denies_values = mode == ReadOnly && !allows_values;
        let permissions = PERMISSIONS.iter().filter(|(operation, lowest_mode, ..)| {
            *lowest_mode <= mode && !(denies_values && VALUE_OPERATIONS.contains(operation))
        });
        let mut actions_by_arn: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (_, _, actions, resource) in permissions {
            for arn in target.resource_arns(*resource) {
                actions_by_arn.entry(arn).or_default().extend(*actions);
            }
        }
        let mut resources_by_actions: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (resource, actions) in actions_by_arn.into_iter().filter(|(_, actions)| !actions.is_empty()) {
            resources_by_actions
                .entry(actions.into_iter().map(str::to_owned).collect())
                .or_default()
                .push(resource);
        }
        let allowed = resources_by_actions.into_iter().zip(1..).map(|((action, resource), number)| {
            Statement { sid: format!("Allow{number}"), effect: "Allow", action, resource }
        });
        let statement = allowed.chain(denies_values.then(|| target.deny_values())).collect();
        Self { version: "2012-10-17", statement }
    }

    pub fn statements(&self) -> &[Statement] {
        &self.statement
    }
}

impl PolicyTarget {
    fn resource_arns(&self, resource: Resource) -> Vec<String> {
        match resource {
            Path(path) => vec![self.path_arn(path)],
            Resource::IndexesOfKeys => {
                self.table_arn(Keys).map(|arn| format!("{arn}/index/*")).into_iter().collect()
            }
            Resource::Tables(tables) => tables.iter().filter_map(|table| self.table_arn(*table)).collect(),
            Parameter => self.parameter.iter().map(|name| self.parameter_arn(name)).collect(),
            Any => vec!["*".to_owned()],
            LogGroups => {
                let partition = partition(&self.region);
                vec![format!("arn:{partition}:logs:{}:{}:log-group:*", self.region, self.account())]
            }
            LogRole => {
                let partition = partition(&self.region);
                vec![format!("arn:{partition}:iam::{}:role/*", self.account())]
            }
        }
    }

    /// Denies reading key values, because the permission to read a plan includes the paths below
    /// it.
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
            Plans => Some(&self.tables.as_ref()?.plans),
            Keys => Some(&self.tables.as_ref()?.keys),
            Pools => self.tables.as_ref()?.pools.as_ref(),
        };
        let partition = partition(&self.region);
        name.map(|name| format!("arn:{partition}:dynamodb:{}:{}:table/{name}", self.region, self.account()))
    }

    fn parameter_arn(&self, name: &str) -> String {
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
