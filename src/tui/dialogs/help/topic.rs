//! The topics of the help, each with the actions that belong to it.

use crate::tui::keys::action::{Action, ActionGroup, AnywhereAction, KeyListAction};

macro_rules! topics {
    ($($topic:ident $title:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Topic {
            $($topic,)+
        }

        impl Topic {
            /// In the order in which they are shown.
            pub(super) const ALL: &[Self] = &[$(Self::$topic),+];

            pub(super) const fn title(self) -> &'static str {
                match self { $(Self::$topic => $title,)+ }
            }
        }
    };
}

topics! {
    Object "What is selected";
    Marks "Marked keys";
    List "List";
    Move "Move";
    Screens "Screens";
    Console "Console";
    Signs "Signs";
}

impl Topic {
    pub(super) const fn of(action: Action) -> Self {
        match action.group() {
            ActionGroup::Motion(_) | ActionGroup::Pane(_) => Self::Move,
            ActionGroup::KeyList(action) => match action {
                KeyListAction::Mark | KeyListAction::MarkRange | KeyListAction::ClearMarks => Self::Marks,
                KeyListAction::Filter => Self::List,
            },
            ActionGroup::Order(_) | ActionGroup::Filter(_) | ActionGroup::Search(_) => Self::List,
            ActionGroup::Item(_)
            | ActionGroup::Key(_)
            | ActionGroup::Pool(_)
            | ActionGroup::Plan(_)
            | ActionGroup::Call(_)
            | ActionGroup::Lookup(_)
            | ActionGroup::Dialog(_)
            | ActionGroup::Confirm(_) => Self::Object,
            ActionGroup::Screen(_) => Self::Screens,
            ActionGroup::Anywhere(action) => match action {
                AnywhereAction::Export => Self::List,
                AnywhereAction::Undo
                | AnywhereAction::Help
                | AnywhereAction::Palette
                | AnywhereAction::Suspend
                | AnywhereAction::Quit => Self::Console,
            },
            ActionGroup::View(_) => Self::Console,
        }
    }
}
