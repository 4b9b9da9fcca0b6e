//! Recognises a failed condition of a single write, in the same way for every operation.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::Failure;
use crate::aws::failure::AwsCall;

pub(super) fn is_condition_failure<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

impl AwsCall<'_> {
    /// Returns whether the write took effect; false if its condition failed.
    pub(super) fn took_effect<T, E>(
        &self,
        response: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<bool, Failure>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match response {
            Ok(_) => Ok(true),
            Err(error) if is_condition_failure(&error) => Ok(false),
            Err(error) => Err(self.failure(error)),
        }
    }
}
