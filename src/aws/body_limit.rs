//! Limits for the size and duration of responses, so that an endless one neither fills the memory nor takes for ever.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::in_flight::CallGuard;

/// Far above the largest real response: 1 MB of items from DynamoDB, and a few MB for 500 API keys with descriptions of
/// up to 125,000 characters, most of which are empty.
pub(super) const MAX_RESPONSE_BYTES: usize = 64 << 20;

/// A response has more than the given number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is larger than {} MiB", .0 >> 20)]
pub(super) struct ResponseTooLarge(usize);

/// A response is not complete after the given time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was not complete within {} s", .0.as_secs())]
pub(super) struct ResponseTooSlow(Duration);

/// The most that a response may have and take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes: usize,
    /// From the head of the response to its end.
    pub(super) time: Duration,
}

/// The body of a response; the call is in flight until it is read or dropped.
struct LimitedBody {
    body: Pin<Box<SdkBody>>,
    limits: Limits,
    /// Bytes that may still follow.
    left: usize,
    deadline: Pin<Box<Sleep>>,
    _in_flight: CallGuard,
}

pub(super) fn limit_body(body: SdkBody, limits: Limits, in_flight: CallGuard) -> SdkBody {
    let deadline = Box::pin(tokio::time::sleep(limits.time));
    let (body, left) = (Box::pin(body), limits.bytes);
    SdkBody::from_body_1_x(LimitedBody { body, limits, left, deadline, _in_flight: in_flight })
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(ResponseTooSlow(self.limits.time).into())));
        }
        let frame = ready!(self.body.as_mut().poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match self.left.checked_sub(bytes) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err(ResponseTooLarge(self.limits.bytes).into()))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use aws_smithy_types::byte_stream::ByteStream;

    use super::*;
    use crate::aws::error_chain::find_cause;
    use crate::aws::http::READ_TIMEOUT;
    use crate::aws::in_flight::CallsInFlight;

    async fn read<E: Error + Copy + 'static>(body: SdkBody, limits: Limits) -> Result<String, Option<E>> {
        let body = limit_body(body, limits, CallsInFlight::default().start(None));
        let bytes = ByteStream::new(body).collect().await;
        let bytes = bytes.map_err(|error| find_cause::<E>(&error).copied())?;
        Ok(String::from_utf8(bytes.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn a_response_up_to_the_limit_is_read_and_a_larger_one_fails() {
        let limits = |bytes| Limits { bytes, time: Duration::from_secs(3600) };
        assert_eq!(read::<ResponseTooLarge>("four".into(), limits(4)).await, Ok("four".to_owned()));
        assert_eq!(read("four".into(), limits(3)).await, Err(Some(ResponseTooLarge(3))));
        assert_eq!(ResponseTooLarge(MAX_RESPONSE_BYTES).to_string(), "it is larger than 64 MiB");
    }

    /// A body of which nothing arrives.
    struct PendingBody;

    impl Body for PendingBody {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_response_that_does_not_end_in_time_fails() {
        let limits = Limits { bytes: 4, time: Duration::from_millis(1) };
        let failure = read(SdkBody::from_body_1_x(PendingBody), limits).await;
        assert_eq!(failure, Err(Some(ResponseTooSlow(limits.time))));
        assert_eq!(ResponseTooSlow(READ_TIMEOUT).to_string(), "it was not complete within 30 s");
    }
}
