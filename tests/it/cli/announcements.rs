//! What commands announce before a change, which changes ask for confirmation, and adoption of unmanaged plans.

use keypool_local_aws::{Answer, Fault, World};
use serde_json::{Value, json};

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

/// A siloed tenant key of TestPlan.
fn siloed_key(machine: &Machine) -> Value {
    machine.json("keys list --plan TestPlan")[0].clone()
}

fn field<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().expect("a string")
}

#[test]
fn a_dry_run_names_tenants_plans_apis_and_stages() {
    for machine in both_machines() {
        let key = siloed_key(&machine);
        let line = format!("keys delete {} --dry-run", field(&key, "id"));
        let output = machine.run(&line).stdout;
        let tenants = format!("tenants (1): {}", field(&key, "tenant"));
        for words in [
            tenants.as_str(),
            "usage plans (1): TestPlan",
            "API stages (1): w4k8t2m7xq:prod",
            "delete API key",
        ] {
            assert!(output.contains(words), "`{words}` is not in: {output}");
        }
        let announced = machine.json(&line);
        assert_eq!(announced["needsConfirmation"], true);
        assert_eq!(announced["tenants"], json!([key["tenant"]]));
        assert_eq!(field_values(&announced["plans"], "name"), ["TestPlan"]);
        assert_eq!(
            (&announced["apis"], &announced["stages"]),
            (&json!(["w4k8t2m7xq"]), &json!(["w4k8t2m7xq:prod"]))
        );
        assert!(announced["steps"].as_array().is_some_and(|steps| steps.len() > 1), "{announced}");
        let csv = machine.run(&format!("{line} -o csv"));
        assert!(
            csv.stdout.starts_with("subject,step\r\n") || csv.stdout.starts_with("subject,step\n"),
            "{}",
            csv.stdout
        );
        assert!(csv.stderr.contains("usage plans (1): TestPlan"), "{}", csv.stderr);
    }
}

#[test]
fn restricting_a_tenant_asks_for_confirmation_and_raising_limits_does_not() {
    for machine in both_machines() {
        let key = siloed_key(&machine);
        let (id, api_key) = (field(&key, "id"), field(&key, "apiKeyId"));
        let before = (machine.json("keys list"), machine.json("plans"));
        for line in [
            format!("keys edit {id} --disable"),
            "plans edit TestPlan --rate 1 --burst 1".to_owned(),
            "plans edit TestPlan --quota 1/day".to_owned(),
            "plans unlink TestPlan w4k8t2m7xq:prod".to_owned(),
            "plans throttle TestPlan GET /api --rate 1 --burst 1".to_owned(),
            format!("usage extend {api_key} --take 1 --reason test"),
            format!("usage extend {api_key} --remaining 1 --reason test"),
        ] {
            let output = machine.run(&line);
            assert_eq!(output.status, 2, "{line}: {}", output.stderr);
            assert!(output.stderr.contains("no terminal to confirm it"), "{line}: {}", output.stderr);
        }
        assert_eq!((machine.json("keys list"), machine.json("plans")), before);
        for line in [
            "plans edit TestPlan --rate 5000 --burst 5000".to_owned(),
            "plans edit TestPlan --quota 5000/day".to_owned(),
            format!("usage extend {api_key} --add 1 --reason test"),
            format!("keys edit {id} --name other"),
        ] {
            let output = machine.run(&line);
            assert_eq!(output.status, 0, "{line}: {}", output.stderr);
        }
        assert_eq!(
            machine.run(&format!("keys edit {id} --disable --yes")).status,
            0,
            "its own API key is disabled"
        );
    }
}

