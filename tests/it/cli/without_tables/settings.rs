//! Settings that name no plan, where tenants are, and names that look like something else.

use keypool_local_aws::World;

use crate::support::command::Machine;

use super::{account, refusal, succeeds, tenant_of, unconfigured};

const CONFIG_FILE: &str = ".config/keypool/config.toml";

#[test]
fn plans_and_prices_that_no_plan_has_are_named() {
    let config = "[tenants]\nfrom = [\"tag:ownerId\"]\nplans = [\"Nope\", \"TestPlan\"]\n\
                  [charging.plans.Gone]\nprice = \"1.00\"\n[charging.plans.TestPlan]\nprice = \"2.00\"\n";
    let machine = unconfigured().with_file(CONFIG_FILE, config);
    let output = machine.run("plans");
    assert_eq!(output.status, 0, "{}", output.stderr);
    let remarks = [
        "no usage plan has the name or id \"Nope\" of `plans` under [tenants] in config.toml",
        "the price of \"Gone\" is not used: no plan has this name or id (charging.plans in config.toml)",
    ];
    for remark in remarks {
        assert!(output.stderr.contains(remark), "{}", output.stderr);
    }
    assert!(!output.stderr.contains("TestPlan"), "{}", output.stderr);
    assert_eq!(account().run("plans").stderr, "", "both are used");
    let with_tables =
        Machine::with_local_aws(World::Sample).with_file(CONFIG_FILE, config).run("plans").stderr;
    let unused = "the prices of \"Gone\", \"TestPlan\" in config.toml (charging.plans) are not used: prices are in table ";
    assert!(with_tables.contains(unused), "{with_tables}");
    let all = "[tenants]\nfrom = [\"tag:ownerId\"]\nplans = [\"*\"]\n";
    assert_eq!(unconfigured().with_file(CONFIG_FILE, all).run("plans").stderr, "");
}

#[test]
fn an_empty_list_of_pools_says_why() {
    let machine = account();
    let why = "there are no pools; they need tables, and this account has none: create them with `keypool setup tables`";
    for line in ["pools", "pools -o json", "pools export --format json"] {
        let output = machine.run(line);
        assert_eq!(output.status, 0, "{line}: {}", output.stderr);
        assert!(output.stderr.contains(why), "{line}: {}", output.stderr);
    }
}

#[test]
fn a_tenant_with_a_space_at_an_end_is_refused_because_it_reads_as_another() {
    let machine = account();
    let calls = machine.aws().calls().all().len();
    for tenant in [" newco", "newco ", "newco\t"] {
        let line = ["keys", "create", "--plan", "TestPlan", "--tenant", tenant, "--name", "web", "--yes"];
        let output = machine.run_args(&line);
        assert_eq!(output.status, 2, "{tenant:?}: {}", output.stdout);
        let why = "tenant begins or ends with a space: remove it";
        assert!(output.stderr.contains(why), "{tenant:?}: {}", output.stderr);
    }
    let calls = machine.aws().calls().all().split_off(calls);
    assert!(calls.iter().all(|call| call.operation != "CreateApiKey"), "nothing was written");
}

#[test]
fn a_plan_that_is_named_no_plan_is_told_from_none() {
    let machine = account();
    let plan = machine.post("/usageplans", r#"{"name":"no plan"}"#)["id"].as_str().expect("an id").to_owned();
    machine.post(&format!("/usageplans/{plan}/keys"), r#"{"keyId":"76kzof0yi2","keyType":"API_KEY"}"#);
    let name = format!("{plan} (no plan)");
    let keys = machine.json("keys list");
    let plan_of = |id: &str| {
        let listed = keys.as_array().expect("a list").iter().filter(|key| key["id"] == id);
        listed.map(|key| key["plan"].as_str().expect("a plan").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(plan_of("76kzof0yi2"), ["PremiumPlan".to_owned(), name.clone()]);
    assert_eq!(plan_of("x4q9partnr"), ["no plan"]);
    assert_eq!(machine.ids(&format!("keys list --plan {plan}")), ["76kzof0yi2"]);
}

#[test]
fn set_up_of_tenants_lists_what_changes_and_writes_once() {
    let machine = unconfigured();
    let file = machine.path(CONFIG_FILE);
    let dry = machine.run("setup tenants --write --dry-run");
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    for words in [
        "API keys that get another tenant: 3 of 35",
        "\"skynet-feed\": skynet-feed → skynet",
        "nothing was written; --write adds the lines to",
    ] {
        assert!(dry.stderr.contains(words), "`{words}` is not in {}", dry.stderr);
    }
    assert!(!file.exists());
    assert_eq!(dry.stdout, succeeds(&machine, "setup tenants"));
    let written = machine.run("setup tenants --write");
    assert!(written.status == 0 && written.stderr.contains("skynet-feed → skynet"), "{}", written.stderr);
    assert_eq!(tenant_of(&machine.json("keys list"), "skynet-feed"), "skynet");
    let text = std::fs::read_to_string(&file).expect("the file");
    for line in ["setup tenants --write", "setup tenants --write --dry-run"] {
        let again = machine.run(line);
        assert_eq!(again.status, 0, "{line}: {}", again.stderr);
        assert!(again.stderr.contains("no API key gets another tenant"), "{line}: {}", again.stderr);
        assert!(again.stderr.contains("has these rules already"), "{line}: {}", again.stderr);
        assert_eq!(std::fs::read_to_string(&file).expect("the file"), text, "{line}");
    }
    let other = unconfigured().with_file(CONFIG_FILE, "[tenants]\nfrom = [\"tag:ownerId\"]\n");
    for line in ["setup tenants --write", "setup tenants --dry-run"] {
        assert!(refusal(&other, line).contains("a table [tenants] already; edit `from` there"));
    }
    let output = other.run("setup tenants --write --readonly");
    assert!(output.status == 2 && output.stderr.contains("read-only"), "{}", output.stderr);
}
