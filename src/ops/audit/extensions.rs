//! Quota extensions in the trail: remaining quota before and after, and a query for recent ones.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use keypool_domain::change::ExtensionResult;
use keypool_domain::{ApiKeyId, PlanId};
use serde_json::{Value, json};

use super::history::{PastChange, parse_trail};
use super::trail::Trail;

/// Length of the trail's end that is searched for recent extensions.
const MAX_TAIL_BYTES: u64 = 256 * 1024;

/// Records the remaining quota of an API key, in calls.
pub(in crate::ops) fn balance_record(plan: &PlanId, api_key: &ApiKeyId, remaining: u64) -> Value {
    json!({ "planId": plan.as_str(), "apiKeyId": api_key.as_str(), "left": remaining })
}

pub(super) fn balance_after(extended: &ExtensionResult) -> Value {
    balance_record(&extended.plan, &extended.api_key, extended.after)
}

/// An API key whose remaining quota was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) struct RecentExtension {
    pub(in crate::ops) plan: PlanId,
    pub(in crate::ops) api_key: ApiKeyId,
    pub(in crate::ops) at: Timestamp,
    /// Remaining calls; `None` if the trail does not have them.
    before: Option<i64>,
    after: i64,
}

impl RecentExtension {
    /// Whether a balance that GetUsage reports is one after the extension: calls made since only lower it, and calls that
    /// are not reported yet raise it.
    pub(in crate::ops) fn is_included_in(&self, balance: i64) -> bool {
        match self.before {
            Some(before) if before < self.after => before < balance && balance <= self.after,
            Some(_) | None => balance <= self.after,
        }
    }
}

/// Returns the API keys whose quota was extended at or after `since`. Empty if the trail cannot be read.
pub(in crate::ops) fn extensions_since(trail: &Trail, since: Timestamp) -> Vec<RecentExtension> {
    let bytes = trail.file().and_then(|path| read_tail(path).ok()).unwrap_or_default();
    let recent_start = |change: &PastChange| change.started_at().filter(|at| *at >= since);
    let changes = parse_trail(&bytes).changes;
    let extended = changes.iter().filter_map(|change| Some((change, recent_start(change)?)));
    extended
        .flat_map(|(change, at)| {
            change.after().iter().filter_map(move |after| parse_extension(after, change.before(), at))
        })
        .collect()
}

fn parse_extension(after: &Value, all_before: &[Value], at: Timestamp) -> Option<RecentExtension> {
    let left = |record: &Value| record.get("left").and_then(Value::as_i64);
    let text = |name| after.get(name).and_then(Value::as_str);
    let (plan, api_key) = (text("planId")?, text("apiKeyId")?);
    let before = all_before.iter().find(|before| before["planId"] == plan && before["apiKeyId"] == api_key);
    Some(RecentExtension {
        plan: PlanId::new(plan),
        api_key: ApiKeyId::new(api_key),
        at,
        before: before.and_then(left),
        after: left(after)?,
    })
}

fn read_tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MAX_TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_recent_extensions_are_returned() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let begin = |id: &str, time: &str| {
            json!({ "event": "begin", "id": id, "time": time, "who": null, "profile": null, "region": "r", "endpoint": null,
                    "reason": null, "operation": "o", "tenants": [], "steps": [], "before": [] })
        };
        let end = |id: &str, after: Value| {
            json!({ "event": "end", "id": id, "time": "t", "outcome": "done", "error": null, "created": [], "edited": [],
                    "deleted": [], "after": [after] })
        };
        let remaining = |key: &str| balance_record(&"p".into(), &key.into(), 7);
        let mut raised = begin("d", "2026-11-22T12:00:00Z");
        raised["before"] = json!([
            balance_record(&"p".into(), &"other".into(), 5),
            balance_record(&"p".into(), &"raised".into(), 2)
        ]);
        let lines = [
            begin("a", "2026-11-22T11:00:00Z"),
            end("a", remaining("early")),
            begin("b", "2026-11-22T12:00:00Z"),
            end("b", remaining("late")),
            begin("c", "2026-11-22T12:00:01Z"),
            end("c", json!({ "planId": "p", "apiKeyId": "no-extension" })),
            raised,
            end("d", remaining("raised")),
        ];
        let text: Vec<_> = lines.iter().map(Value::to_string).collect();
        std::fs::write(&path, text.join("\n")).expect("written");
        let at: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
        let trail = |path| Trail::new(Some(path), None);
        let late = RecentExtension { plan: "p".into(), api_key: "late".into(), at, before: None, after: 7 };
        let raised = RecentExtension { api_key: "raised".into(), before: Some(2), ..late.clone() };
        assert_eq!(extensions_since(&trail(path), at), [late.clone(), raised]);
        for (before, balance, is_included) in [
            (Some(2), 2, false),
            (Some(2), 7, true),
            (Some(2), 3, true),
            (Some(2), 8, false),
            (Some(9), 9, false),
            (Some(9), 7, true),
        ] {
            let extension = RecentExtension { before, ..late.clone() };
            assert_eq!(extension.is_included_in(balance), is_included, "{before:?} {balance}");
        }
        assert_eq!(extensions_since(&trail(folder.path().join("none")), at), []);
    }
}
