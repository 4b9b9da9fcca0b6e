//! The session of one command: its settings and its connection to AWS. Ctrl-C stops the command between two
//! steps.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use keypool_domain::{Inventory, TenantKeyId};
use tokio_util::sync::CancellationToken;

use super::stop_signals::StopSignals;
use super::{CommandError, output};
use crate::aws::{Aws, Failure, Pace};
use crate::ops::{self, Progress, Run};
use crate::settings::Settings;

/// As in the console.
const LONG_WAIT: Duration = Duration::from_secs(5);

pub(super) struct Session {
    pub(super) settings: Settings,
    pub(super) aws: Aws,
    pub(super) run: Run,
    /// The last progress, until the operation ends.
    progress: Arc<Mutex<String>>,
    /// The error of the first change whose end is missing in the audit trail, until its result is printed.
    deferred_audit_failure: OnceLock<Failure>,
}

impl Session {
    pub(super) async fn open(mut settings: Settings) -> Result<Self, Failure> {
        super::sign_in(&mut settings.target).await?;
        let aws = Aws::connect(&settings.target).await?;
        output::remarks(aws.context().endpoints.describe_difference());
        let trail = super::audit_trail(&settings);
        let progress = Arc::default();
        let reporter = progress_reporter(Arc::clone(&progress), aws.clone());
        let run = Run { progress: Arc::new(reporter), cancel: CancellationToken::new(), trail };
        Ok(Self { settings, aws, run, progress, deferred_audit_failure: OnceLock::new() })
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
        let inventory = self.wait_for(ops::read_and_remember_inventory(&self.aws, &self.run)).await?;
        output::remarks(inventory.remarks());
        Ok(inventory)
    }

    /// Reads the inventory with at least these tenant keys, and prints its remarks.
    pub(super) async fn read_selected_inventory(
        &self,
        selection: ops::KeySelection<'_>,
    ) -> Result<Inventory, Failure> {
        self.read_all_unless(ops::read_selected_inventory(&self.aws, &self.run, selection)).await
    }

    /// Reads the inventory with these tenant keys alone, if that is possible, and prints its remarks.
    pub(super) async fn read_inventory_of_keys(&self, ids: &[TenantKeyId]) -> Result<Inventory, Failure> {
        self.read_all_unless(ops::read_inventory_of_keys(&self.aws, &self.run, ids)).await
    }

    /// Reads the inventory, with these tenant keys alone if the Keys table is too large to be read unasked, and prints its
    /// remarks. A change that needs others is refused on it.
    pub(super) async fn read_inventory_for_change(&self, ids: &[TenantKeyId]) -> Result<Inventory, Failure> {
        self.read_all_unless(ops::read_inventory_of_keys_if_large(&self.aws, &self.run, ids)).await
    }

