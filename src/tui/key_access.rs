//! What is copied or shown of one tenant key: a closed list, so that nothing else can come to show a secret.

use super::action::{Action, ItemAction};

/// What is copied or shown of one tenant key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyAccess {
    /// Its id.
    CopyId,
    /// Its secret value, without showing it.
    CopyValue,
    /// Its secret value.
    Reveal,
}

impl KeyAccess {
    /// The access that an action asks for, if it asks for one.
    pub(crate) fn from_action(action: Action) -> Option<Self> {
        match action.as_item()? {
            ItemAction::CopyId => Some(Self::CopyId),
            ItemAction::CopyValue => Some(Self::CopyValue),
            ItemAction::Reveal => Some(Self::Reveal),
            ItemAction::Open | ItemAction::Describe => None,
        }
    }
}
