//! `keys list --ending`, `--expires`, and `retire --due`, with the clock of this machine.

use std::path::Path;
use std::process::Command;

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::accounts::both_machines;
use crate::support::command::{CommandOutput, Machine, field_values};
use crate::wire::support::sdk_clients;

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

/// Moves the end of an API key's grace period.
#[tokio::main(flavor = "current_thread")]
async fn set_end(machine: &Machine, api_key: &str, end: &str) {
    let (gateway, _) = sdk_clients(&machine.aws().endpoint());
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{api_key}");
    let request = gateway.tag_resource().resource_arn(arn).tags("keypool:retires-at", end);
    request.send().await.expect("a tag");
}

fn refused(machine: &Machine, line: &str, words: &str) {
    let output = machine.run(line);
    assert!(output.status == 2 && output.stderr.contains(words), "{line}: {}", output.stderr);
}

fn printed(output: &CommandOutput) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", output.stderr))
}

#[test]
fn an_old_value_is_listed_with_its_end_and_successor_and_ended_once_due() {
    for machine in both_machines() {
        let new = machine.ids("keys rotate biz3mbrpjd --grace 1h --yes").remove(0);
        let listed = machine.json("keys list --ending");
        let ending = &listed[0];
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
        assert_eq!((&ending["apiKeyId"], &ending["kind"]), (&"biz3mbrpjd".into(), &"grace".into()));
        assert_eq!((&ending["state"], &ending["replacedBy"]), (&"running".into(), &new.as_str().into()));
        assert_eq!((&ending["tenants"][0], &ending["plans"][0]), (&"acme".into(), &"PremiumPlan".into()));
        assert_eq!((&ending["tenantKeyIds"][0], &ending["shared"]), (&new.as_str().into(), &false.into()));
        let end = ending["endsAt"].as_str().expect("a time").to_owned();
        assert_eq!(machine.json("keys list --ending --tenant globex"), Value::Array(Vec::new()));

        let found = machine.json("whose biz3mbrpjd");
        assert_eq!(
            (&found[0]["ending"]["tenants"][0], &found[0]["ending"]["endsAt"]),
            (&"acme".into(), &end.as_str().into())
        );
        let explained = machine.run("explain biz3mbrpjd");
        let sentence = format!("API key biz3mbrpjd, replaced by {new}, of acme works until {end}");
        assert!(explained.stdout.contains(&sentence), "{}", explained.stdout);
        let doctor = machine.run("doctor");
        assert!(doctor.stderr.contains(&sentence), "{}", doctor.stderr);

        let nothing = machine.run("keys retire --due --yes");
        assert_eq!(
            (nothing.status, nothing.stdout.as_str(), nothing.stderr.as_str()),
            (0, "", ""),
            "cron is quiet"
        );
        set_end(&machine, "biz3mbrpjd", LONG_AGO);
        let dry_run = machine.json("keys retire --due --dry-run");
        assert_eq!(dry_run["change"], "retire API key biz3mbrpjd");
        let unconfirmed = machine.run("keys retire --due");
        assert!(unconfirmed.status == 2 && machine.api_key_ids().contains(&"biz3mbrpjd".to_owned()));
        let ended = machine.json("keys retire --due --yes");
        assert_eq!((&ended[0]["apiKeyId"], &ended[0]["state"]), (&"biz3mbrpjd".into(), &"ended".into()));
        assert!(!machine.api_key_ids().contains(&"biz3mbrpjd".to_owned()));
        assert_eq!(machine.json("keys list --ending"), Value::Array(Vec::new()));
    }
}

#[test]
fn an_old_pool_key_names_every_tenant_that_knows_it() {
    let machine = sample();
    machine.json("pools rotate 33xtplpft7 --grace 1h --yes");
    let ending = &machine.json("keys list --ending")[0];
    assert_eq!((&ending["apiKeyId"], &ending["shared"]), (&"33xtplpft7".into(), &true.into()));
    assert_eq!(ending["tenants"].as_array().map(Vec::len), Some(12));
    assert_eq!(machine.json("whose 33xtplpft7")[0]["ending"]["tenants"], ending["tenants"]);
    set_end(&machine, "33xtplpft7", LONG_AGO);
    assert_eq!(
        machine.json("keys retire --due --yes"),
        Value::Array(Vec::new()),
        "it is no key of a tenant's own"
    );
    let ended = machine.json("pools retire --due --yes");
    assert_eq!(field_values(&ended, "apiKeyId"), ["33xtplpft7"]);
    assert_eq!(machine.run("doctor --only superseded-key").status, 0);
}

