//! Pane 4: the protected API, called with the key under the cursor.
//!
//! What is called belongs to a plan (its first route, or what a person made of it); what came back belongs to the
//! key that was sent, and stays labelled with it when the cursor moves on.

mod body;
mod content;
mod screen;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use keypool_domain::{Inventory, Known, PlanId, RowId, StageRef, Tally, TenantKey, Verdict};

use crate::ops::{Asking, CallRequest, Route, Sample};
use crate::tui::look::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::Motion;

pub(crate) use screen::draw;

/// A request, and the stage that it goes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Aim {
    pub(crate) stage: StageRef,
    pub(crate) request: CallRequest,
}

/// How many calls, and how many of them a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Series {
    pub(crate) count: u32,
    pub(crate) rate: Option<f64>,
}

impl Series {
    pub(crate) const ONE: Self = Self { count: 1, rate: None };
}

/// The state of the test pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TestPane {
    routes: BTreeMap<PlanId, Vec<Route>>,
    /// Plans whose routes were asked for by showing the pane.
    asked: BTreeSet<PlanId>,
    aims: BTreeMap<PlanId, Aim>,
    /// What is called as soon as the routes are known.
    pub(crate) waiting: Option<(RowId, Series)>,
    results: Option<Results>,
    scroll: usize,
}

/// What came of the last call or series.
#[derive(Debug, Clone, PartialEq)]
struct Results {
    row: RowId,
    aim: Aim,
    series: Series,
    verdicts: Vec<Verdict>,
    tally: Tally,
    last: Option<Sample>,
    /// The last body, harmless and in colours.
    body: Vec<Vec<(Role, String)>>,
}

impl Aim {
    fn of(route: &Route) -> Self {
        let request = CallRequest {
            invoke_url: route.invoke_url.clone(),
            method: route.method.clone(),
            path: route.path.clone(),
            ..CallRequest::default()
        };
        Self { stage: route.stage.clone(), request }
    }

    /// The same headers and body to another route.
    pub(crate) fn moved_to(&self, route: &Route) -> Self {
        let there = Self::of(route);
        let request = CallRequest {
            headers: self.request.headers.clone(),
            body: self.request.body.clone(),
            ..there.request
        };
        Self { stage: there.stage, request }
    }
}

/// For example `, shared by 8`: a pooled key is never called for its tenant alone.
fn shared(inventory: &Inventory, key: &TenantKey) -> String {
    match (inventory.shares(key), key.api_key()) {
        (Known::Value(true), Known::Value(id)) => {
            format!(", shared by {}", text::grouped(inventory.rows_behind(&id).len()))
        }
        (Known::Value(_), _) => String::new(),
        (Known::Unknown(_), _) => ", perhaps shared".to_owned(),
    }
}

impl TestPane {
    /// What is called with a key of this plan.
    pub(crate) fn aim(&self, plan: &PlanId) -> Option<Aim> {
        let first = || self.routes.get(plan)?.first().map(Aim::of);
        self.aims.get(plan).cloned().or_else(first)
    }

    pub(crate) fn routes(&self, plan: &PlanId) -> &[Route] {
        self.routes.get(plan).map_or(&[], Vec::as_slice)
    }

    /// Whether the routes of this plan were never asked for; says so once, so that a failure does not go round.
    pub(crate) fn wants_routes(&mut self, plan: &PlanId) -> bool {
        !self.routes.contains_key(plan) && self.asked.insert(plan.clone())
    }

    pub(crate) fn learn(&mut self, plan: PlanId, routes: Vec<Route>) {
        self.routes.insert(plan, routes);
    }

    pub(crate) fn aim_at(&mut self, plan: PlanId, aim: Aim) {
        self.aims.insert(plan, aim);
    }

    /// Forgets what leads to stages that the plans no longer cover.
    pub(crate) fn settle(&mut self, inventory: &Inventory) {
        let covers = |plan: &PlanId, stage: &StageRef| {
            inventory.plan(plan).is_some_and(|plan| plan.stages.contains(stage))
        };
        self.routes.retain(|plan, routes| routes.iter().all(|route| covers(plan, &route.stage)));
        self.aims.retain(|plan, aim| covers(plan, &aim.stage));
        self.asked.clear();
    }

    /// A call or series begins: what came before makes room.
    pub(crate) fn begin(&mut self, row: RowId, aim: Aim, series: Series) {
        self.scroll = 0;
        self.results = Some(Results {
            row,
            aim,
            series,
            verdicts: Vec::new(),
            tally: Tally::default(),
            last: None,
            body: Vec::new(),
        });
    }

    pub(crate) fn add(&mut self, sample: Sample) {
        let Some(results) = &mut self.results else { return };
        results.verdicts.push(sample.verdict);
        results.tally.add(sample.verdict);
        results.body = body::lines(&sample.body);
        results.last = Some(sample);
    }

    /// The last call, to be explained.
    pub(crate) fn last_call(&self) -> Option<Asking> {
        let results = self.results.as_ref()?;
        let request = &results.aim.request;
        Some(Asking {
            whom: results.row.as_str().to_owned(),
            stage: Some(results.aim.stage.clone()),
            method: Some(format!("{} {}", request.method, request.path)),
            verdict: results.verdicts.last().copied(),
        })
    }

    /// Whose quota the last call found spent, and when.
    pub(crate) fn found_spent(&self) -> Option<(&RowId, Timestamp)> {
        let results = self.results.as_ref()?;
        let last = results.last.as_ref().filter(|last| last.verdict == Verdict::QuotaSpent)?;
        Some((&results.row, last.at))
    }

    /// How many calls have come back, of how many that were asked for.
    pub(crate) fn calls(&self) -> (usize, usize) {
        let results = self.results.as_ref();
        results.map_or((0, 0), |results| (results.verdicts.len(), results.series.count as usize))
    }

    /// Scrolls within so many lines, of which the pane holds `height`.
    pub(crate) fn go(&mut self, motion: Motion, lines: usize, height: usize) {
        let most = lines.saturating_sub(height);
        let half = isize::try_from((height / 2).max(1)).unwrap_or(1);
        let by = |rows: isize| self.scroll.min(most).saturating_add_signed(rows).min(most);
        self.scroll = match motion {
            Motion::First => 0,
            Motion::Last => most,
            Motion::Rows(rows) => by(rows),
            Motion::HalfPages(halves) => by(halves.saturating_mul(half)),
        };
    }
}
