//! Completes the field or the value that is typed last.

use crate::tui::model::filter::field::Field;
use crate::tui::model::filter::parse::{split_field, tokens};

/// What follows the text if it is completed as far as there is no choice, and the choices that remain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Completion {
    /// The whole text.
    pub(crate) text: String,
    pub(crate) choices: Vec<String>,
}

/// `values` are the values of a field in the account, beside those that the field has by itself.
pub(crate) fn complete(
    text: &str,
    fields: &[Field],
    values: impl FnOnce(Field) -> Vec<String>,
) -> Completion {
    let last = tokens(text).last().filter(|token| token.end == text.len());
    let start = last.map_or(text.len(), |token| token.start);
    let (before, token) = text.split_at(start);
    let (negation, token) = token.strip_prefix('!').map_or(("", token), |rest| ("!", rest));
    let (head, typed, all) = match split_field(token) {
        Some((name, value)) => {
            let Some(field) = Field::from_name(name).filter(|field| fields.contains(field)) else {
                return Completion { text: text.to_owned(), choices: Vec::new() };
            };
            let own = field.values().iter().map(|value| (*value).to_owned());
            let all = own.chain(values(field).iter().map(|value| quote(value))).collect::<Vec<_>>();
            (format!("{name}:"), value, all)
        }
        None => (String::new(), token, fields.iter().map(|field| format!("{}:", field.name())).collect()),
    };
    let is_continued =
        |choice: &String| choice.trim_start_matches('"').to_lowercase().starts_with(&typed.to_lowercase());
    let mut choices: Vec<String> = all.into_iter().filter(is_continued).collect();
    choices.dedup();
    let completed = common_start(&choices).filter(|start| start.len() >= typed.len());
    let completed = completed.unwrap_or_else(|| typed.to_owned());
    if choices.len() == 1 {
        choices.clear();
    }
    Completion { text: format!("{before}{negation}{head}{completed}"), choices }
}

fn quote(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

fn common_start(choices: &[String]) -> Option<String> {
    let (first, others) = choices.split_first()?;
    let is_common = |length: &usize| {
        let start = first.get(..*length);
        start.is_some() && others.iter().all(|other| other.get(..*length) == start)
    };
    let length = (0..=first.len()).rev().find(is_common)?;
    Some(first[..length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(text: &str) -> (String, Vec<String>) {
        let plans = vec!["BasicPlan".to_owned(), "Big Plan".to_owned()];
        let values = |field| if field == Field::Plan { plans.clone() } else { Vec::new() };
        let Completion { text, choices } = complete(text, Field::ALL, values);
        (text, choices)
    }

    #[test]
    fn fields_and_values_are_completed_as_far_as_there_is_no_choice() {
        for (text, expected) in [
            ("te", "tenant:"),
            ("acme !te", "acme !tenant:"),
            ("used:>8", "used:>80%"),
            ("plan:ba", "plan:BasicPlan"),
            ("plan:bi", "plan:\"Big Plan\""),
            ("mode:s", "mode:siloed"),
            ("e", "en"),
            ("tenant:acme", "tenant:acme"),
            ("nothing:x", "nothing:x"),
            ("zz", "zz"),
        ] {
            assert_eq!(completed(text).0, expected, "{text}");
        }
        assert_eq!(completed("e").1, ["enabled:", "ending:"]);
        assert_eq!(completed("acme ").1.len(), Field::ALL.len());
        assert_eq!(completed("te").1, Vec::<String>::new());
    }
}
