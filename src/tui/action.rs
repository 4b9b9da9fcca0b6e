//! Everything a person can ask for, one row each: the keymap, the palette, the help, the footer and the documents
//! are made from this table, and the enum is made from it too, so that no action can be without a row.

use super::widgets::cursor::Motion;

/// Where an action can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Always, whatever is open.
    Everywhere,
    /// On the home screen, in any pane.
    Home,
    /// In the panes that list something: plans, pool and keys.
    Lists,
    /// In the plans pane.
    Plans,
    /// In the pool pane.
    Pool,
    /// In the keys pane.
    Keys,
    /// In the test pane.
    Test,
    /// In a view that stands in place of the home screen.
    View,
    /// In the view of the doctor.
    Doctor,
    /// In the view of the set-up.
    Setup,
    /// In the tree of methods.
    Methods,
    /// In the view of usage.
    Usage,
    /// In the view of what tenants owe.
    Report,
    /// While it is told whose key something is.
    FoundKeys,
    /// While a text is read: help or details.
    Text,
    /// While the details of a tenant key are shown.
    Details,
    /// While the filter is typed.
    Filter,
    /// In forms and dialogs.
    Dialog,
    /// In a dialog that asks for yes or no.
    Confirm,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name in `keys.toml` and in the palette.
    pub id: &'static str,
    /// What it does.
    pub title: &'static str,
    /// Its word in the footer; empty where the footer leaves it out.
    pub footer: &'static str,
    /// Where it can be asked for.
    pub scopes: &'static [Scope],
    /// The keys it has when nothing else is configured.
    pub keys: &'static [&'static str],
    /// What it may do to the account.
    pub impact: Impact,
}

/// What an action may do to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    /// It changes nothing.
    Shows,
    /// It calls the API with a tenant's key.
    Calls,
    /// It shows something first, from where a change can be made; or it changes what is kept on this machine.
    AsksFirst,
    /// It leads to a change, and is refused where changes are.
    Writes,
}

macro_rules! actions {
    ($($variant:ident $id:literal, $title:literal, $footer:literal, [$($scope:ident),+], [$($key:literal),*], $impact:ident;)+) => {
        /// What a person wants; the closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $title] $variant,)+
        }

        /// The table, in the order of help and palette.
        pub const TABLE: &[Row] = &[
            $(Row {
                action: Action::$variant,
                id: $id,
                title: $title,
                footer: $footer,
                scopes: &[$(Scope::$scope),+],
                keys: &[$($key),*],
                impact: Impact::$impact,
            },)+
        ];
    };
}

