//! Parses desired plans from TOML. After an error, parsing continues, so that all errors are found.

use keypool_domain::change::MAX_POOL_KEYS;
use keypool_domain::pool::InvalidChoice;
use keypool_domain::setup::{DesiredPlan, DesiredPool};
use keypool_domain::{MethodRef, Period, PlanId, Price, Quota, StageRef, Strategy, Throttle};
use toml::de::{DeTable, DeValue};

use super::PlanEntry;
use crate::settings::ConfigError;
use crate::settings::document::{SourceFile, TomlValue, describe_value};

/// The fields of a `[plans.NAME]` table.
const PLAN_FIELDS: &[&str] = &[
    "id",
    "name",
    "description",
    "throttle",
    "quota",
    "stages",
    "methods",
    "product_code",
    "pool",
    "text",
    "price",
];

/// Turns a stage as written in the file into a reference, or says what is wrong with it.
type ResolveStage<'a> = &'a dyn Fn(&str) -> Result<StageRef, String>;

pub(super) fn read_entries(
    source: &SourceFile,
    resolve_stage: ResolveStage<'_>,
    errors: &mut Vec<ConfigError>,
) -> Vec<PlanEntry> {
    let root = source.parse(errors);
    let mut reader = PlansReader { source, resolve_stage, errors };
    let mut entries = Vec::new();
    for (key, value) in &root {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("plans", DeValue::Table(plans)) => entries.extend(plans.iter().filter_map(|(name, plan)| {
                let DeValue::Table(fields) = plan.get_ref() else {
                    reader.error(plan, "a plan is a table: write it as [plans.NAME]");
                    return None;
                };
                let plan = reader.plan(name.get_ref(), fields);
                Some(PlanEntry { plan, span: name.span() })
            })),
            ("plans", other) => {
                let message =
                    format!("`plans` is {}: write each plan as [plans.NAME]", describe_value(other));
                reader.error(value, &message);
            }
            _ => reader.errors.push(source.unknown_key(key, "table", ["plans"])),
        }
    }
    if entries.is_empty() && reader.errors.is_empty() {
        reader.errors.push(source.file_error("there is no plan in it: write each plan as [plans.NAME]"));
    }
    entries
}

struct PlansReader<'a> {
    source: &'a SourceFile,
    resolve_stage: ResolveStage<'a>,
    errors: &'a mut Vec<ConfigError>,
}

