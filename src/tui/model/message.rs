//! A message above the footer: the result of a change, a failure with its remedy, or a warning.

use keypool_domain::TenantKeyId;

use crate::aws::Failure;
use crate::tui::styles::Role;
use crate::tui::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Info,
    Success,
    Error,
    /// For remarks about a read and for usage warnings; does not hide other messages.
    Ambient(Role),
}

/// A sentence and what to do about it. The next key removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    /// The tenant key this is about. Copying and revealing act on it instead of the selection.
    pub(crate) tenant_key: Option<TenantKeyId>,
}

impl Message {
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), hint: None, tenant_key: None }
    }

    pub(crate) fn from_failure(failure: &Failure) -> Self {
        Self { tone: Tone::Error, text: failure.to_string(), hint: failure.hint(), tenant_key: None }
    }

    /// Appends to the hint, unless it already ends with this text.
    pub(crate) fn add_hint(&mut self, more: String) {
        match &mut self.hint {
            Some(hint) if hint.ends_with(&more) => {}
            Some(hint) => {
                hint.push_str(" · ");
                hint.push_str(&more);
            }
            None => self.hint = Some(more),
        }
    }

    /// Text and hint without a sign, for the terminal after the console has ended.
    pub(crate) fn plain_text(&self) -> String {
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!(" · {hint}"));
        text::clean(&format!("{}{hint}", self.text)).into_owned()
    }

    /// Sign, text and hint.
    pub(crate) fn full_text(&self) -> String {
        let sign = match self.tone {
            Tone::Info | Tone::Ambient(_) => "",
            Tone::Success => "✔ ",
            Tone::Error => "× ",
        };
        match &self.hint {
            Some(hint) => format!("{sign}{} · {hint}", self.text),
            None => format!("{sign}{}", self.text),
        }
    }
}
