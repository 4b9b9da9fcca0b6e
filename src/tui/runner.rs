//! Carries out effects: the only place of the console that spawns tasks. Each can be stopped and reports as an event.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use keypool_domain::{Change, Inventory};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::aws::{Aws, Context, Failure, Sources, Target};
use crate::ops::{
    self, Applied, ConfirmedFix, FixReport, Loaded, NotExported, ProbeEnd, ProbePlan, Progress, Query, Run,
    Trail,
};

use super::effect::Effect;
use super::event::{Answer, Event, Outcome, TaskId};
use super::indexing::{Indexing, blocking};

/// The tasks of one console, and the connection they share.
pub struct Runner {
    target: Target,
    sources: Option<Sources>,
    trail: Option<Trail>,
    /// Set by the first task that connects; all later ones use it.
    connection: Arc<Mutex<Option<Aws>>>,
    indexing: Indexing,
    tasks: JoinSet<TaskId>,
    stops: HashMap<TaskId, CancellationToken>,
    /// The other end is with the loop.
    reports: UnboundedSender<Event>,
}

/// What one task holds.
struct Job {
    id: TaskId,
    stop: CancellationToken,
    trail: Option<Trail>,
    connection: Arc<Mutex<Option<Aws>>>,
    indexing: Indexing,
    reports: UnboundedSender<Event>,
}

impl Runner {
    /// A runner for this AWS, and where its tasks report; without `sources` time and randomness are the machine's.
    pub fn new(target: Target, sources: Option<Sources>) -> (Self, UnboundedReceiver<Event>) {
        let (reports, receiver) = unbounded_channel();
        let runner = Self {
            target,
            sources,
            trail: None,
            connection: Arc::default(),
            indexing: Indexing::default(),
            tasks: JoinSet::new(),
            stops: HashMap::new(),
            reports,
        };
        (runner, receiver)
    }

    /// The same runner, which writes down what its tasks change.
    pub fn with_trail(self, trail: Option<Trail>) -> Self {
        Self { trail, ..self }
    }

    /// Starts what an effect asks for; what concerns the terminal is not for the runner.
    pub fn start(&mut self, effect: Effect) {
        match effect {
            Effect::Connect(id) => {
                let (target, sources) = (self.target.clone(), self.sources.clone());
                self.spawn(id, |job| async move {
                    Outcome::Connected(job.or_stopped(job.connect(&target, sources)).await)
                });
            }
            Effect::Load(id, query, inventory) => self.spawn(id, |job| async move {
                Outcome::Loaded(job.or_stopped(job.load(query, inventory)).await)
            }),
            Effect::Apply(id, change, inventory) => {
                self.spawn(id, |job| async move { job.apply(change, &inventory).await });
            }
            Effect::Fix(id, fixes) => self.spawn(id, |job| async move { job.fix(&fixes).await }),
            Effect::Cancel(id) => {
                if let Some(stop) = self.stops.get(&id) {
                    stop.cancel();
                }
            }
            Effect::Probe(id, plan, inventory) => {
                self.spawn(id, |job| async move { Outcome::ProbeEnded(job.probe(&plan, &inventory).await) })
            }
            Effect::Export(id, export) => self.spawn(id, |_| async move {
                let path = export.path.clone();
                let written = blocking(move || ops::export(&export)).await;
                let ended = |why: Failure| Err(NotExported::Failed { path, why: why.to_string() });
                Outcome::Exported(written.unwrap_or_else(ended))
            }),
            Effect::Forget(reading) => drop(tokio::task::spawn_blocking(move || drop(reading))),
            Effect::Copy(_) | Effect::SignIn | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Tells the loop something that is no task's outcome.
    pub(super) fn report(&self, event: Event) {
        // Nobody listens any more when the console is closing.
        let _ = self.reports.send(event);
    }

    fn spawn<F>(&mut self, id: TaskId, work: impl FnOnce(Arc<Job>) -> F)
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let job = Arc::new(Job {
            id,
            stop: stop.clone(),
            trail: self.trail.clone(),
            connection: Arc::clone(&self.connection),
            indexing: self.indexing.clone(),
            reports: self.reports.clone(),
        });
        self.stops.insert(id, stop);
        let work = work(Arc::clone(&job));
        self.tasks.spawn(async move {
            let outcome = work.await;
            job.report(outcome);
            id
        });
    }

    /// Waits until one task has ended; an error is a panic in it.
    pub async fn ended(&mut self) -> Option<Result<(), JoinError>> {
        let ended = self.tasks.join_next().await?;
        Some(ended.map(|id| {
            self.stops.remove(&id);
        }))
    }

    /// Asks every task to stop and waits until they have.
    pub async fn stop_all(&mut self) {
        self.stops.values().for_each(CancellationToken::cancel);
        while self.ended().await.is_some() {}
    }
}

impl Job {
    fn report(&self, outcome: Outcome) {
        // Nobody listens any more when the console is closing.
        let _ = self.reports.send(Event::Done(self.id, outcome));
    }

