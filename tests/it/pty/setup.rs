//! From an account that has nothing but an API with one open method to a tenant's first answer, by keys alone.

use keypool_local_aws::World;

use crate::support::command::Machine;
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESCAPE: &str = "\x1b";

#[test]
fn a_bare_api_is_set_up_to_the_first_answer_and_on_past_the_end_of_its_quota() {
    let machine = Machine::serving(World::Empty);
    machine.make_api();
    let endpoint = machine.aws().endpoint();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let mut console = Terminal::start_with(110, 32, &[], &variables);
    console.sees("s sets the account up step by step");
    console.types("s").sees("shop").sees("missing");

    // The tables.
    console
        .types("j")
        .sees("Enter: create the DynamoDB tables")
        .types(ENTER)
        .sees("Cancel")
        .presses_until("y", "plans, keys and pools have their tables");

    // A plan over the stage, of five calls a day.
    console.types("j").sees("Enter: create a usage plan").types(ENTER).sees("new usage plan").types("Basic");
    console.types(TAB).types(TAB).types(TAB).types(TAB).types("5").types(ENTER);
    console
        .sees("create usage plan \"Basic\": 10 a second, burst 20; 5 a day")
        .presses_until("y", "in Basic")
        .sees("1 plan told as enforced");

    // Its method needs a key, which callers meet after a deployment.
    console.types("jj").sees("Enter: choose the methods that need a key").types(ENTER);
    console
        .sees("Methods · shop")
        .sees("[ ] no")
        .types(" ")
        .sees("let GET /pets need an API key")
        .presses_until("y", "[x] yes")
        .sees("not yet")
        .types("P")
        .sees("deploy the API")
        .presses_until("y", "0 edited");
    console.types(ESCAPE).sees("the method needs an API key");

    // A tenant, and its first call.
    console.types("Gk").sees("Enter: create a key for a tenant").types(ENTER).sees("new key");
    console.types("acme").types(TAB).types("web").presses_until(ENTER, "1 key created").sees("1 tenant key");
    console.types("G").sees("Enter: call the API with the key").types(ENTER).sees("200 · ok");

    // The other four calls of the day, and one too many.
    console.types("T").sees("a series of calls").types(TAB).types("10").types(ENTER);
    console.sees("429").sees("quota spent");
    console.types("s").sees("a call was let in today").types("q");

    // Why, and more calls.
    console.types("x").sees("answers 429").types(ESCAPE).no_longer_sees("✗ quota");
    console
        .types("3")
        .types("+")
        .sees("more calls for API key")
        .types("5")
        .types(TAB)
        .types("a demo")
        .types(ENTER);
    console.sees("5 calls more").presses_until("y", "has 5 calls left, it had 0");
    console.types("t").sees("200 · ok").types("q");
}
