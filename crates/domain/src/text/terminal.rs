//! Which characters of a text from outside are safe to print on a terminal.
//!
//! Control characters and direction marks never are. Invisible characters are safe only where a script or an
//! emoji needs them: a joiner between the parts of a family emoji, or inside a Persian or Hindi word.

use std::borrow::Cow;

use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic, JoiningType,
    UnifiedIdeograph,
};
use icu_properties::{CodePointMapData, CodePointSetData};

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// Whether a character, on its own, could control a terminal or hide text in it: control characters,
/// direction marks, line separators, noncharacters and invisible characters.
pub fn is_unsafe_in_terminal(c: char) -> bool {
    c.is_control()
        || is_noncharacter(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{fff9}'..='\u{fffb}' | '\u{2800}')
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A code point that is reserved for internal use; terminals draw it in no, one or two cells.
fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// Replaces every character that is unsafe where it stands, by whatever `push_replacement` appends for it.
pub fn replace_unsafe(text: &str, mut push_replacement: impl FnMut(char, &mut String)) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if is_unsafe_in_terminal(c) && !is_needed(c, &text[..at], &text[at + c.len_utf8()..]) {
            push_replacement(c, &mut safe);
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether the text around an invisible character gives it a meaning that can be seen.
fn is_needed(c: char, before: &str, after: &str) -> bool {
    match c {
        ZERO_WIDTH_JOINER => joins_emoji(before, after) || joins_letters(before, after),
        ZERO_WIDTH_NON_JOINER => joins_letters(before, after),
        EMOJI_STYLE | '\u{fe0e}' => {
            before.chars().next_back().is_some_and(|last| is_pictograph(last) || is_keycap_base(last, after))
        }
        '\u{e0100}'..='\u{e01ef}' => {
            let ideographs = CodePointSetData::new::<UnifiedIdeograph>();
            before.chars().next_back().is_some_and(|last| ideographs.contains(last))
        }
        _ => false,
    }
}

fn is_pictograph(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// Whether the digit or sign before an emoji style belongs to a keycap, such as 1️⃣.
fn is_keycap_base(last: char, after: &str) -> bool {
    matches!(last, '0'..='9' | '#' | '*') && after.starts_with(KEYCAP)
}

fn joins_emoji(before: &str, after: &str) -> bool {
    let is_style = |c: &char| *c == EMOJI_STYLE || CodePointSetData::new::<EmojiModifier>().contains(*c);
    let base = before.chars().rev().find(|c| !is_style(c));
    base.is_some_and(is_pictograph) && after.chars().next().is_some_and(is_pictograph)
}

/// Whether a joiner stands where Arabic and Indic scripts use one: next to a virama, or between letters that
/// would otherwise join (the rules of RFC 5892, appendix A.1 and A.2, for both joiners).
fn joins_letters(before: &str, after: &str) -> bool {
    let joining_type = |c: char| CodePointMapData::<JoiningType>::new().get(c);
    let base = |c: &char| joining_type(*c) != JoiningType::Transparent;
    let is_joined_to_next = before.chars().rev().find(base).is_some_and(|c| {
        matches!(joining_type(c), JoiningType::LeftJoining | JoiningType::DualJoining) && c.is_alphabetic()
    });
    let is_joined_to_previous = after.chars().find(base).is_some_and(|c| {
        matches!(joining_type(c), JoiningType::RightJoining | JoiningType::DualJoining) && c.is_alphabetic()
    });
    before.chars().next_back().is_some_and(is_virama)
        || after.chars().next().is_some_and(is_virama)
        || (is_joined_to_next && is_joined_to_previous)
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Cow<'_, str> {
        replace_unsafe(text, |_, safe| safe.push('·'))
    }

    #[test]
    fn control_direction_and_invisible_characters_are_unsafe_on_their_own() {
        let unsafe_characters = "\u{1b}\u{9b}\n\u{7f}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{ad}\u{34f}\u{115f}\
                                 \u{1160}\u{ffff}\u{fdd0}\u{1fffe}\u{3164}\u{ffa0}\u{2800}\u{180e}\u{17b4}\u{2063}\u{fff9}\u{fffb}\u{2028}\u{2029}\u{200d}\u{fe0f}";
        for c in unsafe_characters.chars() {
            assert!(is_unsafe_in_terminal(c), "{c:?}");
        }
        assert!(!"aé漢🗝 ~한글ह".chars().any(is_unsafe_in_terminal));
    }

    #[test]
    fn joiners_inside_emoji_and_words_stay() {
        let texts = [
            "👩\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "☎\u{fe0e}",
            "1\u{fe0f}\u{20e3}",
            "#\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "র\u{200d}্য",
            "葛\u{e0100}城",
            "葛\u{e01ef}城",
            "ب\u{200c}د",
            "ꡲ\u{200c}ꡀ",
            // With vowel signs on either side.
            "ب\u{64e}\u{200c}ب",
            "ب\u{200c}\u{64e}ب",
        ];
        for text in texts {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn the_same_characters_are_shown_where_nothing_needs_them() {
        let cases = [
            ("ac\u{200d}me", "ac·me"),
            ("acme\u{200c}", "acme·"),
            ("a\u{fe0f}", "a·"),
            ("1\u{fe0f}", "1·"),
            ("👩\u{200d}", "👩·"),
            ("\u{200d}👩", "·👩"),
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}·"),
            ("葛\u{e0100}\u{e0101}", "葛\u{e0100}·"),
            ("می\u{200c}\u{200c}خواهم", "می··خواهم"),
            ("\u{2800}\u{3164}", "··"),
            ("a\u{7f}", "a·"),
            ("👩\u{200c}👧", "👩·👧"),
            // A punctuation mark joins letters, too, but needs no joiner.
            ("\u{1807}\u{200c}ب", "\u{1807}·ب"),
            ("ب\u{200c}\u{1807}", "ب·\u{1807}"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(shown("acme web"), Cow::Borrowed(_)));
    }
}
