//! The contract of everything that is shown: the home screen, the screens that replace it, and the dialogs above them.
//!
//! A screen handles input by changing its own state, and returns [`Command`]s that say what the console should do. It
//! reads the [`Model`] and never changes it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{Change, Inventory, PlanId, Secret, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use tui_input::InputRequest;

use crate::ops::{ConfirmedFix, ExportList, ExportRequest, ProbePlan, SetupTarget};
use crate::tui::key_access::KeyAccess;
use crate::tui::keys::action::{Action, ActionSpec, Impact, Scope};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::calls::{CallSeries, CallTarget};
use crate::tui::model::event::TaskId;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::{Query, QueryResult};
use crate::tui::sorting::{ListOrder, SortColumns};
use crate::tui::view::View;

/// The commands that an action leads to; `None` if the action means nothing here.
pub(crate) type Handled = Option<Vec<Command>>;

/// The action was handled, and nothing more is to be done.
pub(crate) const fn done() -> Handled {
    Some(Vec::new())
}

/// Closes the dialog, then executes the command.
pub(crate) fn close_with(command: Command) -> Handled {
    Some(vec![Command::Close, command])
}

/// A list to export, and its name.
pub(crate) type NamedList = (ExportList, String);

/// A screen or a dialog.
pub(crate) trait Screen: fmt::Debug {
    /// The scopes whose keys work here, the innermost first.
    fn scopes(&self) -> &'static [Scope];

    /// Performs an action; `None` if it means nothing here.
    fn handle(&mut self, action: Action, model: &Model) -> Handled;

    fn draw(&self, model: &Model, area: Rect, frame: &mut Frame<'_>);

    /// Whether typed characters are text rather than keys.
    fn takes_text(&self) -> bool {
        false
    }

    /// Changes the focused text field.
    fn edit(&mut self, _request: InputRequest, _model: &Model) {}

    /// Draws a line that is being typed in the place of the footer; returns false if there is none.
    fn draw_input_line(&self, _model: &Model, _area: Rect, _frame: &mut Frame<'_>) -> bool {
        false
    }

    /// Does what a typed character stands for; `None` if it stands for nothing here.
    fn choose(&mut self, _letter: char, _model: &Model) -> Handled {
        None
    }

    /// By what the list that has the focus can be sorted, or why it cannot.
    fn sort_columns(&self, _model: &Model) -> Result<SortColumns, String> {
        Err("this list cannot be sorted".to_owned())
    }

    /// Sorts the list that has the focus.
    fn sort_by(&mut self, _order: ListOrder) {}

    /// Called when the screen is opened. Returns the commands that read what it shows.
    fn entered(&mut self, _model: &Model) -> Vec<Command> {
        Vec::new()
    }

    /// Handles a click at this position; returns false if nothing is there to be clicked.
    fn click(&mut self, _at: Position, _model: &Model) -> bool {
        false
    }

    /// Moves by this many rows; `at` is the position of the mouse.
    fn wheel(&mut self, rows: isize, _at: Position, model: &Model) {
        let action = if rows > 0 { Action::Down } else { Action::Up };
        for _ in 0..rows.abs() {
            self.handle(action, model);
        }
    }

    /// Takes what the screen shows from the result of a query. Called on every screen after every query.
    fn arrived(
        &mut self,
        _query: &Query,
        _result: &Result<QueryResult, crate::aws::Failure>,
        _model: &Model,
    ) {
    }

    /// Updates what depends on the model. Returns the commands that this leads to.
    fn sync(&mut self, _model: &Model) -> Vec<Command> {
        Vec::new()
    }

    /// Updates what depends on the model and the area.
    fn settle(&mut self, _area: Rect, _model: &Model) {}

    /// Updates what depends on the time.
    fn tick(&mut self, _now: Timestamp) {}

    /// The time at which the screen next changes by itself.
    fn wakes_at(&self) -> Option<Timestamp> {
        None
    }

    /// The footer label of an action that works here; `None` if the action has no effect now.
    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(spec.footer)
    }

    /// The list to export, or why there is none.
    fn export(&self, _model: &Model) -> Result<NamedList, String> {
        Err("this list cannot be exported".to_owned())
    }
}

/// A screen above another, until it is closed.
pub(crate) trait Dialog: Screen + CloneDialog {
    fn purpose(&self) -> DialogPurpose;

    /// Shows the secret value of a tenant key, if the dialog is about this key.
    fn reveal(&mut self, _tenant_key: &TenantKeyId, _secret: Secret, _now: Timestamp) {}

