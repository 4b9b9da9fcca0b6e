//! Which tables are meant: the configured ones, else the sample application's, else our own; never a guess.

use std::sync::{Arc, PoisonError};

use super::Tables;
use crate::aws::{Aws, Failure, TableNames};

/// Our own Plans table, where nothing else is configured or found.
pub(super) const DEFAULT_PLANS_TABLE: &str = "keypool-plans";
/// Our own Keys table.
pub(super) const DEFAULT_KEYS_TABLE: &str = "keypool-keys";
/// Our own Pools table.
pub(super) const DEFAULT_POOLS_TABLE: &str = "keypool-pools";

/// What the sample's deployment puts into the names of its tables.
const SAMPLE_PLANS_NAME_PARTS: &[&str] = &["TieredAPIPlans", "TieredAPI_Plans"];
const SAMPLE_KEYS_NAME_PARTS: &[&str] = &["TieredAPIKeys", "TieredAPI_Keys"];

/// Names that a sentence lists before it says how many more there are.
const MAX_LISTED_NAMES: usize = 5;

impl Aws {
    /// Looks for the tables anew.
    pub(crate) async fn find_tables(&self) -> Result<Arc<Tables>, Failure> {
        let names = &self.shared.table_names;
        let listed = match (&names.plans, &names.keys, &names.pools) {
            (Some(_), Some(_), Some(_)) => Vec::new(),
            _ => self.table_names().await?,
        };
        let tables = Arc::new(resolve_tables(names, &listed)?);
        let before = self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if before.as_ref() != Some(&tables) {
            self.check_key_schemas(&tables).await?;
        }
        *self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner) = Some(tables.clone());
        Ok(tables)
    }

    /// The tables that a policy is to name, and why they had to be guessed where they could not be looked for.
    pub(crate) async fn tables_for_policy(&self) -> Result<(Tables, Option<Failure>), Failure> {
        let found = self.find_tables().await;
        let names = &self.shared.table_names;
        let named = |name: &Option<String>, ours: &str| name.clone().unwrap_or_else(|| ours.to_owned());
        let ours = || Tables {
            plans: named(&names.plans, DEFAULT_PLANS_TABLE),
            keys: named(&names.keys, DEFAULT_KEYS_TABLE),
            pools: Some(named(&names.pools, DEFAULT_POOLS_TABLE)),
        };
        match found {
            Ok(found) => {
                let pools = found.pools.clone().or_else(|| Some(DEFAULT_POOLS_TABLE.to_owned()));
                Ok((Tables { pools, ..Tables::clone(&found) }, None))
            }
            Err(why @ (Failure::Denied { .. } | Failure::Tables(_) | Failure::Unreachable { .. })) => {
                Ok((ours(), Some(why)))
            }
            Err(failure) => Err(failure),
        }
    }

    /// The names of all tables of the account and region.
    pub(super) async fn table_names(&self) -> Result<Vec<String>, Failure> {
        let call = self.table_call("ListTables", "the list of tables");
        let mut names = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let asked = self.shared.dynamodb.list_tables().set_exclusive_start_table_name(after.take());
            let page = asked.send().await.map_err(|why| call.failure(why))?;
            names.extend(page.table_names.unwrap_or_default());
            after = page.last_evaluated_table_name;
            if after.is_none() {
                return Ok(names);
            }
        }
    }
}

fn resolve_tables(names: &TableNames, listed: &[String]) -> Result<Tables, Failure> {
    let plans =
        resolve_table("plans", names.plans.as_ref(), SAMPLE_PLANS_NAME_PARTS, DEFAULT_PLANS_TABLE, listed)?;
    let keys =
        resolve_table("keys", names.keys.as_ref(), SAMPLE_KEYS_NAME_PARTS, DEFAULT_KEYS_TABLE, listed)?;
    let ours = || listed.iter().find(|name| *name == DEFAULT_POOLS_TABLE).cloned();
    Ok(Tables {
        plans: plans
            .ok_or_else(|| table_not_found("plans", SAMPLE_PLANS_NAME_PARTS, DEFAULT_PLANS_TABLE, listed))?,
        keys: keys
            .ok_or_else(|| table_not_found("keys", SAMPLE_KEYS_NAME_PARTS, DEFAULT_KEYS_TABLE, listed))?,
        pools: names.pools.clone().or_else(ours),
    })
}

/// The one table that is meant, none where there is none, and a failure where there are several.
pub(super) fn resolve_table(
    setting: &str,
    configured: Option<&String>,
    sample: &[&str],
    ours: &str,
    listed: &[String],
) -> Result<Option<String>, Failure> {
    if let Some(name) = configured {
        return Ok(Some(name.clone()));
    }
    let fits = |name: &&String| sample.iter().any(|part| name.contains(part));
    let found: Vec<_> = listed.iter().filter(fits).collect();
    match found[..] {
        [] => Ok(listed.iter().find(|name| *name == ours).cloned()),
        [name] => Ok(Some(name.clone())),
        _ => Err(Failure::Tables(format!(
            "{} tables could be the {setting} table ({}): say which one by `{setting}` under [tables] in the \
             configuration",
            found.len(),
            join_names(&found)
        ))),
    }
}

/// The Plans and Keys tables that stand, for a set-up that adds only what is missing.
pub(super) fn existing_tables(
    names: &TableNames,
    listed: &[String],
) -> Result<(Option<String>, Option<String>), Failure> {
    Ok((
        resolve_table("plans", names.plans.as_ref(), SAMPLE_PLANS_NAME_PARTS, DEFAULT_PLANS_TABLE, listed)?,
        resolve_table("keys", names.keys.as_ref(), SAMPLE_KEYS_NAME_PARTS, DEFAULT_KEYS_TABLE, listed)?,
    ))
}

fn table_not_found(setting: &str, sample: &[&str], ours: &str, listed: &[String]) -> Failure {
    let listed: Vec<_> = listed.iter().collect();
    let there = if listed.is_empty() {
        "there is no table at all".to_owned()
    } else {
        format!("there are {}", join_names(&listed))
    };
    Failure::Tables(format!(
        "no {setting} table was found, neither one with {} in its name nor {ours} ({there}): run `keypool setup \
         tables`, or name yours by `{setting}` under [tables] in the configuration",
        sample[0]
    ))
}

fn join_names(names: &[&String]) -> String {
    let mut said =
        names.iter().take(MAX_LISTED_NAMES).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if names.len() > MAX_LISTED_NAMES {
        said += &format!(" and {} more", names.len() - MAX_LISTED_NAMES);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(names: &TableNames, listed: &[&str]) -> Result<Tables, String> {
        let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
        resolve_tables(names, &listed).map_err(|why| why.to_string())
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
    fn missing_and_ambiguous_tables_list_the_tables_found() {
        let nothing = TableNames::default();
        let said =
            resolve(&nothing, &["a", "b", "c", "d", "e", "f", DEFAULT_PLANS_TABLE]).expect_err("no keys");
        assert!(said.contains("no keys table was found"), "{said}");
        assert!(said.contains("there are a, b, c, d, e and 2 more"), "{said}");
        assert!(said.contains("keypool setup tables"), "{said}");
        assert!(resolve(&nothing, &[]).expect_err("none").contains("there is no table at all"));
        let said = resolve(&nothing, &["1-TieredAPIPlans", "2-TieredAPIPlans"]).expect_err("two");
        assert!(
            said.contains("2 tables could be the plans table (1-TieredAPIPlans, 2-TieredAPIPlans)"),
            "{said}"
        );
    }
}
