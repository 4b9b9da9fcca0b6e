//! Reads API Gateway access logs as a stream, and keeps only counts.
//!
//! A log has one JSON object per line, as the stage's format writes it, or is what CloudWatch Logs makes of such
//! lines: `aws logs tail`, an export to S3, or the JSON of `filter-log-events`.

mod bytes;
mod calls;
mod document;
mod file;
mod followed_input;
mod format;
mod line;
mod log_events;
mod log_query;
mod recent_calls;
mod stage_logs;
#[cfg(test)]
mod tests;
mod time;

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use jiff::Timestamp;
use keypool_domain::charging::AccessLogFields;
use keypool_domain::setup::access_log_format;
use keypool_domain::usage::TimeSpan;

use bytes::Pushback;
pub use calls::AccessLogCalls;
use document::{DocumentScanner, MAX_RECORD_BYTES, Step, is_document_start};
pub use file::{AccessLogFile, AccessLogSource, UnusableAccessLog};
pub(crate) use format::check_format;
use line::{BadLine, parse_line, parse_prefix, parse_record};
pub use recent_calls::{RECENT, RecentCalls, RecentCallsRequest, count_recent_calls};
pub use stage_logs::{StageLogCalls, StageLogs, find_stage_logs};

/// Between two reports of the progress.
const LINES_PER_REPORT: u64 = 50_000;

/// With more combinations of API key and tenant, the file is no access log, and would take too much memory.
const MAX_COMBINATIONS: usize = 1_000_000;

#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Every line is bad, or there is none.
    #[error("cannot be used: {why}")]
    NothingReadable {
        why: String,
        /// A format whose lines can be read.
        format: String,
    },
    #[error("cannot be used: it has more than {MAX_COMBINATIONS} combinations of API key and tenant")]
    TooManyNames,
    #[error("was not read to its end")]
    Cancelled,
}

/// Counts the calls of a span of time. `report_progress` gets the number of lines so far, and may stop the reading.
pub fn read_access_log(
    log: impl BufRead,
    fields: &AccessLogFields,
    span: TimeSpan,
    report_progress: &dyn Fn(u64) -> ControlFlow<()>,
) -> Result<AccessLogCalls, AccessLogError> {
    Reader::new(fields, span, report_progress, MAX_COMBINATIONS).read(log)
}

impl AccessLogError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NothingReadable { format, .. } => Some(format!(
                "name the fields under [charging.access_log], or log in this format, which `keypool setup logging \
                 --access-log ARN` sets: {format}"
            )),
            Self::TooManyNames => Some("name the fields under [charging.access_log]".to_owned()),
            Self::Read(_) | Self::Cancelled => None,
        }
    }
}

struct Reader<'a> {
    fields: &'a AccessLogFields,
    /// The number of the current line, from 1.
    number: u64,
    calls: AccessLogCalls,
    report_progress: &'a dyn Fn(u64) -> ControlFlow<()>,
    /// The number of lines that were last reported.
    reported: u64,
    /// Of API key and tenant.
    max_combinations: usize,
}

impl<'a> Reader<'a> {
    fn new(
        fields: &'a AccessLogFields,
        span: TimeSpan,
        report_progress: &'a dyn Fn(u64) -> ControlFlow<()>,
        max_combinations: usize,
    ) -> Self {
        let calls = AccessLogCalls::new(span);
        Self { fields, number: 1, calls, report_progress, reported: 1, max_combinations }
    }

    fn read(mut self, log: impl BufRead) -> Result<AccessLogCalls, AccessLogError> {
        let mut log = bytes::decode(log)?;
        let mut line = Vec::new();
        while self.read_line_or_document(&mut log, &mut line)? {}
        if self.calls.has_readable_lines() {
            return Ok(self.calls);
        }
        let why = match self.calls.first_bad_lines.first() {
            Some((number, why)) => format!("none of its lines can be read; line {number}: {why}"),
            None => "it is empty".to_owned(),
        };
        Err(AccessLogError::NothingReadable { why, format: access_log_format(self.fields) })
    }

