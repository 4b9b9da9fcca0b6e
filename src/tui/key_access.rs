//! Access to the id or the secret value of one tenant key. A closed list: no other action can show a secret.

use crate::tui::keys::action::{Action, ItemAction};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyAccess {
    CopyId,
    /// Copies the secret value without showing it.
    CopyValue,
    /// Shows the secret value.
    Reveal,
}

impl KeyAccess {
    pub(crate) fn from_action(action: Action) -> Option<Self> {
        match action.as_item()? {
            ItemAction::CopyId => Some(Self::CopyId),
            ItemAction::CopyValue => Some(Self::CopyValue),
            ItemAction::Reveal => Some(Self::Reveal),
            ItemAction::Open | ItemAction::Describe => None,
        }
    }
}
