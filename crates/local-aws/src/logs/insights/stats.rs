//! `stats`: aggregates of the rows, for each group of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Record;
use super::condition::{compare, format_time, parse_time};

#[derive(Debug)]
pub(super) struct Stats {
    pub(super) aggregates: Vec<Aggregate>,
    pub(super) groups: Vec<Group>,
}

#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) function: Function,
    /// `None` counts the rows.
    pub(super) field: Option<String>,
    /// The field that it becomes.
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Sum,
    Min,
    Max,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) field: String,
    /// In seconds: groups by the start of the period that a time is in.
    pub(super) period: Option<i64>,
    pub(super) name: String,
}

impl Stats {
    /// Returns the columns, and a row for each group, in the order of the groups.
    pub(super) fn run(&self, records: &[Record]) -> (Vec<String>, Vec<Record>) {
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<&Record>> = BTreeMap::new();
        for record in records {
            let key = self.groups.iter().map(|group| group.value(record)).collect();
            groups.entry(key).or_default().push(record);
        }
        let rows = groups.into_iter().map(|(key, records)| {
            let mut row = Record::default();
            for (group, value) in self.groups.iter().zip(key) {
                if let Some(value) = value {
                    row.set(&group.name, value);
                }
            }
            for aggregate in &self.aggregates {
                if let Some(value) = aggregate.value(&records) {
                    row.set(&aggregate.name, value);
                }
            }
            row
        });
        let names = self.groups.iter().map(|group| &group.name);
        let columns = names.chain(self.aggregates.iter().map(|aggregate| &aggregate.name));
        (columns.cloned().collect(), rows.collect())
    }
}

impl Group {
    fn value(&self, record: &Record) -> Option<String> {
        let value = record.get(&self.field)?;
        let Some(period) = self.period else { return Some(value.to_owned()) };
        let second = parse_time(value)?.as_second();
        Some(format_time(Timestamp::from_second(second.div_euclid(period) * period).ok()?))
    }
}

impl Aggregate {
    fn value(&self, records: &[&Record]) -> Option<String> {
        let Some(field) = &self.field else { return Some(records.len().to_string()) };
        let values: Vec<&str> = records.iter().filter_map(|record| record.get(field)).collect();
        match self.function {
            Function::Count => Some(values.len().to_string()),
            Function::CountDistinct => Some(values.iter().collect::<BTreeSet<_>>().len().to_string()),
            Function::Sum => {
                Some(values.iter().filter_map(|value| value.parse::<f64>().ok()).sum::<f64>().to_string())
            }
            Function::Min => values.into_iter().min_by(|a, b| compare(a, b)).map(str::to_owned),
            Function::Max => values.into_iter().max_by(|a, b| compare(a, b)).map(str::to_owned),
        }
    }
}
