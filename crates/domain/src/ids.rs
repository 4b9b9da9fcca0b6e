//! Newtypes for identifiers. An account can have a million tenant keys: their ids are parts of longer texts, and all
//! that refer to the same plan, tenant or API key share its id (see [`crate::TextStore`]).

use std::fmt;

use arcstr::ArcStr;

use crate::SharedText;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($text:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(<$text>::from(text.as_ref()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub(crate) const fn text_mut(&mut self) -> &mut $text {
                &mut self.0
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
    PlanId(ArcStr)
);
id!(
    /// An API key's id in API Gateway (ten lower-case letters and digits), never its secret value.
    ApiKeyId(ArcStr)
);
id!(
    /// The id of a tenant key in the Keys table.
    TenantKeyId(SharedText)
);
id!(
    /// The paying customer: the `owner` attribute in the Keys table.
    Tenant(ArcStr)
);
