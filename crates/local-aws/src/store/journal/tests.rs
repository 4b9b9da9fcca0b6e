//! Journals that are compacted, cut, damaged or of an earlier version.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::state::Settings;

fn set_feature(account: &mut Account, feature: &str) {
    account.set_settings(Settings { features: vec![feature.to_owned()], ..Settings::default() });
}

fn new_plan(account: &mut Account, id: &str) {
    let plan = serde_json::json!({ "id": id, "name": format!("Plan {id}") });
    account.usage_plans.insert(serde_json::from_value(plan).unwrap());
}

/// The bytes of a journal with two entities and two changes, and the account after each of the changes.
struct Sample {
    bytes: Vec<u8>,
    /// The lengths of the journal and the accounts' records after its header and entities, and after each change.
    states: Vec<(usize, Vec<Record>)>,
}

fn write_sample() -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apigateway.jsonl");
    let mut account = Account::default();
    new_plan(&mut account, "a");
    new_plan(&mut account, "b");
    let mut journal = DataFolder::open(folder.path()).unwrap().start_journal(&mut account).unwrap();
    let mut states = Vec::new();
    let mut note = |account: &Account| {
        states.push((std::fs::metadata(&path).unwrap().len() as usize, account.records()));
    };
    note(&account);
    new_plan(&mut account, "c");
    account.remove_usage_plan("a");
    journal.append_changes(&mut account).unwrap();
    note(&account);
    set_feature(&mut account, "more");
    journal.append_changes(&mut account).unwrap();
    note(&account);
    Sample { bytes: std::fs::read(&path).unwrap(), states }
}

fn read_bytes(bytes: &[u8]) -> Result<Vec<Record>, StoreError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apigateway.jsonl");
    std::fs::write(&path, bytes).unwrap();
    read(&path, File::open(&path).unwrap()).map(|account| account.records())
}

#[test]
fn compacting_the_journal_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apigateway.jsonl");
    let mut account = Account::default();
    let mut journal = DataFolder::open(folder.path()).unwrap().start_journal(&mut account).unwrap();
    let (mut longest, mut shrank) = (0, false);
    for number in 0..max_changed_entities(1) + 5 {
        set_feature(&mut account, &number.to_string());
        journal.append_changes(&mut account).unwrap();
        let length = std::fs::metadata(&path).unwrap().len();
        shrank |= length < longest;
        longest = longest.max(length);
    }
    assert!(shrank, "{longest} bytes for one entity");
    assert_eq!(read(&path, File::open(&path).unwrap()).unwrap().records(), account.records());
}

#[test]
fn a_journal_that_ends_anywhere_keeps_every_complete_change_or_is_an_error() {
    let Sample { bytes, states } = write_sample();
    for length in 0..=bytes.len() {
        let complete = states.iter().rfind(|(end, _)| *end <= length);
        match (read_bytes(&bytes[..length]), complete) {
            (Ok(found), Some((_, expected))) => assert_eq!(found, *expected, "{length} bytes"),
            (Err(StoreError::Incomplete { .. }), None) => {}
            (other, _) => panic!("{length} bytes: {other:?}"),
        }
    }
}

#[test]
fn a_changed_byte_is_never_read_as_other_content() {
    let Sample { bytes, states } = write_sample();
    let original = &states.last().unwrap().1;
    for index in 0..bytes.len() {
        for flipped in [0x01, 0x20, 0x80, bytes[index] ^ b'\n'] {
            let mut damaged = bytes.clone();
            damaged[index] ^= flipped;
            if damaged == bytes {
                continue;
            }
            match read_bytes(&damaged) {
                // Without its end, the last line is one that was never acknowledged.
                Ok(found) if index + 1 == bytes.len() => assert_eq!(found, states[states.len() - 2].1),
                Ok(found) => assert_eq!(found, *original, "byte {index}"),
                Err(StoreError::Damaged { .. } | StoreError::Incomplete { .. }) => {}
                Err(other) => panic!("byte {index}: {other}"),
            }
        }
    }
}

#[test]
fn a_removed_repeated_or_moved_line_is_an_error() {
    let bytes = write_sample().bytes;
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for index in 0..lines.len() - 1 {
        let (mut removed, mut repeated, mut moved) = (lines.clone(), lines.clone(), lines.clone());
        removed.remove(index);
        repeated.insert(index, lines[index]);
        moved.swap(index, index + 1);
        for damaged in [removed, repeated, moved] {
            let error = read_bytes(&damaged.concat()).unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "line {index}: {error}");
        }
    }
}

#[test]
fn a_journal_of_an_earlier_version_is_read() {
    let plan = r#"{"kind":"usagePlan","id":"a","value":{"id":"a","name":"Plan a"}}"#;
    let removed = r#"{"kind":"usagePlan","id":"a"}"#;
    let found = |text: String| read_bytes(text.as_bytes()).unwrap().len();
    assert_eq!(found(format!("{plan}\n")), 1);
    assert_eq!(found(format!("{plan}\n{removed}\n")), 0);
    assert_eq!(found(format!("{plan}\n{}", &removed[..9])), 1, "a cut last line");
    let error = read_bytes(format!("{plan}\n{}\n{plan}\n", &removed[..9]).as_bytes()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { line: 2, .. }), "{error}");
}

#[test]
fn an_unknown_format_is_an_error() {
    let mut bytes = encode_line(&mut Checksum::default(), &Header { journal: 3, entities: 0 }).unwrap();
    bytes.extend(b"anything\n");
    let error = read_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("line 1: its format is 3; this version reads 2"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_change_after_a_failed_write_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("apigateway.jsonl");
    let mut account = Account::default();
    let mut journal = DataFolder::open(folder.path()).unwrap().start_journal(&mut account).unwrap();
    journal.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    set_feature(&mut account, "lost");
    assert!(journal.append_changes(&mut account).is_err());
    // What a full disk leaves.
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"[{\"kind\":\"sett").unwrap();
    set_feature(&mut account, "later");
    journal.append_changes(&mut account).unwrap();
    assert_eq!(read(&path, File::open(&path).unwrap()).unwrap().records(), account.records());
}