    async fn read_all_unless(
        &self,
        reading: impl Future<Output = Result<Option<Inventory>, Failure>>,
    ) -> Result<Inventory, Failure> {
        let Some(inventory) = self.wait_for(Box::pin(reading)).await? else {
            return self.read_inventory().await;
        };
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

    /// Runs the work, and says so when it waits long for AWS. A signal stops it after the current step.
    pub(super) async fn run_interruptible<T>(
        &self,
        signals: &mut StopSignals,
        work: impl Future<Output = T>,
    ) -> T {
        let next_second = || tokio::time::sleep(Duration::from_secs(1));
        // Boxed, because a command's future is too large to be kept on the stack several times.
        let wait = || describe_wait(self.aws.pace(), self.aws.longest_wait());
        let show = |wait: &str| {
            let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            output::progress(&join(&progress, wait));
        };
        let work = report_waits(Box::pin(work), next_second, wait, show);
        tokio::pin!(work);
        tokio::select! {
            output = &mut work => return output,
            () = signals.recv() => self.run.cancel.cancel(),
        }
        work.await
    }

    /// Waits for an operation and clears its progress line, before other output.
    pub(super) async fn wait_for<T>(&self, operation: impl Future<Output = T>) -> T {
        let result = operation.await;
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clear();
        output::progress("");
        result
    }
}

/// What the command waits for: AWS's rate, or a call that has been in flight for [`LONG_WAIT`] or longer.
fn describe_wait(pace: Option<Pace>, longest_call: Option<Duration>) -> Option<String> {
    if let Some(pace) = pace {
        return Some(pace.to_string());
    }
    let wait = longest_call.filter(|wait| *wait >= LONG_WAIT)?;
    Some(format!("waiting for AWS for {} s; Ctrl-C stops", wait.as_secs()))
}

/// Joins the parts that are not empty.
fn join(progress: &str, wait: &str) -> String {
    let separator = if progress.is_empty() || wait.is_empty() { "" } else { " · " };
    format!("{progress}{separator}{wait}")
}

/// Runs the work. While it has to wait, shows for what, after each tick.
async fn report_waits<T, Tick: Future<Output = ()>>(
    mut work: impl Future<Output = T> + Unpin,
    tick: impl Fn() -> Tick,
    describe_wait: impl Fn() -> Option<String>,
    show: impl Fn(&str),
) -> T {
    let mut is_shown = false;
    loop {
        tokio::select! {
            biased;
            output = &mut work => {
                if is_shown {
                    show("");
                }
                return output;
            }
            () = tick() => {}
        }
        let wait = describe_wait();
        if let Some(wait) = &wait {
            show(wait);
        } else if is_shown {
            show("");
        }
        is_shown = wait.is_some();
    }
}

/// Shows progress, with what the next calls wait for, and keeps it in `last`.
fn progress_reporter(last: Arc<Mutex<String>>, aws: Aws) -> impl Fn(Progress) + Send + Sync {
    let is_terminal = io::stderr().is_terminal();
    move |progress| {
        if is_terminal {
            let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
            let text = format!("{}{total} {}", progress.done, progress.doing);
            let wait = describe_wait(aws.pace(), None).unwrap_or_default();
            output::progress(&join(&text, &wait));
            *last.lock().unwrap_or_else(PoisonError::into_inner) = text;
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

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::future::{poll_fn, ready};
    use std::task::Poll;

    use super::*;

    /// Runs work of 10 ticks, a second each, that waits for AWS from one second to another. Returns what is shown.
    async fn shown_while_waiting(from: u64, to: u64) -> Vec<String> {
        let (second, shown) = (Cell::new(0), RefCell::new(Vec::new()));
        let work = poll_fn(|_| if second.get() < 10 { Poll::Pending } else { Poll::Ready(()) });
        let tick = || {
            second.set(second.get() + 1);
            ready(())
        };
        let longest_call =
            || (from..to).contains(&second.get()).then(|| Duration::from_secs(second.get() - from));
        let wait = || describe_wait(None, longest_call());
        report_waits(work, tick, wait, |text| shown.borrow_mut().push(text.to_owned())).await;
        shown.into_inner()
    }

    #[tokio::test]
    async fn a_call_that_hangs_is_reported_after_five_seconds() {
        let waiting = |seconds: u64| format!("waiting for AWS for {seconds} s; Ctrl-C stops");
        assert_eq!(shown_while_waiting(2, 9).await, [waiting(5), waiting(6), String::new()]);
        assert_eq!(shown_while_waiting(4, 20).await, [waiting(5), String::new()], "cleared at the end");
        assert_eq!(shown_while_waiting(0, 4).await, Vec::<String>::new());
    }

    #[test]
    fn progress_and_the_wait_for_the_rate_share_a_line() {
        let wait = Duration::from_secs(14);
        let pace = Pace { operation: None, calls_per_second: 3.0, waiting: 42, wait };
        let wait = describe_wait(Some(pace), Some(Duration::from_secs(60))).expect("a wait");
        assert_eq!(wait, "AWS limits the rate: 3 calls/s, 42 waiting, about 14 s");
        let with_progress = join("120/300 usage of plans", &wait);
        assert_eq!(with_progress, format!("120/300 usage of plans · {wait}"));
        assert_eq!((join("", &wait), join("1/2", "")), (wait, "1/2".to_owned()));
    }
}
