//! The program that a profile names as its `credential_process`.
//!
//! keypool runs it itself: the SDK gives it the terminal's input and hides what it writes to standard error, so that
//! a question for a code is never seen. It runs on the terminal only where [`CredentialProcess::run_on_terminal`] is
//! called; every other run has no input, no terminal and a process group of its own, which ends with the run.

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

/// The longest that it may take without a terminal.
const DETACHED_TIMEOUT: Duration = Duration::from_secs(20);
/// Credentials that end sooner are asked for again.
const MIN_LIFETIME: Duration = Duration::from_secs(30);
/// Runs a program in the place of the shell, so that ending the run ends the program; what is no program (a builtin, a
/// reserved word) is the shell's.
const EXEC_SCRIPT: &str = r#"case "$(command -v "$1")" in */*) eval "exec $2" ;; *) eval "$2" ;; esac"#;
/// What makes a command line more than one program with its arguments.
const SHELL_CHARS: &[char] = &[';', '|', '&', '<', '>', '(', ')', '`', '$', '#', '\n'];
/// Runs a command line in a session of its own, so that it has no terminal to write to. Where a system has neither of the
/// two programs, it keeps the terminal.
const DETACH_SCRIPT: &str = r#"command -v setsid >/dev/null 2>&1 && exec setsid sh -c "$1"
command -v perl >/dev/null 2>&1 && exec perl -MPOSIX -e 'POSIX::setsid(); exec "sh", "-c", $ARGV[0]' "$1"
exec sh -c "$1""#;
/// What every error of it begins with.
const ERROR_PREFIX: &str = "credential_process of profile";
/// The most characters of its standard error that are shown.
const MAX_STDERR_CHARS: usize = 300;

/// A `credential_process`, and the credentials it gave last; a clone is the same.
#[derive(Clone)]
pub struct CredentialProcess(Arc<ProcessState>);

struct ProcessState {
    profile: String,
    /// May hold secrets and is never shown.
    command: String,
    account: Option<String>,
    clock_and_random: ClockAndRandom,
    /// Held while the program runs, so that it runs once at a time.
    cached: Mutex<Option<Credentials>>,
}

impl CredentialProcess {
    /// The one that this target's profile uses, if it uses one.
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

    /// The profile that names it.
    pub fn profile(&self) -> &str {
        &self.0.profile
    }

    /// Runs it on the terminal, which has to be an ordinary one, and keeps the credentials.
    ///
    /// Dropping the future ends the program.
    pub async fn run_on_terminal(&self) -> Result<(), Failure> {
        let mut last = self.0.cached.lock().await;
        let line = self.0.command.as_str();
        let program = line.split_whitespace().next().unwrap_or_default();
        let is_simple = !line.contains(SHELL_CHARS) && !program.contains('=');
        let mut command = if is_simple { shell(&[EXEC_SCRIPT, "sh", program, line]) } else { shell(&[line]) };
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
        let failed = |why: String| self.failure(why);
        let child = command.spawn().map_err(|why| failed(start_error(&why)))?;
        let output = child.wait_with_output().await.map_err(|why| failed(why.to_string()))?;
        let credentials = self.read_output(output.status, &output.stdout, None).map_err(failed)?;
        *last = Some(credentials);
        Ok(())
    }

    /// Runs it with no input and no terminal.
    async fn run_detached(&self) -> Result<Credentials, String> {
        let mut command = shell(&[DETACH_SCRIPT, "sh", &self.0.command]);
        // A program that asks by way of gpg would find the terminal by its name.
        command.stdin(Stdio::null()).stderr(Stdio::piped()).env_remove("GPG_TTY");
        let child = command.spawn().map_err(|why| start_error(&why))?;
        let group = ProcessGroup::from_child(&child);
        let output = timeout(DETACHED_TIMEOUT, child.wait_with_output()).await.map_err(|_| {
            format!(
                "it did not end within {} s: it may be waiting for the terminal",
                DETACHED_TIMEOUT.as_secs()
            )
        })?;
        let output = output.map_err(|why| why.to_string())?;
        group.release();
        self.read_output(output.status, &output.stdout, Some(&output.stderr))
    }

    /// The credentials that it wrote.
    fn read_output(
        &self,
        status: ExitStatus,
        stdout: &[u8],
        stderr: Option<&[u8]>,
    ) -> Result<Credentials, String> {
        if !status.success() {
            let words = stderr.map(last_line).filter(|words| !words.is_empty());
            return Err(match words {
                Some(words) => format!("it ended with {status}: {words}"),
                None => format!("it ended with {status}"),
            });
        }
        parse_credentials(stdout, self.0.account.as_deref())
    }

