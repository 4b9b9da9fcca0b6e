//! Runs effects. Only this file spawns tasks; each can be cancelled and sends its reports as events.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::{Change, Inventory};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::aws::{Aws, ClockAndRandom, Context, Failure, Pace, Target};
use crate::ops::{
    self, Applied, ConfirmedFix, ExportError, FixReport, ProbePlan, ProbeResult, Progress, RememberedLists,
    Run, Trail,
};
use crate::tui::model::effect::Effect;
use crate::tui::model::event::{Event, TaskId, TaskReport};
use crate::tui::model::indexing::{Indexer, run_blocking};
use crate::tui::model::query::{Query, QueryResult};
use crate::tui::model::run_query::run_query;

/// How often running tasks report what their calls wait for.
const PACE_INTERVAL: Duration = Duration::from_secs(1);

/// How often an inventory with more than [`MAX_KEYS_TO_REMEMBER_OFTEN`] tenant keys is remembered.
const REMEMBER_INTERVAL: SignedDuration = SignedDuration::from_mins(5);
const MAX_KEYS_TO_REMEMBER_OFTEN: usize = 20_000;

/// The tasks of a console and their shared connection.
pub struct Runner {
    target: Target,
    sources: Option<ClockAndRandom>,
    trail: Option<Trail>,
    /// Set by the task that connects; all later tasks use it.
    connection: Arc<Mutex<Option<Aws>>>,
    indexing: Indexer,
    /// What was reported last.
    pace: Arc<Mutex<Option<Pace>>>,
    tasks: JoinSet<TaskId>,
    cancel_tokens: HashMap<TaskId, CancellationToken>,
    /// Running tasks that must not be abandoned.
    awaited: HashSet<TaskId>,
    remembering: Arc<Mutex<Remembering>>,
    unwritten_lists: Arc<Mutex<Option<RememberedLists>>>,
    reports: UnboundedSender<Event>,
}

/// What writes the remembered inventory, which nothing waits for.
#[derive(Default)]
struct Remembering {
    running: JoinSet<()>,
    last_start: Option<Timestamp>,
}

/// The context of one task.
struct Job {
    id: TaskId,
    cancel: CancellationToken,
    trail: Option<Trail>,
    connection: Arc<Mutex<Option<Aws>>>,
    indexing: Indexer,
    pace: Arc<Mutex<Option<Pace>>>,
    remembering: Arc<Mutex<Remembering>>,
    reports: UnboundedSender<Event>,
}

impl Runner {
    /// Returns the runner and the receiver of its tasks' reports. Without `sources` it uses the system's clock and
    /// randomness.
    pub fn new(target: Target, sources: Option<ClockAndRandom>) -> (Self, UnboundedReceiver<Event>) {
        let (reports, receiver) = unbounded_channel();
        let runner = Self {
            target,
            sources,
            trail: None,
            connection: Arc::default(),
            indexing: Indexer::default(),
            pace: Arc::default(),
            tasks: JoinSet::new(),
            cancel_tokens: HashMap::new(),
            awaited: HashSet::new(),
            remembering: Arc::default(),
            unwritten_lists: Arc::default(),
            reports,
        };
        (runner, receiver)
    }

    /// Records the changes of its tasks in this audit trail.
    pub fn with_trail(self, trail: Option<Trail>) -> Self {
        Self { trail, ..self }
    }

