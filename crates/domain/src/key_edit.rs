//! Edits of a tenant key or an API key.

use crate::TenantKey;

/// The fields that an edit changes; `None` keeps a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    pub name: Option<String>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
}

impl Edit {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Keeps only the fields that differ from the tenant key; an unknown enabled state differs from either value.
    pub(crate) fn difference(&self, tenant_key: &TenantKey) -> Self {
        Self {
            name: self.name.clone().filter(|name| *name != tenant_key.name),
            description: self.description.clone().filter(|text| *text != tenant_key.description),
            enabled: self.enabled.filter(|enabled| !tenant_key.enabled.is_known_to_be(enabled)),
        }
    }

    /// For example `set name to "web", disable`.
    pub fn describe(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("set name to \"{name}\""));
        let description = self.description.as_ref().map(|text| format!("set description to \"{text}\""));
        let enabled = self.enabled.map(|enabled| if enabled { "enable" } else { "disable" }.to_owned());
        let parts: Vec<_> = [name, description, enabled].into_iter().flatten().collect();
        if parts.is_empty() { "change nothing".to_owned() } else { parts.join(", ") }
    }
}
