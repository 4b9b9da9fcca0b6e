//! The dialog that runs any form: it moves the focus, edits the fields, and shows what is wrong with their values.

use std::fmt;

use keypool_domain::Change;
use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::InputRequest;

use crate::ops::final_refusal;
use crate::tui::dialogs::frame;
use crate::tui::keys::action::{Action, ActionSpec, DialogAction, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::widgets::field::{Field, FieldChange};
use crate::tui::widgets::form::{FieldError, FormLayout, FormView};

/// The command that the values of a form make, or what is wrong with them.
pub(super) type Submission = Result<Command, FieldError>;

/// Named fields, which are submitted together.
pub(super) trait Form: fmt::Debug + Clone + 'static {
    /// Whether it asks for the parameters of a change. A read-only context refuses to open it.
    const ASKS_FOR_CHANGE: bool;

    /// What submitting does, in the footer.
    const SUBMIT_VERB: &'static str = "continue";

    /// The label of the field that is focused first; `None` is the first one.
    const INITIAL_FOCUS: Option<&'static str> = None;

    const LAYOUT: FormLayout = FormLayout { cols: 64, label_cols: 14, arrow_cols: 4 };

    /// At least one field, from top to bottom.
    fn fields(&self) -> Vec<&dyn Field>;

    /// The same fields.
    fn fields_mut(&mut self) -> Vec<&mut dyn Field>;

    fn submit(&self, model: &Model) -> Submission;

    /// Updates the fields that depend on the model.
    fn sync(&mut self, _model: &Model) {}

    /// Updates the fields that depend on a text.
    fn handle_edit(&mut self) {}

    /// Updates the fields that depend on a choice.
    fn handle_choice(&mut self) {}

    /// Removes fields that are not needed once another field has the focus.
    fn handle_focus_move(&mut self) {}
}

/// Lists the fields of a form, from top to bottom, for [`Form::fields`] and [`Form::fields_mut`].
macro_rules! form_fields {
    ($($field:ident),+) => {
        fn fields(&self) -> Vec<&dyn $crate::tui::widgets::field::Field> {
            vec![$(&self.$field),+]
        }

        fn fields_mut(&mut self) -> Vec<&mut dyn $crate::tui::widgets::field::Field> {
            vec![$(&mut self.$field),+]
        }
    };
}
pub(super) use form_fields;

/// Opens a form. `note` may be empty.
pub(super) fn open<F: Form>(title: impl Into<String>, note: impl Into<String>, form: F) -> Command {
    let (title, note) = (title.into(), note.into());
    let mut dialog = FormDialog { title, note, form, focus: 0, error: None };
    dialog.focus_field(F::INITIAL_FOCUS);
    Command::open(dialog)
}

/// Shows the steps of a change, unless it is refused whatever its details are.
pub(super) fn confirm(change: Change, model: &Model) -> Submission {
    match final_refusal(&change, &model.inventory_or_empty()) {
        None => Ok(Command::Confirm(change)),
        Some(refusal) => Err(refusal.into()),
    }
}

#[derive(Debug, Clone)]
struct FormDialog<F> {
    title: String,
    note: String,
    form: F,
    /// Index into the fields.
    focus: usize,
    error: Option<FieldError>,
}

impl<F: Form> FormDialog<F> {
    fn focus_field(&mut self, label: Option<&'static str>) {
        let at = self.form.fields().iter().position(|field| Some(field.label()) == label);
        self.focus = at.unwrap_or(self.focus);
    }

    fn move_focus(&mut self, forward: bool) {
        let count = self.form.fields().len();
        let previous = self.focus;
        self.focus = (previous + if forward { 1 } else { count - 1 }) % count;
        self.form.handle_focus_move();
        // The field that lost the focus may be gone.
        if self.focus > previous {
            self.focus -= count - self.form.fields().len();
        }
    }

    fn step(&mut self, forward: bool) -> Handled {
        let change = self.form.fields_mut()[self.focus].step(forward);
        if change == FieldChange::Edited {
            self.error = None;
            self.form.handle_choice();
        }
        (change != FieldChange::Ignored).then(Vec::new)
    }

    fn submit(&mut self, model: &Model) -> Handled {
        match self.form.submit(model) {
            Ok(command) => match command.change() {
                Some(change) => {
                    let draft = Command::KeepDraft(Box::new(self.clone()), change.clone());
                    Some(vec![Command::Close, draft, command])
                }
                None => close_with(command),
            },
            Err(error) => {
                self.focus_field(error.label);
                self.error = Some(error);
                done()
            }
        }
    }
}

impl<F: Form> Screen for FormDialog<F> {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn takes_text(&self) -> bool {
        self.form.fields()[self.focus].takes_text()
    }

    fn hint(&self, spec: &ActionSpec, model: &Model) -> Option<&'static str> {
        if spec.action != Action::Accept {
            return Some(spec.footer);
        }
        // What the values lead to now: with others, the same form may write at once or ask first.
        let submission = self.form.submit(model);
        Some(match submission.as_ref().ok().filter(|command| command.change().is_some()) {
            Some(command) if command.writes_at_once() => "save",
            Some(_) => "show the steps",
            None => F::SUBMIT_VERB,
        })
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        match action.as_dialog()? {
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::Accept => return self.submit(model),
            DialogAction::NextField => self.move_focus(true),
            DialogAction::PreviousField => self.move_focus(false),
            DialogAction::NextChoice => return self.step(true),
            DialogAction::PreviousChoice => return self.step(false),
        }
        done()
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        if self.form.fields_mut()[self.focus].edit(request) == FieldChange::Edited {
            self.error = None;
            self.form.handle_edit();
        }
    }

    fn settle(&mut self, _area: Rect, model: &Model) {
        self.form.sync(model);
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let layout = FormLayout { cols: frame::content_cols(model, F::LAYOUT.cols), ..F::LAYOUT };
        let fields = self.form.fields();
        let (focus, error, note) = (self.focus, self.error.as_ref(), &*self.note);
        let view = FormView { layout, fields, focus, error, note };
        let inside = frame::draw(model, frame, &self.title, layout.cols, view.height());
        view.draw(model.styles(), inside, frame);
    }
}

impl<F: Form> Dialog for FormDialog<F> {
    fn purpose(&self) -> DialogPurpose {
        if F::ASKS_FOR_CHANGE { DialogPurpose::AsksForChange } else { DialogPurpose::Shows }
    }

    fn show_error(&mut self, why: String) {
        self.error = Some(why.into());
    }
}