actions! {
    New "new", "create keys", "new", [Plans, Keys, Test], ["n"], Writes;
    Grow "grow", "add API keys to the pool", "grow", [Pool], ["n"], Writes;
    SetPool "set-pool", "set strategy and capacity of the pool", "edit", [Pool], ["e"], Writes;
    Drain "drain", "move the tenants of the pool key to the others, and delete it", "drain", [Pool], ["D"], Writes;
    Edit "edit", "edit the key: name, description, enabled", "edit", [Keys], ["e"], Writes;
    Delete "delete", "delete the key, or all that are marked", "delete", [Keys], ["D"], Writes;
    Rotate "rotate", "give the key, or all that are marked, or the pool key a new value", "rotate", [Keys, Pool, FoundKeys], ["R"], Writes;
    Move "move", "isolate, consolidate, change the plan, or rebalance the pool", "move", [Lists], ["m"], Writes;
    CreatePool "create-pool", "make keys of the plan its pool", "", [Pool], ["P"], Writes;
    DissolvePool "dissolve-pool", "delete a pool that has no tenants, and its API keys", "", [Pool], ["X"], Writes;
    NewPlan "new-plan", "create a usage plan", "", [Plans], ["N"], Writes;
    EditPlan "edit-plan", "edit the usage plan: name, limits, stages, price", "", [Plans], ["e"], Writes;
    DeletePlan "delete-plan", "delete the usage plan, whose keys open nothing from then on", "", [Plans], ["D"], Writes;
    AdoptPlan "adopt-plan", "adopt the usage plan, so that keypool manages it", "", [Plans], ["A"], Writes;
    ReleasePlan "release-plan", "release the usage plan: delete its price-list entry, and manage it no longer", "", [Plans], [], Writes;
    Call "call", "call the API with the key", "test", [Home], ["t"], Calls;
    CallSeries "call-series", "a series of calls with the key", "series", [Home], ["T"], Calls;
    EditRequest "edit-request", "edit what is called: method, path, headers, body", "edit request", [Test], ["e"], Shows;
    Open "open", "drill in", "open", [Lists, Usage], ["enter"], Shows;
    Describe "describe", "show everything about it", "describe", [Lists], ["d"], Shows;
    Reveal "reveal", "show the secret value for 30 seconds", "reveal", [Keys, Details], ["v"], Shows;
    CopyId "copy-id", "copy its id", "", [Lists, Text], ["c"], Shows;
    CopyValue "copy-value", "copy the secret value without showing it", "copy value", [Keys, Details], ["y"], Shows;
    Mark "mark", "mark or unmark the key", "mark", [Keys], ["space"], Shows;
    MarkRange "mark-range", "mark from the last mark to here", "", [Keys], ["ctrl-space"], Shows;
    ClearMarks "clear-marks", "clear all marks", "", [Keys], ["ctrl-\\"], Shows;
    Extend "extend", "give the key, or all that are marked, more calls in this period, or fewer", "extend", [Keys, Pool, Usage], ["+"], Writes;
    Sort "sort", "sort by the next column", "sort", [Keys], ["S"], Shows;
    Invert "invert", "turn the order round", "", [Keys], ["I"], Shows;
    Fix "fix", "fix the problem, after showing the steps", "fix", [Doctor], ["enter"], AsksFirst;
    FixAll "fix-all", "fix all problems that need no decision", "fix all", [Doctor], ["a"], AsksFirst;
    NextRange "next-range", "the next range of days, the next month", "range", [Usage, Report], ["right"], Shows;
    PreviousRange "previous-range", "the range of days before, the month before", "", [Usage, Report], ["left"], Shows;
    Usage "usage", "what was used on each day, by whom, and how long it lasts", "usage", [Home], ["u"], Shows;
    Report "report", "what each tenant owes for a month", "", [Home], ["$"], Shows;
    Doctor "doctor", "what does not fit together, what it means, and mending it", "doctor", [Home], ["!"], Shows;
    Setup "setup", "every step from an API to a tenant's first call, and doing it", "", [Home], ["s"], Shows;
    DoStep "do-step", "do the step, or ask what it needs", "do", [Setup], ["enter"], AsksFirst;
    Methods "methods", "which methods need a key", "methods", [Setup], ["m"], Shows;
    RequireKey "require-key", "let the method need a key, or none", "needs a key", [Methods], ["space"], Writes;
    ThrottleMethod "throttle-method", "limit how often the method may be called, plan by plan", "throttle", [Methods], ["t"], Writes;
    Deploy "deploy", "deploy the API as it was edited", "deploy", [Setup, Methods], ["P"], Writes;
    ChooseStage "choose-stage", "set up another API or stage", "stage", [Setup], ["s"], Shows;
    Explain "explain", "why 403, why 429: every link between the key and the answer of a call", "why", [Pool, Keys, Test], ["x"], Shows;
    Whose "whose", "whose key is this: by its value, its last 6 characters, or an id", "whose", [Home], ["w"], Shows;
    Undo "undo", "take back the last deletion of a siloed key, edit, or extension", "", [Home, View], ["U"], Writes;
    AccessLog "access-log", "count the calls of shared keys by an access log", "access log", [Report], ["l"], Shows;
    Refreeze "refreeze", "put the figures of now in the place of the frozen ones", "refreeze", [Report], ["F"], AsksFirst;
    Export "export", "write the list to a file: CSV, or JSON by the end of its name", "export", [Lists, Usage, Report, Doctor], ["ctrl-s"], Shows;
    Filter "filter", "filter the keys by words and fields", "filter", [Home], ["/"], Shows;
    Palette "palette", "all actions by name", "command", [Home, View], [":"], Shows;
    Help "help", "the keys that work here", "help", [Home, View], ["?"], Shows;
    Back "back", "stop what runs, clear the filter, or go back", "", [Home, View], ["esc"], Shows;
    Down "down", "next row", "", [Home, View, Text], ["j", "down"], Shows;
    Up "up", "previous row", "", [Home, View, Text], ["k", "up"], Shows;
    Top "top", "first row", "", [Home, View, Text], ["g", "home"], Shows;
    Bottom "bottom", "last row", "", [Home, View, Text], ["G", "end"], Shows;
    PageDown "page-down", "one page down", "", [Home, View, Text, Dialog], ["pagedown"], Shows;
    PageUp "page-up", "one page up", "", [Home, View, Text, Dialog], ["pageup"], Shows;
    HalfDown "half-page-down", "half a page down", "", [Home, View, Text], ["ctrl-d"], Shows;
    HalfUp "half-page-up", "half a page up", "", [Home, View, Text], ["ctrl-u"], Shows;
    NextPane "next-pane", "next pane, next list", "", [Home, Usage], ["tab"], Shows;
    PreviousPane "previous-pane", "previous pane, previous list", "", [Home, Usage], ["backtab"], Shows;
    PlansPane "plans", "to the plans", "", [Home], ["1"], Shows;
    PoolPane "pool", "to the pool", "", [Home], ["2"], Shows;
    KeysPane "keys", "to the keys", "", [Home], ["3"], Shows;
    TestPane "test-pane", "to the test pane", "", [Home], ["4"], Shows;
    Refresh "refresh", "read everything anew", "", [Home, View], ["r"], Shows;
    Accept "accept", "do it, or choose this", "ok", [Dialog], ["enter"], Shows;
    Dismiss "dismiss", "close without doing anything", "close", [Dialog, Text], ["esc"], Shows;
    KeepFilter "keep-filter", "keep the filter and go to the keys", "keep", [Filter], ["enter"], Shows;
    DropFilter "drop-filter", "clear the filter", "clear", [Filter], ["esc"], Shows;
    NextField "next-field", "next field, next row", "next", [Dialog, Filter], ["tab", "down"], Shows;
    PreviousField "previous-field", "previous field, previous row", "", [Dialog, Filter], ["backtab", "up"], Shows;
    NextChoice "next-choice", "next choice", "", [Dialog], ["right"], Shows;
    PreviousChoice "previous-choice", "previous choice", "", [Dialog], ["left"], Shows;
    Yes "yes", "do it", "yes", [Confirm], ["y"], Shows;
    No "no", "leave everything as it is", "no", [Confirm], ["n"], Shows;
    Close "close", "back, and quit at the root", "", [Home, View, Text], ["q"], Shows;
    Suspend "suspend", "to the shell; fg comes back", "", [Everywhere], ["ctrl-z"], Shows;
    Quit "quit", "quit at once", "", [Everywhere], ["ctrl-c"], Shows;
}