    /// The result, or that it was stopped: for what only reads.
    async fn or_stopped<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Failure::Cancelled),
            result = work => result,
        }
    }

    async fn connect(&self, target: &Target, sources: Option<Sources>) -> Result<Context, Failure> {
        let aws = Aws::connect(target).await?;
        let aws = sources.map_or(aws.clone(), |sources| aws.with_sources(sources));
        let context = aws.context().clone();
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(aws);
        Ok(context)
    }

    fn aws(&self) -> Result<Aws, Failure> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.clone().ok_or(Failure::Cancelled)
    }

    async fn load(&self, query: Query, inventory: Option<Arc<Inventory>>) -> Result<Answer, Failure> {
        let aws = self.aws()?;
        let loaded = ops::load(&aws, query, inventory.as_deref(), &self.run()).await?;
        Ok(match loaded {
            Loaded::Inventory(inventory) => {
                Answer::Account(self.indexing.account(inventory, aws.now()).await?)
            }
            Loaded::Charges(charged) => Answer::Charges(charged),
            Loaded::Usage(usage) => {
                let known = inventory.ok_or(Failure::Cancelled)?;
                Answer::Usage(self.indexing.usage(usage, known, aws.now()).await?)
            }
            Loaded::Secret(row, value) => Answer::Secret(row, value),
            Loaded::Routes(plan, routes) => Answer::Routes(plan, routes),
            Loaded::Whose(whose) => Answer::Whose(whose),
            Loaded::StageChoices(choices) => Answer::StageChoices(choices),
            Loaded::ChangeDetails(change, inventory) => Answer::ChangeDetails(change, inventory),
            Loaded::Explained(chains) => Answer::Explained(chains),
            Loaded::Setup(read) => {
                let reading = match &read.inventory {
                    Some(inventory) => Some(self.indexing.account(Arc::clone(inventory), aws.now()).await?),
                    None => None,
                };
                Answer::Setup(Arc::from(read), reading)
            }
            Loaded::Diagnosis(diagnosis) => {
                let inventory = Arc::clone(&diagnosis.inventory);
                let reading = self.indexing.account(inventory, aws.now()).await?;
                Answer::Diagnosis(Arc::new(diagnosis), reading)
            }
        })
    }

    async fn apply(&self, change: Change, inventory: &Inventory) -> Outcome {
        let (applied, ended) = match self.aws() {
            Ok(aws) => ops::apply_as_far(&aws, inventory, &change, &self.run()).await,
            Err(failure) => (Applied::default(), Err(failure)),
        };
        Outcome::Applied { applied: Box::new(applied), ended }
    }

    async fn fix(&self, fixes: &[ConfirmedFix]) -> Outcome {
        let reports = Mutex::new(Vec::new());
        let report = |one: FixReport| reports.lock().unwrap_or_else(PoisonError::into_inner).push(one);
        let ended = match self.aws() {
            Ok(aws) => ops::fix_confirmed(&aws, fixes, &report, &self.run()).await.map(drop),
            Err(failure) => Err(failure),
        };
        Outcome::FixesEnded { reports: reports.into_inner().unwrap_or_else(PoisonError::into_inner), ended }
    }

    async fn probe(&self, plan: &ProbePlan, inventory: &Inventory) -> Result<ProbeEnd, Failure> {
        let on_sample = |sample| self.report(Outcome::Sample(Box::new(sample)));
        ops::probe(&self.aws()?, inventory, plan, &on_sample, &self.stop).await
    }

    fn run(&self) -> Run {
        let (id, reports) = (self.id, self.reports.clone());
        let progress = move |progress: Progress| {
            let _ = reports.send(Event::Done(id, Outcome::Progress(progress)));
        };
        Run { progress: Arc::new(progress), cancel: self.stop.clone(), trail: self.trail.clone() }
    }
}
