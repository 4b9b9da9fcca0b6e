//! Whose key is this: by what the rows hold, and by what API Gateway tells where that is not enough.

use keypool_domain::Inventory;
use keypool_domain::change::pluralize;
use keypool_domain::key_lookup::{KeyMatch, KeyQuery, find_keys as by_these, needs_values};

use crate::aws::{Aws, Failure};

/// The keys that a clue fits, and where they were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLookup {
    /// Every API key that it fits; none, one or several.
    pub matches: Vec<KeyMatch>,
    /// Where was looked, in words.
    pub searched: Vec<String>,
    /// What could not be looked at, in a sentence.
    pub remark: Option<String>,
}

/// Finds the keys that a clue fits; the values of all API keys are asked for once, and only where rows do not do.
pub async fn look_up_key(aws: &Aws, inventory: &Inventory, clue: &KeyQuery) -> Result<KeyLookup, Failure> {
    let with_value = inventory.tenant_keys().iter().filter(|row| row.stored_value().is_some()).count();
    let api_keys = inventory.listed_api_keys().len();
    let mut looked = vec![
        format!(
            "the ids of {} and {}",
            pluralize(inventory.tenant_keys().len(), "row"),
            pluralize(api_keys, "API key")
        ),
        format!("the values in {}", pluralize(with_value, "row")),
    ];
    let found = by_these(inventory, clue, &[]);
    if !needs_values(inventory, clue, &found) {
        return Ok(KeyLookup { matches: found, searched: looked, remark: None });
    }
    match aws.api_key_values().await {
        Ok(values) => {
            looked.push(format!("the values of {} in API Gateway", pluralize(values.len(), "API key")));
            Ok(KeyLookup { matches: by_these(inventory, clue, &values), searched: looked, remark: None })
        }
        Err(Failure::Denied { action, resource }) => {
            let remark =
                format!("the values in API Gateway may not be read (IAM action {action} on {resource})");
            Ok(KeyLookup { matches: found, searched: looked, remark: Some(remark) })
        }
        Err(failure) => Err(failure),
    }
}