macro_rules! groups {
    ($($group:ident $small:ident $($accessor:ident)? { $($variant:ident),+ $(,)? })+) => {
        /// Every action, in the group that handles it: a new action is in a group, or this does not compile.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ActionGroup {
            $($group($small),)+
        }

        $(
            #[allow(clippy::enum_variant_names, reason = "variants are named as in `Action`")]
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) enum $small {
                $($variant,)+
            }
        )+

        impl Action {
            pub(crate) const fn group(self) -> ActionGroup {
                match self {
                    $($(Self::$variant => ActionGroup::$group($small::$variant),)+)+
                }
            }

            $($(
                pub(crate) const fn $accessor(self) -> Option<$small> {
                    if let ActionGroup::$group(action) = self.group() { Some(action) } else { None }
                }
            )?)+
        }
    };
}

// Screens and dialogs match these small enums without a wildcard arm. The macro makes of each line a variant of
// `ActionGroup`, the enum, and the accessor of `Action` that is named.
groups! {
    Motion MotionAction as_motion { Down, Up, Top, Bottom, PageDown, PageUp, HalfDown, HalfUp }
    Pane PaneAction { NextPane, PreviousPane, PlansPane, PoolPane, KeysPane, TestPane }
    // Mean the same on every screen.
    Anywhere AnywhereAction as_anywhere { Export, Undo, Help, Palette, Suspend, Quit }
    // Each screen has its own meaning for these.
    View ViewAction as_view { Back, Close, Refresh }
    // Show or copy the item under the cursor.
    Item ItemAction as_item { Open, Describe, Reveal, CopyId, CopyValue }
    KeyList KeyListAction { Mark, MarkRange, ClearMarks, Sort, Invert, Filter }
    Key KeyAction { New, Edit, Delete, Rotate, Move, Extend }
    Pool PoolAction { Grow, SetPool, Drain, CreatePool, DissolvePool }
    Plan PlanAction { NewPlan, EditPlan, DeletePlan, AdoptPlan, ReleasePlan }
    Call CallAction { Call, CallSeries, EditRequest }
    Lookup LookupAction { Explain, Whose }
    Doctor DoctorAction as_doctor { Doctor, Fix, FixAll }
    Setup SetupAction as_setup { Setup, DoStep, Methods, RequireKey, ThrottleMethod, Deploy, ChooseStage }
    Usage UsageAction as_usage { Usage, NextRange, PreviousRange }
    Report ReportAction as_report { Report, AccessLog, Refreeze }
    Filter FilterAction as_filter { KeepFilter, DropFilter }
    Dialog DialogAction as_dialog { Accept, Dismiss, NextField, PreviousField, NextChoice, PreviousChoice }
    Confirm ConfirmAction as_confirm { Yes, No }
}

