//! Log groups.

use aws_sdk_cloudwatchlogs::types::LogGroupClass;
use jiff::{SignedDuration, Timestamp};

use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogGroup {
    pub(crate) name: String,
    /// Whether its events can be read by FilterLogEvents; those of `INFREQUENT_ACCESS` can only be queried.
    pub(crate) has_readable_events: bool,
    /// Compressed, and hours old. `None` if unknown.
    pub(crate) stored_bytes: Option<u64>,
    /// The time of its first event at the earliest: when it was made, or what its retention keeps.
    pub(crate) begins: Option<Timestamp>,
}

impl Aws {
    /// Returns a log group; `None` if it does not exist.
    pub(crate) async fn log_group(&self, name: &str) -> Result<Option<LogGroup>, Failure> {
        let call = self.call(Service::Logs, "DescribeLogGroups", format!("log group {name}"));
        let mut pages = Pages::of_list();
        loop {
            let request = self.shared.logs.describe_log_groups().log_group_name_prefix(name);
            let page = request.set_next_token(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let mut groups = page.log_groups.unwrap_or_default().into_iter();
            if let Some(group) = groups.find(|group| group.log_group_name.as_deref() == Some(name)) {
                return Ok(Some(self.convert_group(name, &group)));
            }
            if !pages.turn_page(&call, page.next_token)? {
                return Ok(None);
            }
        }
    }

    fn convert_group(&self, name: &str, group: &aws_sdk_cloudwatchlogs::types::LogGroup) -> LogGroup {
        let created = group.creation_time.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let kept = group.retention_in_days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        let kept_since = kept.and_then(|kept| self.now().checked_sub(kept).ok());
        LogGroup {
            name: name.to_owned(),
            has_readable_events: group
                .log_group_class
                .as_ref()
                .is_none_or(|class| *class == LogGroupClass::Standard),
            stored_bytes: group.stored_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
            begins: created.max(kept_since),
        }
    }
}
