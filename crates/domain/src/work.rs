//! Work marks: operations mark the API keys they work on.
//!
//! Invariant: until the deadline of its mark, an API key is not a finding and no other operation changes
//! it. After the deadline, the operation counts as interrupted.

use jiff::{SignedDuration, Timestamp};

use crate::key::tag;
use crate::{ApiKey, ApiKeyId, Inventory};

/// How long a mark is valid. A new API key works after 25 to 40 s, keypool waits up to 60 s for that, and a
/// call with all its retries takes less than a minute.
pub const WORK_MARK_TTL: SignedDuration = SignedDuration::from_secs(180);
/// A deadline further ahead than this comes from a wrong clock and is ignored.
pub const MAX_WORK_MARK_TTL: SignedDuration = SignedDuration::from_hours(1);
pub const WORK_MARK_RENEWAL_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// Tolerated difference between the clocks of AWS and this machine.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Prefix of the subject of an import's mark, before the request id: imported API keys cannot be tagged.
const IMPORT_PREFIX: &str = "import#";

/// The mark of an operation on an API key, which exists already or is created by the operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkMark {
    /// The id of an existing API key, the request id of the operation that creates one, or
    /// [`WorkMark::import_subject`].
    pub subject: String,
    /// Identifies the operation.
    pub request_id: String,
    /// For example "rotate web of acme".
    pub operation: String,
    /// The operation counts as interrupted from then on.
    pub deadline: Timestamp,
    /// Only for imports.
    pub import: Option<ImportMark>,
}

/// Identifies the API keys of an import, which cannot be tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportMark {
    pub names: Vec<String>,
    pub started: Timestamp,
}

impl WorkMark {
    pub fn is_in_progress(&self, now: Timestamp) -> bool {
        self.deadline > now && self.deadline.duration_since(now) <= MAX_WORK_MARK_TTL
    }

    /// Whether the operation was killed: a live process would have renewed the mark by now.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        now.duration_since(self.deadline) >= WORK_MARK_RENEWAL_INTERVAL
    }

    /// Whether the operation is an import, whose API keys look like those of other programs.
    pub fn is_import(&self) -> bool {
        self.subject.starts_with(IMPORT_PREFIX)
    }

    /// Whether the mark belongs to an interrupted import that may have created this API key.
    fn may_have_imported(&self, key: &ApiKey, now: Timestamp) -> bool {
        let Some(import) = self.import.as_ref().filter(|_| self.is_import() && !self.is_in_progress(now))
        else {
            return false;
        };
        let is_created_in_time = key.created_at.is_some_and(|created_at| {
            let elapsed = created_at.duration_since(import.started);
            -CLOCK_TOLERANCE <= elapsed && elapsed <= MAX_WORK_MARK_TTL
        });
        is_created_in_time && import.names.contains(&key.name)
    }

    pub fn import_subject(request_id: &str) -> String {
        format!("{IMPORT_PREFIX}{request_id}")
    }

    /// As [`describe_in_progress`].
    pub fn describe(&self) -> String {
        describe_in_progress(&self.operation, self.deadline)
    }
}

/// For example "rotate web of acme is in progress (until 15:49:10 UTC)".
pub fn describe_in_progress(operation: &str, until: Timestamp) -> String {
    format!("{operation} is in progress (until {} UTC)", until.strftime("%H:%M:%S"))
}

impl Inventory {
    /// The mark of the operation that is working on this API key.
    pub fn work_mark_of(&self, api_key: &ApiKeyId, now: Timestamp) -> Option<WorkMark> {
        let key = self.api_key(api_key).key();
        let request_id = key.and_then(|key| key.tags.get(tag::REQUEST));
        let is_of_key = |mark: &&WorkMark| {
            mark.subject == api_key.as_str() || request_id.is_some_and(|id| mark.subject == *id)
        };
        let stored =
            self.work_marks().iter().filter(is_of_key).find(|mark| mark.is_in_progress(now)).cloned();
        stored.or_else(|| work_mark_from_tag(key?, now))
    }

    /// The interrupted import that probably created this API key.
    pub fn interrupted_import(&self, key: &ApiKey, now: Timestamp) -> Option<&WorkMark> {
        self.work_marks().iter().find(|mark| mark.may_have_imported(key, now))
    }

    /// Whether an import is in progress, whose API keys look like orphans.
    pub fn is_importing(&self, now: Timestamp) -> bool {
        self.work_marks().iter().any(|mark| mark.is_import() && mark.is_in_progress(now))
    }
}

/// The mark stored as a tag on the API key, used where no table holds work marks.
pub fn work_mark_from_tag(key: &ApiKey, now: Timestamp) -> Option<WorkMark> {
    let deadline: Timestamp = key.tags.get(tag::WORKING_UNTIL)?.parse().ok()?;
    let mark = WorkMark {
        subject: key.id.to_string(),
        request_id: key.tags.get(tag::REQUEST).cloned().unwrap_or_default(),
        operation: format!("work on API key {}", key.id),
        deadline,
        import: None,
    };
    mark.is_in_progress(now).then_some(mark)
}

#[cfg(test)]
mod tests;
