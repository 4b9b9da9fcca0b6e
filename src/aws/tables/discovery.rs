//! Finds the tables: configured ones first, then the sample application's, then keypool's own.
//! Several matches are an error.

use std::sync::{Arc, PoisonError};

use keypool_domain::InventorySource;

use super::Tables;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure, TableNames};

/// keypool's own Plans table, if no other is configured or found.
pub(super) const DEFAULT_PLANS_TABLE: &str = "keypool-plans";
pub(super) const DEFAULT_KEYS_TABLE: &str = "keypool-keys";
pub(super) const DEFAULT_POOLS_TABLE: &str = "keypool-pools";

/// Parts of the table names that the sample application's deployment creates.
const SAMPLE_PLANS_NAME_PARTS: &[&str] = &["TieredAPIPlans", "TieredAPI_Plans"];
const SAMPLE_KEYS_NAME_PARTS: &[&str] = &["TieredAPIKeys", "TieredAPI_Keys"];

/// Table names listed in a message before "and … more".
const MAX_LISTED_NAMES: usize = 5;

impl Aws {
    /// Finds the tables, ignoring the cached result.
    pub(crate) async fn find_tables(&self) -> Result<Arc<Tables>, Failure> {
        let names = &self.shared.table_names;
        let listed = match (&names.plans, &names.keys, &names.pools) {
            (Some(_), Some(_), Some(_)) => Vec::new(),
            _ => self.table_names().await?,
        };
        self.find_listed_tables(&listed).await
    }

    /// Finds the tables, or returns `None` for an account without any: neither tables nor pools are configured, and
    /// no table of the list that AWS returned could be one. Tables out of sight are an error.
    pub(crate) async fn find_tables_if_any(&self) -> Result<Option<Arc<Tables>>, Failure> {
        if self.shared.table_names != TableNames::default() || self.pools_location().is_some() {
            return self.find_tables().await.map(Some);
        }
        let listed = self.table_names().await?;
        if listed.iter().any(|name| may_be_ours(name)) {
            return self.find_listed_tables(&listed).await.map(Some);
        }
        *self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(None)
    }

