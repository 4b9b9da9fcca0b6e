//! Values that may be unknown: a third state beside yes and no.
//!
//! There is no default and no shortcut to "no", zero or an empty list. Code that decides matches both
//! variants, or calls [`Known::require`] and passes the error on.

use std::fmt;

/// A value, or the reason why it is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Known<T> {
    Value(T),
    Unknown(Unknown),
}

/// Why a value is unknown. Boxed, so that it adds nothing to the size of the values that are known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// IAM denies reading it.
    NotAllowed(Box<DeniedRead>),
    /// It was read but is invalid.
    Unreadable(Box<InvalidValue>),
    NotReadYet,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeniedRead {
    /// The denied IAM action, e.g. `apigateway:GET`.
    pub action: String,
    /// The resource it was denied on, e.g. `/apikeys`.
    pub resource: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvalidValue {
    /// What is wrong, e.g. "`enabled` is a number".
    pub what: String,
    /// Where it was read, e.g. "item k1 of table keypool-keys".
    pub location: String,
}

impl Unknown {
    pub fn not_allowed(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self::NotAllowed(Box::new(DeniedRead { action: action.into(), resource: resource.into() }))
    }

    pub fn unreadable(what: impl Into<String>, location: impl Into<String>) -> Self {
        Self::Unreadable(Box::new(InvalidValue { what: what.into(), location: location.into() }))
    }
}

/// A value that a decision depends on is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not known: {reason}")]
pub struct NotKnown {
    pub what: String,
    pub reason: Unknown,
}

impl<T> Known<T> {
    pub fn not_allowed(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self::Unknown(Unknown::not_allowed(action, resource))
    }

    pub fn unreadable(what: impl Into<String>, location: impl Into<String>) -> Self {
        Self::Unknown(Unknown::unreadable(what, location))
    }

    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Value(value) => Known::Value(value),
            Self::Unknown(reason) => Known::Unknown(reason.clone()),
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Value(value) => Known::Value(change(value)),
            Self::Unknown(reason) => Known::Unknown(reason),
        }
    }

    pub fn and_then<U>(self, next: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Self::Value(value) => next(value),
            Self::Unknown(reason) => Known::Unknown(reason),
        }
    }

    /// The value, or an error that names what is unknown and says how to find it out.
    pub fn require(&self, what: impl Into<String>) -> Result<&T, NotKnown> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Unknown(reason) => Err(NotKnown { what: what.into(), reason: reason.clone() }),
        }
    }

    pub const fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// For `?` and for tests.
    pub fn into_result(self) -> Result<T, Unknown> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Unknown(reason) => Err(reason),
        }
    }

    pub const fn reason(&self) -> Option<&Unknown> {
        match self {
            Self::Value(_) => None,
            Self::Unknown(reason) => Some(reason),
        }
    }

    /// The value for screens, lists and searches. Code that decides, fixes or charges must not use it.
    pub const fn value_to_show(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T: PartialEq> Known<T> {
    /// Whether the value is known and equal. For an unknown value both this and [`Known::is_known_not_to_be`]
    /// are false.
    pub fn is_known_to_be(&self, value: &T) -> bool {
        match self {
            Self::Value(known) => known == value,
            Self::Unknown(_) => false,
        }
    }

    /// Whether the value is known and different.
    pub fn is_known_not_to_be(&self, value: &T) -> bool {
        match self {
            Self::Value(known) => known != value,
            Self::Unknown(_) => false,
        }
    }
}

impl<T> From<T> for Known<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(denied) => {
                write!(f, "IAM permission {} on {} is missing", denied.action, denied.resource)
            }
            Self::Unreadable(invalid) => write!(f, "{} in {}; fix it there", invalid.what, invalid.location),
            Self::NotReadYet => f.write_str("not read yet; refresh"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_value_is_neither_true_nor_false() {
        let unknown = Known::<bool>::unreadable("`enabled` is a number", "item k1 of table keys");
        for value in [true, false] {
            assert!(!unknown.is_known_to_be(&value));
            assert!(!unknown.is_known_not_to_be(&value));
        }
        assert_eq!(unknown.value_to_show(), None);
        assert_eq!(unknown.clone().map(|on| !on), unknown.map(|on| on));
        let on = Known::Value(true);
        assert!(on.is_known_to_be(&true) && on.is_known_not_to_be(&false));
        assert!(!on.is_known_to_be(&false) && !on.is_known_not_to_be(&true));
        assert_eq!((on.require("it"), on.value_to_show(), on.reason()), (Ok(&true), Some(&true), None));
    }

    #[test]
    fn a_refusal_names_the_unknown_value_and_says_how_to_find_it_out() {
        let refusal = |unknown: Known<u32>| unknown.require("the plan of key k1").expect_err("unknown");
        assert_eq!(
            refusal(Known::not_allowed("apigateway:GET", "/apikeys")).to_string(),
            "the plan of key k1 is not known: IAM permission apigateway:GET on /apikeys is missing"
        );
        assert_eq!(
            refusal(Known::unreadable("`planId` is missing", "item k1 of table keys")).to_string(),
            "the plan of key k1 is not known: `planId` is missing in item k1 of table keys; fix it there"
        );
        assert_eq!(
            refusal(Known::Unknown(Unknown::NotReadYet)).to_string(),
            "the plan of key k1 is not known: not read yet; refresh"
        );
    }
}
