//! Which tables are meant: the configured ones, else the sample application's, else our own; never a guess.

use std::sync::{Arc, PoisonError};

use super::Tables;
use crate::aws::{Aws, Failure, TableNames};

/// Our own Plans table, where nothing else is configured or found.
pub(super) const OUR_PLANS: &str = "keypool-plans";
/// Our own Keys table.
pub(super) const OUR_KEYS: &str = "keypool-keys";
/// Our own Pools table.
pub(super) const OUR_POOLS: &str = "keypool-pools";

/// What the sample's deployment puts into the names of its tables.
const SAMPLE_PLANS: &[&str] = &["TieredAPIPlans", "TieredAPI_Plans"];
const SAMPLE_KEYS: &[&str] = &["TieredAPIKeys", "TieredAPI_Keys"];

/// Names that a sentence lists before it says how many more there are.
const NAMED: usize = 5;

impl Aws {
    /// Looks for the tables anew.
    pub(crate) async fn find_tables(&self) -> Result<Arc<Tables>, Failure> {
        let names = &self.shared.names;
        let listed = match (&names.plans, &names.keys, &names.pools) {
            (Some(_), Some(_), Some(_)) => Vec::new(),
            _ => self.table_names().await?,
        };
        let tables = Arc::new(settle(names, &listed)?);
        let before = self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if before.as_ref() != Some(&tables) {
            self.check_keys(&tables).await?;
        }
        *self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner) = Some(tables.clone());
        Ok(tables)
    }

    /// The tables that a policy is to name, and why they had to be guessed where they could not be looked for.
    pub(crate) async fn tables_for_policy(&self) -> Result<(Tables, Option<Failure>), Failure> {
        let found = self.find_tables().await;
        let names = &self.shared.names;
        let named = |name: &Option<String>, ours: &str| name.clone().unwrap_or_else(|| ours.to_owned());
        let ours = || Tables {
            plans: named(&names.plans, OUR_PLANS),
            keys: named(&names.keys, OUR_KEYS),
            pools: Some(named(&names.pools, OUR_POOLS)),
        };
        match found {
            Ok(found) => {
                let pools = found.pools.clone().or_else(|| Some(OUR_POOLS.to_owned()));
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
            let page = asked.send().await.map_err(|why| call.failed(why))?;
            names.extend(page.table_names.unwrap_or_default());
            after = page.last_evaluated_table_name;
            if after.is_none() {
                return Ok(names);
            }
        }
    }
}

fn settle(names: &TableNames, listed: &[String]) -> Result<Tables, Failure> {
    let plans = one("plans", names.plans.as_ref(), SAMPLE_PLANS, OUR_PLANS, listed)?;
    let keys = one("keys", names.keys.as_ref(), SAMPLE_KEYS, OUR_KEYS, listed)?;
    let ours = || listed.iter().find(|name| *name == OUR_POOLS).cloned();
    Ok(Tables {
        plans: plans.ok_or_else(|| none("plans", SAMPLE_PLANS, OUR_PLANS, listed))?,
        keys: keys.ok_or_else(|| none("keys", SAMPLE_KEYS, OUR_KEYS, listed))?,
        pools: names.pools.clone().or_else(ours),
    })
}

/// The one table that is meant, none where there is none, and a failure where there are several.
pub(super) fn one(
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
            some(&found)
        ))),
    }
}

/// The Plans and Keys tables that stand, for a set-up that adds only what is missing.
pub(super) fn standing(
    names: &TableNames,
    listed: &[String],
) -> Result<(Option<String>, Option<String>), Failure> {
    Ok((
        one("plans", names.plans.as_ref(), SAMPLE_PLANS, OUR_PLANS, listed)?,
        one("keys", names.keys.as_ref(), SAMPLE_KEYS, OUR_KEYS, listed)?,
    ))
}

fn none(setting: &str, sample: &[&str], ours: &str, listed: &[String]) -> Failure {
    let listed: Vec<_> = listed.iter().collect();
    let there = if listed.is_empty() {
        "there is no table at all".to_owned()
    } else {
        format!("there are {}", some(&listed))
    };
    Failure::Tables(format!(
        "no {setting} table was found, neither one with {} in its name nor {ours} ({there}): run `keypool setup \
         tables`, or name yours by `{setting}` under [tables] in the configuration",
        sample[0]
    ))
}

fn some(names: &[&String]) -> String {
    let mut said = names.iter().take(NAMED).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        said += &format!(" and {} more", names.len() - NAMED);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(names: &TableNames, listed: &[&str]) -> Result<Tables, String> {
        let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
        settle(names, &listed).map_err(|why| why.to_string())
    }

    fn tables(plans: &str, keys: &str, pools: Option<&str>) -> Tables {
        Tables { plans: plans.into(), keys: keys.into(), pools: pools.map(Into::into) }
    }

    #[test]
    fn the_samples_tables_go_before_ours_and_configured_ones_before_both() {
        let (sample_plans, sample_keys) = ("ApiStack-TieredAPIPlansX", "ApiStack-TieredAPI_Keys1");
        let all = [OUR_KEYS, OUR_PLANS, OUR_POOLS, sample_plans, sample_keys, "other"];
        let nothing = TableNames::default();
        assert_eq!(settled(&nothing, &all), Ok(tables(sample_plans, sample_keys, Some(OUR_POOLS))));
        assert_eq!(settled(&nothing, &[OUR_KEYS, OUR_PLANS]), Ok(tables(OUR_PLANS, OUR_KEYS, None)));
        let configured =
            TableNames { plans: Some("p".into()), keys: Some("k".into()), pools: Some("o".into()) };
        assert_eq!(settled(&configured, &all), Ok(tables("p", "k", Some("o"))));
    }

    #[test]
    fn none_and_several_are_sentences_that_name_what_was_found() {
        let nothing = TableNames::default();
        let said = settled(&nothing, &["a", "b", "c", "d", "e", "f", OUR_PLANS]).expect_err("no keys");
        assert!(said.contains("no keys table was found"), "{said}");
        assert!(said.contains("there are a, b, c, d, e and 2 more"), "{said}");
        assert!(said.contains("keypool setup tables"), "{said}");
        assert!(settled(&nothing, &[]).expect_err("none").contains("there is no table at all"));
        let said = settled(&nothing, &["1-TieredAPIPlans", "2-TieredAPIPlans"]).expect_err("two");
        assert!(
            said.contains("2 tables could be the plans table (1-TieredAPIPlans, 2-TieredAPIPlans)"),
            "{said}"
        );
    }
}
