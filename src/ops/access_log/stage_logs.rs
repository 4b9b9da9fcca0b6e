//! The access logs of stages in CloudWatch Logs: which log groups they are in, and how their calls are counted.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use keypool_domain::charging::AccessLogFields;
use keypool_domain::setup::{AccessLog, LogDestination, StageLogging};
use keypool_domain::text::format_bytes;
use keypool_domain::usage::{LogCoverage, TimeSpan};
use keypool_domain::{Plan, PlanId, StageRef};

use super::format::{FormatFields, check_format};
use super::{AccessLogCalls, log_events, log_query};
use crate::aws::{Aws, Failure, LogGroup};
use crate::ops::{Progress, Run};

/// The events of a longer span are counted by Logs Insights, at AWS.
const MAX_EVENTS_SPAN: SignedDuration = SignedDuration::from_mins(15);

const MAX_CONCURRENT_STAGES: usize = 4;

/// The log groups of the stages of some plans.
#[derive(Debug, Clone)]
pub struct StageLogs {
    pub(super) fields: AccessLogFields,
    pub(super) span: TimeSpan,
    pub(super) groups: Vec<StageLogGroup>,
    /// The stages whose calls are not counted, and why, with what to do.
    uncounted: BTreeMap<StageRef, String>,
    /// The plans all of whose stages are counted.
    covered: BTreeSet<PlanId>,
}

/// A log group, and what the formats of its stages have in common.
#[derive(Debug, Clone)]
pub(super) struct StageLogGroup {
    pub(super) group: LogGroup,
    pub(super) fields: FormatFields,
}

/// The calls of stages, and what it took to count them.
#[derive(Debug, Clone)]
pub struct StageLogCalls {
    pub calls: AccessLogCalls,
    /// By Logs Insights, which charges for them.
    pub bytes_scanned: u64,
    /// When the counting began.
    pub as_of: Timestamp,
}

/// Finds the log groups of the plans' stages. Fails if the calls of no stage can be counted.
pub async fn find_stage_logs(
    aws: &Aws,
    plans: &[Plan],
    fields: &AccessLogFields,
    span: TimeSpan,
    run: &Run,
) -> Result<StageLogs, Failure> {
    aws.check_logs_of_same_aws()?;
    let Some(span) = span.up_to(aws.now()) else {
        return Err(Failure::Setting(format!("{span} has not started: no calls are logged yet")));
    };
    let stages: BTreeSet<&StageRef> = plans.iter().flat_map(|plan| &plan.stages).collect();
    let finding = find_groups(aws, stages.into_iter().cloned().collect(), fields);
    let (groups, uncounted) = run.cancel.run_until_cancelled(finding).await.ok_or(Failure::Cancelled)??;
    if groups.is_empty() {
        return Err(nothing_countable(&uncounted));
    }
    let is_covered = |plan: &&Plan| {
        !plan.stages.is_empty() && plan.stages.iter().all(|stage| !uncounted.contains_key(stage))
    };
    let covered = plans.iter().filter(is_covered).map(|plan| plan.id.clone()).collect();
    Ok(StageLogs { fields: fields.clone(), span, groups, uncounted, covered })
}

fn nothing_countable(uncounted: &BTreeMap<StageRef, String>) -> Failure {
    let reasons: Vec<_> = uncounted.values().map(String::as_str).collect();
    Failure::Setting(match reasons[..] {
        [] => "there is no access log to count: the plans cover no stage".to_owned(),
        _ => format!("no access log can be counted: {}", reasons.join("; ")),
    })
}

type Groups = (Vec<StageLogGroup>, BTreeMap<StageRef, String>);

async fn find_groups(aws: &Aws, stages: Vec<StageRef>, fields: &AccessLogFields) -> Result<Groups, Failure> {
    let reads = stages.into_iter().map(|stage| async move {
        let logging = aws.stage_logging(&stage).await;
        (stage, logging)
    });
    let mut reads = stream::iter(reads.collect::<Vec<_>>()).buffered(MAX_CONCURRENT_STAGES);
    let mut uncounted = BTreeMap::new();
    let mut stages_by_group: BTreeMap<String, Vec<(StageRef, AccessLog)>> = BTreeMap::new();
    while let Some((stage, logging)) = reads.next().await {
        match find_group_name(&stage, logging?, fields) {
            Ok((name, log)) => stages_by_group.entry(name).or_default().push((stage, log)),
            Err(why) => drop(uncounted.insert(stage, why)),
        }
    }
    let mut groups = Vec::new();
    for (name, stages) in stages_by_group {
        match aws.log_group(&name).await? {
            Some(group) => {
                let formats = stages.iter().map(|(_, log)| log.format.as_str());
                groups.push(StageLogGroup { group, fields: FormatFields::of_formats(formats, fields) });
            }
            None => uncounted.extend(stages.into_iter().map(|(stage, _)| {
                let why = format!(
                    "the log group {name} of stage {stage} does not exist: create it, then calls are logged from then on"
                );
                (stage, why)
            })),
        }
    }
    Ok((groups, uncounted))
}

