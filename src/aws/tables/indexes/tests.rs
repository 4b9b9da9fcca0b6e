//! What is left to do with the indexes of a Keys table.

use super::*;

const OLD: &[(&str, &[&str], &str)] = &[
    ("by-plan", &["planId"], "ACTIVE"),
    ("by-owner", &["owner"], "ACTIVE"),
    ("by-pool-key", &["poolKeyId"], "ACTIVE"),
];

fn table(indexes: &[(&str, &[&str], &str)]) -> TableDescription {
    let index = |(name, attributes, status): &(&str, &[&str], &str)| {
        let kinds = [KeyType::Hash, KeyType::Range];
        let schema = attributes.iter().zip(kinds).map(|(name, kind)| key(name, kind).expect("a key"));
        GlobalSecondaryIndexDescription::builder()
            .index_name(*name)
            .set_key_schema(Some(schema.collect()))
            .index_status(IndexStatus::from(*status))
            .build()
    };
    TableDescription::builder()
        .set_global_secondary_indexes(Some(indexes.iter().map(index).collect()))
        .build()
}

fn steps(name: &str, indexes: &[(&str, &[&str], &str)]) -> Vec<String> {
    let steps = missing_steps(name, &table(indexes)).expect("steps");
    let text = |step: TableStep| match step {
        TableStep::Create { .. } => panic!("the table exists"),
        TableStep::AddIndex { index, .. } => format!("+{index}"),
        TableStep::RemoveIndex { index, .. } => format!("-{index}"),
    };
    steps.into_iter().map(text).collect()
}

#[test]
fn the_index_of_earlier_versions_is_removed_after_its_replacement_is_added() {
    assert_eq!(steps("keypool-keys", OLD), ["+by-plan-owner", "-by-plan"]);
    let with_new = |status| {
        let new: (&str, &[&str], &str) = ("by-plan-owner", &["planId", "owner"], status);
        steps("keypool-keys", &[OLD, &[new]].concat())
    };
    assert_eq!(with_new("CREATING"), ["+by-plan-owner", "-by-plan"], "it has to be waited for");
    assert_eq!(with_new("DELETING"), ["+by-plan-owner", "-by-plan"]);
    assert_eq!(with_new("ACTIVE"), ["-by-plan"]);
    assert_eq!(with_new("UPDATING"), ["-by-plan"]);
}

#[test]
fn an_index_that_is_being_removed_is_left_to_dynamodb() {
    let mut indexes = OLD.to_vec();
    indexes[0].2 = "DELETING";
    indexes.push(("by-plan-owner", &["planId", "owner"], "ACTIVE"));
    assert_eq!(steps("keypool-keys", &indexes), [""; 0]);
}

#[test]
fn a_table_of_another_name_is_ours_if_it_has_an_index_of_ours() {
    assert_eq!(steps("ApiStack-TieredAPIKeys", &[]), [""; 0]);
    let foreign: (&str, &[&str], &str) = ("by-plan", &["plan"], "ACTIVE");
    assert_eq!(steps("ApiStack-TieredAPIKeys", &[foreign]), [""; 0]);
    assert_eq!(steps("mine", &OLD[1..2]), ["+by-plan-owner", "+by-pool-key"]);
    assert_eq!(steps("keypool-keys", &[]), ["+by-plan-owner", "+by-owner", "+by-pool-key"]);
    let kept = [foreign, OLD[1], OLD[2], ("by-plan-owner", &["planId", "owner"], "ACTIVE")];
    assert_eq!(steps("keypool-keys", &kept), [""; 0], "another index with the old name is not removed");
}

#[test]
fn another_index_with_the_name_of_ours_is_an_error() {
    let foreign: (&str, &[&str], &str) = ("by-plan-owner", &["planId"], "ACTIVE");
    let error = missing_steps("keypool-keys", &table(&[foreign])).expect_err("refused").to_string();
    let expected = "table keypool-keys has another index named by-plan-owner, on `planId`, and keypool's is on \
                    `planId` and `owner`: remove that index, then run `keypool setup tables` again";
    assert_eq!(error, expected);
}

#[test]
fn dynamodb_changes_one_index_at_a_time() {
    assert!(!has_index_in_work(&table(OLD)));
    for status in ["CREATING", "DELETING"] {
        assert!(has_index_in_work(&table(&[OLD, &[("theirs", &["x"], status)]].concat())), "{status}");
    }
}