impl PlansReader<'_> {
    fn error(&mut self, value: &TomlValue<'_>, message: &str) {
        self.errors.push(self.source.error(value.span(), message));
    }

    fn plan(&mut self, name: &str, fields: &DeTable<'_>) -> DesiredPlan {
        let mut plan = DesiredPlan { table: name.to_owned(), ..DesiredPlan::default() };
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "id" => plan.id = self.text(value).map(PlanId::new),
                "name" => plan.name = self.text(value),
                "description" => plan.description = self.text(value),
                "throttle" => plan.throttle = self.table_or_none(value, Self::throttle),
                "quota" => plan.quota = self.table_or_none(value, Self::quota),
                "stages" => plan.stages = self.stage_list(value),
                "methods" => plan.methods = self.methods(value),
                "product_code" => {
                    plan.product_code = self.text(value).map(|code| (code != "none").then_some(code))
                }
                "pool" => plan.pool = self.table_or_none(value, Self::pool),
                "text" => plan.price_list_text = self.text(value),
                "price" => plan.price = self.price(value),
                _ => self.errors.push(self.source.unknown_key(key, "field", PLAN_FIELDS.iter().copied())),
            }
        }
        plan
    }

    fn text(&mut self, value: &TomlValue<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.error(value, &format!("this is {}: must be text", describe_value(other)));
                None
            }
        }
    }

    fn price(&mut self, value: &TomlValue<'_>) -> Option<Price> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            other => {
                self.error(value, &format!("this is {}: must be a price", describe_value(other)));
                return None;
            }
        };
        text.parse()
            .map_err(|error: keypool_domain::price::ParsePriceError| self.error(value, &error.to_string()))
            .ok()
    }

    /// Reads a table, or `"none"` as `Some(None)`; `None` after an error.
    fn table_or_none<T>(
        &mut self,
        value: &TomlValue<'_>,
        read: impl Fn(&mut Self, &TomlValue<'_>, &DeTable<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        match value.get_ref() {
            DeValue::String(text) if text == "none" => Some(None),
            DeValue::Table(fields) => read(self, value, fields).map(Some),
            other => {
                let message = format!("this is {}: write a table, or \"none\"", describe_value(other));
                self.error(value, &message);
                None
            }
        }
    }

    fn throttle(&mut self, table: &TomlValue<'_>, fields: &DeTable<'_>) -> Option<Throttle> {
        let (mut rate, mut burst) = (None, None);
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "rate" => rate = self.number(value),
                "burst" => burst = self.number(value),
                _ => self.errors.push(self.source.unknown_key(key, "field", ["rate", "burst"])),
            }
        }
        self.require_both(table, "a throttle has a `rate` and a `burst`, both numbers", rate, burst)
            .map(|(rate, burst)| Throttle { rate, burst })
    }

    fn quota(&mut self, table: &TomlValue<'_>, fields: &DeTable<'_>) -> Option<Quota> {
        let (mut limit, mut period, mut from_day) = (None, None, Some(1));
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "limit" => limit = self.number(value),
                "period" => period = self.period(value),
                "from_day" => from_day = self.number(value),
                _ => self.errors.push(self.source.unknown_key(key, "field", ["limit", "period", "from_day"])),
            }
        }
        if from_day == Some(0) {
            self.error(table, "`from_day` counts from 1");
        }
        let offset = from_day.unwrap_or(1_u32).saturating_sub(1);
        self.require_both(table, "a quota has a `limit` and a `period`", limit, period)
            .map(|(limit, period)| Quota { limit, period, offset })
    }

    fn pool(&mut self, _: &TomlValue<'_>, fields: &DeTable<'_>) -> Option<DesiredPool> {
        let mut pool = DesiredPool::default();
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "keys" => pool.keys = self.count_up_to(value, MAX_POOL_KEYS),
                "capacity" => pool.capacity = self.count_up_to(value, u32::MAX as usize),
                "strategy" => pool.strategy = self.strategy(value),
                _ => {
                    self.errors.push(self.source.unknown_key(key, "field", ["keys", "capacity", "strategy"]))
                }
            }
        }
        Some(pool)
    }

    /// Reads a number from 1 to `max`.
    fn count_up_to(&mut self, value: &TomlValue<'_>, max: usize) -> Option<u32> {
        let number: u32 = self.number(value)?;
        let is_valid = (1..=max).contains(&(number as usize));
        if !is_valid {
            self.error(value, &format!("this is {number}: must be from 1 to {max}"));
        }
        is_valid.then_some(number)
    }

    fn strategy(&mut self, value: &TomlValue<'_>) -> Option<Strategy> {
        let word = self.text(value)?;
        word.parse().map_err(|error: InvalidChoice| self.error(value, &error.to_string())).ok()
    }

    /// Returns both values, or reports `message` if one is missing.
    fn require_both<A, B>(
        &mut self,
        table: &TomlValue<'_>,
        message: &str,
        a: Option<A>,
        b: Option<B>,
    ) -> Option<(A, B)> {
        let both = a.zip(b);
        if both.is_none() {
            self.error(table, message);
        }
        both
    }

    fn period(&mut self, value: &TomlValue<'_>) -> Option<Period> {
        let word = self.text(value)?;
        let period = Period::parse(&word.to_uppercase());
        if period.is_none() {
            self.error(value, &format!("\"{word}\" is not a period: choose one of day, week, month"));
        }
        period
    }

    fn number<N: std::str::FromStr>(&mut self, value: &TomlValue<'_>) -> Option<N> {
        let text = match value.get_ref() {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            other => describe_value(other),
        };
        // TOML also allows `inf` and `nan`.
        let number = text.parse().ok().filter(|_| text.contains(|c: char| c.is_ascii_digit()));
        if number.is_none() {
            self.error(value, &format!("this is {text}: must be a number, 0 or more"));
        }
        number
    }

    fn stage_list(&mut self, value: &TomlValue<'_>) -> Option<Vec<StageRef>> {
        let DeValue::Array(list) = value.get_ref() else {
            self.error(value, "this is not a list: write stages as [\"API:STAGE\"]");
            return None;
        };
        let mut stages = Vec::new();
        for item in list {
            let stage = self.text(item).and_then(|text| self.stage(item, &text));
            stages.extend(stage.filter(|stage| !stages.contains(stage)));
        }
        Some(stages)
    }

    fn stage(&mut self, value: &TomlValue<'_>, text: &str) -> Option<StageRef> {
        (self.resolve_stage)(text).map_err(|error| self.error(value, &error)).ok()
    }

    /// Reads throttles by `METHOD /path`, or by `API:STAGE METHOD /path` for one stage.
    fn methods(&mut self, value: &TomlValue<'_>) -> Option<Vec<(Option<StageRef>, MethodRef, Throttle)>> {
        let DeValue::Table(throttles) = value.get_ref() else {
            self.error(
                value,
                "this is not a table: write methods as \"GET /path\" = { rate = 1, burst = 2 }",
            );
            return None;
        };
        let mut methods = Vec::new();
        for (key, value) in throttles {
            let DeValue::Table(fields) = value.get_ref() else {
                self.error(value, "a throttle is a table with `rate` and `burst`");
                continue;
            };
            let throttle = self.throttle(value, fields);
            let (stage, text) = split_stage(key.get_ref());
            let stage = stage.map(|stage| self.stage(value, stage));
            let Some(method) = MethodRef::parse(text) else {
                let message =
                    format!("`{text}` is not a method: write a verb and a path, e.g. \"GET /pets\"");
                self.errors.push(self.source.error(key.span(), message));
                continue;
            };
            if let (Some(throttle), None | Some(Some(_))) = (throttle, &stage) {
                methods.push((stage.flatten(), method, throttle));
            }
        }
        Some(methods)
    }
}

/// Splits `API:STAGE METHOD /path`, where the API's name may contain blanks, before the method.
fn split_stage(text: &str) -> (Option<&str>, &str) {
    let method_at = text.trim_end().rsplit_once(char::is_whitespace).and_then(|(before_path, _)| {
        let (stage, _) = before_path.trim_end().rsplit_once(char::is_whitespace)?;
        stage.contains(':').then_some(stage.trim_end().len())
    });
    match method_at {
        Some(at) => (Some(&text[..at]), text[at..].trim()),
        None => (None, text.trim()),
    }
}