/// The log group of a stage, or why its calls cannot be counted, with what to do.
fn find_group_name(
    stage: &StageRef,
    logging: Option<StageLogging>,
    fields: &AccessLogFields,
) -> Result<(String, AccessLog), String> {
    let flags = format!("--api {} --stage {}", stage.api, stage.stage);
    let Some(logging) = logging else { return Err(format!("stage {stage} does not exist")) };
    let Some(log) = logging.access else {
        return Err(format!(
            "stage {stage} has no access log: `keypool setup logging --access-log ARN {flags}` sets one"
        ));
    };
    let name = match log.destination_kind() {
        LogDestination::LogGroup(name) => name,
        LogDestination::Stream(name) => {
            return Err(format!(
                "the access log of stage {stage} goes to the Firehose stream {name}, which cannot be read: count \
                 its files with `--from-log FILE`"
            ));
        }
        LogDestination::Other => {
            return Err(format!(
                "the access log of stage {stage} goes to {}, which is no log group: count its lines with \
                 `--from-log FILE`",
                log.destination
            ));
        }
    };
    check_format(&log.format, fields).map_err(|why| {
        format!(
            "the access log of stage {stage} cannot be counted: {why}; `keypool setup logging --access-log {} \
             {flags}` sets a format that can, or name the fields under [charging.access_log]",
            log.destination
        )
    })?;
    Ok((name, log))
}

impl StageLogs {
    pub const fn span(&self) -> TimeSpan {
        self.span
    }

    pub fn coverage(&self) -> LogCoverage {
        LogCoverage::Plans(self.covered.clone())
    }

    /// What will be read, and what is not counted, in sentences.
    pub fn remarks(&self) -> Vec<String> {
        let reads = self.groups.iter().map(|StageLogGroup { group, .. }| {
            let stored = match group.stored_bytes {
                Some(bytes) => format!("{} stored", format_bytes(bytes)),
                None => "stored bytes unknown".to_owned(),
            };
            let how = if self.reads_events(group) { "FilterLogEvents" } else { "Logs Insights" };
            format!("calls of {} in log group {} ({stored}), by {how}", self.span, group.name)
        });
        let late = self.groups.iter().filter_map(|StageLogGroup { group, .. }| {
            let begins = group.begins.filter(|begins| self.span.from() < *begins)?;
            let begins = begins.strftime("%Y-%m-%d %H:%M UTC");
            Some(format!("log group {} begins at {begins}: earlier calls are not counted", group.name))
        });
        let uncounted = self.uncounted.values().map(|why| format!("not counted: {why}"));
        reads.chain(late).chain(uncounted).collect()
    }

    /// Counts the calls.
    pub async fn count(&self, aws: &Aws, run: &Run) -> Result<StageLogCalls, Failure> {
        let mut counted =
            StageLogCalls { calls: AccessLogCalls::new(self.span), bytes_scanned: 0, as_of: aws.now() };
        for group in &self.groups {
            let begins = group.group.begins.unwrap_or(Timestamp::MIN);
            let Some(span) = self.span.since(begins) else { continue };
            if self.reads_events(&group.group) {
                log_events::count(aws, group, span, &self.fields, &mut counted.calls, run).await?;
            } else {
                let scanned =
                    log_query::count(aws, group, span, &self.fields, &mut counted.calls, run).await?;
                counted.bytes_scanned = counted.bytes_scanned.saturating_add(scanned);
            }
        }
        Ok(counted)
    }

    fn reads_events(&self, group: &LogGroup) -> bool {
        group.has_readable_events && self.span.length() <= MAX_EVENTS_SPAN
    }
}

pub(super) fn report_progress(run: &Run, done: u64, doing: String) {
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    (run.progress)(Progress { done, total: None, doing });
}
