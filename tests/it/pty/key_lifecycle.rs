//! The life of a siloed and a pooled key in the demo console at 80×24, compared with what the AWS CLI lists.

use std::process::{Command, Output};

use crate::support::pty::Terminal;
use crate::support::third_party;

const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESCAPE: &str = "\x1b";

#[test]
fn keys_are_created_called_until_the_quota_is_spent_and_deleted() {
    let mut console = Terminal::start(120, 24, &["--demo"]);
    console.wait_for("keys 14/10,000").wait_until_read();

    // A siloed key: one more API key.
    console.send_keys("1").send_keys("j").wait_for("Keys · TestPlan · 4");
    create_key(&mut console, "newco", "silo-web");
    console.wait_for("keys 15/10,000").wait_for("Keys · TestPlan · 5");
    assert_aws_cli_agrees(&console, 15, Some("silo-web"));

    // Its calls: 200 until the quota of 20 per day is spent.
    console.send_keys("3").send_keys("t").wait_for("200 · ok");
    console.send_keys("T").wait_for("series of calls").send_keys(TAB).send_keys("10").send_keys(ENTER);
    console.wait_for("429").wait_for("quota spent").wait_for("resets expected 00:00 UTC");
    console.send_keys("4").wait_for("Limit Exceeded").wait_for("1 quota spent");

    // A pooled key: one more tenant key, no more API keys.
    console.send_keys("1").send_keys("j").wait_for("Keys · FreePlan · 12");
    create_key(&mut console, "newco", "pool-web");
    console.wait_for("Keys · FreePlan · 13").wait_for("keys 15/10,000");
    console.send_keys("3").send_keys("t").wait_for("200 · ok").wait_for("FreePlan/newco");
    assert_aws_cli_agrees(&console, 15, Some("silo-web"));

    // Both are deleted; the shared API key stays.
    delete_key(&mut console);
    console.wait_for("Keys · FreePlan · 12").wait_for("keys 15/10,000");
    console
        .send_keys("1")
        .send_keys("k")
        .wait_for("Keys · TestPlan · 5")
        .send_keys("3")
        .send_keys("/silo-web")
        .send_keys(ENTER);
    console.wait_for("silo-web");
    delete_key(&mut console);
    console.wait_for("keys 14/10,000");
    assert_aws_cli_agrees(&console, 14, None);
    console.send_keys(ESCAPE).wait_until_gone("/silo-web").send_keys("1").send_keys("q");
}

fn create_key(console: &mut Terminal, tenant: &str, name: &str) {
    console
        .send_keys("n")
        .wait_for("new key")
        .send_keys(tenant)
        .send_keys(TAB)
        .send_keys(name)
        .press_until(ENTER, "1 key created")
        .wait_for(name);
}

fn delete_key(console: &mut Terminal) {
    console.send_keys("D").wait_for("Cancel").wait_for("newco").press_until("y", "1 key deleted");
}

/// Checks the screen against the AWS CLI: the number of API keys, and id, name and state of the key that the test
/// created, if it is on the screen.
fn assert_aws_cli_agrees(console: &Terminal, key_count: usize, created: Option<&str>) {
    let screen = console.screen();
    let endpoint = screen.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).unwrap();
    let output =
        run_aws_cli(endpoint, &["apigateway", "get-api-keys", "--query", "items[].[id,name,enabled]"]);
    let Some(output) = output else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let listed: Vec<Vec<&str>> = stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(listed.len(), key_count, "output of the AWS CLI at {endpoint}:\n{stdout}");
    let ours: Vec<_> = listed.iter().filter(|key| key[1].ends_with("-web")).collect();
    assert_eq!(ours.iter().map(|key| key[1]).collect::<Vec<_>>(), Vec::from_iter(created), "{stdout}");
    for key in ours {
        let Some(on_screen) = screen.lines().find(|line| line.contains(key[1])) else { continue };
        assert!(
            on_screen.contains(key[0]) && on_screen.contains("active") && key[2] == "True",
            "{on_screen}\n{stdout}"
        );
    }
}

fn run_aws_cli(endpoint: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("aws");
    command.args(["--endpoint-url", &format!("http://{endpoint}"), "--output", "text"]).args(arguments);
    command.env("AWS_ACCESS_KEY_ID", "demo").env("AWS_SECRET_ACCESS_KEY", "demo");
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_CONFIG_FILE", "/dev/null");
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").env_remove("AWS_PROFILE");
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            third_party::report_skipped_suite("the console compared with the AWS CLI", "aws", &error);
            None
        }
    }
}
