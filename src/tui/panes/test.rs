//! Pane 4: the protected API, called with the key under the cursor.
//!
//! What is called belongs to a plan (its first route, or what a person made of it); what came back belongs to the
//! key that was sent, and stays labelled with it when the cursor moves on.

mod body;
mod content;
mod screen;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use keypool_domain::{Inventory, Known, PlanId, StageRef, Tally, TenantKey, TenantKeyId, Verdict};

use crate::ops::{CallRequest, ExplainRequest, Route, Sample};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::Motion;

pub(crate) use screen::draw;

/// A request, and the stage that it goes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallTarget {
    pub(crate) stage: StageRef,
    pub(crate) request: CallRequest,
}

/// How many calls, and how many of them a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CallSeries {
    pub(crate) count: u32,
    pub(crate) rate: Option<f64>,
}

impl CallSeries {
    pub(crate) const ONE: Self = Self { count: 1, rate: None };
}

/// The state of the test pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TestPane {
    routes: BTreeMap<PlanId, Vec<Route>>,
    /// Plans whose routes were asked for by showing the pane.
    requested_plans: BTreeSet<PlanId>,
    targets: BTreeMap<PlanId, CallTarget>,
    /// What is called as soon as the routes are known.
    pub(crate) pending_call: Option<(TenantKeyId, CallSeries)>,
    results: Option<SeriesResults>,
    scroll: usize,
}

/// What came of the last call or series.
#[derive(Debug, Clone, PartialEq)]
struct SeriesResults {
    row: TenantKeyId,
    target: CallTarget,
    series: CallSeries,
    verdicts: Vec<Verdict>,
    tally: Tally,
    last: Option<Sample>,
    /// The last body, harmless and in colours.
    body: Vec<Vec<(Role, String)>>,
}

impl CallTarget {
    fn from_route(route: &Route) -> Self {
        let request = CallRequest {
            invoke_url: route.invoke_url.clone(),
            method: route.method.clone(),
            path: route.path.clone(),
            ..CallRequest::default()
        };
        Self { stage: route.stage.clone(), request }
    }

    /// The same headers and body to another route.
    pub(crate) fn with_route(&self, route: &Route) -> Self {
        let there = Self::from_route(route);
        let request = CallRequest {
            headers: self.request.headers.clone(),
            body: self.request.body.clone(),
            ..there.request
        };
        Self { stage: there.stage, request }
    }
}

/// For example `, shared by 8`: a pooled key is never called for its tenant alone.
fn shared_suffix(inventory: &Inventory, key: &TenantKey) -> String {
    match (inventory.is_shared(key), key.api_key()) {
        (Known::Value(true), Known::Value(id)) => {
            format!(", shared by {}", text::format_count(inventory.tenant_keys_of_api_key(&id).len()))
        }
        (Known::Value(_), _) => String::new(),
        (Known::Unknown(_), _) => ", perhaps shared".to_owned(),
    }
}

impl TestPane {
    /// What is called with a key of this plan.
    pub(crate) fn target(&self, plan: &PlanId) -> Option<CallTarget> {
        let first = || self.routes.get(plan)?.first().map(CallTarget::from_route);
        self.targets.get(plan).cloned().or_else(first)
    }

    pub(crate) fn routes(&self, plan: &PlanId) -> &[Route] {
        self.routes.get(plan).map_or(&[], Vec::as_slice)
    }

    /// Whether the routes of this plan were never asked for; says so once, so that a failure does not go round.
    pub(crate) fn should_read_routes(&mut self, plan: &PlanId) -> bool {
        !self.routes.contains_key(plan) && self.requested_plans.insert(plan.clone())
    }

    pub(crate) fn set_routes(&mut self, plan: PlanId, routes: Vec<Route>) {
        self.routes.insert(plan, routes);
    }

    pub(crate) fn set_target(&mut self, plan: PlanId, aim: CallTarget) {
        self.targets.insert(plan, aim);
    }

    /// Forgets what leads to stages that the plans no longer cover.
    pub(crate) fn drop_stale_routes(&mut self, inventory: &Inventory) {
        let covers = |plan: &PlanId, stage: &StageRef| {
            inventory.plan(plan).is_some_and(|plan| plan.stages.contains(stage))
        };
        self.routes.retain(|plan, routes| routes.iter().all(|route| covers(plan, &route.stage)));
        self.targets.retain(|plan, aim| covers(plan, &aim.stage));
        self.requested_plans.clear();
    }

    /// A call or series begins: what came before makes room.
    pub(crate) fn start_results(&mut self, row: TenantKeyId, aim: CallTarget, series: CallSeries) {
        self.scroll = 0;
        self.results = Some(SeriesResults {
            row,
            target: aim,
            series,
            verdicts: Vec::new(),
            tally: Tally::default(),
            last: None,
            body: Vec::new(),
        });
    }

    pub(crate) fn add_sample(&mut self, sample: Sample) {
        let Some(results) = &mut self.results else { return };
        results.verdicts.push(sample.verdict);
        results.tally.add(sample.verdict);
        results.body = body::lines(&sample.body);
        results.last = Some(sample);
    }

    /// The last call, to be explained.
    pub(crate) fn last_call(&self) -> Option<ExplainRequest> {
        let results = self.results.as_ref()?;
        let request = &results.target.request;
        Some(ExplainRequest {
            key_or_tenant: results.row.as_str().to_owned(),
            stage: Some(results.target.stage.clone()),
            method: Some(format!("{} {}", request.method, request.path)),
            verdict: results.verdicts.last().copied(),
        })
    }

    /// Whose quota the last call found spent, and when.
    pub(crate) fn last_spent_call(&self) -> Option<(&TenantKeyId, Timestamp)> {
        let results = self.results.as_ref()?;
        let last = results.last.as_ref().filter(|last| last.verdict == Verdict::QuotaSpent)?;
        Some((&results.row, last.at))
    }

    /// How many calls have come back, of how many that were asked for.
    pub(crate) fn call_counts(&self) -> (usize, usize) {
        let results = self.results.as_ref();
        results.map_or((0, 0), |results| (results.verdicts.len(), results.series.count as usize))
    }

    /// Scrolls within so many lines, of which the pane holds `height`.
    pub(crate) fn scroll_by(&mut self, motion: Motion, lines: usize, height: usize) {
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