    /// Returns whether there was anything to read.
    fn read_line_or_document(
        &mut self,
        log: &mut Pushback<impl BufRead>,
        line: &mut Vec<u8>,
    ) -> Result<bool, AccessLogError> {
        line.clear();
        if log.by_ref().take(MAX_RECORD_BYTES as u64).read_until(b'\n', line)? == 0 {
            return Ok(false);
        }
        let is_cut = line.len() == MAX_RECORD_BYTES && !line.ends_with(b"\n");
        let call = if is_cut { Err(BadLine::TooLong) } else { parse_line(line, None, self.fields) };
        if call.is_err()
            && let Some((start, event_time)) = find_document(line, is_cut)
        {
            log.put_back(&line[start..]);
            self.read_document(log, event_time)?;
            return Ok(true);
        }
        if is_cut {
            log.skip_until(b'\n')?;
        }
        self.calls.count(self.number, call, self.fields);
        self.count_line()?;
        Ok(true)
    }

    /// Reads JSON that is not one object per line, up to its end or to where it is broken.
    fn read_document(
        &mut self,
        log: &mut Pushback<impl BufRead>,
        event_time: Option<Timestamp>,
    ) -> Result<(), AccessLogError> {
        let mut scanner = DocumentScanner::default();
        let first_line = self.number;
        let mut record_line = first_line;
        // Whether the line has had white space only.
        let mut is_line_blank = true;
        loop {
            let buffer = log.fill_buf()?;
            let mut consumed = 0;
            let mut is_at_end = buffer.is_empty();
            let mut is_broken = is_at_end;
            for byte in buffer {
                let was_in_record = scanner.is_in_record();
                let step = scanner.feed(*byte);
                if step == Step::Broken {
                    (is_broken, is_at_end) = (true, true);
                    break;
                }
                consumed += 1;
                if !was_in_record {
                    record_line = self.number;
                }
                if matches!(step, Step::Record | Step::End { has_record: true }) {
                    let line = match scanner.record() {
                        Some(record) => parse_record(record, event_time, self.fields),
                        None => Err(BadLine::TooLong),
                    };
                    self.calls.count(record_line, line, self.fields);
                }
                is_line_blank = *byte == b'\n' || (is_line_blank && byte.is_ascii_whitespace());
                if *byte == b'\n' {
                    self.count_line()?;
                }
                // The next object of the line belongs to the document, too.
                if matches!(step, Step::End { .. }) && buffer.get(consumed) != Some(&b'{') {
                    is_at_end = true;
                    break;
                }
            }
            log.consume(consumed);
            if is_broken {
                self.calls.record_bad_line(record_line, BadLine::BrokenDocument, self.fields);
                // A line that cannot continue the document begins something new.
                if !is_line_blank || self.number == first_line {
                    log.skip_until(b'\n')?;
                    self.count_line()?;
                }
            }
            if is_at_end {
                return Ok(());
            }
        }
    }

    /// Counts a line that was read.
    fn count_line(&mut self) -> Result<(), AccessLogError> {
        self.number += 1;
        if self.calls.logged.len() > self.max_combinations {
            return Err(AccessLogError::TooManyNames);
        }
        if self.number - self.reported < LINES_PER_REPORT {
            return Ok(());
        }
        self.reported = self.number;
        match (self.report_progress)(self.number - 1) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(AccessLogError::Cancelled),
        }
    }
}

/// Returns where in a line a document begins, if it does, and the time before it.
fn find_document(line: &[u8], is_cut: bool) -> Option<(usize, Option<Timestamp>)> {
    if is_document_start(line.trim_ascii(), is_cut) {
        return Some((line.len() - line.trim_ascii_start().len(), None));
    }
    // `aws logs tail --format json` writes a time and an object over several lines.
    let prefix = line.trim_ascii_end().strip_suffix(b" {")?;
    Some((prefix.len() + 1, Some(parse_prefix(prefix)?)))
}
