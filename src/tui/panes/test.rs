//! Pane 4: calls the protected API with the selected tenant key.
//!
//! Each plan has its own request: the first route of the plan, unless the user has edited it. The results belong to
//! the tenant key that was used, and stay labelled with it when the cursor moves.

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

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallTarget {
    pub(crate) stage: StageRef,
    pub(crate) request: CallRequest,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CallSeries {
    pub(crate) count: u32,
    /// Calls per second; `None` starts each call after the previous response.
    pub(crate) rate: Option<f64>,
}

impl CallSeries {
    pub(crate) const ONE: Self = Self { count: 1, rate: None };
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TestPane {
    routes: BTreeMap<PlanId, Vec<Route>>,
    /// Plans whose routes were requested because the pane is shown.
    requested_plans: BTreeSet<PlanId>,
    targets: BTreeMap<PlanId, CallTarget>,
    /// The call or series that starts as soon as the routes have been read.
    pub(crate) pending_call: Option<(TenantKeyId, CallSeries)>,
    results: Option<SeriesResults>,
    scroll: usize,
}

/// Results of the last call or series.
#[derive(Debug, Clone, PartialEq)]
struct SeriesResults {
    tenant_key: TenantKeyId,
    target: CallTarget,
    series: CallSeries,
    verdicts: Vec<Verdict>,
    tally: Tally,
    last: Option<Sample>,
    /// The last response body, sanitised and highlighted.
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

    /// Returns the target for another route, with the same headers and body.
    pub(crate) fn with_route(&self, route: &Route) -> Self {
        let unedited = Self::from_route(route);
        let request = CallRequest {
            headers: self.request.headers.clone(),
            body: self.request.body.clone(),
            ..unedited.request
        };
        Self { stage: unedited.stage, request }
    }
}

/// E.g. `, shared by 8`: a call with a shared key counts towards the quota of all tenants that share it.
fn shared_suffix(inventory: &Inventory, key: &TenantKey) -> String {
    match (inventory.is_shared(key), key.api_key()) {
        (Known::Value(true), Known::Value(id)) => {
            format!(", shared by {}", text::format_count(inventory.tenant_keys_of_api_key(&id).len()))
        }
        (Known::Value(_), _) => String::new(),
        (Known::Unknown(_), _) => ", possibly shared".to_owned(),
    }
}

impl TestPane {
    /// The edited request, or else the first route of the plan.
    pub(crate) fn target(&self, plan: &PlanId) -> Option<CallTarget> {
        let first_route = || self.routes.get(plan)?.first().map(CallTarget::from_route);
        self.targets.get(plan).cloned().or_else(first_route)
    }

    pub(crate) fn routes(&self, plan: &PlanId) -> &[Route] {
        self.routes.get(plan).map_or(&[], Vec::as_slice)
    }

    /// Returns true once per plan without routes, so that a failed read is not repeated endlessly.
    pub(crate) fn should_read_routes(&mut self, plan: &PlanId) -> bool {
        !self.routes.contains_key(plan) && self.requested_plans.insert(plan.clone())
    }

    pub(crate) fn set_routes(&mut self, plan: PlanId, routes: Vec<Route>) {
        self.routes.insert(plan, routes);
    }

    pub(crate) fn set_target(&mut self, plan: PlanId, target: CallTarget) {
        self.targets.insert(plan, target);
    }

    /// Drops routes and requests for stages that the plan no longer covers.
    pub(crate) fn drop_stale_routes(&mut self, inventory: &Inventory) {
        let covers = |plan: &PlanId, stage: &StageRef| {
            inventory.plan(plan).is_some_and(|plan| plan.stages.contains(stage))
        };
        self.routes.retain(|plan, routes| routes.iter().all(|route| covers(plan, &route.stage)));
        self.targets.retain(|plan, target| covers(plan, &target.stage));
        self.requested_plans.clear();
    }

    /// Replaces the results of the previous call or series.
    pub(crate) fn start_results(&mut self, tenant_key: TenantKeyId, target: CallTarget, series: CallSeries) {
        self.scroll = 0;
        self.results = Some(SeriesResults {
            tenant_key,
            target,
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

    /// A request to explain the last call.
    pub(crate) fn last_call(&self) -> Option<ExplainRequest> {
        let results = self.results.as_ref()?;
        let request = &results.target.request;
        Some(ExplainRequest {
            key_or_tenant: results.tenant_key.as_str().to_owned(),
            stage: Some(results.target.stage.clone()),
            method: Some(format!("{} {}", request.method, request.path)),
            verdict: results.verdicts.last().copied(),
        })
    }

    /// The tenant key and time of the last call, if it was refused because the quota is exhausted.
    pub(crate) fn last_quota_exhausted_call(&self) -> Option<(&TenantKeyId, Timestamp)> {
        let results = self.results.as_ref()?;
        let last = results.last.as_ref().filter(|last| last.verdict == Verdict::QuotaExhausted)?;
        Some((&results.tenant_key, last.at))
    }

    /// Completed and requested calls.
    pub(crate) fn call_counts(&self) -> (usize, usize) {
        let results = self.results.as_ref();
        results.map_or((0, 0), |results| (results.verdicts.len(), results.series.count as usize))
    }

    /// `height` is the number of visible lines.
    pub(crate) fn scroll_by(&mut self, motion: Motion, lines: usize, height: usize) {
        let max = lines.saturating_sub(height);
        let half = isize::try_from((height / 2).max(1)).unwrap_or(1);
        let scroll = |rows: isize| self.scroll.min(max).saturating_add_signed(rows).min(max);
        self.scroll = match motion {
            Motion::First => 0,
            Motion::Last => max,
            Motion::Rows(rows) => scroll(rows),
            Motion::HalfPages(halves) => scroll(halves.saturating_mul(half)),
        };
    }
}
