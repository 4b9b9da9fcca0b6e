//! From TOML to wanted plans; whatever is wrong is told with its place, and reading goes on.

use keypool_domain::change::MAX_POOL_KEYS;
use keypool_domain::pool::InvalidChoice;
use keypool_domain::setup::{DesiredPlan, DesiredPool};
use keypool_domain::{MethodRef, Period, Price, Quota, StageRef, Strategy, Throttle};
use toml::de::{DeTable, DeValue};

use super::PlanEntry;
use crate::settings::ConfigError;
use crate::settings::document::{SourceFile, TomlValue, describe_value};

/// What may be said of a plan.
const PLAN_FIELDS: &[&str] =
    &["description", "throttle", "quota", "stages", "methods", "product_code", "pool", "text", "price"];

type Stages<'a> = &'a dyn Fn(&str) -> Result<StageRef, String>;

/// The plans of a file.
pub(super) fn read_entries(
    source: &SourceFile,
    stages: Stages<'_>,
    mistakes: &mut Vec<ConfigError>,
) -> Vec<PlanEntry> {
    let root = source.parse(mistakes);
    let mut reader = PlansReader { source, stages, mistakes };
    let mut entries = Vec::new();
    for (key, value) in &root {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("plans", DeValue::Table(plans)) => entries.extend(plans.iter().filter_map(|(name, plan)| {
                let DeValue::Table(fields) = plan.get_ref() else {
                    reader.error(plan, "a plan is a table: it is headed [plans.NAME]");
                    return None;
                };
                let wanted = reader.plan(name.get_ref(), fields);
                Some(PlanEntry { plan: wanted, span: name.span() })
            })),
            ("plans", other) => {
                let what = format!("`plans` is {}: a plan is headed [plans.NAME]", describe_value(other));
                reader.error(value, &what);
            }
            _ => reader.mistakes.push(source.unknown_key(key, "table", ["plans"])),
        }
    }
    if entries.is_empty() && reader.mistakes.is_empty() {
        reader.mistakes.push(source.file_error("there is no plan in it: a plan is headed [plans.NAME]"));
    }
    entries
}

struct PlansReader<'a> {
    source: &'a SourceFile,
    stages: Stages<'a>,
    mistakes: &'a mut Vec<ConfigError>,
}