    /// Shows why what was submitted was not done, in a form that is opened again.
    fn show_error(&mut self, _why: String) {}
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialogPurpose {
    /// Shows something, or lets the operator choose.
    Shows,
    /// Asks for the parameters of a change. A read-only context refuses to open it.
    AsksForChange,
    /// Writes. Keys count only if they were pressed while it was on the screen.
    Writes,
}

/// Lets a boxed dialog be cloned.
pub(crate) trait CloneDialog {
    fn boxed_clone(&self) -> Box<dyn Dialog>;
}

impl<T: Dialog + Clone + 'static> CloneDialog for T {
    fn boxed_clone(&self) -> Box<dyn Dialog> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Dialog> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// The inventories that a confirmed change was computed from.
#[derive(Debug, Clone)]
pub(crate) struct DecisionBasis {
    /// The source of the shown steps: `base` plus details read for this change.
    pub(crate) with_details: Arc<Inventory>,
    /// The last inventory at the time the steps were shown.
    pub(crate) base: Arc<Inventory>,
}

impl DecisionBasis {
    pub(crate) fn from_inventory(inventory: Arc<Inventory>) -> Self {
        Self { with_details: Arc::clone(&inventory), base: inventory }
    }
}

/// What the console does for a screen.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// Closes the dialog.
    Close,
    /// Opens a dialog, in place of the open one.
    Open(Box<dyn Dialog>),
    /// Keeps a submitted form, to open it again if the change fails.
    KeepDraft(Box<dyn Dialog>, Change),
    /// Shows a screen and reads what it shows.
    Enter(View),
    /// Goes back to a screen, which keeps what was chosen there.
    Go(View),
    /// Goes to a pane of the home screen.
    GoToPane(Pane),
    /// Performs an action chosen in the palette. If its target is not on the screen, only goes to the pane
    /// where the target is selected.
    PerformByName(Action),
    Perform(Action),
    /// Sorts the list that has the focus.
    SortBy(ListOrder),
    Say(Message),
    Load(Query),
    /// Reads the account and usage again, or signs in if that is needed first.
    Refresh,
    Diagnose,
    ReadSetup,
    /// Reads usage of the current quota periods again.
    RefreshUsage,
    /// Cancels a running read of charges.
    CancelCharges,
    Stop(TaskId),
    /// Quits, or asks first while a change is running.
    Quit,
    /// Shows the steps of a change.
    Confirm(Change),
    /// Shows the steps of fixes. The number counts the problems left out because each needs its own decision.
    ConfirmFixes(Vec<ConfirmedFix>, usize),
    /// Applies a confirmed change.
    Apply(Change, DecisionBasis),
    /// Applies confirmed fixes.
    Fix(Vec<ConfirmedFix>),
    /// Writes a file.
    Export(Box<ExportRequest>),
    /// Copies an id to the clipboard.
    CopyId(String),
    /// Copies the id of a tenant key, or copies or reveals its value, as soon as the key is loaded.
    AccessKey(KeyAccess, TenantKeyId),
    /// Chooses the API and stage of the setup screen.
    ChooseSetupStage(SetupTarget),
    /// Counts calls in the report from this access log; `None` estimates them.
    UseAccessLog(Option<PathBuf>),
    /// Replaces the frozen figures of the month with current ones.
    Refreeze,
    /// Sets the request for calls with keys of the plan.
    SetCallTarget(PlanId, CallTarget),
    /// Calls the API with the tenant key.
    Call(TenantKeyId, CallSeries),
    /// Calls the API with a checked request.
    Probe(ProbePlan),
}

impl Command {
    pub(crate) fn say(tone: Tone, text: impl Into<String>) -> Self {
        Self::Say(Message::new(tone, text))
    }

    pub(crate) fn refuse(why: impl Into<String>) -> Self {
        Self::say(Tone::Error, why)
    }

    /// What the command may do to the account. A read-only context refuses one that writes.
    pub(crate) fn impact(&self) -> Impact {
        self.classify().0
    }

    /// Whether the command writes without a further question. Whether a call may write depends on its request.
    pub(crate) fn writes_at_once(&self) -> bool {
        self.classify().1
    }

    /// The impact, and whether the command writes at once.
    fn classify(&self) -> (Impact, bool) {
        match self {
            Self::Apply(..) | Self::Fix(_) => (Impact::Writes, true),
            Self::Export(_) | Self::Refreeze => (Impact::AsksFirst, true),
            Self::Open(dialog) => match dialog.purpose() {
                DialogPurpose::AsksForChange => (Impact::Writes, false),
                DialogPurpose::Shows | DialogPurpose::Writes => (Impact::Shows, false),
            },
            Self::Confirm(_) | Self::ConfirmFixes(..) => (Impact::AsksFirst, false),
            // Whether the request may write is checked before it is sent.
            Self::Call(..) | Self::Probe(_) => (Impact::Calls, false),
            // The impact of the action is checked when it is performed.
            Self::PerformByName(_) | Self::Perform(_) => (Impact::Shows, false),
            Self::Close
            | Self::KeepDraft(..)
            | Self::Enter(_)
            | Self::Go(_)
            | Self::GoToPane(_)
            | Self::SortBy(_)
            | Self::Say(_)
            | Self::Load(_)
            | Self::Refresh
            | Self::Diagnose
            | Self::ReadSetup
            | Self::RefreshUsage
            | Self::CancelCharges
            | Self::Stop(_)
            | Self::Quit
            | Self::CopyId(_)
            | Self::AccessKey(..)
            | Self::ChooseSetupStage(_)
            | Self::UseAccessLog(_)
            | Self::SetCallTarget(..) => (Impact::Shows, false),
        }
    }

    /// The change that the command shows or applies.
    pub(crate) const fn change(&self) -> Option<&Change> {
        if let Self::Confirm(change) | Self::Apply(change, _) = self { Some(change) } else { None }
    }

    pub(crate) fn open(dialog: impl Dialog + 'static) -> Self {
        Self::Open(Box::new(dialog))
    }
}
