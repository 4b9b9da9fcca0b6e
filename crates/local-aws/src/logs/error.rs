//! Errors in the format of CloudWatch Logs.

use serde::de::DeserializeOwned;
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogsError {
    exception: &'static str,
    message: String,
}

impl LogsError {
    fn new(exception: &'static str, message: impl Into<String>) -> Self {
        Self { exception, message: message.into() }
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(super) fn invalid_operation(message: impl Into<String>) -> Self {
        Self::new("InvalidOperationException", message)
    }

    pub(super) fn malformed_query(message: impl Into<String>) -> Self {
        Self::new("MalformedQueryException", message)
    }

    pub(super) fn already_exists() -> Self {
        Self::new("ResourceAlreadyExistsException", "The specified log group already exists")
    }

    pub(super) fn no_such_group() -> Self {
        Self::new("ResourceNotFoundException", "The specified log group does not exist.")
    }

    pub(super) fn no_such_query() -> Self {
        Self::new("ResourceNotFoundException", "The specified query does not exist.")
    }

    /// The error for an operation that is not implemented here.
    pub(super) fn not_served(operation: &str) -> Self {
        Self::new("UnknownOperationException", format!("This local AWS does not serve {operation}."))
    }

    pub(super) fn to_json(&self) -> String {
        json!({ "__type": self.exception, "message": self.message }).to_string()
    }
}

pub(super) fn parse_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, LogsError> {
    serde_json::from_slice(body).map_err(|error| LogsError::new("SerializationException", error.to_string()))
}