impl PlansReader<'_> {
    fn error(&mut self, value: &TomlValue<'_>, what: &str) {
        self.mistakes.push(self.source.error(value.span(), what));
    }

    fn plan(&mut self, name: &str, fields: &DeTable<'_>) -> DesiredPlan {
        let mut wanted = DesiredPlan { name: name.to_owned(), ..DesiredPlan::default() };
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "description" => wanted.description = self.text(value),
                "throttle" => wanted.throttle = self.table_or_none(value, Self::throttle),
                "quota" => wanted.quota = self.table_or_none(value, Self::quota),
                "stages" => wanted.stages = self.stage_list(value),
                "methods" => wanted.methods = self.methods(value),
                "product_code" => {
                    wanted.product_code = self.text(value).map(|code| (code != "none").then_some(code))
                }
                "pool" => wanted.pool = self.table_or_none(value, Self::pool),
                "text" => wanted.price_list_text = self.text(value),
                "price" => wanted.price = self.price(value),
                _ => self.mistakes.push(self.source.unknown_key(key, "field", PLAN_FIELDS.iter().copied())),
            }
        }
        wanted
    }

    fn text(&mut self, value: &TomlValue<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.error(value, &format!("this is {}, and a text was meant", describe_value(other)));
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
                self.error(value, &format!("this is {}, and a price was meant", describe_value(other)));
                return None;
            }
        };
        text.parse()
            .map_err(|why: keypool_domain::price::ParsePriceError| self.error(value, &why.to_string()))
            .ok()
    }

    /// `"none"`, or a table.
    fn table_or_none<T>(
        &mut self,
        value: &TomlValue<'_>,
        read: impl Fn(&mut Self, &TomlValue<'_>, &DeTable<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        match value.get_ref() {
            DeValue::String(text) if text == "none" => Some(None),
            DeValue::Table(fields) => read(self, value, fields).map(Some),
            other => {
                let what = format!("this is {}: write a table, or \"none\"", describe_value(other));
                self.error(value, &what);
                None
            }
        }
    }

    fn throttle(&mut self, whole: &TomlValue<'_>, fields: &DeTable<'_>) -> Option<Throttle> {
        let (mut rate, mut burst) = (None, None);
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "rate" => rate = self.number(value),
                "burst" => burst = self.number(value),
                _ => self.mistakes.push(self.source.unknown_key(key, "field", ["rate", "burst"])),
            }
        }
        self.require_both(whole, "a throttle has a `rate` and a `burst`, both numbers", rate, burst)
            .map(|(rate, burst)| Throttle { rate, burst })
    }

    fn quota(&mut self, whole: &TomlValue<'_>, fields: &DeTable<'_>) -> Option<Quota> {
        let (mut limit, mut period, mut from_day) = (None, None, Some(1));
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "limit" => limit = self.number(value),
                "period" => period = self.period(value),
                "from_day" => from_day = self.number(value),
                _ => {
                    self.mistakes.push(self.source.unknown_key(key, "field", ["limit", "period", "from_day"]))
                }
            }
        }
        if from_day == Some(0) {
            self.error(whole, "`from_day` counts from 1");
        }
        let offset = from_day.unwrap_or(1_u32).saturating_sub(1);
        self.require_both(whole, "a quota has a `limit` and a `period`", limit, period)
            .map(|(limit, period)| Quota { limit, period, offset })
    }

    fn pool(&mut self, _: &TomlValue<'_>, fields: &DeTable<'_>) -> Option<DesiredPool> {
        let mut pool = DesiredPool::default();
        for (key, value) in fields {
            match key.get_ref().as_ref() {
                "keys" => pool.keys = self.count_up_to(value, MAX_POOL_KEYS),
                "capacity" => pool.capacity = self.count_up_to(value, u32::MAX as usize),
                "strategy" => pool.strategy = self.strategy(value),
                _ => self.mistakes.push(self.source.unknown_key(
                    key,
                    "field",
                    ["keys", "capacity", "strategy"],
                )),
            }
        }
        Some(pool)
    }

    /// A number from 1 on.
    fn count_up_to(&mut self, value: &TomlValue<'_>, most: usize) -> Option<u32> {
        let number: u32 = self.number(value)?;
        let fits = (1..=most).contains(&(number as usize));
        if !fits {
            self.error(value, &format!("this is {number}, and a number from 1 to {most} was meant"));
        }
        fits.then_some(number)
    }

    fn strategy(&mut self, value: &TomlValue<'_>) -> Option<Strategy> {
        let word = self.text(value)?;
        word.parse().map_err(|why: InvalidChoice| self.error(value, &why.to_string())).ok()
    }

    /// Both, or the word that one is missing where nothing was said about it yet.
    fn require_both<A, B>(
        &mut self,
        whole: &TomlValue<'_>,
        what: &str,
        a: Option<A>,
        b: Option<B>,
    ) -> Option<(A, B)> {
        let both = a.zip(b);
        if both.is_none() {
            self.error(whole, what);
        }
        both
    }

    fn period(&mut self, value: &TomlValue<'_>) -> Option<Period> {
        let word = self.text(value)?;
        let period = Period::parse(&word.to_uppercase());
        if period.is_none() {
            self.error(value, &format!("\"{word}\" is no period: choose one of day, week, month"));
        }
        period
    }

    fn number<N: std::str::FromStr>(&mut self, value: &TomlValue<'_>) -> Option<N> {
        let text = match value.get_ref() {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            other => describe_value(other),
        };
        // TOML also has `inf` and `nan`.
        let number = text.parse().ok().filter(|_| text.contains(|c: char| c.is_ascii_digit()));
        if number.is_none() {
            self.error(value, &format!("this is {text}, and a number was meant that is 0 or more"));
        }
        number
    }

    fn stage_list(&mut self, value: &TomlValue<'_>) -> Option<Vec<StageRef>> {
        let DeValue::Array(list) = value.get_ref() else {
            self.error(value, "this is no list: stages are written as [\"API:STAGE\"]");
            return None;
        };
        let mut stages = Vec::new();
        for one in list {
            let stage = self.text(one).and_then(|text| self.stage(one, &text));
            stages.extend(stage.filter(|stage| !stages.contains(stage)));
        }
        Some(stages)
    }

    fn stage(&mut self, value: &TomlValue<'_>, text: &str) -> Option<StageRef> {
        (self.stages)(text).map_err(|why| self.error(value, &why)).ok()
    }

    /// Limits by `METHOD /path`, or by `API:STAGE METHOD /path` for one stage.
    fn methods(&mut self, value: &TomlValue<'_>) -> Option<Vec<(Option<StageRef>, MethodRef, Throttle)>> {
        let DeValue::Table(limits) = value.get_ref() else {
            self.error(
                value,
                "this is no table: methods are written as \"GET /path\" = { rate = 1, burst = 2 }",
            );
            return None;
        };
        let mut methods = Vec::new();
        for (key, value) in limits {
            let DeValue::Table(fields) = value.get_ref() else {
                self.error(value, "a limit is a table with `rate` and `burst`");
                continue;
            };
            let limit = self.throttle(value, fields);
            let words = key.get_ref().trim();
            let (stage, words) = match words.split_once(char::is_whitespace) {
                Some((stage, rest)) if stage.contains(':') => (Some(self.stage(value, stage)), rest),
                _ => (None, words),
            };
            let Some(method) = MethodRef::parse(words) else {
                let what = format!("`{words}` is no method: write a verb and a path, as in \"GET /pets\"");
                self.mistakes.push(self.source.error(key.span(), what));
                continue;
            };
            if let (Some(limit), None | Some(Some(_))) = (limit, &stage) {
                methods.push((stage.flatten(), method, limit));
            }
        }
        Some(methods)
    }
}
