//! Everything about one plan, pool key or tenant key, with everyone behind it; the one place that shows a secret,
//! and only for a while.

mod facts;
mod usage;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::{ApiKeyId, PlanId, RowId, Secret};
use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, ItemAction, Scope};
use crate::tui::app::App;
use crate::tui::key_access::KeyAccess;
use crate::tui::layout::Pane;
use crate::tui::look::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};
use facts::Fact;

/// How long a secret is shown.
const SHOWN_FOR: SignedDuration = SignedDuration::from_secs(30);
const WIDTH: u16 = 76;
/// Cells of the column of names.
const NAME: usize = 13;

/// What is described.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    Account,
    Plan(PlanId),
    PoolKey(PlanId, ApiKeyId),
    Row(RowId),
}

/// The details of one thing.
#[derive(Debug, Clone)]
pub(crate) struct Details {
    subject: Subject,
    scroll: Scroll,
    revealed: Option<(Secret, Timestamp)>,
}

impl Details {
    /// Of what the focused pane has under its cursor; "all plans" is the whole account.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let subject = match app.focus {
            Pane::Plans => app.plans.choice.clone().map_or(Subject::Account, Subject::Plan),
            Pane::Pool => {
                let row = app.pool.selected()?;
                Subject::PoolKey(row.plan.clone(), row.api_key.clone())
            }
            Pane::Keys | Pane::Test => Subject::Row(app.selected_key()?.id.clone()),
        };
        Some(Self { subject, scroll: Scroll::default(), revealed: None })
    }

    /// Of a tenant key, wherever the cursor is.
    pub(crate) fn of_row(row: RowId) -> Self {
        Self { subject: Subject::Row(row), scroll: Scroll::default(), revealed: None }
    }

    /// Only a tenant key has a secret to show.
    pub(super) const fn scopes(&self) -> &'static [Scope] {
        if matches!(self.subject, Subject::Row(_)) { &[Scope::Details, Scope::Text] } else { &[Scope::Text] }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() {
            return Reply::Close;
        }
        let Some(item) = action.as_item() else {
            self.scroll.act(action, frame::page(app));
            self.scroll.settle(self.lines(app).len(), frame::page(app));
            return Reply::Stay;
        };
        match (item, &self.subject) {
            (ItemAction::Reveal, Subject::Row(_)) if self.revealed.take().is_some() => Reply::Stay,
            (ItemAction::Reveal, Subject::Row(row)) => Reply::AccessKey(KeyAccess::Reveal, row.clone()),
            (ItemAction::CopyValue, Subject::Row(row)) => Reply::AccessKey(KeyAccess::CopyValue, row.clone()),
            (ItemAction::CopyId, Subject::Row(row)) => Reply::AccessKey(KeyAccess::CopyId, row.clone()),
            (ItemAction::CopyId, Subject::Plan(plan)) => Reply::CopyId(plan.as_str().to_owned()),
            (ItemAction::CopyId, Subject::PoolKey(_, key)) => Reply::CopyId(key.as_str().to_owned()),
            (ItemAction::CopyId, Subject::Account) => Reply::PerformAndStay(Action::CopyId),
            (
                ItemAction::Reveal | ItemAction::CopyValue,
                Subject::Account | Subject::Plan(_) | Subject::PoolKey(..),
            )
            | (ItemAction::Open | ItemAction::Describe, _) => Reply::Stay,
        }
    }

    pub(super) fn reveal(&mut self, row: &RowId, secret: Secret, now: Timestamp) {
        if self.subject == Subject::Row(row.clone()) {
            self.revealed = Some((secret, now + SHOWN_FOR));
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        self.revealed.take_if(|(_, until)| *until <= now);
    }

    pub(super) fn wakes_at(&self) -> Option<Timestamp> {
        self.revealed.as_ref().map(|&(_, until)| until)
    }

    fn facts(&self, app: &App) -> Vec<Fact> {
        let Some(inventory) = app.known() else { return Vec::new() };
        let secret = self.revealed.as_ref().map(|(secret, _)| secret);
        match &self.subject {
            Subject::Account => facts::of_account(inventory, app.place.value()),
            Subject::Plan(id) => facts::of_plan(inventory, id, &usage::of_plan(app, id)),
            Subject::PoolKey(plan, id) => {
                facts::of_pool_key(inventory, plan, id, &usage::of_key(app, plan, id))
            }
            Subject::Row(id) => {
                let told = inventory
                    .row(id)
                    .and_then(|row| Some(usage::of_key(app, &row.plan, row.api_key().value_to_show()?)));
                facts::of_row(inventory, id, secret, &told.unwrap_or_default())
            }
        }
    }

    fn lines(&self, app: &App) -> Vec<Line<'static>> {
        let cells = usize::from(frame::room(app, WIDTH));
        self.facts(app).iter().flat_map(|fact| lines(app, fact, cells)).collect()
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let lines = self.lines(app);
        let title = match &self.subject {
            Subject::Account => "account and region",
            Subject::Plan(_) => "usage plan",
            Subject::PoolKey(..) => "pool key",
            Subject::Row(_) => "tenant key",
        };
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, title, frame::room(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}

fn lines(app: &App, fact: &Fact, cells: usize) -> Vec<Line<'static>> {
    let look = &app.options.look;
    let wrapped = text::wrap(&fact.text, cells.saturating_sub(NAME));
    wrapped
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let name = if at == 0 { fact.name } else { "" };
            Line::from(vec![
                Span::styled(format!("{name:<NAME$}"), look.style(Role::Muted)),
                Span::styled(line, look.style(fact.role)),
            ])
        })
        .collect()
}
