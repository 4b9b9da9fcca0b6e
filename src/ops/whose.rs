//! Whose key is this: by what the rows hold, and by what API Gateway tells where that is not enough.

use keypool_domain::Inventory;
use keypool_domain::change::counted;
use keypool_domain::whose::{Clue, Found, needs_values, whose as by_these};

use crate::aws::{Aws, Failure};

/// The keys that a clue fits, and where they were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// Every API key that it fits; none, one or several.
    pub found: Vec<Found>,
    /// Where was looked, in words.
    pub looked: Vec<String>,
    /// What could not be looked at, in a sentence.
    pub remark: Option<String>,
}

/// Finds the keys that a clue fits; the values of all API keys are asked for once, and only where rows do not do.
pub async fn whose(aws: &Aws, inventory: &Inventory, clue: &Clue) -> Result<Whose, Failure> {
    let with_value = inventory.rows().iter().filter(|row| row.stored_value().is_some()).count();
    let api_keys = inventory.listed_api_keys().len();
    let mut looked = vec![
        format!("the ids of {} and {}", counted(inventory.rows().len(), "row"), counted(api_keys, "API key")),
        format!("the values in {}", counted(with_value, "row")),
    ];
    let found = by_these(inventory, clue, &[]);
    if !needs_values(inventory, clue, &found) {
        return Ok(Whose { found, looked, remark: None });
    }
    match aws.api_key_values().await {
        Ok(values) => {
            looked.push(format!("the values of {} in API Gateway", counted(values.len(), "API key")));
            Ok(Whose { found: by_these(inventory, clue, &values), looked, remark: None })
        }
        Err(Failure::Denied { action, resource }) => {
            let remark =
                format!("the values in API Gateway may not be read (IAM action {action} on {resource})");
            Ok(Whose { found, looked, remark: Some(remark) })
        }
        Err(failure) => Err(failure),
    }
}
