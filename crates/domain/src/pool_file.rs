//! Pools as a file: the sample application's `api_key_pools.js`, or the same list as JSON.
//!
//! [`read()`] reads what [`write()`] writes. The JavaScript form can be deployed with the sample's
//! Lambda functions, which ignore keypool's fields `strategy` and `capacity`.

mod announcement;
mod compare;
mod file_pools;
mod read;
pub(crate) mod scan;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::{PlanId, Pool, PoolKeyState, Secret, Strategy};

pub use crate::file_error::FileError;

pub use announcement::{adoptions, announcement, describe_steps};
pub use compare::{PlannedPool, PoolFileConflict, compare};
pub use file_pools::{FilePools, pools_of_file};
pub use read::read;
pub use write::write;

/// One pool of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolEntry {
    pub plan: PlanId,
    /// For people who read the file, and for a hint if the id is wrong.
    pub plan_name: Option<String>,
    /// Ids or values of the shared API keys.
    pub api_keys: Vec<Secret>,
    pub strategy: Option<Strategy>,
    /// Maximum tenant keys per API key.
    pub capacity: Option<u32>,
    /// Counted from 1; 0 if the entry was not read from a file.
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// `const apiKeyPools = […]` and the function that the sample's Lambda functions call.
    Js,
    /// The list alone.
    Json,
}

impl PoolEntry {
    /// Describes a pool, without the keys that take no new tenants: the sample would assign them.
    pub fn from_pool(pool: &Pool, plan_name: &str) -> Self {
        let active = pool.keys.iter().filter(|key| key.state == PoolKeyState::Active);
        Self {
            plan: pool.plan.clone(),
            plan_name: Some(plan_name.to_owned()),
            api_keys: active.map(|key| Secret::new(key.api_key.as_str())).collect(),
            strategy: Some(pool.strategy),
            capacity: pool.capacity.value_to_show().copied(),
            line: 0,
        }
    }
}

impl FileFormat {
    /// JSON if the file name ends in `.json`, else JavaScript.
    pub fn from_path(path: &Path) -> Self {
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if is_json { Self::Json } else { Self::Js }
    }
}

impl FromStr for FileFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "js" => Ok(Self::Js),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{word}` is not a file format: choose js or json")),
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Js => "js",
            Self::Json => "json",
        })
    }
}
