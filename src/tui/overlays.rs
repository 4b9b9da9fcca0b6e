//! Dialogs, forms and texts above the home screen, one file each. An overlay handles input by changing its own
//! state, and returns a [`Reply`] that says what the app should do.

mod confirm;
mod details;
mod explanation;
mod found_keys;
mod frame;
mod help;
mod key_form;
mod menu;
mod palette;
mod prompt_form;
mod request;
mod series;

use std::path::PathBuf;

use jiff::Timestamp;
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::{Change, PlanId, Secret, TenantKeyId};
use ratatui::Frame;
use tui_input::InputRequest;

use crate::ops::{ConfirmedFix, ExportRequest, SetupTarget};

use super::action::{Action, Impact, Scope};
use super::app::{App, DecisionBasis};
use super::key_access::KeyAccess;
use super::panes::test::{CallSeries, CallTarget};

pub(crate) use confirm::Confirm;
pub(crate) use details::Details;
pub(crate) use explanation::Explanation;
pub(crate) use found_keys::FoundKeys;
pub(crate) use help::Help;
pub(crate) use key_form::KeyForm;
pub(crate) use menu::Menu;
pub(crate) use palette::Palette;
pub(crate) use prompt_form::PromptForm;
pub(crate) use request::RequestForm;
pub(crate) use series::SeriesForm;

/// The open overlay.
#[derive(Debug, Clone)]
pub(crate) enum Overlay {
    Help(Help),
    Palette(Palette),
    Details(Details),
    KeyForm(KeyForm),
    Confirm(Confirm),
    Request(RequestForm),
    Series(SeriesForm),
    Prompt(PromptForm),
    Menu(Menu),
    FoundKeys(FoundKeys),
    Explanation(Explanation),
}

/// What the app does after an overlay has handled input. The overlay closes unless noted.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Keeps the overlay open.
    Stay,
    /// Keeps the overlay open; it did not use the key.
    Pass,
    Close,
    Perform(Action),
    /// Keeps the overlay open.
    PerformAndStay(Action),
    /// Keeps the overlay open.
    AccessKey(KeyAccess, TenantKeyId),
    /// Keeps the overlay open.
    CopyId(String),
    /// Applies a confirmed change.
    Apply(Change, DecisionBasis),
    /// Asks for the parameters of a change.
    Prompt(Box<PromptForm>),
    LookUpKey(KeyQuery),
    /// Selects the stage of the setup view.
    ChooseSetupStage(SetupTarget),
    /// Opens the menu of stages of the API with this ID.
    ChooseStage(String),
    /// Writes a file.
    Export(Box<ExportRequest>),
    /// Counts calls in the report from this access log; `None` estimates them.
    UseAccessLog(Option<PathBuf>),
    /// Replaces the frozen figures of the month with current ones.
    Refreeze,
    /// Applies confirmed fixes.
    Fix(Vec<ConfirmedFix>),
    /// Opens the confirmation of a fix.
    ConfirmFix(Box<ConfirmedFix>),
    /// Opens the confirmation of a change.
    Confirm(Change),
    /// Sets the request for calls with keys of the plan.
    SetCallTarget(PlanId, CallTarget),
    /// Calls the API with the tenant key.
    Call(TenantKeyId, CallSeries),
}

impl Reply {
    /// What the reply may do to the account. A read-only context refuses one that writes.
    pub(crate) const fn impact(&self) -> Impact {
        match self {
            Self::Apply(..) | Self::Fix(_) | Self::Prompt(_) => Impact::Writes,
            Self::Confirm(_) | Self::ConfirmFix(_) | Self::Export(_) | Self::Refreeze => Impact::AsksFirst,
            // Whether the request may write is checked before it is sent.
            Self::Call(..) => Impact::Calls,
            // The impact of the action is checked when it is performed.
            Self::Perform(_) | Self::PerformAndStay(_) => Impact::Shows,
            Self::Stay
            | Self::Pass
            | Self::Close
            | Self::AccessKey(..)
            | Self::CopyId(_)
            | Self::LookUpKey(_)
            | Self::ChooseSetupStage(_)
            | Self::ChooseStage(_)
            | Self::UseAccessLog(_)
            | Self::SetCallTarget(..) => Impact::Shows,
        }
    }
}

