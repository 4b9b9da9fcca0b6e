//! The session of one command: its settings and its connection to AWS. Ctrl-C stops the command between two
//! steps.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::sync::{Arc, OnceLock};

use keypool_domain::Inventory;
use tokio_util::sync::CancellationToken;

use super::{CommandError, output};
use crate::aws::{Aws, Failure};
use crate::ops::{self, Progress, Run};
use crate::settings::Settings;

pub(super) struct Session {
    pub(super) settings: Settings,
    pub(super) aws: Aws,
    pub(super) run: Run,
    /// The error of the first change whose end is missing in the audit trail, until its result is printed.
    deferred_audit_failure: OnceLock<Failure>,
}

impl Session {
    pub(super) async fn open(mut settings: Settings) -> Result<Self, Failure> {
        super::sign_in(&mut settings.target).await?;
        let aws = Aws::connect(&settings.target).await?;
        output::remarks(aws.context().endpoints.describe_difference());
        let trail = super::audit_trail(&settings);
        let run = Run { progress: Arc::new(progress_reporter()), cancel: CancellationToken::new(), trail };
        Ok(Self { settings, aws, run, deferred_audit_failure: OnceLock::new() })
    }

    /// Lets a command print the result of a change whose end is missing in the audit trail. The command must
    /// fail with that error afterwards, by calling [`Self::check_audit_complete`].
    pub(super) fn defer_audit_failure(&self, result: Result<(), Failure>) -> Result<(), Failure> {
        match result {
            Err(why @ Failure::AuditIncomplete { failure: None, .. }) => {
                self.deferred_audit_failure.get_or_init(|| why);
                Ok(())
            }
            result => result,
        }
    }

    /// Fails with the deferred error, if any, of a command that has printed its result.
    pub(super) fn check_audit_complete(&self) -> Result<(), Failure> {
        self.deferred_audit_failure.get().cloned().map_or(Ok(()), Err)
    }

    /// Reads the inventory and prints its remarks.
    pub(super) async fn read_inventory(&self) -> Result<Inventory, Failure> {
        let inventory = self.wait_for(ops::read_inventory(&self.aws, &self.run)).await?;
        output::remarks(inventory.remarks());
        Ok(inventory)
    }

    /// Fails in read-only mode, and if the endpoints allow no writes.
    pub(super) fn require_writable(&self) -> Result<(), Failure> {
        if self.settings.read_only {
            return Err(Failure::ReadOnly);
        }
        self.aws.check_writable()
    }

    /// Runs the work. Ctrl-C or SIGTERM stops it after the current step.
    pub(super) async fn run_interruptible<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        tokio::select! {
            output = &mut work => return output,
            () = wait_for_interrupt() => self.run.cancel.cancel(),
        }
        work.await
    }

    /// Waits for an operation and clears its progress line, before other output.
    pub(super) async fn wait_for<T>(&self, operation: impl Future<Output = T>) -> T {
        let result = operation.await;
        output::progress("");
        result
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn wait_for_interrupt() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = tokio::signal::ctrl_c() => return,
        }
    }
    // If Ctrl-C cannot be caught, there is nothing to wait for.
    let _ = tokio::signal::ctrl_c().await;
}

fn progress_reporter() -> impl Fn(Progress) + Send + Sync {
    let is_terminal = io::stderr().is_terminal();
    move |progress| {
        if is_terminal {
            let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
            output::progress(&format!("{}{total} {}", progress.done, progress.doing));
        }
    }
}

impl From<keypool_domain::NoSuchPlan> for CommandError {
    fn from(error: keypool_domain::NoSuchPlan) -> Self {
        Self::Failure(error.into())
    }
}

impl From<keypool_domain::Refusal> for CommandError {
    fn from(refusal: keypool_domain::Refusal) -> Self {
        Self::Failure(refusal.into())
    }
}
