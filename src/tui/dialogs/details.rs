//! Details of the account, a plan, a pool key or a tenant key. The only place that shows a secret value, and only
//! temporarily.

mod ages;
mod facts;
mod usage;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::{ApiKeyId, PlanId, Secret, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::key_access::KeyAccess;
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::{Action, ItemAction, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, done};
use crate::tui::styles::Role;
use crate::tui::text;
use facts::Fact;

const REVEAL_DURATION: SignedDuration = SignedDuration::from_secs(30);
const WIDTH: u16 = 76;
const NAME_COLS: usize = 13;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DetailsSubject {
    Account,
    Plan(PlanId),
    PoolKey(PlanId, ApiKeyId),
    TenantKey(TenantKeyId),
}

#[derive(Debug, Clone)]
pub(crate) struct Details {
    subject: DetailsSubject,
    scroll: Scroll,
    /// The secret value and the time to hide it.
    revealed_secret: Option<(Secret, Timestamp)>,
}

impl Details {
    pub(crate) fn new(subject: DetailsSubject) -> Self {
        Self { subject, scroll: Scroll::default(), revealed_secret: None }
    }

    fn lines(&self, model: &Model) -> Vec<Line<'static>> {
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let secret = self.revealed_secret.as_ref().map(|(secret, _)| secret);
        let facts = facts_of(&self.subject, secret, model);
        facts.iter().flat_map(|fact| fact_lines(model, fact, cells)).collect()
    }
}

/// The facts about the subject without its secret value, wrapped at `cells`.
pub(crate) fn lines_of(subject: &DetailsSubject, model: &Model, cells: usize) -> Vec<Line<'static>> {
    facts_of(subject, None, model).iter().flat_map(|fact| fact_lines(model, fact, cells)).collect()
}

fn facts_of(subject: &DetailsSubject, secret: Option<&Secret>, model: &Model) -> Vec<Fact> {
    let Some(inventory) = model.inventory() else { return Vec::new() };
    match subject {
        DetailsSubject::Account => facts::account_facts(inventory, model.context().value()),
        DetailsSubject::Plan(id) => facts::plan_facts(inventory, id, &usage::plan_usage(model, id)),
        DetailsSubject::PoolKey(plan, id) => {
            facts::pool_key_facts(inventory, plan, id, &usage::key_usage(model, plan, id))
        }
        DetailsSubject::TenantKey(id) => {
            let usage_facts = inventory.tenant_key(id).and_then(|tenant_key| {
                Some(usage::key_usage(model, &tenant_key.plan, tenant_key.api_key().value_to_show()?))
            });
            let facts = facts::tenant_key_facts(inventory, id, secret, &usage_facts.unwrap_or_default());
            let tenant_key = inventory.tenant_key(id);
            let ages = tenant_key.map(|key| ages::tenant_key_facts(key, inventory, model.now()));
            facts.into_iter().chain(ages.unwrap_or_default()).collect()
        }
    }
}

impl Screen for Details {
    /// The keys that reveal or copy a secret value work only on a tenant key.
    fn scopes(&self) -> &'static [Scope] {
        if matches!(self.subject, DetailsSubject::TenantKey(_)) {
            &[Scope::Details, Scope::Text]
        } else {
            &[Scope::Text]
        }
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if action.closes_text() {
            return Some(vec![Command::Close]);
        }
        let Some(item) = action.as_item() else {
            self.scroll.act(action, frame::page_rows(model));
            self.scroll.clamp(self.lines(model).len(), frame::page_rows(model));
            return done();
        };
        match (item, &self.subject) {
            (ItemAction::Reveal, DetailsSubject::TenantKey(_)) if self.revealed_secret.take().is_some() => {
                done()
            }
            (ItemAction::Reveal, DetailsSubject::TenantKey(tenant_key)) => {
                Some(vec![Command::AccessKey(KeyAccess::Reveal, tenant_key.clone())])
            }
            (ItemAction::CopyValue, DetailsSubject::TenantKey(tenant_key)) => {
                Some(vec![Command::AccessKey(KeyAccess::CopyValue, tenant_key.clone())])
            }
            (ItemAction::CopyId, DetailsSubject::TenantKey(tenant_key)) => {
                Some(vec![Command::CopyId(tenant_key.as_str().to_owned())])
            }
            (ItemAction::CopyId, DetailsSubject::Plan(plan)) => {
                Some(vec![Command::CopyId(plan.as_str().to_owned())])
            }
            (ItemAction::CopyId, DetailsSubject::PoolKey(_, key)) => {
                Some(vec![Command::CopyId(key.as_str().to_owned())])
            }
            (ItemAction::CopyId, DetailsSubject::Account) => {
                Some(vec![Command::refuse("nothing is selected")])
            }
            (
                ItemAction::Reveal | ItemAction::CopyValue,
                DetailsSubject::Account | DetailsSubject::Plan(_) | DetailsSubject::PoolKey(..),
            )
            | (ItemAction::Open | ItemAction::Describe, _) => done(),
        }
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Reveal && self.revealed_secret.is_some() {
            "hide"
        } else {
            spec.footer
        })
    }

    fn tick(&mut self, now: Timestamp) {
        self.revealed_secret.take_if(|(_, until)| *until <= now);
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.revealed_secret.as_ref().map(|&(_, until)| until)
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let lines = self.lines(model);
        let title = match &self.subject {
            DetailsSubject::Account => "account and region",
            DetailsSubject::Plan(_) => "usage plan",
            DetailsSubject::PoolKey(..) => "pool key",
            DetailsSubject::TenantKey(_) => "tenant key",
        };
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, title, frame::content_cols(model, WIDTH), height);
        self.scroll.draw(model, lines, inside, frame);
    }
}

impl Dialog for Details {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }

    fn reveal(&mut self, tenant_key: &TenantKeyId, secret: Secret, now: Timestamp) {
        if self.subject == DetailsSubject::TenantKey(tenant_key.clone()) {
            self.revealed_secret = Some((secret, now + REVEAL_DURATION));
            self.scroll = Scroll::default();
        }
    }
}

fn fact_lines(model: &Model, fact: &Fact, cells: usize) -> Vec<Line<'static>> {
    let styles = model.styles();
    let wrapped = text::wrap(&fact.text, cells.saturating_sub(NAME_COLS));
    wrapped
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let name = if at == 0 { fact.name } else { "" };
            Line::from(vec![
                Span::styled(format!("{name:<NAME_COLS$}"), styles.get(Role::Muted)),
                Span::styled(line, styles.get(fact.role)),
            ])
        })
        .collect()
}
