//! Parses a filter: words, `~letters`, `!negated`, `field:value`, and `"text with spaces or a colon"`.

use std::fmt;
use std::ops::Range;

use crate::tui::folding::Needle;
use crate::tui::model::filter::age_condition::AgeCondition;
use crate::tui::model::filter::condition::{Measure, NoCondition, UsageCondition};
use crate::tui::model::filter::field::Field;
use crate::tui::model::filter::{Criterion, Filter, Term};
use crate::tui::model::letter_bits::letter_bits;

/// Why a text is no filter, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterError {
    /// In bytes of the text.
    pub(crate) at: Range<usize>,
    kind: ErrorKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ErrorKind {
    UnknownField { name: String, similar: Option<Field> },
    BadValue(Field),
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::UnknownField { name, similar: Some(field) } => {
                write!(f, "no field {name}: did you mean {}:?", field.name())
            }
            ErrorKind::UnknownField { name, similar: None } => {
                write!(f, "no field {name}: quote a text with a colon, e.g. \"{name}:\"")
            }
            ErrorKind::BadValue(field) => {
                write!(f, "{} needs {}, e.g. {}", field.name(), field.wanted(), field.example())
            }
        }
    }
}

impl FilterError {
    /// For a line with little room.
    pub(crate) fn short_text(&self) -> String {
        match &self.kind {
            ErrorKind::UnknownField { similar: Some(field), .. } => format!("try {}:", field.name()),
            ErrorKind::UnknownField { similar: None, name } => format!("no field {name}"),
            ErrorKind::BadValue(field) => format!("e.g. {}", field.example()),
        }
    }
}

impl Filter {
    /// `fields` are those of the list that is filtered.
    pub(crate) fn parse(text: &str, fields: &[Field]) -> Result<Self, FilterError> {
        let terms = tokens(text).map(|at| parse_term(text, at, fields));
        Ok(Self { terms: terms.filter_map(Result::transpose).collect::<Result<_, _>>()? })
    }
}

/// The parts of the text between spaces. Spaces between quotes belong to a part.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(|c: char| !c.is_whitespace())?;
        let mut is_quoted = false;
        let ends_here = |c: char| {
            is_quoted ^= c == '"';
            !is_quoted && c.is_whitespace()
        };
        let end = text[start..].find(ends_here).map_or(text.len(), |length| start + length);
        from = end;
        Some(start..end)
    })
}

/// The field and the value, if the token has a colon outside of quotes.
pub(super) fn split_field(token: &str) -> Option<(&str, &str)> {
    let colon = token.find([':', '"']).filter(|at| *at > 0 && token[*at..].starts_with(':'))?;
    Some((&token[..colon], &token[colon + 1..]))
}

/// Returns `None` for a term that has no value yet.
fn parse_term(text: &str, at: Range<usize>, fields: &[Field]) -> Result<Option<Term>, FilterError> {
    let token = &text[at.clone()];
    let (is_negated, token) = token.strip_prefix('!').map_or((false, token), |rest| (true, rest));
    let criterion = match split_field(token) {
        Some((name, value)) => {
            let field = Field::from_name(name).filter(|field| fields.contains(field));
            let unknown =
                || ErrorKind::UnknownField { name: name.to_owned(), similar: similar_field(name, fields) };
            field.ok_or_else(unknown).and_then(|field| parse_value(field, &value.replace('"', "")))
        }
        None => Ok(parse_word(token)),
    };
    match criterion {
        Ok(criterion) => Ok(criterion.map(|criterion| Term { is_negated, criterion })),
        Err(kind) => Err(FilterError { at, kind }),
    }
}

fn similar_field(name: &str, fields: &[Field]) -> Option<Field> {
    let name = name.to_lowercase();
    let starts = |field: &&Field| field.name().starts_with(&name);
    let distance = |field: &Field| strsim::damerau_levenshtein(&name, field.name());
    let nearest = || fields.iter().filter(|field| distance(field) <= 2).min_by_key(|field| distance(field));
    fields.iter().find(starts).or_else(nearest).copied()
}

fn parse_word(token: &str) -> Option<Criterion> {
    let (is_fuzzy, word) = token.strip_prefix('~').map_or((false, token), |rest| (true, rest));
    let needle = Needle::new(&word.replace('"', ""));
    let letter_bits = letter_bits([needle.as_str()]);
    (!needle.as_str().is_empty()).then_some(Criterion::Word { needle, letter_bits, is_fuzzy })
}

