//! The main job by keys alone at 80×24, compared with what the endpoint itself says.

use std::process::{Command, Output};

use crate::support::peers;
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESCAPE: &str = "\x1b";

#[test]
fn keys_are_created_called_to_the_end_of_their_quota_and_deleted() {
    let mut console = Terminal::start(80, 24, &["--demo"]);
    console.sees("keys 14/10,000").sees("PremiumPlan");

    // A siloed key: one API key more.
    console.types("j").sees("Keys · TestPlan · 4");
    create(&mut console, "newco", "silo-web");
    console.sees("keys 15/10,000").sees("Keys · TestPlan · 5");
    agree(&console, 15, Some("silo-web"));

    // Its calls: 200, then the end of a quota of 20 a day.
    console.types("3").types("t").sees("200 · ok");
    console.types("T").sees("a series of calls").types(TAB).types("10").types(ENTER);
    console.sees("429").sees("quota spent").sees("resets expected 00:00 UTC");
    console.types("4").sees("Limit Exceeded").sees("1 quota spent");

    // A pooled key: a row more, no API key more, and the same call.
    console.types("1").types("j").sees("Keys · FreePlan · 12");
    create(&mut console, "newco", "pool-web");
    console.sees("Keys · FreePlan · 13").sees("keys 15/10,000");
    console.types("3").types("t").sees("200 · ok").sees("FreePlan/newco");
    agree(&console, 15, Some("silo-web"));

    // Both go; the shared API key stays.
    delete(&mut console);
    console.sees("Keys · FreePlan · 12").sees("keys 15/10,000");
    console.types("1").types("k").sees("Keys · TestPlan · 5").types("3").types("/silo-web").types(ENTER);
    console.sees("silo-web");
    delete(&mut console);
    console.sees("keys 14/10,000");
    agree(&console, 14, None);
    console.types(ESCAPE).no_longer_sees("/silo-web").types("1").types("q");
}

fn create(console: &mut Terminal, tenant: &str, name: &str) {
    console
        .types("n")
        .sees("new key")
        .types(tenant)
        .types(TAB)
        .types(name)
        .presses_until(ENTER, "1 key created")
        .sees(name);
}

fn delete(console: &mut Terminal) {
    console.types("D").sees("Cancel").sees("newco").presses_until("y", "1 key deleted");
}

/// The AWS CLI lists as many API keys at the console's endpoint as the console says, and of what the test made only
/// this one: under the id, name and state that stand on the screen where it is shown.
fn agree(console: &Terminal, keys: usize, made: Option<&str>) {
    let screen = console.screen();
    let endpoint = screen.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).unwrap();
    let asked = aws(endpoint, &["apigateway", "get-api-keys", "--query", "items[].[id,name,enabled]"]);
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

fn aws(endpoint: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("aws");
    command.args(["--endpoint-url", &format!("http://{endpoint}"), "--output", "text"]).args(arguments);
    command.env("AWS_ACCESS_KEY_ID", "demo").env("AWS_SECRET_ACCESS_KEY", "demo");
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_CONFIG_FILE", "/dev/null");
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").env_remove("AWS_PROFILE");
    match command.output() {
        Ok(output) => Some(output),
        Err(why) => {
            peers::left_out("what the console says against the AWS CLI", "aws", &why);
            None
        }
    }
}
