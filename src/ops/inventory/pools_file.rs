//! The file where pools live as long as there is no table of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::{ApiKeyId, PlanId, Pool, Secret, TenantKey};

use crate::aws::{Failure, Member};

/// What stands in the file.
pub(super) struct PoolsFile {
    path: PathBuf,
    entries: Vec<PoolEntry>,
}

/// Reads the file; one that cannot be read is a failure, for without it pooled plans would look siloed.
pub(super) fn read(path: &Path) -> Result<PoolsFile, Failure> {
    let name = path.display();
    let unfit = |why: String| Failure::Setting(format!("the file of pools {name} cannot be used: {why}"));
    let text = std::fs::read_to_string(path).map_err(|why| unfit(why.to_string()))?;
    let entries =
        pool_file::read(&text, FileFormat::of(path)).map_err(|mistake| unfit(mistake.to_string()))?;
    Ok(PoolsFile { path: path.to_owned(), entries })
}

impl PoolsFile {
    /// Its pools, with remarks on what they cannot promise.
    pub(super) fn pools(
        &self,
        rows: &[TenantKey],
        members: &[(PlanId, Vec<Member>)],
        remarks: &mut Vec<String>,
    ) -> Vec<Pool> {
        let members = members.iter().flat_map(|(_, members)| members);
        let by_value: HashMap<&str, &ApiKeyId> =
            members.filter_map(|member| Some((member.value.as_ref()?.expose(), &member.api_key))).collect();
        let id_of = |value: &Secret| by_value.get(value.expose()).map(|&id| id.clone());
        let seen = pool_file::pools_of_file(&self.entries, rows, &id_of);
        let name = self.path.display();
        remarks.push(format!(
            "pools are those of {name}: their capacities are soft, for tenants are counted only when the account is read"
        ));
        remarks.extend(seen.unknown_values.iter().map(|line| {
            format!("{name}, line {line}: the pool has a key whose value no API key of a usage plan has")
        }));
        seen.pools
    }
}
