//! The file or SSM parameter that defines pools if there is no Pools table.

use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::{Pool, Secret, TenantKey};

use super::references::ApiKeyIndex;
use crate::aws::{Aws, Failure, PoolsLocation};

#[derive(Clone)]
pub(super) struct PoolList {
    name: String,
    entries: Vec<PoolEntry>,
}

/// Reads the list, or returns `None` for a parameter that does not exist. An unreadable list is an
/// error, because pooled plans would look siloed without it.
#[cfg_attr(not(feature = "ssm"), expect(unused_variables, reason = "only parameters are read from AWS"))]
pub(super) async fn read(aws: &Aws, location: &PoolsLocation) -> Result<Option<PoolList>, Failure> {
    let unusable = |why: String| Failure::Setting(format!("the pools in {location} cannot be used: {why}"));
    let (text, format) = match location {
        PoolsLocation::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|why| unusable(why.to_string()))?;
            (text, FileFormat::from_path(path))
        }
        #[cfg(feature = "ssm")]
        PoolsLocation::Parameter(name) => match aws.parameter(name).await? {
            Some(text) => (text, FileFormat::Json),
            None => return Ok(None),
        },
    };
    let entries = pool_file::read(&text, format).map_err(|error| unusable(error.to_string()))?;
    Ok(Some(PoolList { name: location.to_string(), entries }))
}

impl PoolList {
    /// Returns the pools, and adds remarks about their limitations.
    pub(super) fn pools(
        &self,
        tenant_keys: &[TenantKey],
        index: &ApiKeyIndex<'_>,
        remarks: &mut Vec<String>,
    ) -> Vec<Pool> {
        let find_id = |value: &Secret| index.find_by_value(value.expose()).cloned();
        let file_pools = pool_file::pools_of_file(&self.entries, tenant_keys, &find_id);
        let name = &self.name;
        remarks.push(format!(
            "pools are read from {name}: capacities are soft, because tenants are counted only when the account is read"
        ));
        remarks.extend(file_pools.lines_with_unknown_values.iter().map(|line| {
            format!("{name}, line {line}: no API key of a usage plan has the value of a key of this pool")
        }));
        file_pools.pools
    }
}
