//! Collects JSON field names.

use std::collections::BTreeSet;

use serde_json::Value;

/// Fields whose values are fixed words that scripts rely on.
const WORD_FIELDS: [&str; 14] = [
    "action", "by", "check", "consent", "event", "fixable", "kind", "mode", "outcome", "period", "state",
    "step", "strategy", "verdict",
];

/// Adds the path of every field, and the value of fields in [`WORD_FIELDS`].
pub(super) fn collect_names(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                into.insert(path.clone());
                into.extend(as_word(name, value).map(|word| format!("{path} = {word}")));
                collect_names(value, &path, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, path, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The value, if it is a single word rather than a sentence.
fn as_word<'a>(name: &str, value: &'a Value) -> Option<&'a str> {
    let text = value.as_str().filter(|_| WORD_FIELDS.contains(&name))?;
    text.chars().all(|c| c.is_ascii_lowercase() || c == '-').then_some(text)
}
