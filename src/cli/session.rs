//! One connection for one command, which Ctrl-c stops between two steps.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::sync::{Arc, OnceLock};

use keypool_domain::Inventory;
use tokio_util::sync::CancellationToken;

use super::{CommandError, output};
use crate::aws::{Aws, Failure};
use crate::ops::{self, Progress, Run};
use crate::settings::Settings;

/// What a command works with.
pub(super) struct Session {
    pub(super) settings: Settings,
    pub(super) aws: Aws,
    pub(super) run: Run,
    /// The first change that was made without its end in the audit trail.
    unrecorded_failure: OnceLock<Failure>,
}

impl Session {
    pub(super) async fn open(mut settings: Settings) -> Result<Self, Failure> {
        super::sign_in(&mut settings.target).await?;
        let aws = Aws::connect(&settings.target).await?;
        if let Some(difference) = aws.context().endpoints.describe_difference() {
            output::note(&format!("note: {difference}"));
        }
        let trail = super::audit_trail(&settings);
        let run = Run { progress: Arc::new(progress_reporter()), cancel: CancellationToken::new(), trail };
        Ok(Self { settings, aws, run, unrecorded_failure: OnceLock::new() })
    }

    /// Lets a command show the result of a change that was made, although its end is missing in the audit trail: the
    /// command fails with that afterwards.
    pub(super) fn defer_unrecorded(&self, ended: Result<(), Failure>) -> Result<(), Failure> {
        match ended {
            Err(why @ Failure::AuditIncomplete { failure: None, .. }) => {
                self.unrecorded_failure.get_or_init(|| why);
                Ok(())
            }
            ended => ended,
        }
    }

    /// What a command that has shown its result still fails with.
    pub(super) fn unrecorded_failure(&self) -> Result<(), Failure> {
        self.unrecorded_failure.get().cloned().map_or(Ok(()), Err)
    }

    /// Reads the account; what could not be read is told.
    pub(super) async fn read_inventory(&self) -> Result<Inventory, Failure> {
        let inventory = ops::read_inventory(&self.aws, &self.run).await;
        self.clear_progress();
        let inventory = inventory?;
        for remark in inventory.remarks() {
            output::note(&format!("note: {remark}"));
        }
        Ok(inventory)
    }

    /// Refuses where nothing may be written.
    pub(super) fn require_writable(&self) -> Result<(), Failure> {
        if self.settings.read_only {
            return Err(Failure::ReadOnly);
        }
        self.aws.check_writable()
    }

    /// Does the work; Ctrl-c or SIGTERM asks it to stop after the step under way.
    pub(super) async fn run_interruptible<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = wait_for_interrupt() => self.run.cancel.cancel(),
        }
        work.await
    }

    /// Takes the line of progress away before anything else is written.
    pub(super) fn clear_progress(&self) {
        output::progress("");
    }
}

/// Waits until the system asks the program to end.
pub(super) async fn wait_for_interrupt() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = tokio::signal::ctrl_c() => return,
        }
    }
    // Without Ctrl-c there is nothing to wait for.
    let _ = tokio::signal::ctrl_c().await;
}

fn progress_reporter() -> impl Fn(Progress) + Send + Sync {
    let is_seen = io::stderr().is_terminal();
    move |progress| {
        if is_seen {
            let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
            output::progress(&format!("{}{total} {}", progress.done, progress.doing));
        }
    }
}

impl From<keypool_domain::NoSuchPlan> for CommandError {
    fn from(no_such: keypool_domain::NoSuchPlan) -> Self {
        Self::Failure(no_such.into())
    }
}

impl From<keypool_domain::Refusal> for CommandError {
    fn from(refusal: keypool_domain::Refusal) -> Self {
        Self::Failure(refusal.into())
    }
}
