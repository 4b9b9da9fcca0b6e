//! The program that a profile names as its `credential_process`.
//!
//! keypool runs it itself: the SDK passes the terminal's input to it but hides its standard error,
//! so that a prompt for a code would be invisible. The program runs on the terminal only in
//! [`CredentialProcess::run_on_terminal`]. All other runs have no input, no terminal, and their own
//! process group, which is killed at the end.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::credentials::uses_env_credentials;
use super::profile::{BaseCredentials, Profile, Renewal, SignIn};
use super::target::CredentialSource as Source;
use super::{ClockAndRandom, Failure, Target};

/// Limit on a run without a terminal.
const DETACHED_TIMEOUT: Duration = Duration::from_secs(20);
/// Credentials with a shorter remaining lifetime are renewed.
const MIN_LIFETIME: Duration = Duration::from_secs(30);
/// Replaces the shell with the program, so that killing the run kills the program. Shell builtins
/// and reserved words stay in the shell.
const EXEC_SCRIPT: &str = r#"case "$(command -v "$1")" in */*) eval "exec $2" ;; *) eval "$2" ;; esac"#;
/// Characters that make a command line more than a program with arguments.
const SHELL_CHARS: &[char] = &[';', '|', '&', '<', '>', '(', ')', '`', '$', '#', '\n'];
/// Runs a command line in its own session, without a terminal to write to. It keeps the terminal if
/// the system has neither `setsid` nor `perl`.
const DETACH_SCRIPT: &str = r#"command -v setsid >/dev/null 2>&1 && exec setsid sh -c "$1"
command -v perl >/dev/null 2>&1 && exec perl -MPOSIX -e 'POSIX::setsid(); exec "sh", "-c", $ARGV[0]' "$1"
exec sh -c "$1""#;
/// The start of all error messages about a program.
const ERROR_PREFIX: &str = "credential_process of profile";
const MAX_STDERR_CHARS: usize = 300;

/// A `credential_process` and its cached credentials, which clones share.
#[derive(Clone)]
pub struct CredentialProcess(Arc<ProcessState>);

struct ProcessState {
    profile: String,
    /// May contain secrets and is never shown.
    command: String,
    account: Option<String>,
    clock_and_random: ClockAndRandom,
    /// Locked while the program runs, so that it runs once at a time.
    cached: Mutex<Option<Credentials>>,
}

impl CredentialProcess {
    /// Returns the program of the target's profile, if it has one.
    pub async fn find(target: &Target) -> Result<Option<Self>, Failure> {
        if target.credentials == Source::Demo || uses_env_credentials(target) {
            return Ok(None);
        }
        let profile = Profile::read(target).await?;
        let sign_in = SignIn::from_profiles(&profile.profiles)?;
        Ok(Self::new(&sign_in))
    }

    pub(super) fn new(sign_in: &SignIn) -> Option<Self> {
        let BaseCredentials::Process { command, account, profile } = &sign_in.base else { return None };
        Some(Self(Arc::new(ProcessState {
            profile: profile.clone(),
            command: command.clone(),
            account: account.clone(),
            clock_and_random: ClockAndRandom::system(),
            cached: Mutex::new(None),
        })))
    }

    /// Returns the profile that names the program.
    pub fn profile(&self) -> &str {
        &self.0.profile
    }

    /// Runs the program on the terminal, which must be in its normal mode, and caches the credentials.
    ///
    /// Dropping the future kills the program.
    pub async fn run_on_terminal(&self) -> Result<(), Failure> {
        let mut cached = self.0.cached.lock().await;
        let line = self.0.command.as_str();
        let program = line.split_whitespace().next().unwrap_or_default();
        let is_simple = !line.contains(SHELL_CHARS) && !program.contains('=');
        let mut command = if is_simple { shell(&[EXEC_SCRIPT, "sh", program, line]) } else { shell(&[line]) };
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
        let failed = |error: String| self.failure(error);
        let child = command.spawn().map_err(|error| failed(start_error(&error)))?;
        let output = child.wait_with_output().await.map_err(|error| failed(error.to_string()))?;
        let credentials = self.read_output(output.status, &output.stdout, None).map_err(failed)?;
        *cached = Some(credentials);
        Ok(())
    }

    /// Runs the program without input or terminal.
    async fn run_detached(&self) -> Result<Credentials, String> {
        let mut command = shell(&[DETACH_SCRIPT, "sh", &self.0.command]);
        // With this variable, gpg would find the terminal by name.
        command.stdin(Stdio::null()).stderr(Stdio::piped()).env_remove("GPG_TTY");
        let child = command.spawn().map_err(|error| start_error(&error))?;
        let group = ProcessGroup::from_child(&child);
        let output = timeout(DETACHED_TIMEOUT, child.wait_with_output()).await.map_err(|_| {
            format!(
                "it did not finish within {} s: it may be waiting for input on the terminal",
                DETACHED_TIMEOUT.as_secs()
            )
        })?;
        let output = output.map_err(|error| error.to_string())?;
        group.release();
        self.read_output(output.status, &output.stdout, Some(&output.stderr))
    }

