//! The console opens with what was remembered of the account, before anything of it is read.

use std::fs;

use keypool_local_aws::{Answer, Fault, World};

use crate::cli::remembered_account::remember;
use crate::support::command::Machine;
use crate::support::pty::Terminal;

const ESCAPE: &str = "\x1b";

/// A console that shares the state folder of the machine.
fn start_console(machine: &Machine, arguments: &[&str]) -> Terminal {
    let state = machine.path(".local/state");
    let mut variables = machine.variables();
    variables.push(("XDG_STATE_HOME", state.to_str().expect("UTF-8")));
    Terminal::start_with_variables(120, 40, arguments, &variables)
}

/// Holds back the first page of everything that is read.
fn hold_reads(machine: &Machine) {
    for operation in ["GetUsagePlans", "GetApiKeys", "ListTables", "Scan"] {
        machine.aws().faults().script(Fault::on(operation, Answer::Hold).always());
    }
}

/// Starts a console whose reads are held back at first, and returns whether it ever showed a remembered account.
fn shows_remembered(machine: &Machine, arguments: &[&str]) -> bool {
    let mut console = start_console(machine, arguments);
    console.wait_for("Keys · all plans · 34");
    console.wait_until_gone("reading");
    let output = String::from_utf8_lossy(&console.output()).into_owned();
    console.send_keys("q");
    console.wait_for_exit();
    output.contains("; reading")
}

#[test]
fn the_remembered_account_is_shown_with_its_age_before_it_is_read_and_nothing_is_written_on_it() {
    let machine = Machine::with_remote_aws(World::Sample);
    remember(&machine);
    hold_reads(&machine);
    let mut console = start_console(&machine, &[]);
    console
        .wait_for("Keys · all plans · 34")
        .wait_for("as of ")
        .wait_for("; reading")
        .wait_for("PremiumPlan");
    console.send_keys("3").send_keys("jj").send_keys("D").wait_for("shown is what was remembered at");
    assert!(!console.screen().contains("Cancel"), "{}", console.screen());
    console.send_keys("d").wait_for("throttle").send_keys(ESCAPE).wait_until_gone("throttle");
    machine.aws().faults().clear();
    console.wait_until_gone("; reading");
    console.send_keys("D").wait_for("Cancel").send_keys(ESCAPE).wait_until_gone("Cancel");
    console.send_keys("q");
}

#[test]
fn another_account_endpoint_or_region_shows_nothing_remembered_and_neither_does_no_cache() {
    let machine = Machine::with_remote_aws(World::Sample);
    let file = remember(&machine);
    let text = fs::read_to_string(&file).expect("a file");
    assert!(!shows_remembered(&machine, &["--no-cache"]), "--no-cache");
    let other = ["--endpoint-url", "http://other.example:4566"];
    let machine = machine.without_env("AWS_ENDPOINT_URL");
    assert!(!shows_remembered(&machine, &other), "another endpoint");
    let machine = machine.with_env("AWS_ENDPOINT_URL", "http://aws.example:4566");
    assert!(!shows_remembered(&machine, &["--region", "eu-west-1"]), "another region");
    let caller = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:root</Arn>\
                  </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let other_account = Answer::Body { status: 200, body: caller.to_owned() };
    machine.aws().faults().script(Fault::on("GetCallerIdentity", other_account).always());
    assert!(!shows_remembered(&machine, &[]), "another account");
    machine.aws().faults().clear();
    for damaged in [&text[..text.len() - 1], ""] {
        fs::write(&file, damaged).expect("written");
        assert!(!shows_remembered(&machine, &[]), "a damaged file");
    }
}
