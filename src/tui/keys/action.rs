//! The table of actions, from which the enum [`Action`], the keymap, the palette, the help and the footer are made.

#[cfg(test)]
mod tests;

pub use crate::tui::keys::scope::Scope;
use crate::tui::layout::Pane;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionSpec {
    pub action: Action,
    /// The name in `keys.toml` and in the palette.
    pub id: &'static str,
    pub title: &'static str,
    /// The label in the footer; empty if the action is not in the footer.
    pub footer: &'static str,
    pub scopes: &'static [Scope],
    /// The default keys.
    pub keys: &'static [&'static str],
    pub impact: Impact,
}

/// What an action may do to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    /// Changes nothing.
    Shows,
    /// Calls the API with a tenant's key.
    Calls,
    /// Shows the steps of a change before anything is written, or changes a local file.
    AsksFirst,
    /// Leads to a change. Refused in a read-only context.
    Writes,
}

macro_rules! actions {
    ($($variant:ident $id:literal, $title:literal, $footer:literal, [$($scope:ident),+], [$($key:literal),*], $impact:ident;)+) => {
        /// Everything an operator can do in the console.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $title] $variant,)+
        }

        /// All actions, in the order in which the help and the palette list them.
        pub const ACTIONS: &[ActionSpec] = &[
            $(ActionSpec {
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
    SetPool "set-pool", "set the pool's strategy and capacity", "edit", [Pool], ["e"], Writes;
    Drain "drain", "drain the pool key: move its tenants, then delete it", "drain", [Pool], ["D"], Writes;
    Edit "edit", "edit the key's name, description, enabled", "edit", [Keys], ["e"], Writes;
    Delete "delete", "delete the key or all marked keys", "delete", [Keys], ["D"], Writes;
    Rotate "rotate", "rotate the key, all marked keys or the pool key", "rotate", [Keys, Pool, FoundKeys], ["R"], Writes;
    Move "move", "isolate, consolidate, change plan or rebalance", "move", [Lists], ["m"], Writes;
    CreatePool "create-pool", "create a pool from keys of the plan", "", [Pool], ["P"], Writes;
    DissolvePool "dissolve-pool", "delete an empty pool and its API keys", "", [Pool], ["X"], Writes;
    NewPlan "new-plan", "create a usage plan", "", [Plans], ["N"], Writes;
    EditPlan "edit-plan", "edit the plan's name, limits, stages, price", "", [Plans], ["e"], Writes;
    DeletePlan "delete-plan", "delete the plan (its keys stop working)", "", [Plans], ["D"], Writes;
    AdoptPlan "adopt-plan", "adopt the plan: keypool manages it", "", [Plans], ["A"], Writes;
    ReleasePlan "release-plan", "release the plan: delete its price-list entry and stop managing it", "", [Plans], [], Writes;
    Call "call", "call the API with the key", "test", [Home], ["t"], Calls;
    CallSeries "call-series", "call the API several times with the key", "series", [Home], ["T"], Calls;
    EditRequest "edit-request", "edit the request: method, path, headers, body", "edit request", [Test], ["e"], Shows;
    Open "open", "open the selected item", "open", [Lists, Usage], ["enter"], Shows;
    Describe "describe", "show all details", "describe", [Lists], ["d"], Shows;
    Reveal "reveal", "show the secret value for 30 seconds", "reveal", [Keys, Details], ["v"], Shows;
    CopyId "copy-id", "copy the id", "", [Lists, Text], ["c"], Shows;
    CopyValue "copy-value", "copy the secret value without showing it", "copy value", [Keys, Details], ["y"], Shows;
    Mark "mark", "mark or unmark the key", "mark", [Keys], ["space"], Shows;
    MarkRange "mark-range", "mark from the last mark to here", "", [Keys], ["ctrl-space"], Shows;
    ClearMarks "clear-marks", "clear all marks", "", [Keys], ["ctrl-\\"], Shows;
    Extend "extend", "raise or lower the remaining quota", "extend", [Keys, Pool, Usage], ["+"], Writes;
    Sort "sort", "sort the list by a column", "sort", [Lists], ["S"], Shows;
    SortLeft "sort-left", "sort by the column to the left", "", [Lists], ["<"], Shows;
    SortRight "sort-right", "sort by the column to the right", "", [Lists], [">"], Shows;
    Invert "invert", "reverse the order", "", [Lists], ["I"], Shows;
    Fix "fix", "fix the problem, after showing the steps", "fix", [Doctor], ["enter"], AsksFirst;
    FixAll "fix-all", "fix all problems that need no decision", "fix all", [Doctor], ["a"], AsksFirst;
    NextRange "next-range", "later days, next month", "later", [Usage, Report], ["right"], Shows;
    PreviousRange "previous-range", "earlier days, previous month", "earlier", [Usage, Report], ["left"], Shows;
    Usage "usage", "show usage per day, and forecast", "usage", [Home], ["u"], Shows;
    Report "report", "show monthly charges per tenant", "", [Home], ["$"], Shows;
    Doctor "doctor", "find and fix inconsistencies", "doctor", [Home], ["!"], Shows;
    Setup "setup", "set up an API step by step", "", [Home], ["s"], Shows;
    DoStep "do-step", "do the step", "do", [Setup], ["enter"], AsksFirst;
    Methods "methods", "show which methods require a key", "methods", [Setup], ["m"], Shows;
    RequireKey "require-key", "require an API key, or stop requiring it", "require key", [Methods], ["space"], Writes;
    ThrottleMethod "throttle-method", "limit the method's request rate, per plan", "throttle", [Methods], ["t"], Writes;
    Deploy "deploy", "deploy the API's changes to the stage", "deploy", [Setup, Methods], ["P"], Writes;
    ChooseStage "choose-stage", "choose another API or stage", "stage", [Setup], ["s"], Shows;
    Explain "explain", "diagnose 403/429 for this key", "why", [Pool, Keys, Test], ["x"], Shows;
    Whose "whose", "look up a key by value, last 6 characters or id", "whose", [Home], ["w"], Shows;
    Undo "undo", "undo last change", "", [Home, View], ["U"], Writes;
    AccessLog "access-log", "count calls of shared keys per tenant from an access log", "access log", [Usage, Report], ["l"], Shows;
    Refreeze "refreeze", "replace the frozen figures with current ones", "refreeze", [Report], ["F"], AsksFirst;
    Export "export", "export the list as CSV or JSON", "export", [Lists, Usage, Report, Doctor], ["ctrl-s"], Shows;
    Filter "filter", "filter the list by words and fields", "filter", [Home], ["/"], Shows;
    Palette "palette", "go to a screen, or run an action by name", "go", [Home, View], [":", "ctrl-p"], Shows;
    SearchHelp "search-help", "search the help", "search", [Help], ["/"], Shows;
    Help "help", "show keyboard shortcuts", "help", [Home, View], ["?"], Shows;
    Back "back", "cancel / clear filter / back", "", [Home, View], ["esc"], Shows;
    Down "down", "next row", "", [Home, View, Text, Filter, Palette], ["j", "down"], Shows;
    Up "up", "previous row", "", [Home, View, Text, Filter, Palette], ["k", "up"], Shows;
    Top "top", "first row", "", [Home, View, Text], ["g", "home"], Shows;
    Bottom "bottom", "last row", "", [Home, View, Text], ["G", "end"], Shows;
    PageDown "page-down", "page down", "", [Home, View, Text, Dialog, Filter, Palette], ["pagedown"], Shows;
    PageUp "page-up", "page up", "", [Home, View, Text, Dialog, Filter, Palette], ["pageup"], Shows;
    HalfDown "half-page-down", "half page down", "", [Home, View, Text], ["ctrl-d"], Shows;
    HalfUp "half-page-up", "half page up", "", [Home, View, Text], ["ctrl-u"], Shows;
    NextPane "next-pane", "next pane or list", "", [Home, Usage], ["tab"], Shows;
    PreviousPane "previous-pane", "previous pane or list", "", [Home, Usage], ["backtab"], Shows;
    PlansPane "plans", "go to plans", "", [Home], ["1"], Shows;
    PoolPane "pool", "go to pool", "", [Home], ["2"], Shows;
    KeysPane "keys", "go to keys", "", [Home], ["3"], Shows;
    TestPane "test-pane", "go to test", "", [Home], ["4"], Shows;
    Refresh "refresh", "refresh", "", [Home, View], ["r"], Shows;
    Accept "accept", "confirm", "confirm", [Dialog, Palette], ["enter"], Shows;
    Dismiss "dismiss", "close without changes", "close", [Dialog, Text, Palette], ["esc"], Shows;
    KeepFilter "keep-filter", "keep the filter and go to the list", "keep", [Filter], ["enter"], Shows;
    DropFilter "drop-filter", "clear the filter", "clear", [Filter], ["esc"], Shows;
    Complete "complete", "complete what is typed", "complete", [Filter, Palette], ["tab"], Shows;
    NextField "next-field", "next field or row", "next", [Dialog], ["tab", "down"], Shows;
    PreviousField "previous-field", "previous field or row", "", [Dialog], ["backtab", "up"], Shows;
    NextChoice "next-choice", "next choice", "", [Dialog], ["right"], Shows;
    PreviousChoice "previous-choice", "previous choice", "", [Dialog], ["left"], Shows;
    Yes "yes", "confirm", "yes", [Confirm], ["y"], Shows;
    No "no", "cancel", "no", [Confirm], ["n"], Shows;
    Close "close", "quit from the home screen; back elsewhere", "", [Home, View, Text], ["q"], Shows;
    Suspend "suspend", "suspend to the shell (resume with fg)", "", [Everywhere], ["ctrl-z"], Shows;
    Quit "quit", "quit immediately", "", [Everywhere], ["ctrl-c"], Shows;
}

macro_rules! groups {
    (
        groups { $($group:ident $small:ident $($accessor:ident)? { $($variant:ident),+ $(,)? })+ }
        screens { $($view:ident $screen:ident $screen_accessor:ident { $($screen_variant:ident),+ $(,)? })+ }
    ) => {
        /// The group of an action. An action without a group does not compile.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ActionGroup {
            $($group($small),)+
            /// An action of this screen; elsewhere it opens the screen.
            Screen(View),
        }

        $(
            #[allow(clippy::enum_variant_names, reason = "variants are named as in `Action`")]
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) enum $small {
                $($variant,)+
            }
        )+

        $(
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) enum $screen {
                $($screen_variant,)+
            }
        )+

        impl Action {
            pub(crate) const fn group(self) -> ActionGroup {
                match self {
                    $($(Self::$variant => ActionGroup::$group($small::$variant),)+)+
                    $($(Self::$screen_variant => ActionGroup::Screen(View::$view),)+)+
                }
            }

            $($(
                pub(crate) const fn $accessor(self) -> Option<$small> {
                    if let ActionGroup::$group(action) = self.group() { Some(action) } else { None }
                }
            )?)+

            $(
                pub(crate) const fn $screen_accessor(self) -> Option<$screen> {
                    $(if matches!(self, Self::$screen_variant) {
                        return Some($screen::$screen_variant);
                    })+
                    None
                }
            )+
        }
    };
}

