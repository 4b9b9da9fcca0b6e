//! Values of API keys, masked unless exposed explicitly.

use std::borrow::Cow;
use std::fmt;

use arcstr::ArcStr;

/// How many of a value's last characters a mask shows.
const VISIBLE_CHARS: usize = 4;
/// Shorter secrets are masked completely.
const MIN_LEN_TO_SHOW_TAIL: usize = 16;
/// The minimum that API Gateway accepts, in characters.
const MIN_VALUE_LEN: usize = 20;

/// Whether a text could be an API key's value, or several pasted together: API Gateway accepts 20 to
/// 128 characters without whitespace.
pub fn could_be_value(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() >= MIN_VALUE_LEN && !text.contains(char::is_whitespace)
}

/// Makes user input safe to repeat in errors and logs: a text that could be a key value is masked
/// except for its last four characters.
pub fn mask_if_value(given: &str) -> Cow<'_, str> {
    if could_be_value(given) { Cow::Owned(Secret::new(given.trim()).masked()) } else { Cow::Borrowed(given) }
}

/// The value of an API key. `Debug` and `Display` mask it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(ArcStr);

impl Secret {
    pub fn new(value: impl AsRef<str>) -> Self {
        Self(ArcStr::from(value.as_ref()))
    }

    /// The plain value: only for requests, the clipboard, and an explicit reveal.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Dots and the last four characters; only dots if the value is short.
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        if count < MIN_LEN_TO_SHOW_TAIL {
            return "••••".to_owned();
        }
        let tail: String = self.0.chars().skip(count - VISIBLE_CHARS).collect();
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
    fn possible_key_values_are_masked_except_for_their_last_four_characters() {
        for value in ["abcdefghij0123456789", "a1!@abcdefghij0123456789", " abcdefghij0123456789\n"] {
            assert_eq!(mask_if_value(value), "••••6789");
        }
        assert_eq!(mask_if_value(&"x".repeat(127)), "••••xxxx");
        assert_eq!(mask_if_value(&"x".repeat(300)), "••••xxxx", "several values pasted together");
        for text in ["abcdefghij012345678", "29326ml64l", "a name of more than 20 characters", ""] {
            assert_eq!(mask_if_value(text), text);
        }
    }

    #[test]
    fn short_values_are_masked_completely() {
        assert_eq!(Secret::new("123456789012345").masked(), "••••");
        assert_eq!(Secret::new("").masked(), "••••");
    }
}
