//! What a REST API asks of its callers besides an API key.

pub use crate::api_access::resource_policy::{Decision, Effect, PolicyStatement, ResourcePolicy};

mod resource_policy;

/// Settings of a REST API as last edited: they take effect with a deployment, and API Gateway does not report
/// the deployed ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiAccess {
    pub key_source: KeySource,
    /// Whether only custom domains accept calls.
    pub is_default_endpoint_disabled: bool,
    /// Whether only callers inside a VPC reach the API.
    pub is_private: bool,
    /// `None` if the API has no resource policy.
    pub policy: Option<ResourcePolicy>,
}

/// Where the API key of a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeySource {
    /// The header `x-api-key`.
    #[default]
    Header,
    /// The response of the method's authorizer; the header is ignored.
    Authorizer,
}

/// What a method asks of its callers besides an API key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Authorization {
    #[default]
    None,
    /// A signature with AWS credentials.
    Iam,
    /// Whatever a Lambda function accepts.
    Lambda,
    /// A token of a Cognito user pool.
    UserPool,
}

/// The web ACL (AWS WAF) of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebAcl {
    None,
    /// The ARN of the web ACL.
    Associated(String),
}

impl Authorization {
    /// Reads API Gateway's authorization type. An unknown type is treated like the one that asks the most.
    pub fn from_type(authorization_type: &str) -> Self {
        match authorization_type {
            "" | "NONE" => Self::None,
            "AWS_IAM" => Self::Iam,
            "COGNITO_USER_POOLS" => Self::UserPool,
            _ => Self::Lambda,
        }
    }

    /// What callers need, as a phrase; `None` if an API key suffices.
    pub const fn requirement(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Iam => Some("a signature with AWS credentials (AWS_IAM)"),
            Self::Lambda => Some("what its Lambda authorizer accepts"),
            Self::UserPool => Some("a token of its Cognito user pool"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_authorization_type_is_not_taken_for_none() {
        for (authorization_type, expected) in [
            ("", Authorization::None),
            ("NONE", Authorization::None),
            ("AWS_IAM", Authorization::Iam),
            ("COGNITO_USER_POOLS", Authorization::UserPool),
            ("CUSTOM", Authorization::Lambda),
            ("SOMETHING_NEW", Authorization::Lambda),
        ] {
            assert_eq!(Authorization::from_type(authorization_type), expected, "{authorization_type}");
        }
    }
}
