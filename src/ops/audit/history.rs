//! The trail as it is read: the two lines of each change put together.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::entry::{Begin, ChangeOutcome, EndRecord, TrailLine};

/// What stands in a trail.
#[derive(Debug, Default)]
pub struct TrailContents {
    /// Every change that was begun, the oldest first.
    pub changes: Vec<PastChange>,
    /// Lines that cannot be read.
    pub unreadable_lines: usize,
}

/// A change that was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct PastChange {
    begin: Begin,
    end: Option<EndRecord>,
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeEnd<'a> {
    /// `done`, `failed`, `stopped`, or `unfinished` where nothing was written down.
    pub outcome: &'static str,
    /// When, where that is known.
    pub time: Option<&'a str>,
    /// Why it did not succeed.
    pub error: Option<&'a str>,
}

/// Reads a trail; one that was never begun is empty.
pub fn read(path: &Path) -> io::Result<TrailContents> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse_trail(&bytes)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(TrailContents::default()),
        Err(why) => Err(why),
    }
}

pub(super) fn parse_trail(bytes: &[u8]) -> TrailContents {
    let mut read = TrailContents::default();
    let mut at: HashMap<String, usize> = HashMap::new();
    for line in bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice(line) {
            Ok(TrailLine::Begin(begin)) => {
                at.insert(begin.id.clone(), read.changes.len());
                read.changes.push(PastChange { begin, end: None });
            }
            Ok(TrailLine::End(end)) => match at.get(&end.id) {
                Some(&at) => read.changes[at].end = Some(end),
                None => read.unreadable_lines += 1,
            },
            Err(_) => read.unreadable_lines += 1,
        }
    }
    read
}

impl PastChange {
    /// When it began.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.begin.time.parse().ok()
    }

    /// When it began, as written.
    pub fn time(&self) -> &str {
        &self.begin.time
    }

    /// The ARN of who made it, where it was known.
    pub fn caller(&self) -> Option<&str> {
        self.begin.who.as_deref()
    }

    /// The profile, where one was chosen.
    pub fn profile(&self) -> Option<&str> {
        self.begin.profile.as_deref()
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.begin.region
    }

    /// The endpoint, where it is not AWS's own.
    pub fn endpoint(&self) -> Option<&str> {
        self.begin.endpoint.as_deref()
    }

    /// The endpoint of the tables, where they were at another host.
    pub fn tables_endpoint(&self) -> Option<&str> {
        self.begin.tables_endpoint.as_deref()
    }

    /// Why it was made, where somebody said so.
    pub fn reason(&self) -> Option<&str> {
        self.begin.reason.as_deref()
    }

    /// One line that names it.
    pub fn operation(&self) -> &str {
        &self.begin.subject.operation
    }

    /// The tenants it touched.
    pub fn tenants(&self) -> &[String] {
        &self.begin.subject.tenants
    }

    /// Its steps, as they were planned.
    pub fn steps(&self) -> &[String] {
        &self.begin.subject.steps
    }

    /// What it was about, before.
    pub fn before(&self) -> &[Value] {
        &self.begin.subject.before
    }

    /// What is known of it afterwards.
    pub fn after(&self) -> &[Value] {
        self.end.as_ref().map_or(&[], |end| &end.after)
    }

    /// The rows that were created, edited, deleted and moved.
    pub fn tenant_keys(&self) -> [&[String]; 4] {
        self.end
            .as_ref()
            .map_or([&[], &[], &[], &[]], |end| [&end.created, &end.edited, &end.deleted, &end.moved])
    }

    /// How it ended.
    pub fn end(&self) -> ChangeEnd<'_> {
        let Some(end) = &self.end else {
            return ChangeEnd { outcome: "unfinished", time: None, error: None };
        };
        let outcome = match end.outcome {
            ChangeOutcome::Done => "done",
            ChangeOutcome::Failed => "failed",
            ChangeOutcome::Stopped => "stopped",
        };
        ChangeEnd { outcome, time: Some(&end.time), error: end.error.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_interleaved_changes_are_paired_and_broken_lines_counted() {
        let begin = |id: &str| {
            format!(
                r#"{{"event":"begin","id":"{id}","time":"2026-11-22T10:00:00Z","who":null,"profile":null,"region":"r","endpoint":null,"reason":null,"operation":"o","tenants":[],"steps":[],"before":[]}}"#
            )
        };
        let end = |id: &str| {
            format!(
                r#"{{"event":"end","id":"{id}","time":"t","outcome":"failed","error":"e","created":[],"edited":[],"deleted":["x"],"after":[]}}"#
            )
        };
        let text = [begin("a"), begin("b"), end("b"), String::new(), begin("c")[..40].to_owned(), end("z")];
        let read = parse_trail(text.join("\n").as_bytes());
        let ended: Vec<_> = read.changes.iter().map(|change| change.end().outcome).collect();
        assert_eq!((ended, read.unreadable_lines), (vec!["unfinished", "failed"], 2));
        assert_eq!(read.changes[1].tenant_keys()[2], ["x"]);
        assert_eq!(read.changes[0].started_at(), "2026-11-22T10:00:00Z".parse().ok());
    }
}
