//! What commands keep of an account, for the console to show when it opens.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use keypool_local_aws::World;

use crate::support::command::{Machine, field_values};

const FOLDER: &str = ".local/state/keypool/inventory";

fn remembered_files(machine: &Machine) -> Vec<PathBuf> {
    let entries = fs::read_dir(machine.path(FOLDER)).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

/// Runs commands until one remembered the account: a command does not wait for the account id.
pub(crate) fn remember(machine: &Machine) -> PathBuf {
    for _ in 0..20 {
        let output = machine.run("keys list");
        assert_eq!(output.status, 0, "{}", output.stderr);
        if let [file] = &remembered_files(machine)[..] {
            return file.clone();
        }
    }
    panic!("nothing is remembered");
}

#[test]
fn an_account_is_remembered_privately_and_without_values() {
    let machine = Machine::with_remote_aws(World::Sample);
    let keys = machine.json("keys list --reveal");
    let api_keys = machine.get("/apikeys?limit=500&includeValues=true");
    let values = [field_values(&keys, "value"), field_values(&api_keys["item"], "value")].concat();
    assert!(values.len() > 12, "{values:?}");
    let file = remember(&machine);
    let text = fs::read_to_string(&file).expect("a file");
    for id in field_values(&keys, "id") {
        assert!(text.contains(&id), "{id}");
    }
    for value in &values {
        assert!(!text.contains(value.as_str()), "a value is in {text}");
    }
    let mode = |path: &PathBuf| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&machine.path(FOLDER))), (0o600, 0o700));
    let config = machine.run("config").stderr;
    assert!(config.contains("what was read of accounts is kept, without values of keys, in"), "{config}");
    assert!(config.contains(FOLDER), "{config}");
}

#[test]
fn nothing_is_kept_with_no_cache_or_of_an_endpoint_on_this_machine() {
    let machine = Machine::with_remote_aws(World::Sample).with_env("KEYPOOL_CACHE", "false");
    let calls = || machine.aws().calls().count("GetCallerIdentity");
    machine.json("keys list");
    assert_eq!((remembered_files(&machine).len(), calls()), (0, 0));
    assert!(!machine.run("config").stderr.contains("is kept"));
    let by_flag = Machine::with_remote_aws(World::Sample);
    assert_eq!(by_flag.run("--no-cache keys list").status, 0);
    assert_eq!(remembered_files(&by_flag).len(), 0);
    let loopback = Machine::with_local_aws(World::Sample);
    loopback.json("keys list");
    assert_eq!(remembered_files(&loopback).len(), 0);
}

#[test]
fn what_cannot_be_kept_is_a_line_in_the_log() {
    let machine = Machine::with_remote_aws(World::Sample).with_file(FOLDER, "no folder");
    let log = machine.path("keypool.log");
    for _ in 0..20 {
        let output = machine.run(&format!("--log-file {} keys list -o json", log.display()));
        assert_eq!((output.status, output.stderr.contains("remember")), (0, false), "{}", output.stderr);
        if fs::read_to_string(&log).is_ok_and(|text| text.contains("the inventory cannot be remembered in")) {
            return;
        }
    }
    panic!("nothing in the log");
}

#[test]
fn two_commands_at_once_leave_one_whole_file() {
    let machine = Machine::with_remote_aws(World::Sample);
    let file = remember(&machine);
    let start = || machine.command(&["keys", "list"]).stdout(std::process::Stdio::null()).spawn();
    let running: Vec<_> = (0..4).map(|_| start().expect("it runs")).collect();
    for mut command in running {
        assert!(command.wait().expect("it ends").success());
    }
    assert_eq!(remembered_files(&machine), std::slice::from_ref(&file));
    let text = fs::read_to_string(file).expect("a file");
    let (head, json) = text.split_once('\n').expect("a head");
    assert!(head.ends_with(&format!("{:08x}", crc32fast::hash(json.as_bytes()))), "{head}");
}
