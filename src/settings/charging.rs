//! The prices of calls, by plan: a table whose keys are plan names and ids, not settings.

use std::collections::BTreeMap;

use keypool_domain::Price;
use keypool_domain::charging::Rate;
use toml::de::{DeTable, DeValue};

use super::config_error::ConfigError;
use super::document::{SourceFile, TomlValue, describe_value};

pub(super) const RATES_TABLE: &str = "charging.plans";

/// The keys of a plan's table.
const RATE_FIELDS: [&str; 3] = ["price", "per_1000", "included"];

type RatesAndPrices = (BTreeMap<String, Rate>, BTreeMap<String, Price>);

/// Reads the rates and the flat prices of a file, by plan name or id.
pub(super) fn read_rates(
    root: &DeTable<'_>,
    source: &SourceFile,
    errors: &mut Vec<ConfigError>,
) -> RatesAndPrices {
    let hint = format!("write each plan as [{RATES_TABLE}.NAME]");
    let plans = source.find_table(root, RATES_TABLE, &hint, errors);
    let (mut rates, mut prices) = RatesAndPrices::default();
    for (name, fields) in plans.into_iter().flatten() {
        match read_rate(fields, source, errors) {
            Ok((price, rate)) => {
                prices.extend(price.map(|price| (name.get_ref().to_string(), price)));
                rates.extend(rate.map(|rate| (name.get_ref().to_string(), rate)));
            }
            Err(error) => errors
                .push(source.error(fields.span(), format!("`{RATES_TABLE}.{}` {error}", name.get_ref()))),
        }
    }
    (rates, prices)
}

fn read_rate(
    value: &TomlValue<'_>,
    source: &SourceFile,
    errors: &mut Vec<ConfigError>,
) -> Result<(Option<Price>, Option<Rate>), String> {
    let Some(fields) = value.get_ref().as_table() else {
        return Err(format!("is {}: set per_1000", describe_value(value.get_ref())));
    };
    for (key, _) in fields.iter().filter(|(key, _)| !RATE_FIELDS.contains(&key.get_ref().as_ref())) {
        errors.push(source.unknown_key(key, "setting", RATE_FIELDS));
    }
    let price = read_price(fields, "price")?;
    let per_1000 = match (read_price(fields, "per_1000")?, price, fields.get("included")) {
        (Some(per_1000), ..) => per_1000,
        (None, Some(price), None) => return Ok((Some(price), None)),
        (None, ..) => {
            return Err("has no per_1000: set the price of 1,000 calls, e.g. \"0.50\"".to_owned());
        }
    };
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
    Ok((price, Some(Rate { per_1000, included })))
}

fn read_price(fields: &DeTable<'_>, name: &str) -> Result<Option<Price>, String> {
    let Some(price) = fields.get(name) else { return Ok(None) };
    let DeValue::String(text) = price.get_ref() else {
        return Err(format!("has a {name} that is not in quotes: write it as \"0.50\""));
    };
    text.parse().map(Some).map_err(|error| format!("has a {name} that cannot be used: {error}"))
}