    /// Parses the credentials from the program's output.
    fn read_output(
        &self,
        status: ExitStatus,
        stdout: &[u8],
        stderr: Option<&[u8]>,
    ) -> Result<Credentials, String> {
        if !status.success() {
            let message = stderr.map(last_line).filter(|message| !message.is_empty());
            return Err(match message {
                Some(message) => format!("it ended with {status}: {message}"),
                None => format!("it ended with {status}"),
            });
        }
        parse_credentials(stdout, self.0.account.as_deref())
    }

    fn failure(&self, error: String) -> Failure {
        let message = self.error_message(&error);
        Failure::SignIn { renewal: Renewal::Process(self.0.profile.clone()), message }
    }

    fn error_message(&self, error: &str) -> String {
        format!("{ERROR_PREFIX} {}: {error}", self.0.profile)
    }

    async fn cached_or_new(&self) -> provider::Result {
        let mut cached = self.0.cached.lock().await;
        let now = SystemTime::from(self.0.clock_and_random.now());
        let is_fresh = |credentials: &Credentials| {
            credentials
                .expiry()
                .is_none_or(|end| end.duration_since(now).is_ok_and(|left| left > MIN_LIFETIME))
        };
        if let Some(credentials) = cached.as_ref().filter(|credentials| is_fresh(credentials)) {
            return Ok(credentials.clone());
        }
        let credentials = self
            .run_detached()
            .await
            .map_err(|error| CredentialsError::provider_error(self.error_message(&error)))?;
        *cached = Some(credentials.clone());
        Ok(credentials)
    }
}

impl ProvideCredentials for CredentialProcess {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.cached_or_new())
    }
}

impl fmt::Debug for CredentialProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialProcess").field("profile", &self.0.profile).finish_non_exhaustive()
    }
}

impl PartialEq for CredentialProcess {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CredentialProcess {}

/// Builds a shell command with captured output.
fn shell(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

/// Returns the start of the message for rejected credentials.
pub(super) fn sign_in_summary(message: &str) -> &'static str {
    if message.starts_with(ERROR_PREFIX) {
        "there are no AWS credentials"
    } else {
        "the AWS credentials are expired or rejected"
    }
}

/// The process group of a run, killed on drop.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn from_child(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    /// Disarms the kill: the process has ended, and its id may be reused.
    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Fails if the group has already ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

fn start_error(error: &io::Error) -> String {
    format!("it cannot be started: {error}")
}

/// Returns the last non-empty line, without control characters.
fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().filter(|c| !c.is_control()).take(MAX_STDERR_CHARS).collect()
}

/// Parses the output format that AWS documents. Error messages never include the output.
fn parse_credentials(output: &[u8], account: Option<&str>) -> Result<Credentials, String> {
    const WRONG_FORM: &str = "its output is not the JSON that AWS documents for a credential_process";
    let json: Value = serde_json::from_slice(output).map_err(|_| WRONG_FORM.to_owned())?;
    let object = json.as_object().ok_or(WRONG_FORM)?;
    let field =
        |name: &str| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let text = |name: &str| field(name).and_then(Value::as_str);
    let required = |name: &str| text(name).ok_or_else(|| format!("its output has no {name}"));
    if field("Version").and_then(Value::as_i64) != Some(1) {
        return Err("its output does not have \"Version\": 1".to_owned());
    }
    let mut builder = Credentials::builder()
        .access_key_id(required("AccessKeyId")?)
        .secret_access_key(required("SecretAccessKey")?)
        .provider_name("credential_process");
    builder.set_session_token(text("SessionToken").map(str::to_owned));
    if let Some(end) = text("Expiration") {
        let end: Timestamp = end.parse().map_err(|_| "its output has an invalid Expiration".to_owned())?;
        builder.set_expiry(Some(SystemTime::from(end)));
    }
    if let Some(account) = text("AccountId").or(account) {
        builder = builder.account_id(account);
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_parsed_as_aws_documents_it() {
        let text = br#"{"version": 1, "accessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t",
            "Expiration": "2030-01-02T03:04:05+00:00"}"#;
        let credentials = parse_credentials(text, Some("111122223333")).expect("credentials");
        assert_eq!((credentials.access_key_id(), credentials.session_token()), ("a", Some("t")));
        assert_eq!(credentials.account_id().map(|id| id.as_str()), Some("111122223333"));
        let end = Timestamp::try_from(credentials.expiry().expect("an end")).expect("a time");
        assert_eq!(end.to_string(), "2030-01-02T03:04:05Z");
    }

    #[test]
    fn errors_never_repeat_the_output() {
        for (text, expected) in [
            ("s3cret", "is not the JSON"),
            ("[\"s3cret\"]", "is not the JSON"),
            (r#"{"Version": 2, "SecretAccessKey": "s3cret"}"#, "\"Version\": 1"),
            (r#"{"Version": 1, "SecretAccessKey": "s3cret"}"#, "has no AccessKeyId"),
            (
                r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s3cret", "Expiration": "x"}"#,
                "Expiration",
            ),
        ] {
            let error = parse_credentials(text.as_bytes(), None).expect_err(text);
            assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn last_stderr_line_is_shown_without_control_characters() {
        assert_eq!(last_line(b"one\ntoken is over\x1b[31m, sign in\r\n\n"), "token is over[31m, sign in");
    }
}
