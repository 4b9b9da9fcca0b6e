//! A limit for the size of responses, so that an endless one does not fill the memory.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::in_flight::CallGuard;

/// Far above the largest real response: 1 MB of items from DynamoDB, and a few MB for 500 API keys with descriptions of
/// up to 125,000 characters, most of which are empty.
pub(super) const MAX_RESPONSE_BYTES: usize = 64 << 20;

/// A response has more than the given number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is larger than {} MiB", .0 >> 20)]
pub(super) struct ResponseTooLarge(usize);

/// The body of a response; the call is in flight until it is read or dropped.
struct LimitedBody {
    body: Pin<Box<SdkBody>>,
    max: usize,
    /// Bytes that may still follow.
    left: usize,
    _in_flight: CallGuard,
}

pub(super) fn limit_body(body: SdkBody, max: usize, in_flight: CallGuard) -> SdkBody {
    SdkBody::from_body_1_x(LimitedBody { body: Box::pin(body), max, left: max, _in_flight: in_flight })
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(self.body.as_mut().poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match self.left.checked_sub(bytes) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err(ResponseTooLarge(self.max).into()))),
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
    use aws_smithy_types::byte_stream::ByteStream;

    use super::*;
    use crate::aws::error_chain::find_cause;
    use crate::aws::in_flight::CallsInFlight;

    async fn read(body: &'static str, max: usize) -> Result<String, Option<ResponseTooLarge>> {
        let body = limit_body(SdkBody::from(body), max, CallsInFlight::default().start());
        let bytes = ByteStream::new(body).collect().await;
        let bytes = bytes.map_err(|error| find_cause::<ResponseTooLarge>(&error).copied())?;
        Ok(String::from_utf8(bytes.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn a_response_up_to_the_limit_is_read_and_a_larger_one_fails() {
        assert_eq!(read("four", 4).await, Ok("four".to_owned()));
        assert_eq!(read("four", 3).await, Err(Some(ResponseTooLarge(3))));
        assert_eq!(ResponseTooLarge(MAX_RESPONSE_BYTES).to_string(), "it is larger than 64 MiB");
    }
}
