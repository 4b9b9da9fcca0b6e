//! The events of a log group, by FilterLogEvents.

use jiff::Timestamp;

use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEvent {
    pub(crate) at: Option<Timestamp>,
    pub(crate) message: String,
}

impl Aws {
    /// Passes on the events of a log group from one time to another, both included, page by page; a page may be empty.
    /// `take_page` may stop the reading with a failure.
    pub(crate) async fn read_log_events(
        &self,
        group: &str,
        (from, to): (Timestamp, Timestamp),
        mut take_page: impl FnMut(Vec<LogEvent>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let call = self.call(Service::Logs, "FilterLogEvents", format!("log group {group}"));
        let mut pages = Pages::of_log_events();
        loop {
            let request = self
                .shared
                .logs
                .filter_log_events()
                .log_group_name(group)
                .start_time(from.as_millisecond())
                .end_time(to.as_millisecond());
            let page = request.set_next_token(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let events = page.events.unwrap_or_default().into_iter().map(|event| LogEvent {
                at: event.timestamp.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
                message: event.message.unwrap_or_default(),
            });
            take_page(events.collect())?;
            if !pages.turn_page(&call, page.next_token)? {
                return Ok(());
            }
        }
    }
}
