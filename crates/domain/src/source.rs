//! Where the tenant keys of an account are kept.

mod api_key_tenants;
mod proposal;
mod tenant_rules;

use std::fmt;

pub use crate::succession::unproven_successions;
pub use api_key_tenants::{tenant_keys_of_api_keys, tenant_keys_of_listed_ids};
pub use proposal::{RuleCount, TenantChange, TenantProposal};
pub use tenant_rules::{NamePattern, ParseTenantRuleError, TenantPlace, TenantRule, TenantRules};

use crate::{Plan, PlanId};

/// The closed list of sources. An inventory has exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InventorySource {
    /// Items of DynamoDB tables, by their names.
    Tables { plans: String, keys: String, pools: Option<String> },
    /// API Gateway alone: each API key is one tenant key.
    ApiGateway {
        tenants: TenantRules,
        /// Ids or names of the plans that keypool manages; `*` is every plan.
        managed_plans: Vec<String>,
    },
    /// GetUsage and the key lists of plans, where API keys may not be listed and there are no tables: nothing is
    /// known of a key but its id and its plans.
    Usage,
}

impl InventorySource {
    /// Whether tenant keys are items of tables.
    pub const fn has_tables(&self) -> bool {
        match self {
            Self::Tables { .. } => true,
            Self::ApiGateway { .. } | Self::Usage => false,
        }
    }

    /// Whether the config names this plan, by id or name, or all plans.
    pub(crate) fn adopts(&self, plan: &Plan) -> bool {
        match self {
            Self::ApiGateway { managed_plans, .. } => {
                managed_plans.iter().any(|name| name == "*" || plan.is_called(name))
            }
            Self::Tables { .. } | Self::Usage => false,
        }
    }
}

impl fmt::Display for InventorySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables { plans, keys, pools } => {
                write!(f, "DynamoDB tables {plans}, {keys}")?;
                pools.as_ref().map_or(Ok(()), |pools| write!(f, ", {pools}"))
            }
            Self::ApiGateway { tenants, .. } => {
                write!(f, "API Gateway alone: each API key is one tenant key; tenant from {tenants}")
            }
            Self::Usage => f.write_str(
                "usage alone: the role may not list API keys, so only their ids, plans and calls are known",
            ),
        }
    }
}

impl PlanId {
    /// The plan of an API key that is in none.
    pub fn none() -> Self {
        Self::new("")
    }

    pub fn is_none(&self) -> bool {
        self.as_str().is_empty()
    }
}
