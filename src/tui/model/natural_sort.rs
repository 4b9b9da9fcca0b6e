//! Natural sort order: `web-2` before `web-10`, ignoring the case of ASCII letters.

use std::cmp::Ordering;

/// Bytes that compare in natural sort order: letters in lower case; each number as `0`, the number of its digits,
/// and its digits without leading zeros.
fn sort_bytes(text: &str) -> impl Iterator<Item = u8> {
    let runs = text.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    runs.flat_map(|run| {
        let is_number = run.first().is_some_and(u8::is_ascii_digit);
        let zeros = if is_number { run.iter().take_while(|byte| **byte == b'0').count() } else { 0 };
        let rest = &run[zeros..];
        let length = u8::try_from(rest.len()).unwrap_or(u8::MAX);
        let head = is_number.then_some([b'0', length]);
        head.into_iter().flatten().chain(rest.iter().map(u8::to_ascii_lowercase))
    })
}

/// Compares two texts. Different texts can be equal, for example `Web-02` and `web-2`.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    // Sorting compares mostly texts with equal prefixes, and most of those are equal.
    if a == b { Ordering::Equal } else { sort_bytes(a).cmp(sort_bytes(b)) }
}

pub(crate) const PREFIX_LEN: usize = 16;

/// The first sort bytes. Where those of two texts differ, the texts sort like them.
pub(crate) fn sort_prefix(text: &str) -> [u8; PREFIX_LEN] {
    let mut bytes = [0; PREFIX_LEN];
    for (place, byte) in bytes.iter_mut().zip(sort_bytes(text)) {
        *place = byte;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_compare_as_numbers_and_case_is_ignored() {
        let ordered = [
            "",
            " web",
            "1",
            "9",
            "10",
            "10a",
            "200",
            "a",
            "B",
            "web",
            "web-2",
            "Web-2a",
            "web-10",
            "web-10-1",
            "web-10-9",
            "web-10-10",
            "web-a",
            "zürich-9",
            "zürich-10",
        ];
        for pair in ordered.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert!(sort_prefix(pair[0]) <= sort_prefix(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn leading_zeros_and_case_are_ignored() {
        assert_eq!(compare("Web-002", "web-2"), Ordering::Equal);
        assert_eq!(compare("v0", "v000"), Ordering::Equal);
        assert_eq!(compare("0", ""), Ordering::Greater);
    }

    #[test]
    fn numbers_beyond_u128_still_compare() {
        let nines = "9".repeat(40);
        assert_eq!(compare(&nines, &format!("1{nines}")), Ordering::Less);
        let long = "1".repeat(300);
        assert_eq!(compare(&long, &format!("{}2", &long[..299])), Ordering::Less);
    }
}