// Screens and dialogs match these small enums without a wildcard arm. Each line becomes an enum and, where it
// names an `as_` function, an accessor of `Action`. Each line of `groups` also becomes a variant of
// `ActionGroup`.
groups! {
    groups {
        Motion MotionAction as_motion { Down, Up, Top, Bottom, PageDown, PageUp, HalfDown, HalfUp }
        Pane PaneAction { NextPane, PreviousPane, PlansPane, PoolPane, KeysPane, TestPane }
        // These do the same on every screen.
        Anywhere AnywhereAction as_anywhere { Export, Undo, Help, Palette, Suspend, Quit }
        // These do something different on each screen.
        View ViewAction as_view { Back, Close, Refresh }
        // These show or copy the item under the cursor.
        Item ItemAction as_item { Open, Describe, Reveal, CopyId, CopyValue }
        KeyList KeyListAction { Mark, MarkRange, ClearMarks, Filter }
        // These sort the list that has the focus.
        Order OrderAction as_order { Sort, SortLeft, SortRight, Invert }
        Key KeyAction { New, Edit, Delete, Rotate, Move, Extend }
        Pool PoolAction { Grow, SetPool, Drain, CreatePool, DissolvePool }
        Plan PlanAction { NewPlan, EditPlan, DeletePlan, AdoptPlan, ReleasePlan }
        Call CallAction { Call, CallSeries, EditRequest }
        Lookup LookupAction { Explain, Whose }
        Filter FilterAction as_filter { KeepFilter, DropFilter, Complete }
        Search SearchAction as_search { SearchHelp }
        Dialog DialogAction as_dialog { Accept, Dismiss, NextField, PreviousField, NextChoice, PreviousChoice }
        Confirm ConfirmAction as_confirm { Yes, No }
    }
    screens {
        Doctor DoctorAction as_doctor { Doctor, Fix, FixAll }
        Setup SetupAction as_setup { Setup, DoStep, Methods, RequireKey, ThrottleMethod, Deploy, ChooseStage }
        Usage UsageAction as_usage { Usage, NextRange, PreviousRange }
        Report ReportAction as_report { Report, AccessLog, Refreeze }
    }
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

impl OrderAction {
    pub(crate) const ALL: [Self; 4] = [Self::Sort, Self::SortLeft, Self::SortRight, Self::Invert];

    pub(crate) const fn action(self) -> Action {
        match self {
            Self::Sort => Action::Sort,
            Self::SortLeft => Action::SortLeft,
            Self::SortRight => Action::SortRight,
            Self::Invert => Action::Invert,
        }
    }
}

impl Action {
    pub fn spec(self) -> &'static ActionSpec {
        // The macro writes the table in the order of the variants.
        &ACTIONS[self as usize]
    }

    pub fn from_id(id: &str) -> Option<Self> {
        ACTIONS.iter().find(|spec| spec.id == id).map(|spec| spec.action)
    }

    /// The cursor movement, for an action that moves.
    pub(crate) fn motion(self) -> Option<Motion> {
        self.as_motion().map(MotionAction::motion)
    }

    /// Whether the action closes a dialog that shows text.
    pub(crate) const fn closes_text(self) -> bool {
        matches!(self, Self::Dismiss | Self::Close)
    }

    /// Whether the action acts on the selected plan, which all panes show.
    pub(crate) const fn acts_on_selected_plan(self) -> bool {
        matches!(
            self,
            Self::Grow
                | Self::SetPool
                | Self::CreatePool
                | Self::DissolvePool
                | Self::EditPlan
                | Self::DeletePlan
        )
    }

    /// The pane in which the target of an action is selected, if it has a target.
    pub(crate) const fn pane_of_target(self) -> Option<Pane> {
        match self.group() {
            ActionGroup::Key(action) => match action {
                KeyAction::Edit
                | KeyAction::Delete
                | KeyAction::Rotate
                | KeyAction::Move
                | KeyAction::Extend => Some(Pane::Keys),
                KeyAction::New => None,
            },
            ActionGroup::Item(action) => match action {
                ItemAction::Reveal | ItemAction::CopyValue => Some(Pane::Keys),
                ItemAction::Open | ItemAction::Describe | ItemAction::CopyId => None,
            },
            ActionGroup::Call(action) => match action {
                CallAction::Call | CallAction::CallSeries => Some(Pane::Keys),
                CallAction::EditRequest => Some(Pane::Test),
            },
            ActionGroup::Pool(_) => Some(Pane::Pool),
            ActionGroup::Plan(action) => match action {
                PlanAction::EditPlan | PlanAction::DeletePlan => Some(Pane::Plans),
                PlanAction::NewPlan | PlanAction::AdoptPlan | PlanAction::ReleasePlan => None,
            },
            ActionGroup::Motion(_)
            | ActionGroup::Pane(_)
            | ActionGroup::Anywhere(_)
            | ActionGroup::View(_)
            | ActionGroup::KeyList(_)
            | ActionGroup::Order(_)
            | ActionGroup::Search(_)
            | ActionGroup::Lookup(_)
            | ActionGroup::Screen(_)
            | ActionGroup::Filter(_)
            | ActionGroup::Dialog(_)
            | ActionGroup::Confirm(_) => None,
        }
    }

    /// Whether the palette runs the action only after its name is typed: it may write, or it calls the API.
    pub fn requires_typed_name(self) -> bool {
        match self.spec().impact {
            Impact::Shows => false,
            Impact::Calls | Impact::AsksFirst | Impact::Writes => true,
        }
    }

    /// Whether the action goes to a screen or a pane, and does nothing else.
    pub const fn is_place(self) -> bool {
        matches!(
            self,
            Self::PlansPane
                | Self::PoolPane
                | Self::KeysPane
                | Self::TestPane
                | Self::Usage
                | Self::Report
                | Self::Doctor
                | Self::Setup
                | Self::Methods
                | Self::Help
        )
    }

    /// Whether the action takes something away that undoing may not bring back, or a value from those who use it. The
    /// palette lists it last and asks for its whole name.
    pub const fn is_destructive(self) -> bool {
        matches!(
            self,
            Self::Delete
                | Self::Drain
                | Self::DissolvePool
                | Self::DeletePlan
                | Self::ReleasePlan
                | Self::Rotate
                | Self::FixAll
                | Self::Refreeze
        )
    }

    /// Whether a read-only context refuses the action.
    pub fn writes(self) -> bool {
        match self.spec().impact {
            Impact::Writes => true,
            Impact::Shows | Impact::Calls | Impact::AsksFirst => false,
        }
    }

    /// Whether the palette lists the action.
    pub fn is_in_palette(self) -> bool {
        self.spec().scopes.iter().any(|scope| scope.is_in_palette())
    }
}
