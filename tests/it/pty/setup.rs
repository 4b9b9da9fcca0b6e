//! Sets up an account with the console: from a REST API with one open method to a tenant's first call.

use keypool_local_aws::World;

use crate::support::command::Machine;
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESCAPE: &str = "\x1b";

#[test]
fn a_bare_api_is_set_up_to_its_first_call_and_a_spent_quota_is_raised() {
    let machine = Machine::with_local_aws(World::Empty);
    machine.create_api();
    let endpoint = machine.aws().endpoint();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let mut console = Terminal::start_with_variables(110, 32, &[], &variables);
    console.wait_for("Press s to set up this account.");
    console.send_keys("s").wait_for("shop").wait_for("missing");

    console
        .send_keys("j")
        .wait_for("Enter: create the DynamoDB tables")
        .send_keys(ENTER)
        .wait_for("Cancel")
        .press_until("y", "all tables exist");

    // A plan for the stage, with five calls per day.
    console
        .send_keys("j")
        .wait_for("Enter: create a usage plan")
        .send_keys(ENTER)
        .wait_for("new usage plan")
        .send_keys("Basic");
    console.send_keys(TAB).send_keys(TAB).send_keys(TAB).send_keys(TAB).send_keys("5").send_keys(ENTER);
    console
        .wait_for("create usage plan \"Basic\": 10 req/s, burst 20; 5/day")
        .press_until("y", "in Basic")
        .wait_for("price list matches 1 plan");

    // The method requires an API key, which takes effect with a deployment.
    console.send_keys("jj").wait_for("Enter: choose the methods that need a key").send_keys(ENTER);
    console
        .wait_for("Methods · shop")
        .wait_for("[ ] no")
        .send_keys(" ")
        .wait_for("require an API key for GET /pets")
        .press_until("y", "[x] yes")
        .wait_for("not yet")
        .send_keys("P")
        .wait_for("to stage prod")
        .press_until("y", "0 not deployed");
    console.send_keys(ESCAPE).wait_for("the method requires an API key");

    // A tenant and its first call.
    console.send_keys("Gk").wait_for("Enter: create a key for a tenant").send_keys(ENTER).wait_for("new key");
    console
        .send_keys("acme")
        .send_keys(TAB)
        .send_keys("web")
        .press_until(ENTER, "1 key created")
        .wait_for("1 tenant key");
    console.send_keys("G").wait_for("Enter: call the API with the key").send_keys(ENTER).wait_for("200 · ok");

    // The remaining four calls of the day, and one too many.
    console.send_keys("T").wait_for("series of calls").send_keys(TAB).send_keys("10").send_keys(ENTER);
    console.wait_for("429").wait_for("quota spent");
    console.send_keys("s").wait_for("a call was accepted today").send_keys("q");

    // The explanation, and a higher quota.
    console.send_keys("x").wait_for("returns 429").send_keys(ESCAPE).wait_until_gone("✗ quota");
    console
        .send_keys("3")
        .send_keys("+")
        .wait_for("remaining quota of API key")
        .send_keys("5")
        .send_keys(TAB)
        .send_keys("a demo")
        .send_keys(ENTER);
    console.wait_for("add 5 calls to the remaining quota").press_until("y", "has 5 calls left (was 0)");
    console.send_keys("t").wait_for("200 · ok").send_keys("q");
}
