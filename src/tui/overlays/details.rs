//! Details of the account, a plan, a pool key or a tenant key. The only place that shows a secret value, and only
//! temporarily.

mod facts;
mod usage;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::{ApiKeyId, PlanId, Secret, TenantKeyId};
use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, ItemAction, Scope};
use crate::tui::app::App;
use crate::tui::key_access::KeyAccess;
use crate::tui::layout::Pane;
use crate::tui::styles::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};
use facts::Fact;

const REVEAL_DURATION: SignedDuration = SignedDuration::from_secs(30);
const WIDTH: u16 = 76;
const NAME_COLS: usize = 13;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum DetailsSubject {
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
    /// The selection of the focused pane; "all plans" stands for the account.
    pub(crate) fn for_selection(app: &App) -> Option<Self> {
        let subject = match app.focus {
            Pane::Plans => {
                app.plans.selected_id.clone().map_or(DetailsSubject::Account, DetailsSubject::Plan)
            }
            Pane::Pool => {
                let row = app.pool.selected()?;
                DetailsSubject::PoolKey(row.plan.clone(), row.api_key.clone())
            }
            Pane::Keys | Pane::Test => DetailsSubject::TenantKey(app.selected_key()?.id.clone()),
        };
        Some(Self { subject, scroll: Scroll::default(), revealed_secret: None })
    }

    pub(crate) fn for_tenant_key(tenant_key: TenantKeyId) -> Self {
        Self {
            subject: DetailsSubject::TenantKey(tenant_key),
            scroll: Scroll::default(),
            revealed_secret: None,
        }
    }

    /// Only a tenant key has a secret value.
    pub(super) const fn scopes(&self) -> &'static [Scope] {
        if matches!(self.subject, DetailsSubject::TenantKey(_)) {
            &[Scope::Details, Scope::Text]
        } else {
            &[Scope::Text]
        }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() {
            return Reply::Close;
        }
        let Some(item) = action.as_item() else {
            self.scroll.act(action, frame::page_rows(app));
            self.scroll.clamp(self.lines(app).len(), frame::page_rows(app));
            return Reply::Stay;
        };
        match (item, &self.subject) {
            (ItemAction::Reveal, DetailsSubject::TenantKey(_)) if self.revealed_secret.take().is_some() => {
                Reply::Stay
            }
            (ItemAction::Reveal, DetailsSubject::TenantKey(tenant_key)) => {
                Reply::AccessKey(KeyAccess::Reveal, tenant_key.clone())
            }
            (ItemAction::CopyValue, DetailsSubject::TenantKey(tenant_key)) => {
                Reply::AccessKey(KeyAccess::CopyValue, tenant_key.clone())
            }
            (ItemAction::CopyId, DetailsSubject::TenantKey(tenant_key)) => {
                Reply::AccessKey(KeyAccess::CopyId, tenant_key.clone())
            }
            (ItemAction::CopyId, DetailsSubject::Plan(plan)) => Reply::CopyId(plan.as_str().to_owned()),
            (ItemAction::CopyId, DetailsSubject::PoolKey(_, key)) => Reply::CopyId(key.as_str().to_owned()),
            (ItemAction::CopyId, DetailsSubject::Account) => Reply::PerformAndStay(Action::CopyId),
            (
                ItemAction::Reveal | ItemAction::CopyValue,
                DetailsSubject::Account | DetailsSubject::Plan(_) | DetailsSubject::PoolKey(..),
            )
            | (ItemAction::Open | ItemAction::Describe, _) => Reply::Stay,
        }
    }

    pub(super) fn reveal(&mut self, tenant_key: &TenantKeyId, secret: Secret, now: Timestamp) {
        if self.subject == DetailsSubject::TenantKey(tenant_key.clone()) {
            self.revealed_secret = Some((secret, now + REVEAL_DURATION));
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        self.revealed_secret.take_if(|(_, until)| *until <= now);
    }

    pub(super) const fn shows_secret(&self) -> bool {
        self.revealed_secret.is_some()
    }

    pub(super) fn wakes_at(&self) -> Option<Timestamp> {
        self.revealed_secret.as_ref().map(|&(_, until)| until)
    }

    fn facts(&self, app: &App) -> Vec<Fact> {
        let Some(inventory) = app.inventory() else { return Vec::new() };
        let secret = self.revealed_secret.as_ref().map(|(secret, _)| secret);
        match &self.subject {
            DetailsSubject::Account => facts::account_facts(inventory, app.context.value()),
            DetailsSubject::Plan(id) => facts::plan_facts(inventory, id, &usage::plan_usage(app, id)),
            DetailsSubject::PoolKey(plan, id) => {
                facts::pool_key_facts(inventory, plan, id, &usage::key_usage(app, plan, id))
            }
            DetailsSubject::TenantKey(id) => {
                let usage_facts = inventory.tenant_key(id).and_then(|tenant_key| {
                    Some(usage::key_usage(app, &tenant_key.plan, tenant_key.api_key().value_to_show()?))
                });
                facts::tenant_key_facts(inventory, id, secret, &usage_facts.unwrap_or_default())
            }
        }
    }

    fn lines(&self, app: &App) -> Vec<Line<'static>> {
        let cells = usize::from(frame::content_cols(app, WIDTH));
        self.facts(app).iter().flat_map(|fact| fact_lines(app, fact, cells)).collect()
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let lines = self.lines(app);
        let title = match &self.subject {
            DetailsSubject::Account => "account and region",
            DetailsSubject::Plan(_) => "usage plan",
            DetailsSubject::PoolKey(..) => "pool key",
            DetailsSubject::TenantKey(_) => "tenant key",
        };
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, title, frame::content_cols(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}

fn fact_lines(app: &App, fact: &Fact, cells: usize) -> Vec<Line<'static>> {
    let styles = &app.options.styles;
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
