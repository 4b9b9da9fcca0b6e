//! What an export writes, its import takes back unchanged, whatever the names are.

use keypool_domain::testing::HOSTILE_TEXT;
use keypool_local_aws::World;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::command::{Machine, field_values};

#[derive(Debug, Clone)]
struct KeyTexts {
    name: String,
    description: String,
    is_enabled: bool,
    /// Positions of its plans.
    plans: Vec<usize>,
}

#[derive(Debug, Clone)]
struct AccountTexts {
    plans: Vec<(String, String)>,
    keys: Vec<KeyTexts>,
    api: String,
}

/// Plans and APIs have a name; the first two plans have the same.
fn account_texts() -> impl Strategy<Value = AccountTexts> {
    let name = || HOSTILE_TEXT.prop_filter("a name", |name| !name.trim().is_empty());
    let plans = proptest::collection::vec((name(), HOSTILE_TEXT), 4).prop_map(|mut plans| {
        plans[1].0 = plans[0].0.clone();
        plans
    });
    let key =
        (HOSTILE_TEXT, HOSTILE_TEXT, any::<bool>(), proptest::sample::subsequence(vec![0, 1, 2, 3], 0..3));
    let key = key.prop_map(|(name, description, is_enabled, plans)| KeyTexts {
        name,
        description,
        is_enabled,
        plans,
    });
    (plans, proptest::collection::vec(key, 6), name()).prop_map(|(plans, keys, api)| AccountTexts {
        plans,
        keys,
        api,
    })
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// An account with these texts, a tenant key and a pool. Returns the ids of the plans.
fn build_account(texts: &AccountTexts) -> (Machine, Vec<String>) {
    let machine = Machine::with_local_aws(World::Empty);
    run_ok(&machine, &["setup", "tables", "--yes"]);
    let api = machine.create_api_named(&texts.api);
    let plans: Vec<String> = texts
        .plans
        .iter()
        .map(|(name, description)| {
            let body = json!({ "name": name, "description": description });
            text_of(&machine.post("/usageplans", &body.to_string())["id"])
        })
        .collect();
    for key in &texts.keys {
        let body = json!({ "name": key.name, "description": key.description, "enabled": key.is_enabled });
        let id = text_of(&machine.post("/apikeys", &body.to_string())["id"]);
        for &plan in &key.plans {
            let body = json!({ "keyId": id, "keyType": "API_KEY" });
            machine.post(&format!("/usageplans/{}/keys", plans[plan]), &body.to_string());
        }
    }
    run_ok(&machine, &["plans", "adopt", &plans[0], "--yes"]);
    run_ok(&machine, &["plans", "adopt", &plans[1], "--yes"]);
    run_ok(&machine, &["plans", "link", &plans[0], &format!("{api}:prod"), "--yes"]);
    run_ok(&machine, &["plans", "edit", &plans[0], "--rate", "3", "--burst", "4", "--yes"]);
    run_ok(
        &machine,
        &["plans", "throttle", &plans[0], "GET", "/pets", "--rate", "1", "--burst", "2", "--yes"],
    );
    run_ok(
        &machine,
        &["keys", "create", "--plan", &plans[0], "--tenant", "=acme", "--name", "@web, \"own\""],
    );
    run_ok(&machine, &["pools", "create", &plans[1], "--new", "2", "--yes"]);
    (machine, plans)
}

fn run_ok(machine: &Machine, arguments: &[&str]) -> String {
    let output = machine.run_args(arguments);
    assert_eq!(output.status, 0, "{arguments:?}: {}", output.stderr);
    output.stdout
}

/// Exports to standard output and to a file, which must be the same.
fn export_both_ways(machine: &Machine, line: &str, flag: &str) -> String {
    let file = machine.path("exported");
    let stdout = run_ok(machine, &line.split(' ').collect::<Vec<_>>());
    let path = file.to_str().expect("UTF-8");
    run_ok(machine, &line.split(' ').chain([flag, path]).collect::<Vec<_>>());
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), stdout);
    std::fs::remove_file(&file).expect("a file");
    stdout
}

fn assert_unchanged(output: &str) {
    let records: Value = serde_json::from_str(output).expect("JSON");
    let actions = field_values(&records, "action");
    assert!(!actions.is_empty() && actions.iter().all(|action| action == "unchanged"), "{actions:?}");
}

fn import(machine: &Machine, line: &str, text: &str) {
    let output = machine.run_with_stdin(line, text);
    assert_eq!(output.status, 0, "{}{text}", output.stderr);
    assert_unchanged(&output.stdout);
}

