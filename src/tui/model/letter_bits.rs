//! A set of letters in one word, to rule out texts that cannot match.

use crate::tui::folding::fold;

/// Bits for characters other than the letters and digits of ASCII, which share them.
const OTHER_BITS: u32 = u64::BITS - FIRST_OTHER_BIT;
const FIRST_OTHER_BIT: u32 = 26 + 10;

/// A bit set of the characters in the texts, without case and accents: a word with a character outside the set is in
/// none of them.
pub(crate) fn letter_bits<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().fold(0, |bits, text| {
        bits | if text.is_ascii() {
            bits_of(text.bytes().map(char::from))
        } else {
            bits_of(fold(text).chars())
        }
    })
}

fn bits_of(text: impl Iterator<Item = char>) -> u64 {
    text.fold(0, |bits, c| {
        bits | match c.to_ascii_lowercase() {
            letter @ 'a'..='z' => 1 << (letter as u32 - 'a' as u32),
            digit @ '0'..='9' => 1 << (26 + digit as u32 - '0' as u32),
            '\0'..'\u{80}' => 0,
            other => 1 << (FIRST_OTHER_BIT + other as u32 % OTHER_BITS),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_a_text_has_no_bit_that_the_text_lacks() {
        for (word, text) in
            [("lodz", "Łódź"), ("ŁÓ", "lodz"), ("web-1", "my WEB-12"), ("京", "東京"), ("", "a")]
        {
            assert_eq!(letter_bits([word]) & !letter_bits([text]), 0, "{word} in {text}");
        }
        assert_ne!(letter_bits(["x"]) & !letter_bits(["Łódź", "東京"]), 0);
    }
}