    /// Starts the effect's task. Effects on the terminal are handled by the loop.
    pub fn start(&mut self, effect: Effect) {
        match effect {
            Effect::Connect(id) => {
                let (target, sources) = (self.target.clone(), self.sources.clone());
                self.spawn(id, |job| async move {
                    TaskReport::Connected(job.or_cancelled(job.connect(&target, sources)).await)
                });
            }
            Effect::Load(id, query, inventory) => {
                let can_be_abandoned = query.can_be_abandoned();
                self.spawn(id, |job| async move {
                    TaskReport::Loaded(job.or_cancelled(job.load(query, inventory)).await)
                });
                if can_be_abandoned {
                    self.awaited.remove(&id);
                }
            }
            Effect::Apply(id, change, inventory) => {
                self.spawn(id, |job| async move { job.apply(change, &inventory).await });
            }
            Effect::Fix(id, fixes) => self.spawn(id, |job| async move { job.fix(&fixes).await }),
            Effect::Cancel(id) => {
                if let Some(token) = self.cancel_tokens.get(&id) {
                    token.cancel();
                }
            }
            Effect::Probe(id, plan, inventory) => self
                .spawn(id, |job| async move { TaskReport::CallsEnded(job.probe(&plan, &inventory).await) }),
            Effect::Export(id, export) => self.spawn(id, |_| async move {
                let path = export.path.clone();
                let written = run_blocking(move || ops::export(&export)).await;
                let failed = |why: Failure| Err(ExportError::Write { path, why: why.to_string() });
                TaskReport::Exported(written.unwrap_or_else(failed))
            }),
            Effect::DropSnapshot(snapshot) => drop(tokio::task::spawn_blocking(move || drop(snapshot))),
            Effect::RememberLists(file, lists) => self.remember_lists(file, lists),
            Effect::CopyId(_) | Effect::CopyValue(_) | Effect::SignIn | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Writes the file in the background. Of several lists that wait to be written, the last ones are.
    fn remember_lists(&self, file: PathBuf, lists: RememberedLists) {
        let unwritten = Arc::clone(&self.unwritten_lists);
        *unwritten.lock().unwrap_or_else(PoisonError::into_inner) = Some(lists);
        drop(tokio::task::spawn_blocking(move || {
            let mut unwritten = unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(lists) = unwritten.take() {
                ops::write_lists(&file, &lists);
            }
        }));
    }

    /// Sends an event that no task reports.
    pub(crate) fn report(&self, event: Event) {
        // The receiver is gone while the console is closing.
        let _ = self.reports.send(event);
    }

    fn spawn<F>(&mut self, id: TaskId, work: impl FnOnce(Arc<Job>) -> F)
    where
        F: Future<Output = TaskReport> + Send + 'static,
    {
        let token = CancellationToken::new();
        let job = Arc::new(Job {
            id,
            cancel: token.clone(),
            trail: self.trail.clone(),
            connection: Arc::clone(&self.connection),
            indexing: self.indexing.clone(),
            pace: Arc::clone(&self.pace),
            remembering: Arc::clone(&self.remembering),
            reports: self.reports.clone(),
        });
        self.cancel_tokens.insert(id, token);
        self.awaited.insert(id);
        let work = work(Arc::clone(&job));
        self.tasks.spawn(async move {
            let report = job.while_reporting_pace(work).await;
            job.report(report);
            id
        });
    }

    /// Waits until a task ends. An error is a panic in that task.
    pub async fn join_next(&mut self) -> Option<Result<(), JoinError>> {
        let ended = self.tasks.join_next().await?;
        Some(ended.map(|id| {
            self.cancel_tokens.remove(&id);
            self.awaited.remove(&id);
        }))
    }

    /// Cancels every task and waits until all have ended, except those that only read: to free what they have read
    /// takes time.
    pub async fn stop_all(&mut self) {
        self.cancel_tokens.values().for_each(CancellationToken::cancel);
        while !self.awaited.is_empty() && self.join_next().await.is_some() {}
    }
}

impl Job {
    fn report(&self, report: TaskReport) {
        // The receiver is gone while the console is closing.
        let _ = self.reports.send(Event::Task(self.id, report));
    }

    /// Runs the work, and reports meanwhile what calls wait for.
    async fn while_reporting_pace<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                result = &mut work => {
                    self.report_pace(|last, pace| last.is_some() && pace.is_none());
                    return result;
                }
                () = tokio::time::sleep(PACE_INTERVAL) => self.report_pace(|last, pace| last != pace),
            }
        }
    }

    fn report_pace(&self, is_news: impl FnOnce(&Option<Pace>, &Option<Pace>) -> bool) {
        let pace = self.aws().ok().and_then(|aws| aws.pace());
        let mut last = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if is_news(&last, &pace) {
            *last = pace;
            // The receiver is gone while the console is closing.
            let _ = self.reports.send(Event::Pace(pace));
        }
    }

    /// Runs a read until it ends or the task is cancelled.
    async fn or_cancelled<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Failure::Cancelled),
            result = work => result,
        }
    }

    async fn connect(&self, target: &Target, sources: Option<ClockAndRandom>) -> Result<Context, Failure> {
        let aws = Aws::connect(target).await?;
        let aws = sources.map_or(aws.clone(), |sources| aws.with_clock_and_random(sources));
        let context = aws.context().clone();
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(aws);
        Ok(context)
    }

    fn aws(&self) -> Result<Aws, Failure> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.clone().ok_or(Failure::Cancelled)
    }

    async fn load(&self, query: Query, inventory: Option<Arc<Inventory>>) -> Result<QueryResult, Failure> {
        let on_part = |part| self.report(TaskReport::Part(part));
        let aws = self.aws()?;
        let result = run_query(&aws, query, inventory, &self.indexing, &self.run(), &on_part).await?;
        if let Some(snapshot) = result.read_snapshot() {
            self.remember(aws, &snapshot.inventory);
        }
        Ok(result)
    }

    /// Remembers a complete inventory in the background, unless one is being written. A large one takes long to write.
    fn remember(&self, aws: Aws, inventory: &Arc<Inventory>) {
        let mut remembering = self.remembering.lock().unwrap_or_else(PoisonError::into_inner);
        while remembering.running.try_join_next().is_some() {}
        let now = aws.now();
        let is_rested =
            remembering.last_start.is_none_or(|last| now.duration_since(last) >= REMEMBER_INTERVAL);
        let is_due = is_rested || inventory.tenant_keys().len() <= MAX_KEYS_TO_REMEMBER_OFTEN;
        if ops::is_worth_remembering(inventory) && is_due && remembering.running.is_empty() {
            remembering.last_start = Some(now);
            let inventory = Arc::clone(inventory);
            remembering.running.spawn(async move { ops::remember(&aws, inventory).await });
        }
    }

    async fn apply(&self, change: Change, inventory: &Inventory) -> TaskReport {
        let (applied, ended) = match self.aws() {
            Ok(aws) => ops::apply_with_partial_result(&aws, inventory, &change, &self.run()).await,
            Err(failure) => (Applied::default(), Err(failure)),
        };
        TaskReport::Applied { applied: Box::new(applied), ended }
    }

    async fn fix(&self, fixes: &[ConfirmedFix]) -> TaskReport {
        let reports = Mutex::new(Vec::new());
        let on_report =
            |report: FixReport| reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
        let ended = match self.aws() {
            Ok(aws) => ops::fix_confirmed(&aws, fixes, &on_report, &self.run()).await.map(drop),
            Err(failure) => Err(failure),
        };
        TaskReport::FixesEnded {
            reports: reports.into_inner().unwrap_or_else(PoisonError::into_inner),
            ended,
        }
    }

    async fn probe(&self, plan: &ProbePlan, inventory: &Inventory) -> Result<ProbeResult, Failure> {
        let on_sample = |sample| self.report(TaskReport::CallResult(Box::new(sample)));
        ops::probe(&self.aws()?, inventory, plan, &on_sample, &self.cancel).await
    }

    fn run(&self) -> Run {
        let (id, reports) = (self.id, self.reports.clone());
        let progress = move |progress: Progress| {
            let _ = reports.send(Event::Task(id, TaskReport::Progress(progress)));
        };
        Run { progress: Arc::new(progress), cancel: self.cancel.clone(), trail: self.trail.clone() }
    }
}
