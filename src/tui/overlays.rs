//! What can lie over the home screen, one file each. An overlay changes itself and answers with what is to be done.

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
use super::app::{App, Decision};
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

/// The one that is open.
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

/// What an overlay wants done.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// It stays open.
    Stay,
    /// It stays open and has no use for the key.
    Pass,
    /// It closes.
    Close,
    /// It closes, and then this.
    Perform(Action),
    /// This, while it stays open.
    PerformAndStay(Action),
    /// This is done to the tenant key, while it stays open.
    AccessKey(KeyAccess, TenantKeyId),
    /// The id is copied, while it stays open.
    CopyId(String),
    /// It closes, and this is done to the account, as it was decided on.
    Apply(Change, Decision),
    /// It closes, and this is asked for a change.
    Prompt(Box<PromptForm>),
    /// It closes, and it is looked for whose key this is.
    LookUpKey(KeyQuery),
    /// It closes, and this API and stage are set up from now on.
    ChooseSetupStage(SetupTarget),
    /// It closes, and a stage of the API with this id is chosen.
    ChooseStage(String),
    /// It closes, and this is written to a file.
    Export(Box<ExportRequest>),
    /// It closes, and calls are counted by this access log, or by none.
    UseAccessLog(Option<PathBuf>),
    /// It closes, and a frozen month takes the figures of now.
    Refreeze,
    /// It closes, and these fixes are carried out.
    Fix(Vec<ConfirmedFix>),
    /// It closes, and this fix is asked for.
    ConfirmFix(Box<ConfirmedFix>),
    /// It closes, and this is asked first.
    Confirm(Change),
    /// It closes, and this is what keys of the plan call from now on.
    SetCallTarget(PlanId, CallTarget),
    /// It closes, and the key of this row calls.
    Call(TenantKeyId, CallSeries),
}

impl Reply {
    /// What may come of it, for the gate of `--readonly`.
    pub(crate) const fn impact(&self) -> Impact {
        match self {
            Self::Apply(..) | Self::Fix(_) | Self::Prompt(_) => Impact::Writes,
            Self::Confirm(_) | Self::ConfirmFix(_) | Self::Export(_) | Self::Refreeze => Impact::AsksFirst,
            // Whether the request writes is known when it is sent.
            Self::Call(..) => Impact::Calls,
            // The action has an impact of its own.
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
    /// The places whose keys it answers to.
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

    /// Whether characters are text here, not keys.
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
            Self::Explanation(explained) => explained.act(action, app),
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

    /// Takes a secret that was asked for, if it is for this row.
    pub(crate) fn reveal(&mut self, row: &TenantKeyId, secret: Secret, now: Timestamp) {
        if let Self::Details(details) = self {
            details.reveal(row, secret, now);
        }
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        if let Self::Details(details) = self {
            details.tick(now);
        }
    }

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
            Self::Explanation(explained) => explained.draw(app, frame),
        }
    }
}
