//! The prices of calls, by plan: a table whose keys are plan names and ids, not settings.

use std::collections::BTreeMap;

use keypool_domain::Price;
use keypool_domain::charging::Rate;
use toml::de::{DeTable, DeValue};

use super::config_error::ConfigError;
use super::document::{SourceFile, TomlValue, describe_value};

pub(super) const RATES_TABLE: &str = "charging.plans";

/// The keys of a plan's table.
const RATE_FIELDS: [&str; 2] = ["per_1000", "included"];

/// Reads the rates of a file, by plan name or id.
pub(super) fn read_rates(
    root: &DeTable<'_>,
    source: &SourceFile,
    errors: &mut Vec<ConfigError>,
) -> BTreeMap<String, Rate> {
    let hint = format!("write each plan as [{RATES_TABLE}.NAME]");
    let plans = source.find_table(root, RATES_TABLE, &hint, errors);
    let mut rates = BTreeMap::new();
    for (name, fields) in plans.into_iter().flatten() {
        match read_rate(fields, source, errors) {
            Ok(rate) => drop(rates.insert(name.get_ref().to_string(), rate)),
            Err(error) => errors
                .push(source.error(fields.span(), format!("`{RATES_TABLE}.{}` {error}", name.get_ref()))),
        }
    }
    rates
}

fn read_rate(
    value: &TomlValue<'_>,
    source: &SourceFile,
    errors: &mut Vec<ConfigError>,
) -> Result<Rate, String> {
    let Some(fields) = value.get_ref().as_table() else {
        return Err(format!("is {}: set per_1000", describe_value(value.get_ref())));
    };
    for (key, _) in fields.iter().filter(|(key, _)| !RATE_FIELDS.contains(&key.get_ref().as_ref())) {
        errors.push(source.unknown_key(key, "setting", RATE_FIELDS));
    }
    let price =
        fields.get("per_1000").ok_or("has no per_1000: set the price of 1,000 calls, e.g. \"0.50\"")?;
    let DeValue::String(text) = price.get_ref() else {
        return Err("has a per_1000 that is not in quotes: write it as \"0.50\"".to_owned());
    };
    let per_1000: Price =
        text.parse().map_err(|error| format!("has a per_1000 that cannot be used: {error}"))?;
    let included = match fields.get("included").map(TomlValue::get_ref) {
        None => 0,
        Some(DeValue::Integer(number)) => {
            let number = number.to_string().parse();
            number.map_err(|_| "has an `included` that is not a number of calls".to_owned())?
        }
        Some(other) => {
            return Err(format!(
                "has an `included` that is {}: must be a number of calls",
                describe_value(other)
            ));
        }
    };
    Ok(Rate { per_1000, included })
}