#[test]
fn disabling_a_pooled_tenant_warns_that_its_key_still_works() {
    let machine = sample();
    let key = machine.json("keys list --plan FreePlan")[0].clone();
    let output = machine.run(&format!("keys edit {} --disable --yes -o json", field(&key, "id")));
    assert_eq!(output.status, 1, "{}", output.stderr);
    assert!(
        output.stderr.starts_with("note: API Gateway cannot disable a shared key for one tenant"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("still works") && output.stderr.contains("keypool keys isolate"),
        "{}",
        output.stderr
    );
    let edited: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(edited[0]["enabled"], false);
}

#[test]
fn cautions_are_printed_before_the_change_even_with_yes() {
    let machine = sample();
    let key = machine.json("keys list --plan FreePlan")[0].clone();
    let denied = Fault::on("TransactWriteItems", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied.always());
    let output = machine.run(&format!("keys delete {} --yes", field(&key, "id")));
    assert_ne!(output.status, 0);
    assert!(
        output.stderr.starts_with("note: this key is shared"),
        "printed although nothing was written: {}",
        output.stderr
    );
}

#[test]
fn two_changes_of_one_edit_are_announced_together() {
    let machine = sample();
    let key = siloed_key(&machine);
    let line = format!("keys edit {} --name other --customer-id c1 --dry-run", field(&key, "id"));
    let announced = machine.json(&line);
    let steps = field_values(&announced["steps"], "step").join("\n");
    assert!(steps.contains("other") && steps.contains("c1"), "{announced}");
}

#[test]
fn a_fix_names_affected_plans_first() {
    let drifted = Machine::with_local_aws(World::SampleDrifted);
    let planned = drifted.json("doctor --fix --only counter-differs --dry-run");
    assert_eq!(planned[0]["plans"], json!(["BasicPlan"]), "{planned}");
    let fixed = drifted.run("doctor --fix --only counter-differs --yes").stderr;
    let (plans, done) = (fixed.find("usage plans (1): BasicPlan"), fixed.find("fixed: "));
    assert!(plans.is_some() && plans < done, "{fixed}");
}

#[test]
fn an_unmanaged_plan_cannot_be_changed_until_adopted() {
    let machine = sample();
    assert_eq!(machine.run("plans release TestPlan").status, 2, "it asks");
    let pooled = machine.run("plans release FreePlan --yes");
    assert!(pooled.status == 2 && pooled.stderr.contains("pool"), "{}", pooled.stderr);
    let released = machine.run("plans release TestPlan --yes");
    assert_eq!(released.status, 0, "{}", released.stderr);
    let keys = machine.json("keys list --plan TestPlan");
    for line in [
        "plans edit TestPlan --rate 5000 --burst 5000",
        "plans edit TestPlan --price 5",
        "plans unlink TestPlan w4k8t2m7xq:prod --yes",
        "plans throttle TestPlan GET /api --rate 1 --burst 1 --yes",
        "plans delete TestPlan --yes",
    ] {
        let output = machine.run(line);
        assert_eq!(output.status, 2, "{line}: {}", output.stderr);
        assert!(output.stderr.contains("`keypool plans adopt TestPlan`"), "{line}: {}", output.stderr);
    }
    let file = "[plans.TestPlan]\nthrottle = { rate = 1, burst = 1 }\n";
    let output = machine.run_with_stdin("setup plan --yes -f -", file);
    assert!(output.status == 2 && output.stderr.contains("plans adopt TestPlan"), "{}", output.stderr);
    let exported = machine.run("setup plan --export").stdout;
    let unchanged = machine.run_with_stdin("setup plan --yes -f - -o csv", &exported);
    assert!(
        unchanged.status == 0 && !unchanged.stdout.contains("edit"),
        "{}{}",
        unchanged.stdout,
        unchanged.stderr
    );
    assert_eq!(machine.json("doctor"), json!([]), "an unmanaged plan has no findings");
    assert_eq!(machine.json("keys list --plan TestPlan"), keys, "its tenant keys are still listed");
    let id = field(&keys[0], "id");
    assert_eq!(
        machine.run(&format!("keys edit {id} --name mine")).status,
        0,
        "its tenant keys can still be edited"
    );

    let adoption = machine.json("plans adopt TestPlan --dry-run");
    let cautions = adoption["cautions"].to_string();
    assert!(cautions.contains(field(&keys[0], "apiKeyId")), "it lists the API keys: {cautions}");
    assert_eq!(machine.run("plans adopt TestPlan").status, 2, "it asks");
    assert_eq!(machine.run("plans adopt TestPlan --yes").status, 0);
    assert_eq!(machine.run("plans edit TestPlan --rate 5000 --burst 5000").status, 0);
    assert_eq!(machine.run("plans adopt TestPlan --yes").status, 2, "it is managed already");
    let trail = machine.json("audit");
    let operations = field_values(&trail, "operation");
    for operation in ["adopt usage plan TestPlan", "release usage plan TestPlan"] {
        assert!(operations.contains(&operation.to_owned()), "{operations:?}");
    }
}

#[test]
fn creating_a_key_in_an_unmanaged_plan_adopts_it_after_asking() {
    let machine = sample();
    assert_eq!(machine.run("plans release TestPlan --yes").status, 0);
    let line = "keys create --plan TestPlan --tenant acme --name web";
    assert_eq!(machine.run(line).status, 2, "it asks");
    let created = machine.run(&format!("{line} --yes"));
    assert_eq!(created.status, 0, "{}", created.stderr);
    assert!(created.stderr.starts_with("note: this adopts usage plan TestPlan"), "{}", created.stderr);
    assert_eq!(machine.run("plans edit TestPlan --rate 5000 --burst 5000").status, 0, "it is managed now");
}

#[test]
fn replacing_an_access_log_names_the_old_one_and_asks() {
    let machine = sample();
    let log = |group: &str| {
        format!("setup logging --access-log arn:aws:logs:us-east-1:123456789012:log-group:{group}")
    };
    assert_eq!(machine.run("setup role arn:aws:iam::123456789012:role/logs --yes").status, 0);
    machine.run(&format!("{} --yes", log("theirs")));
    let again = machine.run(&log("ours"));
    assert_eq!(again.status, 2, "it asks: {}", again.stderr);
    let shown = machine.json(&format!("{} --dry-run", log("ours")));
    assert!(shown["cautions"].to_string().contains("log-group:theirs, format"), "{shown}");
}
