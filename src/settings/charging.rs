//! What calls cost, by plan: the one table of the settings whose names are people's own.

use std::collections::BTreeMap;

use keypool_domain::Price;
use keypool_domain::charging::Rate;
use toml::de::{DeTable, DeValue};

use super::document::{Source, Written, found};
use super::mistake::Mistake;

/// The table within `[charging]`.
pub(super) const RATES: &str = "charging.plans";

/// What a plan's table may say.
const NAMES: [&str; 2] = ["per_1000", "included"];

/// The rates of a file, by the name or id of a plan.
pub(super) fn rates(
    root: &DeTable<'_>,
    source: &Source,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Rate> {
    let Some(plans) = member(root, "charging").and_then(table).and_then(|charging| member(charging, "plans"))
    else {
        return BTreeMap::new();
    };
    let Some(plans) = table(plans) else {
        let what = format!("`{RATES}` is {}: a plan is headed [{RATES}.NAME]", found(plans.get_ref()));
        mistakes.push(source.mistake(plans.span(), what));
        return BTreeMap::new();
    };
    let mut rates = BTreeMap::new();
    for (name, said) in plans {
        match rate(said, source, mistakes) {
            Ok(rate) => drop(rates.insert(name.get_ref().to_string(), rate)),
            Err(why) => {
                mistakes.push(source.mistake(said.span(), format!("`{RATES}.{}` {why}", name.get_ref())))
            }
        }
    }
    rates
}

fn rate(said: &Written<'_>, source: &Source, mistakes: &mut Vec<Mistake>) -> Result<Rate, String> {
    let Some(said) = table(said) else {
        return Err(format!("is {}: give it per_1000", found(said.get_ref())));
    };
    for (key, _) in said.iter().filter(|(key, _)| !NAMES.contains(&key.get_ref().as_ref())) {
        mistakes.push(source.unknown(key, "setting", NAMES));
    }
    let price =
        member(said, "per_1000").ok_or("has no per_1000: give the price of 1,000 calls, as in \"0.50\"")?;
    let DeValue::String(text) = price.get_ref() else {
        return Err("has a per_1000 that is no text: write the price in quotes, as in \"0.50\"".to_owned());
    };
    let per_1000: Price = text.parse().map_err(|why| format!("has a per_1000 that cannot be used: {why}"))?;
    let included = match member(said, "included").map(Written::get_ref) {
        None => 0,
        Some(DeValue::Integer(number)) => {
            number.to_string().parse().map_err(|_| "has an included that is no number of calls".to_owned())?
        }
        Some(other) => {
            return Err(format!("has an included that is {}: give a number of calls", found(other)));
        }
    };
    Ok(Rate { per_1000, included })
}

fn member<'a, 'b>(table: &'a DeTable<'b>, name: &str) -> Option<&'a Written<'b>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn table<'a, 'b>(value: &'a Written<'b>) -> Option<&'a DeTable<'b>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
