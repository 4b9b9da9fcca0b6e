//! Edits of a tenant key or an API key.

use jiff::Timestamp;

use crate::{Inventory, Known, TenantKey};

/// The fields that an edit changes; `None` keeps a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    pub name: Option<String>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
    /// Only of a tenant key.
    pub expiry: Option<Expiry>,
}

/// When a tenant key stops working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    At(Timestamp),
    Never,
}

impl Expiry {
    pub fn from_time(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Never, Self::At)
    }

    pub const fn time(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Never => None,
        }
    }
}

impl Edit {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The fields that API Gateway stores of an API key.
    pub(crate) fn of_api_key(&self) -> Self {
        Self { expiry: None, ..self.clone() }
    }

    /// Keeps only the fields that differ from the tenant key; an unknown enabled state differs from either value.
    pub(crate) fn difference(&self, tenant_key: &TenantKey, inventory: &Inventory) -> Self {
        let is_new = |expiry: &Expiry| !inventory.expiry(tenant_key).is_known_to_be(&expiry.time());
        Self {
            name: self.name.clone().filter(|name| *name != tenant_key.name),
            description: self.description.clone().filter(|text| *text != tenant_key.description),
            enabled: self.enabled.filter(|enabled| !tenant_key.enabled.is_known_to_be(enabled)),
            expiry: self.expiry.filter(is_new),
        }
    }

    /// The edited tenant key.
    pub(crate) fn apply_to(&self, tenant_key: &TenantKey) -> TenantKey {
        let mut after = tenant_key.clone();
        if let Some(name) = &self.name {
            after.name = name.into();
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(enabled) = self.enabled {
            after.enabled = enabled.into();
        }
        if let Some(expiry) = self.expiry {
            after.expires_at = expiry.time().into();
        }
        after
    }

    /// The previous values of the edited fields; `None` if one is unknown.
    pub(crate) fn inverse(&self, before: &TenantKey, inventory: &Inventory) -> Option<Self> {
        let enabled = match (self.enabled, &before.enabled) {
            (None, _) => None,
            (Some(_), Known::Value(enabled)) => Some(*enabled),
            (Some(_), Known::Unknown(_)) => return None,
        };
        let expiry = match (self.expiry, inventory.expiry(before)) {
            (None, _) => None,
            (Some(_), Known::Value(at)) => Some(Expiry::from_time(at)),
            (Some(_), Known::Unknown(_)) => return None,
        };
        Some(Self {
            name: self.name.as_ref().map(|_| before.name.to_string()),
            description: self.description.as_ref().map(|_| before.description.clone()),
            enabled,
            expiry,
        })
    }

    /// For example `set name to "web", disable`.
    pub fn describe(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("set name to \"{name}\""));
        let description = self.description.as_ref().map(|text| format!("set description to \"{text}\""));
        let enabled = self.enabled.map(|enabled| if enabled { "enable" } else { "disable" }.to_owned());
        let expiry = self.expiry.map(|expiry| match expiry {
            Expiry::At(at) => format!("set expiry to {at:.0}"),
            Expiry::Never => "remove the expiry".to_owned(),
        });
        let parts: Vec<_> = [name, description, enabled, expiry].into_iter().flatten().collect();
        if parts.is_empty() { "change nothing".to_owned() } else { parts.join(", ") }
    }
}
