//! Detects the start and end of a program through a named pipe that the program holds open.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct ProgramWatcher {
    opened: Receiver<()>,
    closed: Receiver<()>,
}

impl ProgramWatcher {
    /// Creates the pipe.
    pub(crate) fn create(pipe: &Path) -> Self {
        let status = std::process::Command::new("mkfifo").arg(pipe).status().expect("mkfifo");
        assert!(status.success());
        let (started, opened) = channel();
        let (ended, closed) = channel();
        let pipe = pipe.to_owned();
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(pipe).expect("the pipe");
            // No one receives if the test has failed.
            let _ = started.send(());
            std::io::copy(&mut pipe, &mut std::io::sink()).expect("an end");
            let _ = ended.send(());
        });
        Self { opened, closed }
    }

    /// Waits until a program has opened the pipe.
    pub(crate) fn wait_for_start(&self) {
        self.opened.recv_timeout(TIMEOUT).expect("the program starts");
    }

    /// Waits until no program has the pipe open any longer.
    pub(crate) fn wait_for_end(&self) {
        self.closed.recv_timeout(TIMEOUT).expect("the program ends");
    }
}