/// Returns `None` for a value that is not finished.
fn parse_value(field: Field, value: &str) -> Result<Option<Criterion>, ErrorKind> {
    if value.is_empty() {
        return Ok(None);
    }
    let bad = || ErrorKind::BadValue(field);
    let lowercase = value.to_lowercase();
    let is_unknown = matches!(&lowercase[..], "?" | "unknown");
    Ok(match field {
        Field::Plan | Field::Tenant | Field::Name | Field::Key | Field::Customer => {
            Some(Criterion::Text(field, Needle::new(value)))
        }
        Field::Enabled if is_unknown => Some(Criterion::EnabledUnknown),
        Field::Enabled => Some(Criterion::Enabled(parse_yes_or_no(&lowercase).ok_or_else(bad)?)),
        Field::Ending => Some(Criterion::Ending(parse_yes_or_no(&lowercase).ok_or_else(bad)?)),
        Field::Age if lowercase.trim_matches(['<', '>', '=']).is_empty() => None,
        Field::Age => Some(Criterion::Age(AgeCondition::parse(&lowercase).ok_or_else(bad)?)),
        Field::Problem => Some(match parse_yes_or_no(&lowercase) {
            Some(has_problem) => Criterion::Problem(has_problem),
            None => Criterion::ProblemLike(Needle::new(value)),
        }),
        Field::Used => parse_condition(Measure::Used, &lowercase).map_err(|()| bad())?,
        Field::Left => parse_condition(Measure::Left, &lowercase).map_err(|()| bad())?,
        Field::Mode if is_unknown => Some(Criterion::ModeUnknown),
        Field::Mode => {
            let mode = keypool_domain::MODES.into_iter().find(|mode| mode.starts_with(&lowercase));
            Some(Criterion::Mode(mode.ok_or_else(bad)?))
        }
    })
}

fn parse_condition(measure: Measure, text: &str) -> Result<Option<Criterion>, ()> {
    match UsageCondition::parse(measure, text) {
        Ok(condition) => Ok(Some(Criterion::Usage(condition))),
        Err(NoCondition::Unfinished) => Ok(None),
        Err(NoCondition::NotANumber) => Err(()),
    }
}

fn parse_yes_or_no(value: &str) -> Option<bool> {
    match value {
        "y" | "ye" | "yes" | "true" | "on" => Some(true),
        "n" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Option<(String, String)> {
        let error = Filter::parse(text, Field::ALL).err()?;
        Some((text[error.at.clone()].to_owned(), error.to_string()))
    }

    #[test]
    fn an_unknown_field_and_a_bad_value_say_what_is_wrong_and_where() {
        for (text, at, why) in [
            ("acme used:>abc x", "used:>abc", "used needs a number or %, e.g. used:>80%"),
            ("!left:%", "!left:%", "left needs a number or %, e.g. left:<100"),
            ("tennant:acme", "tennant:acme", "no field tennant: did you mean tenant:?"),
            ("cust:x", "cust:x", "no field cust: did you mean customer:?"),
            ("team:x", "team:x", "no field team: quote a text with a colon, e.g. \"team:\""),
            ("enabled:maybe", "enabled:maybe", "enabled needs yes, no or ?, e.g. enabled:no"),
            ("age:old", "age:old", "age needs a number of days or ?, e.g. age:>90d"),
            ("mode:x", "mode:x", "mode needs siloed, pooled or pool key, e.g. mode:pooled"),
        ] {
            assert_eq!(error(text), Some((at.to_owned(), why.to_owned())), "{text}");
        }
        assert!(Filter::parse("tenant:acme", &[Field::Plan]).is_err(), "the list has no tenants");
    }

    #[test]
    fn what_is_not_finished_is_no_error() {
        for text in [
            "",
            "!",
            "~",
            "used:",
            "used:>",
            "age:>",
            "enabled:",
            "tenant:",
            "\"",
            "!\"\"",
            "mode:p",
            "ending:ye",
        ] {
            assert_eq!(error(text), None, "{text}");
        }
    }

    #[test]
    fn quotes_keep_spaces_and_colons() {
        let filter = |text| Filter::parse(text, Field::ALL).expect("a filter");
        assert_eq!(filter(r#"tenant:"ACME Corp" x"#).terms.len(), 2);
        assert_eq!(filter(r#""team:x""#).terms.len(), 1);
        assert_eq!(filter(r#""ACME Corp""#), filter(r#""acme corp"#), "an open quote ends with the text");
    }
}
