//! The state of the test pane: the requests of each plan, and the results of the last call or series.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use keypool_domain::{Inventory, PlanId, StageRef, Tally, TenantKey, TenantKeyId, Verdict};

use crate::ops::{ExplainRequest, Route, Sample};
use crate::tui::layout::Pane;
use crate::tui::model::calls::{CallSeries, CallTarget};
use crate::tui::screens::home::test::body;
use crate::tui::styles::Role;
use crate::tui::widgets::cursor::Motion;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TestPane {
    routes: BTreeMap<PlanId, Vec<Route>>,
    /// Plans whose routes were requested because the pane is shown.
    requested_plans: BTreeSet<PlanId>,
    targets: BTreeMap<PlanId, CallTarget>,
    /// The call or series that starts as soon as the routes have been read.
    pub(crate) pending_call: Option<(TenantKeyId, CallSeries)>,
    pub(super) results: Option<SeriesResults>,
    /// The last calls of all tenant keys, newest first.
    recent: VecDeque<RecentCall>,
    pub(super) scroll: usize,
}

/// A call that was made from here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecentCall {
    tenant_key: TenantKeyId,
    pub(crate) at: Timestamp,
    pub(crate) verdict: Verdict,
    pub(crate) status: Option<u16>,
    pub(crate) latency: Duration,
}

/// Older calls are not kept.
const MAX_RECENT_CALLS: usize = 60;
/// Older calls of a tenant key are not shown.
const MAX_SHOWN_CALLS: usize = 6;

/// What the test pane shows of the other panes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestContext<'a> {
    pub(crate) focus: Pane,
    /// The tenant key that the next call uses, or why there is none.
    pub(crate) key_to_call: &'a Result<TenantKey, String>,
    /// The tenant key selected in the keys pane.
    pub(crate) selected: Option<&'a TenantKeyId>,
}

/// Results of the last call or series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SeriesResults {
    pub(super) tenant_key: TenantKeyId,
    pub(super) target: CallTarget,
    pub(super) series: CallSeries,
    pub(super) verdicts: Vec<Verdict>,
    pub(super) tally: Tally,
    pub(super) last: Option<Sample>,
    /// The last response body, sanitised and highlighted.
    pub(super) body: Vec<Vec<(Role, String)>>,
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
        self.recent.truncate(MAX_RECENT_CALLS - 1);
        self.recent.push_front(RecentCall {
            tenant_key: results.tenant_key.clone(),
            at: sample.at,
            verdict: sample.verdict,
            status: sample.status,
            latency: sample.latency,
        });
        results.verdicts.push(sample.verdict);
        results.tally.add(sample.verdict);
        results.body = body::lines(&sample.body);
        results.last = Some(sample);
    }

    /// The last calls with this tenant key, newest first.
    pub(crate) fn recent_calls<'a>(
        &'a self,
        tenant_key: &'a TenantKeyId,
    ) -> impl Iterator<Item = &'a RecentCall> {
        self.recent.iter().filter(move |call| call.tenant_key == *tenant_key).take(MAX_SHOWN_CALLS)
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
            error_type: results.last.as_ref().and_then(|sample| sample.error_type.clone()),
            refusals: None,
        })
    }

    /// The tenant key of the last call or series.
    pub(crate) fn called_key(&self) -> Option<&TenantKeyId> {
        self.results.as_ref().map(|results| &results.tenant_key)
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
