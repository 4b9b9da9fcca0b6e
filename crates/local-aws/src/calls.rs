//! Records every received request in order, so that tests count calls at the server.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::fault::Service;

/// Number of calls kept; older ones are dropped.
const MAX_CALLS: usize = 100_000;

/// One received request and the status of its response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The service that handled it.
    pub service: Service,
    /// The operation's name in the SDKs, such as `CreateApiKey`; `Invoke` for the protected API; `Unknown` if no
    /// operation matches.
    pub operation: String,
    /// The status of the response; `None` while it is pending, and if the connection was cut.
    pub status: Option<u16>,
}

/// The calls received so far. Clones share the same record.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<CallLog>>);

#[derive(Debug, Default)]
struct CallLog {
    calls: VecDeque<Call>,
    /// Number of calls removed from the front of `calls`.
    dropped: u64,
}

impl Calls {
    /// Returns the recorded calls, oldest first.
    pub fn all(&self) -> Vec<Call> {
        self.lock().calls.iter().cloned().collect()
    }

    /// Counts the recorded calls of an operation.
    pub fn count(&self, operation: &str) -> usize {
        self.lock().calls.iter().filter(|call| call.operation == operation).count()
    }

    /// Removes all recorded calls.
    pub fn clear(&self) {
        let mut log = self.lock();
        log.dropped += log.calls.len() as u64;
        log.calls.clear();
    }

    /// Records a request, and returns its number for [`Self::record_status`].
    pub(crate) fn record(&self, service: Service, operation: &str) -> u64 {
        let mut log = self.lock();
        if log.calls.len() == MAX_CALLS {
            log.calls.pop_front();
            log.dropped += 1;
        }
        log.calls.push_back(Call { service, operation: operation.to_owned(), status: None });
        log.dropped + log.calls.len() as u64
    }

    pub(crate) fn record_status(&self, number: u64, status: u16) {
        let mut log = self.lock();
        let index = number.checked_sub(log.dropped + 1).and_then(|index| usize::try_from(index).ok());
        if let Some(call) = index.and_then(|index| log.calls.get_mut(index)) {
            call.status = Some(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, CallLog> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_recorded_on_its_call_after_older_calls_were_dropped() {
        let calls = Calls::default();
        let early = calls.record(Service::ApiGateway, "GetApiKeys");
        calls.clear();
        let late = calls.record(Service::DynamoDb, "Scan");
        calls.record_status(early, 200);
        calls.record_status(late, 400);
        let expected = Call { service: Service::DynamoDb, operation: "Scan".to_owned(), status: Some(400) };
        assert_eq!(calls.all(), [expected]);
        assert_eq!((calls.count("Scan"), calls.count("GetApiKeys")), (1, 0));
    }
}