impl Overlay {
    /// Scopes of the keys that work in the overlay.
    pub(crate) fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::Help(_) => &[Scope::Text],
            Self::Details(details) => details.scopes(),
            Self::Palette(_) | Self::KeyForm(_) | Self::Request(_) | Self::Series(_) | Self::Prompt(_) => {
                &[Scope::Dialog]
            }
            Self::Menu(_) | Self::Explanation(_) => &[Scope::Dialog, Scope::Text],
            Self::FoundKeys(_) => &[Scope::FoundKeys, Scope::Text],
            Self::Confirm(confirm) => confirm.scopes(),
        }
    }

    /// Label of the key that accepts; `None` if there is nothing to accept.
    pub(crate) fn accept_label(&self, app: &App) -> Option<&'static str> {
        match self {
            Self::Palette(_) => Some("run"),
            Self::KeyForm(_) | Self::Prompt(_) => Some("continue"),
            Self::Request(_) => Some("use"),
            Self::Series(_) => Some("start"),
            Self::Confirm(_) | Self::Menu(_) => Some("choose"),
            Self::Explanation(explanation) => explanation.available_fix(app).map(|_| "fix"),
            Self::Help(_) | Self::Details(_) | Self::FoundKeys(_) => None,
        }
    }

    /// Whether typed characters are text rather than key bindings.
    pub(crate) fn takes_text(&self) -> bool {
        match self {
            Self::Palette(_) | Self::Series(_) | Self::Prompt(_) => true,
            Self::KeyForm(form) => form.takes_text(),
            Self::Request(form) => form.takes_text(),
            Self::Confirm(confirm) => confirm.takes_text(),
            Self::Help(_) | Self::Details(_) | Self::Menu(_) | Self::FoundKeys(_) | Self::Explanation(_) => {
                false
            }
        }
    }

    pub(crate) fn act(&mut self, action: Action, app: &App) -> Reply {
        match self {
            Self::Help(help) => help.act(action, app),
            Self::Palette(palette) => palette.act(action),
            Self::Details(details) => details.act(action, app),
            Self::KeyForm(form) => form.act(action, app),
            Self::Confirm(confirm) => confirm.act(action, app),
            Self::Request(form) => form.act(action),
            Self::Series(form) => form.act(action),
            Self::Prompt(form) => form.act(action, app),
            Self::Menu(menu) => menu.act(action, app),
            Self::FoundKeys(found) => found.act(action, app),
            Self::Explanation(explanation) => explanation.act(action, app),
        }
    }

    pub(crate) fn edit(&mut self, request: InputRequest, app: &App) -> Reply {
        match self {
            Self::Palette(palette) => palette.edit(request),
            Self::KeyForm(form) => form.edit(request, app),
            Self::Confirm(confirm) => confirm.edit(request),
            Self::Request(form) => form.edit(request),
            Self::Series(form) => form.edit(request),
            Self::Prompt(form) => form.edit(request),
            Self::Help(_) | Self::Details(_) | Self::Menu(_) | Self::FoundKeys(_) | Self::Explanation(_) => {
                Reply::Stay
            }
        }
    }

    /// Shows the secret value if the details of this tenant key are open.
    pub(crate) fn reveal(&mut self, tenant_key: &TenantKeyId, secret: Secret, now: Timestamp) {
        if let Self::Details(details) = self {
            details.reveal(tenant_key, secret, now);
        }
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        if let Self::Details(details) = self {
            details.tick(now);
        }
    }

    pub(crate) fn shows_secret(&self) -> bool {
        if let Self::Details(details) = self { details.shows_secret() } else { false }
    }

    /// When the overlay changes by itself, because it hides a secret value.
    pub(crate) fn wakes_at(&self) -> Option<Timestamp> {
        match self {
            Self::Details(details) => details.wakes_at(),
            Self::Help(_)
            | Self::Palette(_)
            | Self::KeyForm(_)
            | Self::Confirm(_)
            | Self::Request(_)
            | Self::Series(_)
            | Self::Prompt(_)
            | Self::Menu(_)
            | Self::FoundKeys(_)
            | Self::Explanation(_) => None,
        }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        match self {
            Self::Help(help) => help.draw(app, frame),
            Self::Palette(palette) => palette.draw(app, frame),
            Self::Details(details) => details.draw(app, frame),
            Self::KeyForm(form) => form.draw(app, frame),
            Self::Confirm(confirm) => confirm.draw(app, frame),
            Self::Request(form) => form.draw(app, frame),
            Self::Series(form) => form.draw(app, frame),
            Self::Prompt(form) => form.draw(app, frame),
            Self::Menu(menu) => menu.draw(app, frame),
            Self::FoundKeys(found) => found.draw(app, frame),
            Self::Explanation(explanation) => explanation.draw(app, frame),
        }
    }
}
