//! Settings: origins and errors.

use keypool_local_aws::World;

use crate::support::command::Machine;

#[test]
fn config_shows_each_setting_with_its_origin() {
    let machine = Machine::new()
        .with_file(".config/keypool/config.toml", "theme = \"dark\"\n[profiles.prod]\nreadonly = true\n")
        .with_env("KEYPOOL_REFRESH", "off");
    let settings = machine.json("config -p prod --ascii");
    let setting = |name| {
        let setting = settings
            .as_array()
            .expect("a list")
            .iter()
            .find(|setting| setting["setting"] == name)
            .expect("a setting");
        (setting["value"].clone(), setting["from"].as_str().expect("an origin").to_owned())
    };
    let file = machine.path(".config/keypool/config.toml").display().to_string();
    assert_eq!(setting("theme"), ("dark".into(), format!("{file}:1:9")));
    assert_eq!(setting("readonly"), ("true".into(), format!("{file}:3:12")));
    assert_eq!(setting("refresh"), ("off".into(), "KEYPOOL_REFRESH".into()));
    assert_eq!(setting("profile"), ("prod".into(), "--profile".into()));
    assert_eq!(setting("mouse"), ("true".into(), "default".into()));
    assert_eq!(setting("region"), (serde_json::Value::Null, "not set".into()));
}

#[test]
fn all_config_errors_are_reported_at_once() {
    let machine = Machine::new()
        .with_file(".config/keypool/config.toml", "thema = \"dark\"\nrefresh = -1\n")
        .with_file(".config/keypool/keys.toml", "[keys]\ndelte = \"x\"\nnew = \"D\"\n");
    let output = machine.run("--demo plans");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    let folder = machine.path(".config/keypool").display().to_string();
    insta::assert_snapshot!(output.stderr.replace(&folder, "~/.config/keypool"));
}

#[test]
fn a_former_action_name_in_keys_toml_works_with_a_warning() {
    let machine = Machine::new().with_file(".config/keypool/keys.toml", "[keys]\nmend-all = \"f5\"\n");
    let output = machine.run("--demo plans -o json");
    assert_eq!(output.status, 0, "{}", output.stderr);
    let warning = "keys.toml:2:1: `mend-all` is now called `fix-all`; the old name still works";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
}

#[test]
fn an_unknown_theme_lists_the_available_ones() {
    let output = Machine::new().run("--demo plans --theme solarized");
    assert_eq!(output.status, 2);
    assert!(
        output.stderr.contains("no theme `solarized`: choose one of dark, default, light"),
        "{}",
        output.stderr
    );
}

#[test]
fn config_sample_and_manual_work_despite_config_errors() {
    let machine = Machine::new().with_file(".config/keypool/config.toml", "thema = 1");
    for line in ["config --sample", "man", "completions bash", "help"] {
        assert_eq!(machine.run(line).status, 0, "{line}");
    }
}

#[test]
fn the_log_file_contains_no_secret() {
    let machine = Machine::new();
    let log = machine.path("keypool.log");
    let line = format!("--demo keys list --reveal -o json --log-file {} --log-level trace", log.display());
    let output = machine.run(&line);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(text.contains("keypool starts"), "{text}");
    let keys: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    for key in keys.as_array().expect("a list") {
        assert!(!text.contains(key["value"].as_str().expect("a value")));
    }
    let line = format!("--demo keys delete nothere000 --yes --log-file {}", log.display());
    assert_eq!(machine.run(&line).status, 2);
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(text.matches("keypool starts").count() == 2 && text.contains("nothere000"), "{text}");
    let unwritable = machine.run("--demo plans --log-file /nowhere/keypool.log");
    assert_eq!(unwritable.status, 1);
    assert!(unwritable.stderr.contains("/nowhere/keypool.log"), "{}", unwritable.stderr);
}

#[cfg(unix)]
#[test]
fn a_home_that_is_no_folder_is_like_none() {
    let folder = tempfile::tempdir().expect("folder");
    let xdg = |machine: Machine, name| machine.with_env(name, folder.path().to_str().expect("a path"));
    let machine = Machine::with_local_aws(World::Sample).with_env("HOME", "/dev/null");
    // Otherwise the folders of the user who runs the tests would be used, as without HOME.
    let machine = xdg(xdg(machine, "XDG_CONFIG_HOME"), "XDG_STATE_HOME");
    let plans = machine.run("plans");
    assert_eq!((plans.status, plans.stderr.contains("/dev/null")), (0, false), "{}", plans.stderr);
    let config = machine.run("config");
    assert_eq!((config.status, config.stdout.contains("/dev/null")), (0, false), "{}", config.stdout);
}
