//! Looks up a key in the tenant keys, and in API Gateway if that is not enough.

use keypool_domain::key_lookup::{KeyMatch, KeyQuery, find_keys, needs_values};
use keypool_domain::text::pluralize;
use keypool_domain::{AccountPart, Inventory, Refusal};

use super::{plans_of_unread_references, with_members_of_plans};
use crate::aws::{Aws, Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLookup {
    pub matches: Vec<KeyMatch>,
    /// What was searched, for example "the ids of 34 tenant keys".
    pub searched: Vec<String>,
    /// What could not be searched, and why.
    pub remark: Option<String>,
}

/// Finds the keys that match. While keys are still being read, says so instead of finding none, and beside what it finds.
/// Who uses a key is never answered from references that are not resolved yet: the API keys of their plans are read.
pub async fn look_up_key(aws: &Aws, inventory: &Inventory, query: &KeyQuery) -> Result<KeyLookup, Failure> {
    let all = inventory.tenant_keys().iter().map(|tenant_key| &tenant_key.id);
    let unread = plans_of_unread_references(inventory, all);
    if !unread.is_empty() {
        let resolved = with_members_of_plans(aws, inventory.clone(), unread).await?;
        return look_up_resolved(aws, &resolved, query).await;
    }
    look_up_resolved(aws, inventory, query).await
}

async fn look_up_resolved(aws: &Aws, inventory: &Inventory, query: &KeyQuery) -> Result<KeyLookup, Failure> {
    let lookup = find_in_inventory(aws, inventory, query).await?;
    match inventory.find_partially_read(&[AccountPart::TenantKeys, AccountPart::ApiKeys, AccountPart::Pools])
    {
        None => Ok(lookup),
        Some(part) if lookup.matches.is_empty() => Err(Refusal::NotReadYet(part).into()),
        Some(part) => {
            let remarks = lookup.remark.into_iter().chain([format!("{part}: there may be more")]);
            Ok(KeyLookup { remark: Some(remarks.collect::<Vec<_>>().join("; ")), ..lookup })
        }
    }
}

/// Finds the keys that match. Reads the values of all API keys at most once, and only if the tenant
/// keys do not suffice.
async fn find_in_inventory(aws: &Aws, inventory: &Inventory, query: &KeyQuery) -> Result<KeyLookup, Failure> {
    let with_value =
        inventory.tenant_keys().iter().filter(|tenant_key| tenant_key.stored_value().is_some()).count();
    let api_keys = inventory.listed_api_keys().len();
    let mut searched = vec![
        format!(
            "the ids of {} and {}",
            pluralize(inventory.distinct_tenant_keys().count(), "tenant key"),
            pluralize(api_keys, "API key")
        ),
        format!("the values of {}", pluralize(with_value, "tenant key")),
    ];
    let matches = find_keys(inventory, query, &[]);
    if !needs_values(inventory, query, &matches) {
        return Ok(KeyLookup { matches, searched, remark: None });
    }
    match aws.api_key_values().await {
        Ok(values) => {
            searched.push(format!("the values of {} in API Gateway", pluralize(values.len(), "API key")));
            Ok(KeyLookup { matches: find_keys(inventory, query, &values), searched, remark: None })
        }
        Err(Failure::Denied { action, resource }) => {
            let remark =
                format!("the values in API Gateway may not be read (IAM action {action} on {resource})");
            Ok(KeyLookup { matches, searched, remark: Some(remark) })
        }
        Err(failure) => Err(failure),
    }
}