fn assert_keys_come_back(machine: &Machine) {
    for export in ["keys export", "keys export --include-values"] {
        let text = export_both_ways(machine, export, "--file");
        import(machine, "keys import - -o json", &text);
        assert_eq!(run_ok(machine, &export.split(' ').collect::<Vec<_>>()), text);
    }
    assert_eq!(machine.aws().calls().count("ImportApiKeys"), 0);
    // API Gateway takes its own format: with other names and states, then with what was exported.
    let text = export_both_ways(machine, "keys export --include-values", "--file");
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    let lines = lines.records().map(|line| line.expect("a line"));
    let other: String = lines.map(|line| format!("other,{},false\n", &line[1])).collect();
    machine.post("/apikeys?mode=import&format=csv", &format!("Name,Key,Enabled\n{other}"));
    assert_ne!(run_ok(machine, &["keys", "export", "--include-values"]), text);
    let imported = machine.post("/apikeys?mode=import&format=csv&failonwarnings=true", &text);
    assert_eq!(imported["warnings"], json!([]));
    assert_eq!(run_ok(machine, &["keys", "export", "--include-values"]), text);
}

fn assert_pools_come_back(machine: &Machine) {
    for format in ["js", "json"] {
        let export = format!("pools export --format {format}");
        let text = export_both_ways(machine, &export, "--output");
        let path = machine.path(&format!("pools.{format}"));
        std::fs::write(&path, &text).expect("a file");
        assert_unchanged(&run_ok(machine, &["pools", "import", path.to_str().expect("UTF-8"), "-o", "json"]));
        assert_eq!(run_ok(machine, &export.split(' ').collect::<Vec<_>>()), text);
    }
}

