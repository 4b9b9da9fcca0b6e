//! Signals that end, suspend or resume the program.

use std::io;
use std::time::Duration;

use rustix::process::{Signal, kill_current_process_group};
use tokio::signal::unix::{self, SignalKind};

/// How long the shell may take to stop the process; without job control it never does.
const STOP_TIMEOUT: Duration = Duration::from_millis(300);

pub(crate) struct SignalListener {
    terminate: unix::Signal,
    hang_up: unix::Signal,
    interrupt: unix::Signal,
    resume: unix::Signal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignalEvent {
    /// End, with this exit status.
    End(u8),
    /// The program was stopped from outside and continues.
    Resumed,
}

impl SignalListener {
    /// The exit status of a program whose terminal is gone.
    pub(crate) const HANGUP_STATUS: u8 = 129;
    /// The exit status of a program that Ctrl-c ends.
    pub(crate) const INTERRUPT_STATUS: u8 = 130;

    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            hang_up: unix::signal(SignalKind::hangup())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            resume: unix::signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
        })
    }

    pub(crate) async fn next(&mut self) -> SignalEvent {
        let end = |signal: Signal| SignalEvent::End(u8::try_from(128 + signal.as_raw()).unwrap_or(u8::MAX));
        tokio::select! {
            _ = self.terminate.recv() => end(Signal::TERM),
            _ = self.hang_up.recv() => end(Signal::HUP),
            _ = self.interrupt.recv() => end(Signal::INT),
            _ = self.resume.recv() => SignalEvent::Resumed,
        }
    }

    /// Stops the whole job, as the terminal does on Ctrl-z, and returns when it continues.
    pub(crate) async fn stop_job(&mut self) -> io::Result<()> {
        kill_current_process_group(Signal::TSTP)?;
        // This timer does not run while the process is stopped.
        let _ = tokio::time::timeout(STOP_TIMEOUT, self.resume.recv()).await;
        Ok(())
    }
}
