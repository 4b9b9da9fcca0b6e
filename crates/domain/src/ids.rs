//! Newtypes for identifiers. An account can have a million of them: up to 24 bytes are stored inline.

use std::fmt;

use compact_str::CompactString;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(CompactString);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(CompactString::new(text))
            }

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
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

id!(
    /// A usage plan's id in API Gateway (six lower-case letters and digits).
    PlanId
);
id!(
    /// An API key's id in API Gateway (ten lower-case letters and digits), never its secret value.
    ApiKeyId
);
id!(
    /// The id of a tenant key in the Keys table.
    TenantKeyId
);
id!(
    /// The paying customer: the `owner` attribute in the Keys table.
    Tenant
);
