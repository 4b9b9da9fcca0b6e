//! What calls cost, by plan: the one table of the settings whose names are people's own.

use std::collections::BTreeMap;

use keypool_domain::Price;
use keypool_domain::charging::Rate;
use toml::de::{DeTable, DeValue};

use super::config_error::ConfigError;
use super::document::{SourceFile, TomlValue, describe_value};

/// The table within `[charging]`.
pub(super) const RATES_TABLE: &str = "charging.plans";

/// What a plan's table may say.
const RATE_FIELDS: [&str; 2] = ["per_1000", "included"];

/// The rates of a file, by the name or id of a plan.
pub(super) fn read_rates(
    root: &DeTable<'_>,
    source: &SourceFile,
    mistakes: &mut Vec<ConfigError>,
) -> BTreeMap<String, Rate> {
    let Some(plans) = get(root, "charging").and_then(as_table).and_then(|charging| get(charging, "plans"))
    else {
        return BTreeMap::new();
    };
    let Some(plans) = as_table(plans) else {
        let what = format!(
            "`{RATES_TABLE}` is {}: a plan is headed [{RATES_TABLE}.NAME]",
            describe_value(plans.get_ref())
        );
        mistakes.push(source.error(plans.span(), what));
        return BTreeMap::new();
    };
    let mut rates = BTreeMap::new();
    for (name, said) in plans {
        match read_rate(said, source, mistakes) {
            Ok(rate) => drop(rates.insert(name.get_ref().to_string(), rate)),
            Err(why) => {
                mistakes.push(source.error(said.span(), format!("`{RATES_TABLE}.{}` {why}", name.get_ref())))
            }
        }
    }
    rates
}

fn read_rate(
    said: &TomlValue<'_>,
    source: &SourceFile,
    mistakes: &mut Vec<ConfigError>,
) -> Result<Rate, String> {
    let Some(said) = as_table(said) else {
        return Err(format!("is {}: give it per_1000", describe_value(said.get_ref())));
    };
    for (key, _) in said.iter().filter(|(key, _)| !RATE_FIELDS.contains(&key.get_ref().as_ref())) {
        mistakes.push(source.unknown_key(key, "setting", RATE_FIELDS));
    }
    let price =
        get(said, "per_1000").ok_or("has no per_1000: give the price of 1,000 calls, as in \"0.50\"")?;
    let DeValue::String(text) = price.get_ref() else {
        return Err("has a per_1000 that is no text: write the price in quotes, as in \"0.50\"".to_owned());
    };
    let per_1000: Price = text.parse().map_err(|why| format!("has a per_1000 that cannot be used: {why}"))?;
    let included = match get(said, "included").map(TomlValue::get_ref) {
        None => 0,
        Some(DeValue::Integer(number)) => {
            number.to_string().parse().map_err(|_| "has an included that is no number of calls".to_owned())?
        }
        Some(other) => {
            return Err(format!("has an included that is {}: give a number of calls", describe_value(other)));
        }
    };
    Ok(Rate { per_1000, included })
}

fn get<'a, 'b>(table: &'a DeTable<'b>, name: &str) -> Option<&'a TomlValue<'b>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn as_table<'a, 'b>(value: &'a TomlValue<'b>) -> Option<&'a DeTable<'b>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
