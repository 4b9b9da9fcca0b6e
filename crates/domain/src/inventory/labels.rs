//! Names that do not tell things apart: those are shown after the id, because narrow columns cut the end.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::text::replace_unsafe;

/// The name as it is seen: a blank at the end is not, and invisible characters look alike.
pub(super) fn visible_name(name: &str) -> Cow<'_, str> {
    replace_unsafe(name.trim(), |_, visible| visible.push('·'))
}

/// For example `h3v9qk (Gold)`; without a name the id.
pub(super) fn label_with_id(id: &str, name: &str) -> String {
    match name.trim() {
        "" => id.to_owned(),
        name => format!("{id} ({name})"),
    }
}

/// The number of things with each visible name.
pub(super) struct NameCounts<'a>(HashMap<Cow<'a, str>, usize>);

impl<'a> NameCounts<'a> {
    pub(super) fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut counts: HashMap<Cow<'a, str>, usize> = HashMap::new();
        for name in names {
            *counts.entry(visible_name(name)).or_default() += 1;
        }
        Self(counts)
    }

    /// Whether the name identifies nothing: it is blank, or several things look like it.
    pub(super) fn is_ambiguous(&self, name: &str) -> bool {
        let name = visible_name(name);
        name.is_empty() || self.0.get(&name).is_some_and(|count| *count > 1)
    }
}
