//! Profile names that the AWS CLI reads but the AWS SDK for Rust does not: those with quotes or
//! spaces.

use std::path::PathBuf;

use crate::aws::Failure;

/// Returns an error if one of the files has this profile under a name that the SDK ignores.
pub(super) fn find_unsupported_name(name: &str, paths: &[PathBuf]) -> Option<Failure> {
    paths.iter().find_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        let (number, line) = find_section(name, &text)?;
        let remedy = if name.contains(char::is_whitespace) {
            "the AWS SDK does not support names with spaces: rename the profile"
        } else {
            "the AWS SDK does not support quoted names: remove the quotation marks"
        };
        Some(Failure::Setting(format!("{}:{number}: `{line}` is ignored: {remedy}", path.display())))
    })
}

/// Returns the section's line number and text.
fn find_section<'a>(name: &str, text: &'a str) -> Option<(usize, &'a str)> {
    let has_name = |line: &str| {
        let section =
            line.strip_prefix('[').and_then(|line| line.split_once(']')).map(|(section, _)| section);
        let section = section.unwrap_or_default().trim();
        let section =
            section.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(section);
        section.trim().trim_matches(['"', '\'']) == name
    };
    text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())).find(|(_, line)| has_name(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_sections_are_found_with_their_line_number() {
        let text =
            "[default]\nregion = a\n\n[profile \"work\"]\n[profile 'two words']\n[profile more words]\n";
        assert_eq!(find_section("work", text), Some((4, "[profile \"work\"]")));
        assert_eq!(find_section("two words", text), Some((5, "[profile 'two words']")));
        assert_eq!(find_section("more words", text), Some((6, "[profile more words]")));
        assert_eq!(find_section("other", text), None);
    }
}
