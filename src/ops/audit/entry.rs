//! The begin and end lines of a change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::former_notes::FormerNote;
use super::{ChangeSubject, Trail, extensions};
use crate::aws::{Aws, Failure};
use crate::ops::{Applied, Run};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum TrailLine {
    Begin(BeginRecord),
    End(EndRecord),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct BeginRecord {
    pub(super) id: String,
    pub(super) time: String,
    pub(super) who: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) region: String,
    pub(super) endpoint: Option<String>,
    /// The endpoint of the tables, only if they are on another host than the control plane.
    #[serde(rename = "tablesEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub(super) tables_endpoint: Option<String>,
    pub(super) reason: Option<String>,
    #[serde(flatten)]
    pub(super) subject: ChangeSubject,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EndRecord {
    pub(super) id: String,
    pub(super) time: String,
    pub(super) outcome: ChangeOutcome,
    pub(super) error: Option<String>,
    pub(super) created: Vec<String>,
    pub(super) edited: Vec<String>,
    pub(super) deleted: Vec<String>,
    #[serde(default)]
    pub(super) moved: Vec<String>,
    pub(super) after: Vec<Value>,
    /// Notes about keys that ended, which no table has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) former: Vec<FormerNote>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ChangeOutcome {
    Done,
    Failed,
    Stopped,
}

/// A change whose begin line is written.
pub(in crate::ops) struct OpenEntry<'a> {
    /// The trail and the id of the begin line; `None` if the run has no trail.
    trail_and_id: Option<(&'a Trail, String)>,
    aws: &'a Aws,
}

/// Writes the begin line. If that fails, the change must not start.
///
/// Every change starts here, so changes are also refused here if calls go to two different AWS
/// endpoints.
pub(in crate::ops) async fn begin_entry<'a>(
    aws: &'a Aws,
    run: &'a Run,
    subject: impl FnOnce() -> ChangeSubject,
) -> Result<OpenEntry<'a>, Failure> {
    aws.check_writable()?;
    let Some(trail) = &run.trail else { return Ok(OpenEntry { trail_and_id: None, aws }) };
    let (id, context, subject) = (aws.random_uuid(), aws.context(), subject());
    let begin = BeginRecord {
        id: id.clone(),
        time: aws.now().to_string(),
        who: aws.caller_arn().await,
        profile: context.profile.clone(),
        region: context.region.clone(),
        endpoint: context.endpoint().map(str::to_owned),
        tables_endpoint: context.tables_endpoint(),
        reason: subject.reason.clone().or_else(|| trail.reason().map(str::to_owned)),
        subject,
    };
    trail.append(&TrailLine::Begin(begin))?;
    Ok(OpenEntry { trail_and_id: Some((trail, id)), aws })
}

impl OpenEntry<'_> {
    /// Writes the end line with `after`, the state after the change, and returns how the change ended.
    ///
    /// If the line cannot be written, the change stands, the trail shows it as unfinished, and the result
    /// is a failure.
    pub(in crate::ops) fn end(
        self,
        applied: &Applied,
        result: Result<(), Failure>,
        after: Vec<Value>,
    ) -> Result<(), Failure> {
        let Some((trail, id)) = self.trail_and_id else { return result };
        let failure = result.as_ref().err();
        let mut after = if failure.is_none() { after } else { Vec::new() };
        after.extend(applied.extended.iter().map(extensions::balance_after));
        let ids = |tenant_keys: &[keypool_domain::TenantKeyId]| {
            tenant_keys.iter().map(ToString::to_string).collect()
        };
        let line = EndRecord {
            id,
            time: self.aws.now().to_string(),
            outcome: ChangeOutcome::from_failure(failure),
            error: failure.map(ToString::to_string),
            created: ids(&applied.created),
            edited: ids(&applied.edited),
            deleted: ids(&applied.deleted),
            moved: ids(&applied.moved),
            after,
            former: applied.former_notes.iter().map(FormerNote::new).collect(),
        };
        let Err(why) = trail.append(&TrailLine::End(line)) else { return result };
        tracing::error!("the end of a change is not in the audit trail: {why}");
        let why = if let Failure::AuditUnavailable(why) = why { why } else { why.to_string() };
        Err(Failure::AuditIncomplete { cause: why, failure: result.err().map(Box::new) })
    }
}

impl ChangeOutcome {
    fn from_failure(failure: Option<&Failure>) -> Self {
        match failure {
            None => Self::Done,
            Some(Failure::Cancelled) => Self::Stopped,
            Some(Failure::Partial { failure, .. } | Failure::Unfinished { failure, .. }) => {
                Self::from_failure(Some(failure))
            }
            Some(_) => Self::Failed,
        }
    }
}
