//! Texts compared as they are read: case, accents, and the way a character is encoded make no difference.

use std::ops::Range;

use nucleo_matcher::chars;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Combining classes of the accents of Latin, Greek and Cyrillic letters. The vowel signs of Hindi, Hebrew or Arabic and
/// the voice marks of kana make other words of a text; they have lower classes.
const ACCENT_CLASSES: std::ops::RangeInclusive<u8> = 200..=240;
/// The class of strokes through a letter.
const OVERLAY_CLASS: u8 = 1;

/// The text without case and accents: `Łódź` and `LODZ` are both `lodz`, and `Straße` is `strasse`.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold_char(c, &mut folded));
    folded
}

fn fold_char(c: char, folded: &mut String) {
    if c.is_ascii() {
        return folded.push(c.to_ascii_lowercase());
    }
    for part in std::iter::once(c).nfkd() {
        match (part, canonical_combining_class(part)) {
            (_, OVERLAY_CLASS) => {}
            (_, class) if ACCENT_CLASSES.contains(&class) => {}
            // These have no decomposition in Unicode, and no one letter in ASCII.
            ('ß' | 'ẞ', _) => folded.push_str("ss"),
            ('æ' | 'Æ', _) => folded.push_str("ae"),
            ('œ' | 'Œ', _) => folded.push_str("oe"),
            ('þ' | 'Þ', _) => folded.push_str("th"),
            ('ð' | 'Ð', _) => folded.push('d'),
            ('ς', _) => folded.push('σ'),
            // Letters with a stroke, such as `ł` and `ø`, have no decomposition either.
            (part, _) => folded.extend(part.to_lowercase().map(chars::normalize)),
        }
    }
}

/// A text to be found in others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needle(String);

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        Self(fold(text))
    }

    /// Without case and accents.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_in(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return fold(text).contains(&self.0);
        }
        find_ascii(text.as_bytes(), self.0.as_bytes()).is_some()
    }

    /// Whether the letters occur in the text in this order, with others between them.
    pub(crate) fn is_spread_over(&self, text: &str) -> bool {
        if text.is_ascii() {
            let mut letters = text.bytes().map(|byte| byte.to_ascii_lowercase());
            return self.0.bytes().all(|wanted| letters.any(|letter| letter == wanted));
        }
        let folded = fold(text);
        let mut letters = folded.chars();
        self.0.chars().all(|wanted| letters.any(|letter| letter == wanted))
    }

    /// Where the text contains the needle, in bytes, from left to right.
    pub(crate) fn ranges_in(&self, text: &str) -> Vec<Range<usize>> {
        let mut folded = String::new();
        // For each byte of the folded text, the character of the text that it comes from.
        let mut sources = Vec::new();
        for (at, c) in text.char_indices() {
            fold_char(c, &mut folded);
            sources.resize(folded.len(), at..at + c.len_utf8());
        }
        let found = folded.match_indices(&self.0).filter(|(_, part)| !part.is_empty());
        found
            .map(|(at, part)| {
                let end = sources[at + part.len() - 1].end;
                // Accents that follow as characters of their own belong to the letter.
                let accents = text[end..].chars().take_while(|c| {
                    let mut rest = String::new();
                    fold_char(*c, &mut rest);
                    rest.is_empty()
                });
                sources[at].start..end + accents.map(char::len_utf8).sum::<usize>()
            })
            .collect()
    }
}

/// `needle` is in lower case.
fn find_ascii(text: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((first, rest)) = needle.split_first() else { return Some(0) };
    text.windows(needle.len())
        .position(|part| part[0].to_ascii_lowercase() == *first && part[1..].eq_ignore_ascii_case(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_encoding_make_no_difference_in_either_direction() {
        let composed_and_decomposed = ["Käse", "Ka\u{308}se", "KÄSE", "kase", "KASE"];
        let alike: [&[&str]; 8] = [
            &composed_and_decomposed,
            &["Łódź", "LODZ", "ło\u{301}dz\u{301}"],
            &["Straße", "STRASSE", "strasse", "STRAẞE"],
            &["Smørrebrød", "smorrebrod"],
            &["İzmir", "izmir", "ızmır"],
            &["Ærø", "aero"],
            &["Ἀθῆναι", "αθηναι", "ΑΘΗΝΑΙ"],
            &["ＡＢＣ", "abc"],
        ];
        for texts in alike {
            for (needle, text) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
                assert!(Needle::new(needle).is_in(text), "{needle} in {text}");
                assert!(Needle::new(needle).is_spread_over(text), "{needle} over {text}");
            }
        }
    }

    #[test]
    fn marks_that_are_letters_are_kept() {
        for (needle, text) in [("が", "か"), ("कल", "काल"), ("שלם", "שָלם")] {
            assert!(!Needle::new(needle).is_in(text), "{needle} in {text}");
        }
        assert!(Needle::new("が").is_in("\u{304b}\u{3099}"));
    }

    #[test]
    fn matches_are_found_in_the_text_as_it_is_written() {
        let found = |needle: &str, text: &str| -> Vec<String> {
            Needle::new(needle).ranges_in(text).into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(found("ss", "Straße Ross"), ["ß", "ss"]);
        assert_eq!(found("lodz", "do Łódź!"), ["Łódź"]);
        assert_eq!(found("kase", "Ka\u{308}se"), ["Ka\u{308}se"]);
        assert_eq!(found("a", "Ka\u{308}se"), ["a\u{308}"]);
        assert_eq!(found("web", "Web-web"), ["Web", "web"]);
        assert!(found("", "web").is_empty());
    }
}
