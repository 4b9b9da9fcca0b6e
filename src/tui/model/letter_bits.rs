//! A set of letters in one word, to rule out texts that cannot match.

/// A bit set of the letters and digits in the texts: a word with a letter outside the set cannot match. Non-ASCII
/// text sets all bits, because the fuzzy matcher ignores accents.
pub(crate) fn letter_bits<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().flat_map(str::bytes).fold(0, |bits, byte| {
        bits | match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => 1 << (letter - b'a'),
            digit @ b'0'..=b'9' => 1 << (26 + digit - b'0'),
            0..0x80 => 0,
            _ => u64::MAX,
        }
    })
}
