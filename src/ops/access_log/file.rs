//! An access log in a file or on standard input, read on a thread of its own.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::PathBuf;

use keypool_domain::charging::AccessLogFields;
use keypool_domain::usage::TimeSpan;

use super::followed_input::FollowedInput;
use super::{AccessLogCalls, AccessLogError, read_access_log};
use crate::aws::Failure;
use crate::ops::{Progress, Run};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogFile {
    pub source: AccessLogSource,
    pub fields: AccessLogFields,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLogSource {
    File(PathBuf),
    StandardInput,
}

#[derive(Debug, thiserror::Error)]
#[error("the access log {name} {cause}")]
pub struct UnusableAccessLog {
    name: String,
    pub cause: AccessLogError,
}

impl AccessLogFile {
    /// Counts the calls of a span of time. A log of millions of lines would block the other tasks of this thread.
    pub async fn read(self, span: TimeSpan, run: &Run) -> Result<AccessLogCalls, UnusableAccessLog> {
        let name = self.source.name();
        let run = run.clone();
        let reading = tokio::task::spawn_blocking(move || {
            read_access_log(self.source.open()?, &self.fields, span, &|lines| report_lines(lines, &run))
        });
        let calls = reading.await.unwrap_or(Err(AccessLogError::Cancelled));
        calls.map_err(|cause| UnusableAccessLog { name, cause })
    }
}

impl AccessLogFile {
    /// As [`Self::read`], but a run that is cancelled while it waits for standard input ends the log there.
    pub async fn follow(self, span: TimeSpan, run: &Run) -> Result<AccessLogCalls, UnusableAccessLog> {
        match self.source {
            AccessLogSource::File(_) => self.read(span, run).await,
            AccessLogSource::StandardInput => {
                let (name, run) = (self.source.name(), run.clone());
                let input = FollowedInput::start(io::stdin(), run.cancel.clone());
                let go_on = move |lines| {
                    // What has arrived counts.
                    let _ends_anyway = report_lines(lines, &run);
                    ControlFlow::Continue(())
                };
                let reading =
                    tokio::task::spawn_blocking(move || read_access_log(input, &self.fields, span, &go_on));
                let calls = reading.await.unwrap_or(Err(AccessLogError::Cancelled));
                calls.map_err(|cause| UnusableAccessLog { name, cause })
            }
        }
    }
}

fn report_lines(lines: u64, run: &Run) -> ControlFlow<()> {
    let done = usize::try_from(lines).unwrap_or(usize::MAX);
    (run.progress)(Progress { done, total: None, doing: "lines of the access log".to_owned() });
    if run.cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl AccessLogSource {
    fn open(&self) -> io::Result<Box<dyn BufRead>> {
        Ok(match self {
            Self::File(path) => Box::new(BufReader::with_capacity(64 * 1024, File::open(path)?)),
            Self::StandardInput => Box::new(BufReader::with_capacity(64 * 1024, io::stdin())),
        })
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::StandardInput => "on standard input".to_owned(),
        }
    }
}

impl UnusableAccessLog {
    /// `name` follows "the access log".
    pub(super) const fn too_many_names(name: String) -> Self {
        Self { name, cause: AccessLogError::TooManyNames }
    }
}

impl From<UnusableAccessLog> for Failure {
    fn from(error: UnusableAccessLog) -> Self {
        match (&error.cause, error.cause.hint()) {
            (AccessLogError::Cancelled, _) => Self::Cancelled,
            (_, Some(hint)) => Self::Setting(format!("{error}; {hint}")),
            (_, None) => Self::Setting(error.to_string()),
        }
    }
}
