//! Runs the real binary with a home folder and a local AWS of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use keypool_local_aws::{LocalAws, Options, World};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::named_hosts::NamedHosts;

/// An isolated environment for the binary: home folder, environment variables and, optionally, a local AWS.
pub(crate) struct Machine {
    home: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
    local_aws: Option<(Runtime, LocalAws)>,
}

/// Exit status and output of a command.
pub(crate) struct CommandOutput {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl CommandOutput {
    fn from_output(output: Output) -> Self {
        Self {
            status: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Machine {
    /// Creates an environment without AWS.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        Self { home, env: Vec::new(), local_aws: None }
    }

    /// Starts a local AWS on the system clock, which the binary uses too, and points the environment at it.
    pub(crate) fn with_local_aws(world: World) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let options = Options { world, ..Options::default() };
        let aws = runtime.block_on(LocalAws::start(options)).expect("a local AWS");
        let endpoint = aws.endpoint();
        let machine = Self { local_aws: Some((runtime, aws)), ..Self::new() };
        machine.with_env("AWS_ENDPOINT_URL", endpoint).with_credentials()
    }

    /// As [`Self::with_local_aws`], but the local AWS counts as one on another machine.
    pub(crate) fn with_remote_aws(world: World) -> Self {
        let machine = Self::with_local_aws(world);
        let proxy = NamedHosts::start(&machine.aws().endpoint()).proxy();
        let machine =
            machine.without_env("AWS_ENDPOINT_URL").with_env("AWS_ENDPOINT_URL", "http://aws.example:4566");
        machine.with_env("HTTP_PROXY", proxy)
    }

    /// The environment variables, besides the home folder.
    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        self.env.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    pub(crate) fn with_env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.env.retain(|(existing, _)| *existing != name);
        self
    }

    pub(crate) fn with_credentials(self) -> Self {
        self.with_env("AWS_ACCESS_KEY_ID", "test")
            .with_env("AWS_SECRET_ACCESS_KEY", "test")
            .with_env("AWS_REGION", "us-east-1")
    }

    /// Writes a file below the home folder.
    pub(crate) fn with_file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    pub(crate) fn aws(&self) -> &LocalAws {
        &self.local_aws.as_ref().expect("a machine with a local AWS").1
    }

    /// Posts to the API Gateway control plane, as a program other than keypool would.
    pub(crate) fn post(&self, path: &str, body: &str) -> Value {
        call_control_plane(&self.aws().endpoint(), "POST", path, body)
    }

    /// Like [`Self::post`], with another method.
    pub(crate) fn patch(&self, path: &str, body: &str) {
        call_control_plane(&self.aws().endpoint(), "PATCH", path, body);
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        call_control_plane(&self.aws().endpoint(), "GET", path, "")
    }

    /// Like [`Self::post`], without a body.
    pub(crate) fn delete(&self, path: &str) {
        call_control_plane(&self.aws().endpoint(), "DELETE", path, "");
    }

    /// Creates a REST API with one method that needs no API key, deployed to `prod`.
    pub(crate) fn create_api(&self) {
        create_open_api(&self.aws().endpoint());
    }

    /// Like [`Self::create_api`], with a name; returns its id.
    pub(crate) fn create_api_named(&self, name: &str) -> String {
        create_open_api_named(&self.aws().endpoint(), name)
    }

    pub(crate) fn api_key_ids(&self) -> Vec<String> {
        let keys = call_control_plane(&self.aws().endpoint(), "GET", "/apikeys?limit=500", "");
        field_values(&keys["item"], "id")
    }

    /// The id of the first REST API.
    pub(crate) fn api_id(&self) -> String {
        let apis = call_control_plane(&self.aws().endpoint(), "GET", "/restapis", "");
        apis["item"][0]["id"].as_str().expect("an id").to_owned()
    }

    /// The binary with these arguments and an empty standard input.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keypool"));
        command.args(arguments).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command line, split at white space.
    pub(crate) fn run(&self, line: &str) -> CommandOutput {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_args(&self, arguments: &[&str]) -> CommandOutput {
        CommandOutput::from_output(self.command(arguments).output().expect("the binary runs"))
    }

    /// Runs a command line with this text on standard input.
    pub(crate) fn run_with_stdin(&self, line: &str, text: &str) -> CommandOutput {
        let mut command = self.command(&line.split_whitespace().collect::<Vec<_>>());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the binary runs");
        child.stdin.take().expect("stdin").write_all(text.as_bytes()).expect("written");
        CommandOutput::from_output(child.wait_with_output().expect("an exit"))
    }

    /// Runs a command line with `-o json`, which must exit with 0, and returns the parsed output.
    pub(crate) fn json(&self, line: &str) -> Value {
        let output = self.run(&format!("{line} -o json"));
        assert_eq!(output.status, 0, "{line}: {}", output.stderr);
        serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{line}: {error}: {}", output.stdout))
    }

    /// The `id` of each object that the command line prints.
    pub(crate) fn ids(&self, line: &str) -> Vec<String> {
        field_values(&self.json(line), "id")
    }
}

/// Creates a REST API with one method, `GET /pets`, that needs no API key, deployed to `prod`.
pub(crate) fn create_open_api(endpoint: &str) {
    create_open_api_named(endpoint, "shop");
}

fn create_open_api_named(endpoint: &str, name: &str) -> String {
    let call = |method: &str, path: &str, body: &str| call_control_plane(endpoint, method, path, body);
    let id_of = |created: Value| created["id"].as_str().expect("an id").to_owned();
    let api = id_of(call("POST", "/restapis", &serde_json::json!({ "name": name }).to_string()));
    let root = &call("GET", &format!("/restapis/{api}/resources"), "")["item"][0]["id"];
    let root = root.as_str().expect("the root").to_owned();
    let pets = id_of(call("POST", &format!("/restapis/{api}/resources/{root}"), r#"{"pathPart":"pets"}"#));
    let method = format!("/restapis/{api}/resources/{pets}/methods/GET");
    call("PUT", &method, r#"{"authorizationType":"NONE","apiKeyRequired":false}"#);
    call("PUT", &format!("{method}/responses/200"), "{}");
    let mock = r#"{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\": 200}"}}"#;
    call("PUT", &format!("{method}/integration"), mock);
    call("PUT", &format!("{method}/integration/responses/200"), "{}");
    call("POST", &format!("/restapis/{api}/deployments"), r#"{"stageName":"prod"}"#);
    api
}

/// Calls the control plane, which must succeed, and returns the response body.
fn call_control_plane(endpoint: &str, method: &str, path: &str, body: &str) -> Value {
    let address = endpoint.strip_prefix("http://").expect("an http endpoint");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).expect("a request");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    assert!(response.starts_with("HTTP/1.1 20"), "{method} {path}: {response}");
    let (_, body) = response.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or(Value::Null)
}

/// The value of one field of each object in a list.
pub(crate) fn field_values(list: &Value, field: &str) -> Vec<String> {
    let objects = list.as_array().expect("a list");
    objects.iter().map(|object| object[field].as_str().expect("a string").to_owned()).collect()
}
