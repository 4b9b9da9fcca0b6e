//! When the usage of each plan is read: first what the operator looks at, then plans near their limits, then the rest,
//! slowly. Nothing is read again while it is fresh.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use keypool_domain::PlanId;

use crate::aws::{Failure, Site};
use crate::tui::model::Model;
use crate::tui::model::effect::Effect;
use crate::tui::model::load_states::Part;
use crate::tui::model::query::Query;
use crate::tui::model::remote::Remote;
use crate::tui::model::tasks::TaskKind;
use crate::tui::model::usage_days::current_range;
use crate::tui::model::usage_index::WARN_PERCENT;
use crate::tui::text;

/// How long the usage of a plan is fresh. API Gateway's usage data lags by minutes.
const REFRESH_INTERVAL: SignedDuration = SignedDuration::from_mins(5);

/// Plans that are read at the same time. If the first reads all fail, no more are tried.
const MAX_CONCURRENT_READS: usize = 4;

/// At AWS, plans out of view cause one call in this time.
const REST_CALL_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// Indexing takes time for every tenant key. A plan in view is indexed at once; others together with one more plan for
/// each of so many tenant keys.
const TENANT_KEYS_PER_PLAN: usize = 20_000;

/// Whether usage is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsageState {
    Read,
    /// It will be read.
    Pending,
    /// It could not be read, or reading was stopped.
    Unread,
}

impl UsageState {
    /// What stands in the place of a figure that there is none of: three different reasons.
    pub(crate) const fn missing_mark(self) -> &'static str {
        match self {
            Self::Read => text::NOT_APPLICABLE,
            Self::Pending => text::PENDING,
            Self::Unread => text::UNKNOWN,
        }
    }
}

/// The state of reading usage.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct UsageReads {
    /// When the usage of each plan was requested last.
    requested_at: HashMap<PlanId, Timestamp>,
    wanted: BTreeSet<PlanId>,
    running: Vec<Read>,
    /// The plans that the operator looks at, the one under the cursor first.
    in_view: Vec<PlanId>,
    /// The earliest time of the next read of a plan out of view.
    rest_from: Option<Timestamp>,
    unindexed: usize,
    /// Whether what is not indexed yet is to be shown at once.
    is_index_urgent: bool,
    successes: usize,
    failures: usize,
    first_failure: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq)]
struct Read {
    plan: PlanId,
    is_rest: bool,
}

impl UsageReads {
    const fn is_idle(&self) -> bool {
        self.running.is_empty() && self.unindexed == 0
    }

    fn is_running(&self, plan: &PlanId) -> bool {
        self.running.iter().any(|read| read.plan == *plan)
    }

    fn is_fresh(&self, plan: &PlanId, now: Timestamp) -> bool {
        self.requested_at.get(plan).is_some_and(|at| now.duration_since(*at) < REFRESH_INTERVAL)
    }

    /// A plan that is being read is read again only if it was expired meanwhile.
    fn is_available(&self, plan: &PlanId) -> bool {
        self.wanted.contains(plan) && !self.is_running(plan)
    }
}

impl Model {
    /// Whether usage is still to be read, so that it matters which plans are in view.
    pub(crate) fn wants_usage(&self) -> bool {
        !self.usage_reads.wanted.is_empty()
    }

    /// Makes the usage of all plans be read that is not fresh. [`Self::start_usage_reads`] starts the reads.
    pub(crate) fn read_usage(&mut self) {
        let Ok(inventory) = self.require_current_inventory().cloned() else { return };
        let reads = &mut self.usage_reads;
        reads.wanted.retain(|plan| inventory.plan(plan).is_some());
        let plans = inventory.plans().iter().map(|plan| &plan.id);
        let due: Vec<_> = plans.filter(|plan| !reads.is_fresh(plan, self.now)).cloned().collect();
        reads.wanted.extend(due);
        if inventory.plans().is_empty() && self.usage().is_none() {
            self.usage_reads.unindexed = 1;
        }
        let is_idle = self.usage_reads.is_idle() && !self.wants_usage();
        if !is_idle && !self.load_state(Part::Usage).is_loading() {
            self.load_states.start(&[Part::Usage]);
            let reads = &mut self.usage_reads;
            (reads.successes, reads.failures, reads.first_failure) = (0, 0, None);
        }
        self.index_usage();
    }