#[test]
fn an_end_that_cannot_be_read_is_reported_and_never_ended() {
    let machine = sample();
    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    set_end(&machine, "biz3mbrpjd", "soon");
    let output = machine.run("keys retire --due --yes -o json");
    assert_eq!((output.status, printed(&output)), (1, Value::Array(Vec::new())));
    assert!(output.stderr.contains("not ended: API key biz3mbrpjd"), "{}", output.stderr);
    assert!(machine.api_key_ids().contains(&"biz3mbrpjd".to_owned()));
}

#[test]
fn an_expiry_is_set_on_create_edit_and_import_and_removed_by_never() {
    let machine = sample();
    let end = "2199-12-31T00:00:00Z";
    let created = machine.json("keys create --plan PremiumPlan --tenant acme --name k --expires 2199-12-31");
    let id = created[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(created[0]["expiresAt"], end);
    let listed = machine.json("keys list --ending");
    assert_eq!((&listed[0]["kind"], &listed[0]["endsAt"]), (&"expiry".into(), &end.into()));
    let edited = machine.json(&format!("keys edit {id} --expires 2199-06-30T12:00:00Z"));
    assert_eq!(edited[0]["expiresAt"], "2199-06-30T12:00:00Z");
    let edited = machine.json(&format!("keys edit {id} --expires never"));
    assert_eq!(edited[0]["expiresAt"], Value::Null);
    assert_eq!(machine.run(&format!("keys edit {id} --expires never")).status, 2, "nothing would change");

    let machine = machine.with_file("keys.csv", "Name,Key,UsagePlanIds,Tenant\nimported,,p9ts4e,acme\n");
    let file = machine.path("keys.csv");
    machine.json(&format!("keys import {} --expires 2199-12-31 --yes", file.display()));
    assert_eq!(field_values(&machine.json("keys list --ending"), "endsAt"), [end]);
}

#[test]
fn an_expiry_that_would_revoke_nothing_is_refused() {
    let machine = sample();
    let pooled = machine.ids("keys list --plan FreePlan").remove(0);
    refused(&machine, &format!("keys edit {pooled} --expires 2199-12-31"), "keypool keys isolate");
    let create = "keys create --plan FreePlan --tenant acme --name k --expires 2199-12-31";
    refused(&machine, create, "share API keys");
    refused(&machine, "keys edit biz3mbrpjd --expires 2020-01-01", "has passed");
    refused(&machine, "keys edit biz3mbrpjd --expires tomorrow", "is not a time");
    machine.json("keys edit biz3mbrpjd --expires 2199-12-31");
    refused(&machine, "keys move biz3mbrpjd --plan FreePlan --yes", "--expires never");
    let machine = machine.with_file("keys.csv", "Name,Key,UsagePlanIds\nshared,,p9ts4e\n");
    let line = format!("keys import {} --expires 2199-12-31 --yes", machine.path("keys.csv").display());
    refused(&machine, &line, "line 2, column 1: the line has no tenant");
    let line = format!("keys import {} --expires never --yes", machine.path("keys.csv").display());
    refused(&machine, &line, "--expires never: keys that an import creates have no end anyway");
}

#[test]
fn an_import_sets_the_end_of_existing_tenant_keys_only_with_overwrite() {
    let csv = "Name,Key,UsagePlanIds,Tenant\nimported,value-of-imported-0123456789,p9ts4e,acme\n";
    let machine = sample().with_file("keys.csv", csv);
    let import = |options: &str| {
        machine.run(&format!("keys import {} --yes -o json {options}", machine.path("keys.csv").display()))
    };
    let ends = || field_values(&machine.json("keys list --ending"), "endsAt");
    printed(&import(""));
    let noted = import("--expires 2199-12-31");
    assert_eq!((noted.status, ends()), (0, Vec::new()), "{}", noted.stderr);
    assert!(noted.stderr.contains("exists and keeps no end; --overwrite changes that"), "{}", noted.stderr);
    let done = printed(&import("--expires 2199-12-31 --overwrite"));
    assert_eq!(ends(), ["2199-12-31T00:00:00Z"]);
    assert_eq!((&done[0]["action"], &done[0]["done"]), (&"write-tenant-key".into(), &true.into()));
    let again = printed(&import("--expires 2199-12-31 --overwrite"));
    assert_eq!((&again[0]["action"], &again[0]["done"]), (&"unchanged".into(), &true.into()));
}

#[test]
fn the_end_of_a_new_key_is_shown_before_it_is_created() {
    let machine = sample();
    let line = "keys create --plan PremiumPlan --tenant acme --name k --expires 2199-12-31 --dry-run";
    let end = "which expires at 2199-12-31T00:00:00Z";
    let change = machine.json(line);
    assert!(change["change"].as_str().is_some_and(|text| text.ends_with(end)), "{change}");
    assert!(machine.run(line).stdout.contains(end));
}

#[test]
fn the_end_of_an_old_key_is_one_column_of_whose() {
    let machine = sample();
    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    let end = machine.json("keys list --ending")[0]["endsAt"].as_str().expect("a time").to_owned();
    let table = machine.run("whose biz3mbrpjd").stdout;
    assert_eq!(table.matches(&end).count(), 1, "{table}");
    assert!(table.contains("ENDS") && !table.contains("WORKS UNTIL"), "{table}");
}

#[test]
fn an_age_and_the_last_rotation_are_listed_and_reported_above_the_limit() {
    let machine = sample();
    let new = machine.ids("keys rotate biz3mbrpjd --grace 0 --yes").remove(0);
    let created = machine.json("keys create --plan PremiumPlan --tenant acme --name k")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let keys = machine.json("keys list --plan PremiumPlan");
    let key =
        |id: &str| keys.as_array().expect("a list").iter().find(|key| key["id"] == id).expect("it").clone();
    let rotated = key(&new);
    assert_eq!((&rotated["rotation"], &rotated["ageDays"]), (&"rotated".into(), &0.into()));
    assert_eq!(rotated["rotatedAt"], rotated["apiKeyCreatedAt"]);
    let never = key(&created);
    assert_eq!((&never["rotation"], &never["rotatedAt"]), (&"never".into(), &Value::Null));
    assert!(machine.run(&format!("keys show {new}")).stdout.contains("ROTATED"));

    assert_eq!(machine.run("doctor --only rotation-overdue").status, 0, "off unless it is set");
    let machine = machine.with_file(".config/keypool/config.toml", "[doctor]\nmax_key_age_days = 1\n");
    let overdue = machine.run("doctor --only rotation-overdue -o json");
    let found = printed(&overdue);
    let subjects = field_values(&found, "subject");
    assert!(overdue.status == 1 && !subjects.contains(&new), "{subjects:?}");
    let expected: Vec<_> = keys
        .as_array()
        .expect("a list")
        .iter()
        .filter(|key| {
            key["mode"] == "siloed"
                && key["enabled"] == true
                && key["ageDays"].as_u64().is_some_and(|days| days > 1)
        })
        .filter_map(|key| key["id"].as_str())
        .collect();
    assert!(
        !expected.is_empty() && expected.iter().all(|id| subjects.iter().any(|subject| subject == id)),
        "{subjects:?}"
    );
}

#[test]
fn the_cron_line_of_the_documentation_ends_what_is_due() {
    let document = include_str!("../../../docs/endings.md");
    let line = document.lines().find_map(|line| line.trim().strip_prefix("*/10 * * * *")).expect("a line");
    let machine = sample();
    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    machine.json("pools rotate 33xtplpft7 --grace 1h --yes");
    let cron = || {
        let binaries = Path::new(env!("CARGO_BIN_EXE_keypool")).parent().expect("a folder");
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env_clear().env("HOME", machine.path("")).envs(machine.variables());
        let output = shell.env("PATH", format!("{}:/usr/bin:/bin", binaries.display())).output();
        let output = output.expect("sh runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(cron(), "", "nothing is due, so nothing is mailed");
    for old in ["biz3mbrpjd", "33xtplpft7"] {
        set_end(&machine, old, LONG_AGO);
    }
    let mail = cron();
    for old in ["biz3mbrpjd", "33xtplpft7"] {
        assert!(mail.contains(old) && !machine.api_key_ids().contains(&old.to_owned()), "{mail}");
    }
}
