//! The `services` section that a profile names. If it is missing, the SDK silently calls AWS's own
//! endpoints.

use std::path::PathBuf;

use crate::aws::Failure;

/// Fails if no file has the section, as the AWS CLI does.
pub(super) fn check_section(section: &str, origin: &str, paths: &[PathBuf]) -> Result<(), Failure> {
    let texts = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    if texts.into_iter().any(|text| has_section(section, &text)) {
        return Ok(());
    }
    Err(Failure::Setting(format!("{origin}: there is no section [services {section}]")))
}

fn has_section(name: &str, text: &str) -> bool {
    let names_section = |line: &str| {
        let (heading, _) = line.trim().strip_prefix('[')?.split_once(']')?;
        let rest = heading.trim().strip_prefix("services")?;
        rest.starts_with([' ', '\t']).then(|| rest.trim() == name)
    };
    text.lines().any(|line| names_section(line) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_sections_are_found_by_heading() {
        let text =
            "[profile dev]\nservices = local\n [ services  local ]\n[services \"quoted\"]\n[services-x]\n";
        for (name, expected) in [("local", true), ("quoted", false), ("x", false), ("dev", false)] {
            assert_eq!(has_section(name, text), expected, "{name}");
        }
    }
}
