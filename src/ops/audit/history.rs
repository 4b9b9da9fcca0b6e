//! Reads the trail and pairs the two lines of each change.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::entry::{BeginRecord, ChangeOutcome, EndRecord, TrailLine};
use super::former_notes::FormerNote;

#[derive(Debug, Default)]
pub struct TrailContents {
    /// Oldest first.
    pub changes: Vec<PastChange>,
    pub unreadable_lines: usize,
}

/// A change in the trail, finished or not.
#[derive(Debug, Clone, PartialEq)]
pub struct PastChange {
    begin: BeginRecord,
    end: Option<EndRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeEnd<'a> {
    /// `done`, `failed`, `stopped`, or `unfinished` if there is no end line.
    pub outcome: &'static str,
    pub time: Option<&'a str>,
    pub error: Option<&'a str>,
}

/// Reads a trail. A missing file is an empty trail.
pub fn read(path: &Path) -> io::Result<TrailContents> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse_trail(&bytes)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(TrailContents::default()),
        Err(why) => Err(why),
    }
}

pub(super) fn parse_trail(bytes: &[u8]) -> TrailContents {
    let mut contents = TrailContents::default();
    let mut index_by_id: HashMap<String, usize> = HashMap::new();
    for line in bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice(line) {
            Ok(TrailLine::Begin(begin)) => {
                index_by_id.insert(begin.id.clone(), contents.changes.len());
                contents.changes.push(PastChange { begin, end: None });
            }
            Ok(TrailLine::End(end)) => match index_by_id.get(&end.id) {
                Some(&index) => contents.changes[index].end = Some(end),
                None => contents.unreadable_lines += 1,
            },
            Err(_) => contents.unreadable_lines += 1,
        }
    }
    contents
}

impl PastChange {
    pub fn started_at(&self) -> Option<Timestamp> {
        self.begin.time.parse().ok()
    }

    /// Start of the change, as written in the trail.
    pub fn time(&self) -> &str {
        &self.begin.time
    }

    /// The caller's ARN, if known.
    pub fn caller(&self) -> Option<&str> {
        self.begin.who.as_deref()
    }

    pub fn profile(&self) -> Option<&str> {
        self.begin.profile.as_deref()
    }

    pub fn region(&self) -> &str {
        &self.begin.region
    }

    /// The endpoint of the control plane; `None` for AWS itself.
    pub fn endpoint(&self) -> Option<&str> {
        self.begin.endpoint.as_deref()
    }

    /// The endpoint of the tables, only if they were on another host than the control plane.
    pub fn tables_endpoint(&self) -> Option<&str> {
        self.begin.tables_endpoint.as_deref()
    }

    pub fn reason(&self) -> Option<&str> {
        self.begin.reason.as_deref()
    }

    pub fn operation(&self) -> &str {
        &self.begin.subject.operation
    }

    /// Tenants the change affected.
    pub fn tenants(&self) -> &[String] {
        &self.begin.subject.tenants
    }

    /// Steps as planned.
    pub fn steps(&self) -> &[String] {
        &self.begin.subject.steps
    }

    /// State before the change.
    pub fn before(&self) -> &[Value] {
        &self.begin.subject.before
    }

    /// Known state after the change.
    pub fn after(&self) -> &[Value] {
        self.end.as_ref().map_or(&[], |end| &end.after)
    }

    pub(super) fn former_notes(&self) -> &[FormerNote] {
        self.end.as_ref().map_or(&[], |end| &end.former)
    }

    /// Ids of the tenant keys that were created, edited, deleted and moved.
    pub fn tenant_keys(&self) -> [&[String]; 4] {
        self.end
            .as_ref()
            .map_or([&[], &[], &[], &[]], |end| [&end.created, &end.edited, &end.deleted, &end.moved])
    }

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
        let contents = parse_trail(text.join("\n").as_bytes());
        let outcomes: Vec<_> = contents.changes.iter().map(|change| change.end().outcome).collect();
        assert_eq!((outcomes, contents.unreadable_lines), (vec!["unfinished", "failed"], 2));
        assert_eq!(contents.changes[1].tenant_keys()[2], ["x"]);
        assert_eq!(contents.changes[0].started_at(), "2026-11-22T10:00:00Z".parse().ok());
    }
}
