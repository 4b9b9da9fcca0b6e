//! Starts moto, an independent AWS mock, on a free port for the duration of a test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::third_party;

pub(super) struct Moto {
    process: Child,
    pub(super) endpoint: String,
}

impl Moto {
    /// Starts moto. Where it is not installed, prints which suite is skipped and returns `None`.
    pub(super) fn start(suite: &str) -> Option<Self> {
        let started = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("AWS_ACCESS_KEY_ID", "demo")
            .env("AWS_SECRET_ACCESS_KEY", "demo")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        match started {
            Ok(process) => Some(Self::wait_until_listening(process)),
            Err(error) => {
                third_party::report_skipped_suite(suite, "moto_server", &error);
                None
            }
        }
    }

    fn wait_until_listening(mut process: Child) -> Self {
        let stderr = process.stderr.take().expect("standard error");
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let endpoint =
            lines.find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()));
        // The log must be read to the end, or moto blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, endpoint: endpoint.expect("moto ended before it was listening") }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("moto ends");
    }
}
