//! `keypool serve`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use crate::support::command::Machine;

/// A running server, and the variables it printed for export.
struct Server {
    child: Child,
    headline: String,
    variables: Vec<(String, String)>,
}

impl Server {
    fn start(machine: &Machine, arguments: &[&str]) -> Self {
        let words = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = machine
            .command(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let headline = lines.next().expect("a first line").expect("UTF-8");
        let mut variables = Vec::new();
        for line in lines.by_ref().map(|line| line.expect("a line")) {
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|rest| rest.split_once('=')) {
                variables.push((name.to_owned(), value.to_owned()));
            } else if line.contains("Ctrl-c") {
                break;
            }
        }
        Self { child, headline, variables }
    }

    /// The number of plans that `keypool plans` lists with the printed variables.
    fn count_plans(&self, machine: &Machine) -> usize {
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let output =
            machine.command(&["plans", "-o", "json"]).envs(variables).output().expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let plans: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        plans.as_array().expect("a list").len()
    }

    #[cfg(unix)]
    fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = std::process::Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        let status = self.child.wait().expect("an exit");
        let mut stderr = String::new();
        self.child.stderr.take().expect("stderr").read_to_string(&mut stderr).expect("UTF-8");
        (status.code(), stderr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server has already exited if the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn printed_variables_work_and_signals_stop_the_server_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let machine = Machine::new();
        let server = Server::start(&machine, &[]);
        assert_eq!(server.count_plans(&machine), 4);
        assert_eq!(server.stop(signal), (Some(0), "stopped\n".to_owned()), "{signal}");
    }
}

#[test]
fn the_world_is_chosen_by_name() {
    let machine = Machine::new();
    assert_eq!(Server::start(&machine, &["--world", "scale:7:20:30"]).count_plans(&machine), 7);
    let output = machine.run("serve --world moon");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("unknown world `moon`; use sample,"), "{}", output.stderr);
}

#[cfg(unix)]
#[test]
fn state_in_a_data_folder_survives_a_kill() {
    let machine = Machine::new();
    let folder = machine.path("data").display().to_string();
    let server = Server::start(&machine, &["--data", &folder]);
    let create = ["keys", "create", "--plan", "TestPlan", "--tenant", "acme", "--name", "kept", "--yes"];
    let variables = server.variables.clone();
    let created = machine.command(&create).envs(variables).output().expect("the binary runs");
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    assert_eq!(server.stop("-KILL").0, None);

    let server = Server::start(&machine, &["--data", &folder, "--world", "empty"]);
    assert!(server.headline.ends_with(&format!("(state from {folder})")), "{}", server.headline);
    let list = machine.command(&["keys", "list", "--tenant", "acme"]).envs(server.variables.clone()).output();
    let list = String::from_utf8(list.expect("the binary runs").stdout).expect("UTF-8");
    assert!(list.contains("kept"), "{list}");
}

#[test]
fn remote_listening_needs_allow_remote() {
    let output = Machine::new().run("serve --listen 0.0.0.0:0");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("--allow-remote"), "{}", output.stderr);
}

#[test]
fn an_address_in_use_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let output = Machine::new().run(&format!("serve --listen {address}"));
    assert_eq!(output.status, 1);
    assert!(output.stderr.contains(&address) && output.stderr.contains("--listen"), "{}", output.stderr);
}
