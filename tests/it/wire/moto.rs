//! moto, somebody else's AWS: started on a port that the system chooses, ended with the test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::peers;

/// A running moto.
pub(super) struct Moto {
    process: Child,
    pub(super) endpoint: String,
}

impl Moto {
    /// Starts it; `None`, and a line that says what is left out, where it is not installed.
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
            Err(why) => {
                peers::report_skipped_suite(suite, "moto_server", &why);
                None
            }
        }
    }

    fn wait_until_listening(mut process: Child) -> Self {
        let said = process.stderr.take().expect("its standard error");
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let endpoint =
            lines.find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()));
        // Its log must be read to the end, or it stops at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, endpoint: endpoint.expect("moto ended before it listened") }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("moto ends");
    }
}
