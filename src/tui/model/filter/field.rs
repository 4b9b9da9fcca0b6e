//! The fields of the filter, e.g. `tenant` in `tenant:acme`. A field is a line here and an arm in `parse.rs`.

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident $name:literal, $wanted:literal, $example:literal, [$($value:literal),*];)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field {
            $($(#[$doc])* $field,)+
        }

        impl Field {
            pub(crate) const ALL: &[Self] = &[$(Self::$field),+];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$field => $name,)+ }
            }

            /// What the value must be.
            pub(crate) const fn wanted(self) -> &'static str {
                match self { $(Self::$field => $wanted,)+ }
            }

            pub(crate) const fn example(self) -> &'static str {
                match self { $(Self::$field => $example,)+ }
            }

            /// Values that complete what is typed.
            pub(crate) const fn values(self) -> &'static [&'static str] {
                match self { $(Self::$field => &[$($value),*],)+ }
            }
        }
    };
}

fields! {
    Plan "plan", "part of a name or id", "plan:basic", [];
    Tenant "tenant", "part of a name", "tenant:acme", [];
    Name "name", "part of a name", "name:web", [];
    /// The API key, the tenant key, or the end of the value.
    Key "key", "part of an id, or the end of a value", "key:5v2seh", [];
    /// The AWS Marketplace customer.
    Customer "customer", "part of an id", "customer:c-12", [];
    Used "used", "a number or %", "used:>80%", [">80%", ">0", "0"];
    Left "left", "a number or %", "left:<100", ["<100", "<20%", "0"];
    Mode "mode", "siloed, pooled or pool key", "mode:pooled", ["siloed", "pooled"];
    Enabled "enabled", "yes, no or ?", "enabled:no", ["yes", "no", "?"];
    /// Whether it expires, or an old value of it is in its grace period.
    Ending "ending", "yes or no", "ending:yes", ["yes", "no"];
    /// Of its current API key.
    Age "age", "a number of days or ?", "age:>90d", [">90d", "?"];
    /// Whether the doctor found a problem, or one that is called so.
    Problem "problem", "yes, no or a word", "problem:yes", ["yes", "no"];
}

impl Field {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name().eq_ignore_ascii_case(name))
    }
}
