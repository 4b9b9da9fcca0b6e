//! The least IAM policy for this account, region and its tables.

use crate::aws::permissions::{Policy, PolicyMode, PolicyTarget};
use crate::aws::{Aws, Failure};

/// A policy, and what a person should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeastPrivilegePolicy {
    /// The policy.
    pub policy: Policy,
    /// In sentences.
    pub remarks: Vec<String>,
}

/// What a mode needs; where tables cannot be looked for, those that would be made are named.
pub async fn least_privilege_policy(
    aws: &Aws,
    mode: PolicyMode,
    values: bool,
) -> Result<LeastPrivilegePolicy, Failure> {
    let account = aws.account_id().await;
    let (tables, guessed) = aws.tables_for_policy().await?;
    let mut remarks = Vec::new();
    if account.is_none() {
        remarks.push("STS did not say which account this is: `*` stands for it".to_owned());
    }
    if let Some(why) = guessed {
        remarks.push(format!(
            "the tables could not be looked for ({why}): the policy names those that \
                              `keypool setup tables` makes"
        ));
    }
    if mode == PolicyMode::ReadOnly {
        remarks.push(values_remark(values, aws.stores_values(), &tables.keys));
    }
    if mode == PolicyMode::Owner {
        remarks
            .push("iam:PassRole is on every role: name the one that API Gateway writes logs with".to_owned());
    }
    let parameter = aws.pools_parameter();
    let place = PolicyTarget { region: aws.context().region.clone(), account, tables, parameter };
    Ok(LeastPrivilegePolicy { policy: Policy::least_privilege(mode, values, &place), remarks })
}

/// What IAM cannot keep from a reader.
fn values_remark(values: bool, in_rows: bool, keys: &str) -> String {
    let listed = if values {
        "who may list API keys may read their values: IAM cannot tell the two apart"
    } else {
        "API keys may not be listed, since IAM cannot keep their values apart (--include-values allows it): whether \
         one is there and enabled is then not known"
    };
    let rows = if in_rows { format!("; the rows of {keys} hold values too") } else { String::new() };
    format!("{listed}{rows}")
}