    /// Makes the next read of usage include the plans in view, those near their limits, and those whose usage is not
    /// known.
    pub(crate) fn expire_usage(&mut self, in_view: Vec<PlanId>) {
        let plans = self.inventory().map(|inventory| inventory.plans().to_vec()).unwrap_or_default();
        let is_due =
            |plan: &PlanId| in_view.contains(plan) || self.is_near_limit(plan) || !self.knows_usage(plan);
        let due: Vec<_> = plans.into_iter().map(|plan| plan.id).filter(is_due).collect();
        self.expire_usage_of(&due);
        self.usage_reads.in_view = in_view;
    }

    pub(crate) fn expire_usage_of<'a>(&mut self, plans: impl IntoIterator<Item = &'a PlanId>) {
        for plan in plans {
            self.usage_reads.requested_at.remove(plan);
        }
    }

    /// Starts the next reads. `in_view` are the plans that the operator looks at, the one under the cursor first.
    pub(crate) fn start_usage_reads(&mut self, in_view: Vec<PlanId>) {
        self.usage_reads.in_view = in_view;
        let range = current_range(self.now);
        while self.usage_reads.running.len() < MAX_CONCURRENT_READS {
            let Some(read) = self.next_read() else { return };
            let reads = &mut self.usage_reads;
            reads.wanted.remove(&read.plan);
            reads.requested_at.insert(read.plan.clone(), self.now);
            reads.running.push(read.clone());
            self.load(Query::PlanUsage(read.plan, range));
        }
    }

    fn next_read(&self) -> Option<Read> {
        let reads = &self.usage_reads;
        let seen = reads.in_view.iter().find(|plan| reads.is_available(plan));
        let is_near = |plan: &&PlanId| reads.is_available(plan) && self.is_near_limit(plan);
        if let Some(plan) = seen.or_else(|| reads.wanted.iter().find(is_near)) {
            return Some(Read { plan: plan.clone(), is_rest: false });
        }
        let plan = reads.wanted.iter().find(|plan| reads.is_available(plan))?;
        let is_rest_reading = reads.running.iter().any(|read| read.is_rest);
        let is_too_early = reads.rest_from.is_some_and(|at| self.now < at);
        let must_wait = self.is_usage_paced() && (is_rest_reading || is_too_early);
        (!must_wait).then(|| Read { plan: plan.clone(), is_rest: true })
    }

    /// When the next plan out of view may be read.
    pub(super) fn next_usage_read_at(&self) -> Option<Timestamp> {
        let reads = &self.usage_reads;
        let is_waiting = !reads.wanted.is_empty() && reads.running.is_empty() && self.is_usage_paced();
        reads.rest_from.filter(|at| is_waiting && self.now < *at)
    }

    /// Whether reads of plans out of view are slowed down. On loopback, only after AWS limited the rate.
    fn is_usage_paced(&self) -> bool {
        let site = self.context.value().map(|context| context.endpoints.api_gateway.site);
        site != Some(Site::Loopback) || self.has_been_limited
    }

    /// Whether a quota of the plan was nearly used up, or running out, when its usage was read last.
    fn is_near_limit(&self, plan: &PlanId) -> bool {
        let Some(index) = self.usage() else { return false };
        let percent = index.plan_status(plan).and_then(|status| status.figure.percent());
        index.worst_warning(plan).is_some()
            || percent.is_some_and(|percent| percent >= f64::from(WARN_PERCENT))
    }

    fn knows_usage(&self, plan: &PlanId) -> bool {
        self.usage().is_some_and(|index| index.usage.plan(plan).is_some())
    }

    /// Whether the usage of the plan is known.
    pub(crate) fn usage_state(&self, plan: &PlanId) -> UsageState {
        if self.knows_usage(plan) {
            return UsageState::Read;
        }
        match self.load_state(Part::Usage) {
            Remote::Loading { .. } => UsageState::Pending,
            // It is read as soon as the account is.
            Remote::NotRequested if self.is_reading() || self.remembered_at().is_some() => {
                UsageState::Pending
            }
            Remote::NotRequested | Remote::Ready { .. } | Remote::Failed { .. } | Remote::Stopped => {
                UsageState::Unread
            }
        }
    }

    /// The number of plans whose usage is known, and of all plans; `None` once usage of all is known, and if none is
    /// being read.
    pub(crate) fn usage_so_far(&self) -> Option<(usize, usize)> {
        let plans = self.inventory()?.plans();
        let known = plans.iter().filter(|plan| self.knows_usage(&plan.id)).count();
        let is_partial = known > 0 || self.load_state(Part::Usage).is_loading();
        (known < plans.len() && is_partial).then_some((known, plans.len()))
    }

    /// Ends a read of a plan's usage, which took this many calls.
    pub(crate) fn finish_plan_usage(&mut self, plan: &PlanId, result: Result<u32, Failure>) {
        let reads = &mut self.usage_reads;
        let Some(at) = reads.running.iter().position(|read| read.plan == *plan) else { return };
        let read = reads.running.swap_remove(at);
        let calls = match result {
            Ok(calls) => {
                reads.successes += 1;
                calls.max(1)
            }
            Err(Failure::Cancelled) => return self.stop_usage_reads(Failure::Cancelled),
            Err(failure) => {
                reads.failures += 1;
                reads.first_failure.get_or_insert(failure);
                1
            }
        };
        if read.is_rest {
            let interval = REST_CALL_INTERVAL.saturating_mul(i32::try_from(calls).unwrap_or(i32::MAX));
            reads.rest_from = Some(self.now + interval);
        }
        let has_usage = self.snapshot.as_ref().is_some_and(|snapshot| snapshot.usage.is_some());
        if reads.successes > 0 || has_usage {
            reads.unindexed += 1;
        }
        let is_rest_of_view =
            !reads.in_view.iter().any(|plan| reads.is_running(plan) || reads.wanted.contains(plan));
        let is_under_cursor = reads.in_view.first() == Some(plan);
        reads.is_index_urgent |= is_under_cursor || (is_rest_of_view && reads.in_view.contains(plan));
        if reads.successes == 0
            && reads.failures >= MAX_CONCURRENT_READS
            && let Some(failure) = reads.first_failure.clone()
        {
            return self.stop_usage_reads(failure);
        }
        self.index_usage();
    }

    /// Reads no more until the next refresh after [`REFRESH_INTERVAL`], or on request.
    fn stop_usage_reads(&mut self, failure: Failure) {
        while let Some((id, _)) = self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::PlanUsage(..))))
        {
            self.tasks.end(id);
            self.emit(Effect::Cancel(id));
        }
        let reads = &mut self.usage_reads;
        reads.running.clear();
        let stopped = std::mem::take(&mut reads.wanted).into_iter().map(|plan| (plan, self.now));
        reads.requested_at.extend(stopped);
        self.load_states.finish(&[Part::Usage], &Err(failure), self.now);
        self.index_usage();
    }

    /// Makes refused calls and a new inventory part of the indexed usage.
    pub(super) fn index_usage_again(&mut self) {
        self.usage_reads.unindexed = self.usage_reads.unindexed.max(1);
        self.usage_reads.is_index_urgent = true;
        self.index_usage();
    }

    /// Indexes what was read, as soon as it is enough to be worth it, one after another.
    pub(crate) fn index_usage(&mut self) {
        let is_indexing = |kind: &TaskKind| matches!(kind, TaskKind::Load(Query::UsageWithRefusals(_)));
        if self.tasks.find(is_indexing).is_some() {
            return;
        }
        let tenant_keys = self.inventory().map_or(0, |inventory| inventory.tenant_keys().len());
        let reads = &mut self.usage_reads;
        let is_last = reads.wanted.is_empty() && reads.running.is_empty();
        let is_enough =
            is_last || reads.is_index_urgent || reads.unindexed > tenant_keys / TENANT_KEYS_PER_PLAN;
        if reads.unindexed > 0 && is_enough {
            (reads.unindexed, reads.is_index_urgent) = (0, false);
            return self.load(Query::UsageWithRefusals(std::sync::Arc::clone(&self.refusals)));
        }
        if is_last && self.load_state(Part::Usage).is_loading() {
            let failure = self.usage_reads.first_failure.clone().filter(|_| self.usage_reads.successes == 0);
            self.load_states.finish(&[Part::Usage], &failure.map_or(Ok(()), Err), self.now);
        }
    }
}
