//! Every request that was received, in order, so that tests count calls where they arrive.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::fault::Service;

/// How many calls are remembered; older ones are forgotten.
const REMEMBERED: usize = 100_000;

/// One request and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Whom it was for.
    pub service: Service,
    /// Its name in the SDKs, such as `CreateApiKey`; `Invoke` for the protected API, `Unknown` where it has none.
    pub operation: String,
    /// The status of the answer; none while it is not answered, and for good where the connection was cut.
    pub status: Option<u16>,
}

/// The calls received so far; clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Received>>);

#[derive(Debug, Default)]
struct Received {
    calls: VecDeque<Call>,
    /// How many are no longer among `calls`.
    forgotten: u64,
}

impl Calls {
    /// All of them, oldest first.
    pub fn all(&self) -> Vec<Call> {
        self.received().calls.iter().cloned().collect()
    }

    /// How many had this name.
    pub fn count(&self, operation: &str) -> usize {
        self.received().calls.iter().filter(|call| call.operation == operation).count()
    }

    /// Forgets them.
    pub fn clear(&self) {
        let mut received = self.received();
        received.forgotten += received.calls.len() as u64;
        received.calls.clear();
    }

    /// Notes a request, and returns its number for [`Self::answered`].
    pub(crate) fn received_one(&self, service: Service, operation: &str) -> u64 {
        let mut received = self.received();
        if received.calls.len() == REMEMBERED {
            received.calls.pop_front();
            received.forgotten += 1;
        }
        received.calls.push_back(Call { service, operation: operation.to_owned(), status: None });
        received.forgotten + received.calls.len() as u64
    }

    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut received = self.received();
        let place = number.checked_sub(received.forgotten + 1).and_then(|place| usize::try_from(place).ok());
        if let Some(call) = place.and_then(|place| received.calls.get_mut(place)) {
            call.status = Some(status);
        }
    }

    fn received(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_finds_its_call_also_after_others_were_forgotten() {
        let calls = Calls::default();
        let early = calls.received_one(Service::ApiGateway, "GetApiKeys");
        calls.clear();
        let late = calls.received_one(Service::DynamoDb, "Scan");
        calls.answered(early, 200);
        calls.answered(late, 400);
        let expected = Call { service: Service::DynamoDb, operation: "Scan".to_owned(), status: Some(400) };
        assert_eq!(calls.all(), [expected]);
        assert_eq!((calls.count("Scan"), calls.count("GetApiKeys")), (1, 0));
    }
}
