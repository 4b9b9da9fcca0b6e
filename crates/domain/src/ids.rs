//! Identifiers that must not be mistaken for one another.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it stands.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as AWS or a table holds it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

id!(
    /// The id of a usage plan in API Gateway (six lower-case letters and digits).
    PlanId
);
id!(
    /// The id of an API key in API Gateway (ten lower-case letters and digits); never its secret value.
    ApiKeyId
);
id!(
    /// The id of a row of the Keys table: a tenant key.
    TenantKeyId
);
id!(
    /// Who pays: the `owner` of a row of the Keys table.
    Tenant
);
