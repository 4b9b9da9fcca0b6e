//! Profile names that the AWS CLI reads and the AWS SDK for Rust does not: quoted ones, and ones with a blank.

use std::path::PathBuf;

use crate::aws::Failure;

/// What is wrong with the section of this profile, where one of the files has it under a name the SDK passes over.
pub(super) fn find_unsupported_name(name: &str, paths: &[PathBuf]) -> Option<Failure> {
    paths.iter().find_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        let (number, line) = find_section(name, &text)?;
        let remedy = if name.contains(char::is_whitespace) {
            "the AWS SDK reads no name with a blank: rename the profile"
        } else {
            "the AWS SDK reads no name in quotation marks: take them away"
        };
        Some(Failure::Setting(format!("{}:{number}: `{line}` is not read: {remedy}", path.display())))
    })
}

/// The line number and the text of the section.
fn find_section<'a>(name: &str, text: &'a str) -> Option<(usize, &'a str)> {
    let is_named = |line: &str| {
        let section =
            line.strip_prefix('[').and_then(|line| line.split_once(']')).map(|(section, _)| section);
        let section = section.unwrap_or_default().trim();
        let section =
            section.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(section);
        section.trim().trim_matches(['"', '\'']) == name
    };
    text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).find(|(_, line)| is_named(line))
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