impl MotionAction {
    pub(crate) const fn motion(self) -> Motion {
        match self {
            Self::Down => Motion::Rows(1),
            Self::Up => Motion::Rows(-1),
            Self::Top => Motion::First,
            Self::Bottom => Motion::Last,
            Self::PageDown => Motion::HalfPages(2),
            Self::PageUp => Motion::HalfPages(-2),
            Self::HalfDown => Motion::HalfPages(1),
            Self::HalfUp => Motion::HalfPages(-1),
        }
    }
}

impl Action {
    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        // The macro puts the rows in the order of the variants.
        &TABLE[self as usize]
    }

    /// The action that has this name.
    pub fn from_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.id == id).map(|row| row.action)
    }

    /// Where it moves to in a list, if that is what it does.
    pub(crate) fn motion(self) -> Option<Motion> {
        self.as_motion().map(MotionAction::motion)
    }

    /// Whether it closes a text that lies over the screen.
    pub(crate) const fn closes_text(self) -> bool {
        matches!(self, Self::Dismiss | Self::Close)
    }

    /// Whether the palette runs it only by its name: it may change something, or calls the API.
    pub fn requires_typed_name(self) -> bool {
        match self.row().impact {
            Impact::Shows => false,
            Impact::Calls | Impact::AsksFirst | Impact::Writes => true,
        }
    }

    /// Whether it leads to a write, and so is closed in a read-only context.
    pub fn writes(self) -> bool {
        match self.row().impact {
            Impact::Writes => true,
            Impact::Shows | Impact::Calls | Impact::AsksFirst => false,
        }
    }

    /// Whether the palette has it: what belongs to texts, forms and dialogs means nothing outside of them.
    pub fn is_in_palette(self) -> bool {
        self.row().scopes.iter().any(|scope| match scope {
            Scope::Everywhere
            | Scope::Home
            | Scope::Lists
            | Scope::Plans
            | Scope::Pool
            | Scope::Keys
            | Scope::Test
            | Scope::View
            | Scope::Doctor
            | Scope::Setup
            | Scope::Methods
            | Scope::Usage
            | Scope::Report => true,
            Scope::FoundKeys
            | Scope::Text
            | Scope::Details
            | Scope::Filter
            | Scope::Dialog
            | Scope::Confirm => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn table_follows_the_enum_and_ids_are_unique() {
        let mut ids = BTreeSet::new();
        for row in TABLE {
            assert_eq!(row.action.row(), row);
            assert_eq!(Action::from_id(row.id), Some(row.action));
            assert!(ids.insert(row.id), "{} twice", row.id);
            assert!(!row.title.is_empty() && !row.scopes.is_empty(), "{}", row.id);
        }
    }

    #[test]
    fn palette_lists_screen_actions_but_no_dialog_actions() {
        let is_there = |id| Action::from_id(id).is_some_and(Action::is_in_palette);
        for id in ["do-step", "methods", "require-key", "throttle-method", "deploy", "choose-stage", "delete"]
        {
            assert!(is_there(id), "{id}");
        }
        for id in ["accept", "dismiss", "yes", "no", "next-field", "keep-filter"] {
            assert!(!is_there(id), "{id}");
        }
    }

    #[test]
    fn no_ctrl_key_writes() {
        for row in TABLE.iter().filter(|row| row.action.writes()) {
            assert!(row.keys.iter().all(|key| !key.starts_with("ctrl-")), "{}", row.id);
        }
    }
}
