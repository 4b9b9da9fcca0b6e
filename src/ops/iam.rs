//! The least-privilege IAM policy for this account, its region and tables.

use crate::aws::permissions::{Policy, PolicyMode, PolicyTarget};
use crate::aws::{Aws, Failure, Tables};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeastPrivilegePolicy {
    pub policy: Policy,
    pub remarks: Vec<String>,
}

/// Returns the policy for a mode. If the tables cannot be looked up, the policy names those that
/// `keypool setup tables` would create.
pub async fn least_privilege_policy(
    aws: &Aws,
    mode: PolicyMode,
    include_values: bool,
) -> Result<LeastPrivilegePolicy, Failure> {
    let account = aws.account_id().await;
    let (tables, lookup_failure) = aws.tables_for_policy().await?;
    let mut remarks = Vec::new();
    let tables = match (tables, mode) {
        // An owner may create tables.
        (None, PolicyMode::Owner) => Some(Tables::default_names()),
        (None, PolicyMode::ReadOnly | PolicyMode::Operator) => {
            remarks.push("the account has no tables: the policy allows only their list".to_owned());
            None
        }
        (tables, _) => tables,
    };
    if account.is_none() {
        remarks.push("STS did not return the account ID: the policy has `*` in its place".to_owned());
    }
    if let Some(why) = lookup_failure {
        remarks.push(format!(
            "the tables could not be looked up ({why}): the policy names those that \
                              `keypool setup tables` creates"
        ));
    }
    if mode == PolicyMode::ReadOnly {
        let keys_table = tables.as_ref().map(|tables| tables.keys.as_str());
        remarks.push(values_remark(include_values, keys_table.filter(|_| aws.stores_values())));
    }
    if mode == PolicyMode::Owner {
        remarks.push(
            "iam:PassRole allows every role: restrict it to the role that API Gateway writes logs with"
                .to_owned(),
        );
    }
    let parameter = aws.pools_parameter();
    let target = PolicyTarget { region: aws.context().region.clone(), account, tables, parameter };
    Ok(LeastPrivilegePolicy { policy: Policy::least_privilege(mode, include_values, &target), remarks })
}

/// Explains whether the policy allows reading key values, which IAM cannot separate from listing keys.
/// `keys_table` is the table that contains values, too.
fn values_remark(include_values: bool, keys_table: Option<&str>) -> String {
    let listed = if include_values {
        "a role that may list API keys may also read their values: IAM cannot separate the two"
    } else {
        "API keys may not be listed, because that would reveal their values (--include-values allows it): whether \
         a key exists and is enabled is then unknown"
    };
    let stored = keys_table
        .map(|table| format!("; the items of table {table} contain values too"))
        .unwrap_or_default();
    format!("{listed}{stored}")
}
