//! Profiles with a `credential_process` that prompts on the terminal.

use std::time::Duration;

use keypool_local_aws::World;

use super::account::Account;
use crate::support::fifo::ProgramWatcher;
use crate::support::pty::Terminal;

/// Prompts for a code on the terminal, and fails without a terminal. The credentials of the first run have expired.
const PROGRAM: &str = r#"
runs="$(dirname "$0")/runs"
echo run >>"$runs"
count=$(wc -l <"$runs" | tr -d ' ')
if [ ! -t 0 ]; then
    # Whatever this program wrote to /dev/tty would be on the console's screen.
    (: >/dev/tty) 2>/dev/null && { echo HAS_A_TERMINAL >&2; exit 4; }
    # Hangs, and holds the pipe `alive` open as long as it runs.
    [ -p "$(dirname "$0")/alive" ] && exec tail -f /dev/null >"$(dirname "$0")/alive"
    echo NOTTY >&2
    exit 4
fi
printf 'code of run %s? ' "$count" >&2
read -r code
[ "$code" = 1234 ] || exit 5
end=
[ "$count" = 1 ] && end=', "Expiration": "2020-01-01T00:00:00Z"'
echo "{\"Version\": 1, \"AccessKeyId\": \"a\", \"SecretAccessKey\": \"s\"$end}"
"#;

/// Starts the console with a profile whose `credential_process` is written to this folder.
fn start_console(account: &Account, folder: &std::path::Path) -> Terminal {
    let program = folder.join("ask.sh");
    std::fs::write(&program, PROGRAM).expect("a program");
    let config = folder.join("config");
    let process = format!("credential_process = sh {}", program.display());
    std::fs::write(&config, format!("[profile work]\nregion = us-east-1\n{process}\n")).expect("a file");
    let endpoint = account.endpoint();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_CONFIG_FILE", config.to_str().expect("a path")),
        ("PATH", "/usr/bin:/bin"),
    ];
    Terminal::start_with_variables(80, 24, &["-p", "work"], &variables)
}

#[test]
fn a_credential_process_prompts_before_the_console_and_on_refresh() {
    let account = Account::start(World::Sample);
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = start_console(&account, folder.path());
    terminal
        .wait_for("running the credential_process of profile work")
        .wait_for("code of run 1?")
        .send_keys("1234\r");
    // Those credentials have expired, and the automatic renewal has no terminal.
    terminal
        .wait_for("NOTTY")
        .send_keys("r")
        .wait_for("code of run 3?")
        .send_keys("1234\r")
        .wait_for("PremiumPlan");
    terminal.send_keys("q");
    assert_eq!(terminal.wait_for_exit(), 0);
}

#[test]
fn a_wrong_code_fails_before_the_console_starts() {
    let account = Account::start(World::Sample);
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = start_console(&account, folder.path());
    terminal.wait_for("code of run 1?").send_keys("0000\r");
    assert_eq!(terminal.wait_for_exit_showing("exit status: 5"), 3);
}

#[test]
fn a_hanging_renewal_is_killed_when_the_console_quits() {
    let account = Account::start(World::Sample);
    let folder = tempfile::tempdir().expect("a folder");
    let watcher = ProgramWatcher::create(&folder.path().join("alive"));
    let mut terminal = start_console(&account, folder.path());
    terminal.wait_for("code of run 1?").send_keys("1234\r");
    watcher.wait_for_start();
    terminal.send_keys("q");
    assert_eq!(terminal.wait_for_exit(), 0);
    watcher.wait_for_end();
}

#[test]
fn credentials_without_a_process_load_while_the_first_screen_is_shown() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let uri = format!("http://{}/credentials", server.local_addr().expect("an address"));
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()), ("AWS_REGION", "us-east-1")];
    let mut terminal = Terminal::start_with_variables(80, 24, &[], &variables);
    terminal.wait_for("1 Plans");
    let (accepted, requests) = std::sync::mpsc::channel();
    std::thread::spawn(move || accepted.send(server.accept()));
    let request = requests.recv_timeout(Duration::from_secs(60)).expect("a request for credentials");
    let (connection, _) = request.expect("a connection");
    terminal.send_keys("q");
    assert_eq!(terminal.wait_for_exit(), 0);
    drop(connection);
}