fn assert_plans_come_back(machine: &Machine) {
    for export in [&["setup", "plan", "--export"][..], &["setup", "plan", "--export", "--api-names"]] {
        let text = run_ok(machine, export);
        import(machine, "setup plan --yes -o json -f -", &text);
        assert_eq!(run_ok(machine, export), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn exports_of_hostile_names_come_back(texts in account_texts()) {
        let (machine, _) = build_account(&texts);
        assert_plans_come_back(&machine);
        assert_pools_come_back(&machine);
        assert_keys_come_back(&machine);
    }
}

#[test]
fn exports_of_the_samples_come_back() {
    for world in [World::Sample, World::SampleDrifted] {
        let machine = Machine::with_local_aws(world);
        assert_plans_come_back(&machine);
        assert_pools_come_back(&machine);
        assert_keys_come_back(&machine);
    }
}

#[test]
fn names_with_control_characters_come_into_another_account_unchanged() {
    let machine = Machine::with_local_aws(World::Empty);
    run_ok(&machine, &["setup", "tables", "--yes"]);
    for name in ["one\ttwo", "one\r\ntwo\n", "\u{1b}[2J\u{7}", "\u{85}\u{2028}", " blank "] {
        machine.post("/apikeys", &json!({ "name": name, "description": name, "enabled": true }).to_string());
    }
    let text = export_both_ways(&machine, "keys export --include-values", "--file");
    let other = Machine::with_local_aws(World::Empty);
    run_ok(&other, &["setup", "tables", "--yes"]);
    let imported = other.run_with_stdin("keys import - --yes -o json", &text);
    assert_eq!(imported.status, 0, "{}", imported.stderr);
    let sorted = |text: String| {
        let mut rows: Vec<_> =
            csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.expect("a row")).collect();
        rows.sort_by(|one, other| one.iter().cmp(other.iter()));
        rows
    };
    let again = export_both_ways(&other, "keys export --include-values", "--file");
    assert_eq!(again.len(), text.len());
    assert_eq!(sorted(again), sorted(text));
}

/// Two plans called Gold, the second with one key.
fn machine_with_namesakes() -> (Machine, [String; 2]) {
    let machine = Machine::with_local_aws(World::Empty);
    run_ok(&machine, &["setup", "tables", "--yes"]);
    let plan = || {
        text_of(
            &machine.post("/usageplans", r#"{"name":"Gold","throttle":{"rateLimit":10,"burstLimit":20}}"#)["id"],
        )
    };
    let plans = [plan(), plan()];
    plans.iter().for_each(|plan| drop(run_ok(&machine, &["plans", "adopt", plan, "--yes"])));
    (machine, plans)
}

#[test]
fn a_plan_file_edits_one_of_two_plans_with_the_same_name_by_its_id() {
    let (machine, [first, second]) = machine_with_namesakes();
    let by_table = format!("[plans.{second}]\nthrottle = {{ rate = 6, burst = 6 }}\n");
    let by_field = format!("[plans.Gold]\nid = \"{second}\"\nthrottle = {{ rate = 7, burst = 7 }}\n");
    for (text, rate) in [(by_table, 6), (by_field, 7)] {
        let output = machine.run_with_stdin("setup plan --yes -o json -f -", &text);
        assert_eq!(output.status, 0, "{}", output.stderr);
        assert!(output.stderr.contains(&format!("unchanged: {first} (Gold)")), "{}", output.stderr);
        let record = &serde_json::from_str::<Value>(&output.stdout).expect("JSON")[0];
        assert_eq!((&record["planId"], &record["action"]), (&json!(second), &json!("edit")));
        assert_eq!(record["plan"], format!("{second} (Gold)"));
        let plans = machine.json("plans");
        let rates: Vec<_> = plans.as_array().expect("plans").iter().map(|plan| &plan["rate"]).collect();
        assert_eq!(rates, [&json!(10), &json!(rate)], "{plans}");
    }
    let renamed = format!("[plans.x]\nid = \"{second}\"\nname = \"Silver\"\n");
    let output = machine.run_with_stdin("setup plan --yes -f -", &renamed);
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert_eq!(field_values(&machine.json("plans"), "name"), ["Gold", "Silver"]);
}

#[test]
fn a_plan_that_the_file_does_not_identify_is_refused() {
    let (machine, [first, second]) = machine_with_namesakes();
    for (text, words) in [
        (
            "[plans.Gold]\n".to_owned(),
            format!("several usage plans are named `Gold`: use an id ({first}, {second})"),
        ),
        ("[plans.Gold]\nid = \"nope\"\n".to_owned(), "no usage plan has the id or name `nope`".to_owned()),
        (
            format!("[plans.\"!\"]\nid = \"{first}\"\n[plans.{first}]\n"),
            format!("standard input:3:8: [plans.\"!\"] is the same usage plan, {first} (Gold)"),
        ),
        (
            "[plans.\"!\"]\nname = \"New\"\n[plans.New]\n".to_owned(),
            "standard input:3:8: [plans.\"!\"] is the same usage plan, New".to_owned(),
        ),
    ] {
        let output = machine.run_with_stdin("setup plan --yes -f -", &text);
        assert_eq!(output.status, 2, "{text}");
        assert!(output.stderr.contains(&words), "{words}: {}", output.stderr);
    }
}

#[test]
fn stages_of_apis_that_share_a_name_need_the_id() {
    let (machine, [plan, _]) = machine_with_namesakes();
    let apis = [machine.create_api_named("my shop"), machine.create_api_named("my shop")];
    let other = machine.create_api_named("other");
    run_ok(&machine, &["plans", "link", &plan, "other:prod", "--yes"]);
    let named = run_ok(&machine, &["setup", "plan", "--export", "--api-names"]);
    assert!(named.contains("stages = [\"other:prod\"]"), "{named}");
    let text = format!("[plans.{plan}]\nstages = [\"my shop:prod\"]\n");
    let refused = machine.run_with_stdin("setup plan --yes -f -", &text);
    let mut ids = apis.to_vec();
    ids.sort();
    let words = format!("several APIs are named `my shop`: use the API's id ({})", ids.join(", "));
    assert!(refused.status == 2 && refused.stderr.contains(&words), "{}", refused.stderr);
    run_ok(&machine, &["plans", "unlink", &plan, &format!("{other}:prod"), "--yes"]);
    run_ok(&machine, &["plans", "link", &plan, &format!("{}:prod", apis[0]), "--yes"]);
    let refused = machine.run("setup plan --export --api-names");
    assert!(refused.status == 2 && refused.stderr.contains(&words), "{}", refused.stderr);
}

#[test]
fn lists_and_announcements_tell_plans_of_one_name_apart() {
    let (machine, [first, second]) = machine_with_namesakes();
    let label = format!("{second} (Gold)");
    run_ok(&machine, &["keys", "create", "--plan", &label, "--tenant", "acme", "--name", "web"]);
    assert_eq!(field_values(&machine.json("keys list"), "plan"), [label.as_str()]);
    assert!(machine.run("keys list").stdout.contains(&label));
    let announced = machine.run(&format!("plans delete {second} --dry-run")).stdout;
    assert!(announced.contains(&format!("delete usage plan {label}")), "{announced}");
    assert!(!announced.contains(&first), "{announced}");
}

#[test]
fn exported_keys_without_a_name_are_reported() {
    let machine = Machine::with_local_aws(World::Empty);
    run_ok(&machine, &["setup", "tables", "--yes"]);
    machine.post("/apikeys", "{}");
    let export = machine.run("keys export --include-values");
    assert!(
        export.stderr.contains("note: 1 API key has no name; API Gateway's ImportApiKeys may"),
        "{}",
        export.stderr
    );
    let text = "Name,Key\n,a-value-of-a-new-key-0123456789\n";
    let imported = machine.run_with_stdin("keys import - --dry-run", text);
    assert_eq!(imported.status, 0, "{}", imported.stderr);
    assert!(
        imported.stderr.contains("note: line 2: the API key has no name; API Gateway may"),
        "{}",
        imported.stderr
    );
}
