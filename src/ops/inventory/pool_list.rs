//! The list where pools live as long as there is no table of them: a file, or a parameter.

use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::{Pool, Secret, TenantKey};

use super::references::ApiKeyIndex;
use crate::aws::{Aws, Failure, PoolsLocation};

/// What stands in the list.
pub(super) struct PoolList {
    name: String,
    entries: Vec<PoolEntry>,
}

/// Reads the list; one that cannot be read is a failure, for without it pooled plans would look siloed. `None` where it
/// is a parameter that was never written.
#[cfg_attr(not(feature = "ssm"), expect(unused_variables, reason = "only parameters are asked of AWS"))]
pub(super) async fn read(aws: &Aws, place: &PoolsLocation) -> Result<Option<PoolList>, Failure> {
    let unfit = |why: String| Failure::Setting(format!("the pools in {place} cannot be used: {why}"));
    let (text, format) = match place {
        PoolsLocation::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|why| unfit(why.to_string()))?;
            (text, FileFormat::from_path(path))
        }
        #[cfg(feature = "ssm")]
        PoolsLocation::Parameter(name) => match aws.parameter(name).await? {
            Some(text) => (text, FileFormat::Json),
            None => return Ok(None),
        },
    };
    let entries = pool_file::read(&text, format).map_err(|mistake| unfit(mistake.to_string()))?;
    Ok(Some(PoolList { name: place.to_string(), entries }))
}

impl PoolList {
    /// Its pools, with remarks on what they cannot promise.
    pub(super) fn pools(
        &self,
        rows: &[TenantKey],
        known: &ApiKeyIndex<'_>,
        remarks: &mut Vec<String>,
    ) -> Vec<Pool> {
        let id_of = |value: &Secret| known.find_by_value(value.expose()).cloned();
        let seen = pool_file::pools_of_file(&self.entries, rows, &id_of);
        let name = &self.name;
        remarks.push(format!(
            "pools are those of {name}: their capacities are soft, for tenants are counted only when the account is read"
        ));
        remarks.extend(seen.unknown_values.iter().map(|line| {
            format!("{name}, line {line}: the pool has a key whose value no API key of a usage plan has")
        }));
        seen.pools
    }
}