    fn failure(&self, why: String) -> Failure {
        let message = self.error_message(&why);
        Failure::SignIn { renewal: Renewal::Process(self.0.profile.clone()), message }
    }

    fn error_message(&self, why: &str) -> String {
        format!("{ERROR_PREFIX} {}: {why}", self.0.profile)
    }

    async fn cached_or_new(&self) -> provider::Result {
        let mut last = self.0.cached.lock().await;
        let now = SystemTime::from(self.0.clock_and_random.now());
        let lasts = |credentials: &Credentials| {
            credentials
                .expiry()
                .is_none_or(|end| end.duration_since(now).is_ok_and(|left| left > MIN_LIFETIME))
        };
        if let Some(credentials) = last.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let credentials = self
            .run_detached()
            .await
            .map_err(|why| CredentialsError::provider_error(self.error_message(&why)))?;
        *last = Some(credentials.clone());
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

/// A shell whose output is read.
fn shell(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

/// What goes before the words of a sign-in that failed.
pub(super) fn sign_in_subject(message: &str) -> &'static str {
    if message.starts_with(ERROR_PREFIX) {
        "there are no AWS credentials"
    } else {
        "the AWS credentials are expired or not accepted"
    }
}

/// The process group of a run, which ends with this.
struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    fn from_child(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    /// It has ended, and its number may soon be another's.
    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // A group that has ended by itself needs no ending.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

fn start_error(why: &io::Error) -> String {
    format!("it cannot be started: {why}")
}

/// The last line that says something, without what could move the cursor.
fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().filter(|c| !c.is_control()).take(MAX_STDERR_CHARS).collect()
}

/// What the program wrote, in the form that AWS documents; no error repeats any of it.
fn parse_credentials(text: &[u8], account: Option<&str>) -> Result<Credentials, String> {
    const FORM: &str = "it did not write the JSON that AWS documents for a credential_process";
    let json: Value = serde_json::from_slice(text).map_err(|_| FORM.to_owned())?;
    let object = json.as_object().ok_or(FORM)?;
    let field =
        |name: &str| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let text = |name: &str| field(name).and_then(Value::as_str);
    let needed = |name: &str| text(name).ok_or_else(|| format!("what it wrote holds no {name}"));
    if field("Version").and_then(Value::as_i64) != Some(1) {
        return Err("what it wrote does not have \"Version\": 1".to_owned());
    }
    let mut built = Credentials::builder()
        .access_key_id(needed("AccessKeyId")?)
        .secret_access_key(needed("SecretAccessKey")?)
        .provider_name("credential_process");
    built.set_session_token(text("SessionToken").map(str::to_owned));
    if let Some(end) = text("Expiration") {
        let end: Timestamp =
            end.parse().map_err(|_| "what it wrote has an Expiration that is no time".to_owned())?;
        built.set_expiry(Some(SystemTime::from(end)));
    }
    if let Some(account) = text("AccountId").or(account) {
        built = built.account_id(account);
    }
    Ok(built.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_parsed_as_aws_documents_it() {
        let text = br#"{"version": 1, "accessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t",
            "Expiration": "2030-01-02T03:04:05+00:00"}"#;
        let read = parse_credentials(text, Some("111122223333")).expect("credentials");
        assert_eq!((read.access_key_id(), read.session_token()), ("a", Some("t")));
        assert_eq!(read.account_id().map(|id| id.as_str()), Some("111122223333"));
        let end = Timestamp::try_from(read.expiry().expect("an end")).expect("a time");
        assert_eq!(end.to_string(), "2030-01-02T03:04:05Z");
    }

    #[test]
    fn errors_never_repeat_the_output() {
        for (text, why) in [
            ("s3cret", "did not write the JSON"),
            ("[\"s3cret\"]", "did not write the JSON"),
            (r#"{"Version": 2, "SecretAccessKey": "s3cret"}"#, "\"Version\": 1"),
            (r#"{"Version": 1, "SecretAccessKey": "s3cret"}"#, "holds no AccessKeyId"),
            (
                r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s3cret", "Expiration": "x"}"#,
                "Expiration",
            ),
        ] {
            let error = parse_credentials(text.as_bytes(), None).expect_err(text);
            assert!(error.contains(why) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn last_stderr_line_is_shown_without_control_characters() {
        assert_eq!(last_line(b"one\ntoken is over\x1b[31m, sign in\r\n\n"), "token is over[31m, sign in");
    }
}
