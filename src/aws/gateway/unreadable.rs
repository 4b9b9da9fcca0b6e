//! Words for API keys and usage plans of a list that cannot be read.

use keypool_domain::Unknown;
use keypool_domain::text::{json_string, pluralize, terminal_safe_json};
use serde_json::Value;

/// The most characters of a foreign id or a name in a label.
const MAX_LABEL_CHARS: usize = 40;

/// Items that a remark names before "and … more".
const MAX_NAMED_ITEMS: usize = 3;

/// Names an item by its id, else by what stands in the place of the id, else by its name.
pub(super) fn describe_item(
    noun: &str,
    id: Option<&str>,
    foreign_id: Option<&Value>,
    name: Option<&str>,
) -> String {
    let name = name.filter(|name| !name.is_empty());
    match (id, foreign_id, name) {
        (Some(id), _, _) => id.to_owned(),
        (None, Some(json), _) => format!("a {noun} with the id {}", shorten(&json.to_string())),
        (None, None, Some(name)) => format!("the {noun} named {}", shorten(&json_string(name))),
        (None, None, None) => format!("a {noun} without id"),
    }
}

/// Cuts JSON to what a remark has room for, and escapes what could control the terminal.
fn shorten(json: &str) -> String {
    let mut start: String = json.chars().take(MAX_LABEL_CHARS).collect();
    if start.len() < json.len() {
        start.push('…');
    }
    terminal_safe_json(&start).into_owned()
}

pub(super) fn join_labels(labels: &[String]) -> String {
    let more = labels.len().saturating_sub(MAX_NAMED_ITEMS);
    let named = labels.iter().take(MAX_NAMED_ITEMS).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

/// Why a list is incomplete.
pub(super) fn unreadable_items(noun: &str, labels: &[String]) -> Unknown {
    let count = pluralize(labels.len(), noun);
    let what = format!("{count} of the list cannot be read: {}", join_labels(labels));
    Unknown::unreadable(what, format!("the list of {noun}s"))
}
