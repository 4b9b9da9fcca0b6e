//! The value of an API key, which shows itself only when asked to.

use std::fmt;

/// Characters of a secret that may be seen.
const SHOWN: usize = 4;
/// Shorter secrets show nothing at all.
const SHOW_FROM: usize = 16;

/// The secret value of an API key: `Debug` and `Display` print it masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value into custody.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself: for the wire, the clipboard, and a reveal that was asked for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Dots and the last four characters.
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        if count < SHOW_FROM {
            return "••••".to_owned();
        }
        let tail: String = self.0.chars().skip(count - SHOWN).collect();
        format!("••••{tail}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_display_nor_debug_prints_the_value() {
        let secret = Secret::new("abcdefghijklmnopqrstuvwxyz");
        assert_eq!(secret.to_string(), "••••wxyz");
        assert_eq!(format!("{secret:?}"), "••••wxyz");
        assert_eq!(secret.expose(), "abcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn a_short_value_shows_nothing() {
        assert_eq!(Secret::new("123456789012345").masked(), "••••");
        assert_eq!(Secret::new("").masked(), "••••");
    }
}
