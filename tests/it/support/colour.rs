//! Finds colour codes in terminal output.

/// The parameters of each SGR sequence that sets a colour. Resets do not count.
pub(crate) fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || ";:".contains(c)))?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    sequences.filter(|codes| codes.split([';', ':']).any(is_colour_code)).collect()
}

fn is_colour_code(code: &str) -> bool {
    matches!(code.parse(), Ok(30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
}
