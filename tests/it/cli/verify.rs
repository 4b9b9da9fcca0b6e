//! `keypool verify`: what holds, what does not, and that nothing is left.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::command::{Machine, texts};

#[test]
fn the_sample_keeps_what_pooling_promises_and_is_as_before() {
    let machine = Machine::serving(World::Sample);
    let before = (machine.json("keys list"), machine.json("plans"), machine.json("pools"));
    let told = machine.json("verify --yes --count 5");
    let all = told.as_array().expect("a list");
    assert!(all.iter().all(|one| one["holds"] == true), "{told}");
    assert_eq!(texts(&told, "plan").iter().filter(|plan| *plan == "FreePlan").count(), 4);
    assert_eq!((machine.json("keys list"), machine.json("plans"), machine.json("pools")), before);
}

#[test]
fn a_plan_that_cannot_keep_it_is_told_and_the_others_are_tried() {
    let machine = Machine::serving(World::Sample);
    let said = machine.run("verify --yes --count 60 -o json");
    assert_eq!(said.status, 1, "{}", said.stderr);
    let told: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    let broken = told.as_array().expect("a list").iter().filter(|one| one["holds"] == false);
    let broken: Vec<_> = broken.map(|one| (one["plan"].as_str(), one["seen"].as_str())).collect();
    let [(Some("BasicPlan"), Some(seen))] = broken[..] else { panic!("{broken:?}") };
    assert!(seen.contains("room for 36 more keys"), "{seen}");
}

#[test]
fn where_it_fails_half_way_nothing_is_left() {
    let machine = Machine::serving(World::Sample);
    let before = machine.json("keys list");
    machine.aws().faults().script(Fault {
        skip: 7,
        times: None,
        ..Fault::on("CreateApiKey", Answer::AccessDenied { action: None })
    });
    let said = machine.run("verify --yes");
    assert_eq!(said.status, 4, "{}", said.stderr);
    assert_eq!(machine.json("keys list"), before);
    assert_eq!(machine.json("doctor"), serde_json::json!([]));
}

#[test]
fn it_asks_first_and_respects_read_only() {
    let machine = Machine::serving(World::Sample);
    machine.aws().calls().clear();
    assert_eq!(machine.run("verify").status, 2);
    assert_eq!(machine.run("verify --yes --readonly").status, 2);
    assert_eq!(machine.aws().calls().all(), [], "nothing was asked of AWS");
}