    async fn find_listed_tables(&self, listed: &[String]) -> Result<Arc<Tables>, Failure> {
        let tables = Arc::new(resolve_tables(&self.shared.table_names, listed)?);
        let before = self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if before.as_ref() != Some(&tables) {
            self.check_key_schemas(&tables).await?;
        }
        *self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner) = Some(tables.clone());
        Ok(tables)
    }

    /// Returns the tables that an IAM policy must name; `None` for an account without tables. If they cannot be
    /// determined, returns the configured or default names, and the reason.
    pub(crate) async fn tables_for_policy(&self) -> Result<(Option<Tables>, Option<Failure>), Failure> {
        let found = self.find_tables_if_any().await;
        let names = &self.shared.table_names;
        let name_or = |name: &Option<String>, default_name: &str| {
            name.clone().unwrap_or_else(|| default_name.to_owned())
        };
        let defaults = Tables::default_names();
        let fallback = || Tables {
            plans: name_or(&names.plans, &defaults.plans),
            keys: name_or(&names.keys, &defaults.keys),
            pools: Some(name_or(&names.pools, DEFAULT_POOLS_TABLE)),
        };
        match found {
            Ok(None) => Ok((None, None)),
            Ok(Some(found)) => {
                let pools = found.pools.clone().or_else(|| Some(DEFAULT_POOLS_TABLE.to_owned()));
                Ok((Some(Tables { pools, ..Tables::clone(&found) }), None))
            }
            Err(error @ (Failure::Denied { .. } | Failure::Tables(_) | Failure::Unreachable { .. })) => {
                Ok((Some(fallback()), Some(error)))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Returns the names of all tables of the account and region.
    pub(super) async fn table_names(&self) -> Result<Vec<String>, Failure> {
        let call = self.table_call("ListTables", "the list of tables");
        let (mut names, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let page = self.shared.dynamodb.list_tables().set_exclusive_start_table_name(pages.token());
            let page = page.send().await.map_err(|error| call.failure(error))?;
            names.extend(page.table_names.unwrap_or_default());
            if !pages.turn_page(&call, page.last_evaluated_table_name)? {
                return Ok(names);
            }
        }
    }
}

impl Tables {
    /// The names of the tables that `keypool setup tables` creates by default.
    pub(crate) fn default_names() -> Self {
        Self {
            plans: DEFAULT_PLANS_TABLE.to_owned(),
            keys: DEFAULT_KEYS_TABLE.to_owned(),
            pools: Some(DEFAULT_POOLS_TABLE.to_owned()),
        }
    }

    pub(crate) fn source(&self) -> InventorySource {
        let Self { plans, keys, pools } = self.clone();
        InventorySource::Tables { plans, keys, pools }
    }
}

/// Whether a table with this name could be one of those that keypool reads.
fn may_be_ours(name: &str) -> bool {
    let defaults = [DEFAULT_PLANS_TABLE, DEFAULT_KEYS_TABLE, DEFAULT_POOLS_TABLE];
    let mut parts = SAMPLE_PLANS_NAME_PARTS.iter().chain(SAMPLE_KEYS_NAME_PARTS);
    defaults.contains(&name) || parts.any(|part| name.contains(part))
}

fn resolve_tables(names: &TableNames, listed: &[String]) -> Result<Tables, Failure> {
    let plans =
        resolve_table("plans", names.plans.as_ref(), SAMPLE_PLANS_NAME_PARTS, DEFAULT_PLANS_TABLE, listed)?;
    let keys =
        resolve_table("keys", names.keys.as_ref(), SAMPLE_KEYS_NAME_PARTS, DEFAULT_KEYS_TABLE, listed)?;
    let default_pools = || listed.iter().find(|name| *name == DEFAULT_POOLS_TABLE).cloned();
    Ok(Tables {
        plans: plans
            .ok_or_else(|| table_not_found("plans", SAMPLE_PLANS_NAME_PARTS, DEFAULT_PLANS_TABLE, listed))?,
        keys: keys
            .ok_or_else(|| table_not_found("keys", SAMPLE_KEYS_NAME_PARTS, DEFAULT_KEYS_TABLE, listed))?,
        pools: names.pools.clone().or_else(default_pools),
    })
}

/// Returns the one matching table, `None` if there is none, and an error if there are several.
pub(super) fn resolve_table(
    setting: &str,
    configured: Option<&String>,
    sample_name_parts: &[&str],
    default_name: &str,
    listed: &[String],
) -> Result<Option<String>, Failure> {
    if let Some(name) = configured {
        return Ok(Some(name.clone()));
    }
    let is_sample = |name: &&String| sample_name_parts.iter().any(|part| name.contains(part));
    let found: Vec<_> = listed.iter().filter(is_sample).collect();
    match found[..] {
        [] => Ok(listed.iter().find(|name| *name == default_name).cloned()),
        [name] => Ok(Some(name.clone())),
        _ => Err(Failure::Tables(format!(
            "{} tables could be the {setting} table ({}): set `{setting}` under [tables] in config.toml",
            found.len(),
            join_names(&found)
        ))),
    }
}

/// Returns the names of the Plans and Keys tables that are configured or found, for a setup that creates
/// only missing ones.
pub(super) fn configured_or_found_tables(
    names: &TableNames,
    listed: &[String],
) -> Result<(Option<String>, Option<String>), Failure> {
    Ok((
        resolve_table("plans", names.plans.as_ref(), SAMPLE_PLANS_NAME_PARTS, DEFAULT_PLANS_TABLE, listed)?,
        resolve_table("keys", names.keys.as_ref(), SAMPLE_KEYS_NAME_PARTS, DEFAULT_KEYS_TABLE, listed)?,
    ))
}

fn table_not_found(
    setting: &str,
    sample_name_parts: &[&str],
    default_name: &str,
    listed: &[String],
) -> Failure {
    let listed: Vec<_> = listed.iter().collect();
    let found = if listed.is_empty() {
        "there are no tables".to_owned()
    } else {
        format!("there are {}", join_names(&listed))
    };
    Failure::Tables(format!(
        "no {setting} table was found, neither one with {} in its name nor {default_name} ({found}): run `keypool \
         setup tables`, or set `{setting}` under [tables] in config.toml",
        sample_name_parts[0]
    ))
}

fn join_names(names: &[&String]) -> String {
    let mut joined =
        names.iter().take(MAX_LISTED_NAMES).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if names.len() > MAX_LISTED_NAMES {
        joined += &format!(" and {} more", names.len() - MAX_LISTED_NAMES);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(names: &TableNames, listed: &[&str]) -> Result<Tables, String> {
        let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
        resolve_tables(names, &listed).map_err(|error| error.to_string())
    }

    fn tables(plans: &str, keys: &str, pools: Option<&str>) -> Tables {
        Tables { plans: plans.into(), keys: keys.into(), pools: pools.map(Into::into) }
    }

    #[test]
    fn configured_tables_beat_the_sample_and_the_sample_beats_the_defaults() {
        let (sample_plans, sample_keys) = ("ApiStack-TieredAPIPlansX", "ApiStack-TieredAPI_Keys1");
        let all = [
            DEFAULT_KEYS_TABLE,
            DEFAULT_PLANS_TABLE,
            DEFAULT_POOLS_TABLE,
            sample_plans,
            sample_keys,
            "other",
        ];
        let nothing = TableNames::default();
        assert_eq!(resolve(&nothing, &all), Ok(tables(sample_plans, sample_keys, Some(DEFAULT_POOLS_TABLE))));
        assert_eq!(
            resolve(&nothing, &[DEFAULT_KEYS_TABLE, DEFAULT_PLANS_TABLE]),
            Ok(tables(DEFAULT_PLANS_TABLE, DEFAULT_KEYS_TABLE, None))
        );
        let configured =
            TableNames { plans: Some("p".into()), keys: Some("k".into()), pools: Some("o".into()) };
        assert_eq!(resolve(&configured, &all), Ok(tables("p", "k", Some("o"))));
    }

    #[test]
    fn any_table_that_could_be_ours_keeps_the_account_from_being_read_without_tables() {
        for name in ["keypool-pools", "keypool-keys", "ApiStack-TieredAPIPlansX", "x-TieredAPI_Keys"] {
            assert!(may_be_ours(name), "{name}");
        }
        for name in ["orders", "my-keypool-keys", "TieredAPI"] {
            assert!(!may_be_ours(name), "{name}");
        }
    }

    #[test]
    fn errors_for_missing_and_ambiguous_tables_list_the_tables_found() {
        let nothing = TableNames::default();
        let message =
            resolve(&nothing, &["a", "b", "c", "d", "e", "f", DEFAULT_PLANS_TABLE]).expect_err("no keys");
        assert!(message.contains("no keys table was found"), "{message}");
        assert!(message.contains("there are a, b, c, d, e and 2 more"), "{message}");
        assert!(message.contains("keypool setup tables"), "{message}");
        assert!(resolve(&nothing, &[]).expect_err("none").contains("there are no tables"));
        let message = resolve(&nothing, &["1-TieredAPIPlans", "2-TieredAPIPlans"]).expect_err("two");
        assert!(
            message.contains("2 tables could be the plans table (1-TieredAPIPlans, 2-TieredAPIPlans)"),
            "{message}"
        );
    }
}
