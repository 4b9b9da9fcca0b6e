//! Opens, describes, copies and reveals the item under the cursor, and marks and filters the keys.

use std::sync::Arc;

use keypool_domain::{ApiKeyId, Known, TenantKeyId, Verdict};

use crate::ops::ExplainRequest;
use crate::tui::dialogs::details::{Details, DetailsSubject};
use crate::tui::key_access::KeyAccess;
use crate::tui::keys::action::{ItemAction, KeyListAction};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::query::Query;
use crate::tui::screen::Command;
use crate::tui::screens::home::state::Home;
use crate::tui::screens::usage::state::UsageSubject;

impl Home {
    pub(super) fn perform_on_item(&mut self, action: ItemAction, model: &Model) -> Vec<Command> {
        match action {
            ItemAction::Open => self.open(model),
            ItemAction::Describe => vec![self.describe(model)],
            ItemAction::Reveal => vec![self.access_selected(KeyAccess::Reveal, model)],
            ItemAction::CopyId => vec![self.copy_id(model)],
            ItemAction::CopyValue => vec![self.access_selected(KeyAccess::CopyValue, model)],
        }
    }

    pub(super) fn perform_on_key_list(&mut self, action: KeyListAction, model: &Model) -> Vec<Command> {
        match action {
            KeyListAction::Filter => self.start_filter(),
            KeyListAction::ClearMarks => self.keys.clear_marks(),
            KeyListAction::Mark => {
                if let Some(inventory) = model.inventory() {
                    self.keys.toggle_mark(inventory);
                }
            }
            KeyListAction::MarkRange => {
                if let Some(inventory) = model.inventory() {
                    self.keys.mark_range(inventory);
                }
            }
        }
        Vec::new()
    }

    fn open(&mut self, model: &Model) -> Vec<Command> {
        match self.focus {
            Pane::Plans => self.focus = if self.pool.len() > 0 { Pane::Pool } else { Pane::Keys },
            Pane::Pool => {
                if let Some(key) = self.selected_pool_key() {
                    self.pool.key_filter = Some(key);
                    self.focus = Pane::Keys;
                }
            }
            Pane::Keys => return vec![self.describe(model)],
            Pane::Test => {}
        }
        Vec::new()
    }

    fn describe(&self, model: &Model) -> Command {
        match self.subject(model) {
            Some(subject) => Command::open(Details::new(subject)),
            None => Command::refuse("nothing is selected"),
        }
    }

    /// The selection of the focused pane; "all plans" stands for the account.
    pub(super) fn subject(&self, model: &Model) -> Option<DetailsSubject> {
        Some(match self.focus {
            Pane::Plans => {
                self.plans.selected_id.clone().map_or(DetailsSubject::Account, DetailsSubject::Plan)
            }
            Pane::Pool => {
                let row = self.pool.selected()?;
                DetailsSubject::PoolKey(row.plan.clone(), row.api_key.clone())
            }
            Pane::Keys | Pane::Test => DetailsSubject::TenantKey(self.selected_key(model)?.id.clone()),
        })
    }

    fn access_selected(&self, access: KeyAccess, model: &Model) -> Command {
        match self.selected_key(model) {
            Some(key) => Command::AccessKey(access, key.id.clone()),
            None => Command::refuse("no key is selected"),
        }
    }

    fn copy_id(&self, model: &Model) -> Command {
        let id = match self.focus {
            Pane::Plans => self.plans.selected_id.as_ref().map(|id| id.as_str().to_owned()),
            Pane::Pool => self.pool.selected().map(|row| row.api_key.as_str().to_owned()),
            Pane::Keys | Pane::Test => self.selected_key(model).map(|key| key.id.as_str().to_owned()),
        };
        id.map_or_else(|| Command::refuse("nothing is selected"), Command::CopyId)
    }

    /// Whose usage the usage screen shows: the selection of the focused pane.
    pub(crate) fn usage_subject(&self, model: &Model) -> UsageSubject {
        let plan = || self.plans.selected_id.clone().map_or(UsageSubject::Account, UsageSubject::Plan);
        match self.focus {
            Pane::Plans => plan(),
            Pane::Pool => self
                .pool
                .selected()
                .map_or_else(plan, |row| UsageSubject::Key(row.plan.clone(), row.api_key.clone())),
            Pane::Keys | Pane::Test => {
                self.selected_key(model).map_or_else(plan, |key| match key.api_key() {
                    Known::Value(api_key) => UsageSubject::Key(key.plan.clone(), api_key),
                    Known::Unknown(_) => plan(),
                })
            }
        }
    }

    /// Diagnoses 403 and 429 for the selected key, or for the last call of the test pane.
    pub(super) fn explain(&self, model: &Model) -> Command {
        let last_call = self.test.last_call();
        let request = match self.focus {
            Pane::Test if last_call.is_some() => last_call,
            Pane::Pool => self.pool.selected().map(|row| ExplainRequest {
                key_or_tenant: row.api_key.as_str().to_owned(),
                ..last_call.filter(|call| is_evidence(call, &row.api_key, model)).unwrap_or_default()
            }),
            Pane::Plans | Pane::Keys | Pane::Test => self.selected_key(model).map(|key| ExplainRequest {
                key_or_tenant: key.id.as_str().to_owned(),
                ..last_call
                    .filter(|call| call.key_or_tenant == key.id.as_str() && shows_what_checks_cannot(call))
                    .unwrap_or_default()
            }),
        };
        match request {
            Some(request) => {
                let is_outdated = request.verdict == Some(Verdict::QuotaExhausted)
                    && model.has_calls_left(&TenantKeyId::new(request.key_or_tenant.as_str()));
                let verdict = request.verdict.filter(|_| !is_outdated);
                let refusals = Some(Arc::clone(model.refusals()));
                Command::Load(Query::Explain(ExplainRequest { verdict, refusals, ..request }))
            }
            None => Command::refuse("no key is selected: choose one in pane 3"),
        }
    }
}

/// Whether a call with one of its tenant keys shows something about an API key.
fn is_evidence(call: &ExplainRequest, api_key: &ApiKeyId, model: &Model) -> bool {
    let called = TenantKeyId::new(call.key_or_tenant.as_str());
    let called = model.inventory().and_then(|inventory| inventory.tenant_key(&called));
    called.is_some_and(|key| key.api_key().is_known_to_be(api_key)) && shows_what_checks_cannot(call)
}

/// Only a response shows that calls are throttled, or that what was changed is deployed and propagated.
fn shows_what_checks_cannot(call: &ExplainRequest) -> bool {
    match call.verdict {
        Some(Verdict::Ok | Verdict::Throttled) => true,
        // The cause may have been fixed since; a spent quota is noted elsewhere.
        Some(Verdict::QuotaExhausted | Verdict::Forbidden | Verdict::Other) | None => false,
    }
}
