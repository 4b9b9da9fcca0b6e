//! The main job by keys alone at 80×24, compared with what the endpoint itself says.

use std::process::{Command, Output};

use crate::support::peers;
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESCAPE: &str = "\x1b";

#[test]
fn keys_are_created_called_until_the_quota_is_spent_and_deleted() {
    let mut console = Terminal::start(80, 24, &["--demo"]);
    console.wait_for("keys 14/10,000").wait_for("PremiumPlan");

    // A siloed key: one API key more.
    console.send_keys("j").wait_for("Keys · TestPlan · 4");
    create_key(&mut console, "newco", "silo-web");
    console.wait_for("keys 15/10,000").wait_for("Keys · TestPlan · 5");
    assert_aws_cli_agrees(&console, 15, Some("silo-web"));

    // Its calls: 200, then the end of a quota of 20 a day.
    console.send_keys("3").send_keys("t").wait_for("200 · ok");
    console.send_keys("T").wait_for("series of calls").send_keys(TAB).send_keys("10").send_keys(ENTER);
    console.wait_for("429").wait_for("quota spent").wait_for("resets expected 00:00 UTC");
    console.send_keys("4").wait_for("Limit Exceeded").wait_for("1 quota spent");

    // A pooled key: a row more, no API key more, and the same call.
    console.send_keys("1").send_keys("j").wait_for("Keys · FreePlan · 12");
    create_key(&mut console, "newco", "pool-web");
    console.wait_for("Keys · FreePlan · 13").wait_for("keys 15/10,000");
    console.send_keys("3").send_keys("t").wait_for("200 · ok").wait_for("FreePlan/newco");
    assert_aws_cli_agrees(&console, 15, Some("silo-web"));

    // Both go; the shared API key stays.
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

/// The AWS CLI lists as many API keys at the console's endpoint as the console says, and of what the test made only
/// this one: under the id, name and state that stand on the screen where it is shown.
fn assert_aws_cli_agrees(console: &Terminal, keys: usize, made: Option<&str>) {
    let screen = console.screen();
    let endpoint = screen.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).unwrap();
    let asked =
        run_aws_cli(endpoint, &["apigateway", "get-api-keys", "--query", "items[].[id,name,enabled]"]);
    let Some(output) = asked else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let listed: Vec<Vec<&str>> = said.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(listed.len(), keys, "what the AWS CLI lists at {endpoint}:\n{said}");
    let ours: Vec<_> = listed.iter().filter(|key| key[1].ends_with("-web")).collect();
    assert_eq!(ours.iter().map(|key| key[1]).collect::<Vec<_>>(), Vec::from_iter(made), "{said}");
    for key in ours {
        let Some(on_screen) = screen.lines().find(|line| line.contains(key[1])) else { continue };
        assert!(
            on_screen.contains(key[0]) && on_screen.contains("yes") && key[2] == "True",
            "{on_screen}\n{said}"
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
        Err(why) => {
            peers::report_skipped_suite("what the console says against the AWS CLI", "aws", &why);
            None
        }
    }
}
