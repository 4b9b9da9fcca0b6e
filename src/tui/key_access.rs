//! What is copied or shown of one tenant key: a closed list, so that nothing else can come to show a secret.

use super::action::Action;

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
    const ALL: [(Action, Self); 3] = [
        (Action::CopyId, Self::CopyId),
        (Action::CopyValue, Self::CopyValue),
        (Action::Reveal, Self::Reveal),
    ];

    /// The access that an action asks for, if it asks for one.
    pub(crate) fn from_action(action: Action) -> Option<Self> {
        Self::ALL.iter().find(|(of, _)| *of == action).map(|&(_, access)| access)
    }
}
