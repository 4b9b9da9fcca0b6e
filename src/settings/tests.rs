//! Settings from every source, and every kind of error.

mod charging;
mod stage_urls;

use std::fs;
use std::path::Path;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    flags: Flags,
}

/// One start of keypool: its home folder with the config files, its environment variables and its flags.
struct Case {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
    flags: Flags,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join(".config/keypool");
        fs::create_dir_all(folder.join("themes")).expect("a folder");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("a file");
        }
        Self { home, variables: Vec::new(), flags: Flags::default() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    fn flags(mut self, line: &str) -> Self {
        self.flags = CommandLine::parse_from(format!("keypool {line}").split_whitespace()).flags;
        self
    }

    fn load(&self) -> Result<Settings, ConfigErrors> {
        load(&self.flags, &Environment::new(self.home.path(), self.variables.clone()), &actions())
    }

    fn settings(&self) -> Settings {
        self.load().expect("valid settings")
    }

    /// Returns the errors, without the path of the config folder.
    fn errors(&self) -> Vec<String> {
        let folder = format!("{}/", self.home.path().join(".config/keypool").display());
        let errors = self.load().expect_err("invalid settings").0;
        errors.iter().map(|error| error.to_string().replace(&folder, "")).collect()
    }
}

fn actions() -> BindableActions {
    BindableActions {
        names: vec!["new-key"],
        parse: |text| crokey::parse(text).ok(),
        find_conflicts: |_| Vec::new(),
    }
}

#[test]
fn without_settings_the_sample_defaults_apply() {
    let case = Case::new(&[]);
    let settings = case.settings();
    let state_folder = Some(case.home.path().join(".local/state/keypool"));
    assert_eq!(
        settings.target,
        Target {
            scan_limit: Some(200_000),
            store_values: true,
            cache: true,
            state_folder,
            ..Target::default()
        }
    );
    assert_eq!(settings.refresh, Some(Duration::from_secs(60)));
    assert!(settings.mouse && !settings.read_only && !settings.no_color && !settings.ascii && !settings.demo);
    assert_eq!((settings.theme.name.as_str(), settings.log), ("default", None));
}

#[test]
fn flags_override_variables_which_override_the_profile_section_which_overrides_the_file() {
    let file = "theme = \"dark\"\n[profiles.prod]\ntheme = \"light\"\n";
    let cases: [(&str, Option<&str>, &str); 4] = [
        ("", None, "dark"),
        ("-p prod", None, "light"),
        ("-p prod", Some("default"), "default"),
        ("-p prod --theme light", Some("default"), "light"),
    ];
    for (line, variable, theme) in cases {
        let mut case = Case::new(&[("config.toml", file)]).flags(line);
        if let Some(value) = variable {
            case = case.variable("KEYPOOL_THEME", value);
        }
        assert_eq!(case.settings().theme.name, theme, "{line} {variable:?}");
    }
}

#[test]
fn the_section_of_the_active_profile_applies() {
    let file = "profile = \"a\"\n[profiles.a]\nreadonly = true\n[profiles.b]\nascii = true\n[profiles.default]\nmouse = false";
    let load_with = |line: &str, variable: Option<&str>| {
        let case = Case::new(&[("config.toml", file)]).flags(line);
        let settings = match variable {
            Some(value) => case.variable("AWS_PROFILE", value).settings(),
            None => case.settings(),
        };
        (settings.profile, settings.read_only, settings.ascii, settings.mouse)
    };
    assert_eq!(load_with("", None), (Some("a".into()), true, false, true));
    assert_eq!(load_with("", Some("b")), (Some("b".into()), false, true, true));
    let explicit_profile = |case: Case| case.settings().target.profile;
    let case = || Case::new(&[("config.toml", file)]);
    assert_eq!(explicit_profile(case()).as_deref(), Some("a"));
    assert_eq!(explicit_profile(case().variable("AWS_PROFILE", "b")), None, "the SDK reads it itself");
    assert_eq!(explicit_profile(case().variable("KEYPOOL_PROFILE", "b")).as_deref(), Some("b"));
    assert_eq!(load_with("-p default", Some("b")), (Some("default".into()), false, false, false));
}

#[test]
fn a_setting_has_the_same_effect_in_the_file_as_a_variable_and_as_a_flag() {
    let all = "profile = \"p\"\nregion = \"r\"\nendpoint_url = \"http://e\"\nca_bundle = \"/c\"\nreadonly = true\n\
        production = true\nstore_values = false\ncache = false\ntheme = \"dark\"\nrefresh = \"off\"\nno_color = true\nmouse = false\nascii = true\n\
        [tables]\nplans = \"P\"\nkeys = \"K\"\npools = \"O\"\nscan_limit = 7\n[tenants]\nfrom = [\"tag:team\", \"customerId\"]\nplans = [\"A\", \"b\"]\n[pools]\nfile = \"/a\"\n[doctor]\nmax_key_age_days = 90\n[log]\nfile = \"/l\"\nlevel = \"debug\"\n\
        [charging]\ncurrency = \"EUR\"\n\n[charging.access_log]\napi_key = \"k\"\ntenant = \"org\"\ntime = \"t\"\nstatus = \"s\"\n";
    let file = Case::new(&[("config.toml", all)]).settings();
    let mut variables = Case::new(&[]);
    for setting in file.effective.iter().filter(|setting| setting.name != "pools.parameter") {
        let name = format!("KEYPOOL_{}", setting.name.replace('.', "_").to_uppercase());
        variables = variables.variable(&name, setting.value.as_deref().expect("a value for every setting"));
    }
    let variables = variables.settings();
    let flags = Case::new(&[(
        "config.toml",
        "charging = { currency = \"EUR\", access_log = { api_key = \"k\", tenant = \"org\", time = \"t\", status = \"s\" } }\npools.file = \"/a\"\ndoctor.max_key_age_days = 90\nproduction = true\nstore_values = false\ntables = { plans = \"P\", keys = \"K\", pools = \"O\", scan_limit = 7 }\ntenants = { from = [\"tag:team\", \"customerId\"], plans = [\"A\", \"b\"] }",
    )])
    .flags(
        "-p p -r r --endpoint-url http://e --ca-bundle /c --readonly --no-cache --theme dark --refresh off --no-color \
             --no-mouse --ascii --log-file /l --log-level debug",
    )
    .settings();
    let without_origins = |settings: &Settings| {
        let target = Target {
            state_folder: None,
            region_origin: None,
            endpoint_origin: None,
            variables_override_endpoint: false,
            ca_bundle_origin: None,
            ..settings.target.clone()
        };
        Settings { effective: vec![], config_file: None, audit_file: None, target, ..settings.clone() }
    };
    for settings in [&variables, &flags] {
        assert_eq!(without_origins(settings), without_origins(&file));
    }
    assert_eq!((file.target.tables.pools.as_deref(), file.target.scan_limit), (Some("O"), Some(7)));
    assert_eq!((file.target.store_values, file.refresh), (false, None));
    assert_eq!(file.target.max_key_age_days, Some(90));
    assert_eq!(file.log, Some(LogSettings { file: "/l".into(), level: "debug".into() }));
}

#[cfg(not(feature = "ssm"))]
#[test]
fn an_error_names_the_cargo_feature_that_the_pools_parameter_needs() {
    let errors = Case::new(&[("config.toml", "[pools]\nparameter = \"/keypool/pools\"\n")]).errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("config.toml:2:13: ") && errors[0].contains("--features ssm"), "{errors:?}");
}

#[cfg(feature = "ssm")]
#[test]
fn the_pools_parameter_overrides_the_pools_file() {
    let both = "[pools]\nfile = \"/a\"\nparameter = \"/keypool/pools\"\n";
    let pools = Case::new(&[("config.toml", both)]).settings().target.pools;
    assert_eq!(pools, Some(crate::aws::PoolsLocation::Parameter("/keypool/pools".into())));
}

#[test]
fn standard_aws_variables_are_read() {
    let file = "region = \"eu-west-1\"\nendpoint_url = \"http://file\"\n";
    let case = Case::new(&[("config.toml", file)]);
    assert_eq!(case.settings().target.region.as_deref(), Some("eu-west-1"));
    let file = case.settings().target;
    assert!(file.variables_override_endpoint && file.endpoint_origin.is_some_and(|at| at.ends_with(":2:16")));
    let case = case.variable("AWS_REGION", "us-west-2").variable("KEYPOOL_ENDPOINT_URL", "http://ours");
    let target = case.settings().target;
    assert_eq!(target.region.as_deref(), Some("us-west-2"));
    let endpoint = (target.endpoint_url.as_deref(), target.endpoint_origin.as_deref());
    assert_eq!(endpoint, (Some("http://ours"), Some("KEYPOOL_ENDPOINT_URL")));
    assert!(!target.variables_override_endpoint);
    let blank = Case::new(&[]).variable("AWS_PROFILE", "").variable("AWS_REGION", " ").settings();
    assert_eq!((blank.profile, blank.target.region), (None, None), "a blank variable counts as unset");
    assert!(Case::new(&[]).variable("NO_COLOR", "1").settings().no_color);
    assert!(
        !Case::new(&[]).variable("NO_COLOR", "").settings().no_color,
        "an empty NO_COLOR counts as unset"
    );
}

#[test]
fn the_demo_ignores_aws_settings() {
    let file = "region = \"eu-west-1\"\nreadonly = true\ntheme = \"dark\"\n[tables]\nkeys = \"mine\"";
    let case = Case::new(&[("config.toml", file)])
        .variable("AWS_PROFILE", "prod")
        .variable("AWS_ENDPOINT_URL", "http://elsewhere")
        .flags("--demo");
    let settings = case.settings();
    let demo = Target {
        region: Some("us-east-1".into()),
        credentials: CredentialSource::Demo,
        scan_limit: Some(200_000),
        store_values: true,
        cache: true,
        ..Target::default()
    };
    assert_eq!((settings.target, settings.read_only), (demo, false));
    assert_eq!(settings.theme.name, "dark");
}

#[test]
fn all_errors_are_reported_at_once_with_line_and_suggestion() {
    let config = "thema = \"dark\"\nrefresh = 0\nreadonly = \"yes please\"\n[tables]\nplan = \"x\"\n[log]\nlevel = \"inof\"\n\
        [profiles.prod]\nprofile = \"x\"\nasci = true";
    let case = Case::new(&[
        ("config.toml", config),
        ("keys.toml", "[keys]\nnew-kay = \"x\"\n"),
        ("themes/mine.toml", "[txet]\nfg = \"red\"\n"),
    ])
    .variable("KEYPOOL_MOUSE", "perhaps")
    .variable("KEYPOOL_TEHME", "dark")
    .variable("KEYPOOL_OF_ANOTHER_PROGRAM", "1")
    .flags("--theme mine --log-level loud");
    let expected = [
        "KEYPOOL_MOUSE: is \"perhaps\": must be true or false",
        "KEYPOOL_TEHME: unknown variable: did you mean `KEYPOOL_THEME`?",
        "--log-level: is \"loud\": choose one of error, warn, info, debug, trace",
        "config.toml:1:1: unknown setting `thema`: did you mean `theme`?",
        "config.toml:2:11: `refresh` is \"0\": must be 1 to 86400 seconds, or \"off\"",
        "config.toml:3:12: `readonly` is \"yes please\": must be true or false",
        "config.toml:5:1: unknown setting `tables.plan`: did you mean `tables.plans`?",
        "config.toml:7:9: `log.level` is \"inof\": did you mean `info`?",
        "config.toml:9:1: a profile section cannot set `profile`: set it above all sections",
        "config.toml:10:1: unknown setting `asci`: did you mean `ascii`?",
        "keys.toml:2:1: unknown action `new-kay`: did you mean `new-key`?",
        "themes/mine.toml:1:2: unknown role `txet`: did you mean `text`?",
    ];
    assert_eq!(case.errors(), expected);
}

#[test]
fn syntax_errors_are_reported_with_line_and_column() {
    let errors = Case::new(&[("config.toml", "theme = \"dark\"\nrefresh = = 3\n")]).errors();
    assert!(errors[0].starts_with("config.toml:2:11: this is not TOML: "), "{errors:?}");
}

#[test]
fn a_missing_theme_is_reported_at_the_setting_that_names_it() {
    let errors = Case::new(&[("config.toml", "\ntheme = \"drak\"")]).errors();
    assert_eq!(errors, ["config.toml:2:9: there is no theme `drak`: did you mean `dark`?"]);
}

#[test]
fn a_config_file_given_by_flag_must_exist() {
    let errors = Case::new(&[]).flags("-c /nowhere/keypool.toml").errors();
    assert_eq!(errors, ["--config: there is no file /nowhere/keypool.toml"]);
    let other = Case::new(&[("other.toml", "ascii = true\nca_bundle = \"ca.pem\"")]);
    let folder = other.home.path().join(".config/keypool");
    let settings = other.flags(&format!("-c {}", folder.join("other.toml").display())).settings();
    assert!(settings.ascii);
    assert_eq!(settings.target.ca_bundle.as_deref(), Some(Path::new(&folder.join("ca.pem"))));
}

#[test]
fn the_sample_lists_every_setting_and_is_valid_when_uncommented() {
    let uncommented: String = SAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        // Settings that this build lacks stay commented out.
        .filter(|line| cfg!(feature = "ssm") || !line.starts_with("parameter ="))
        .collect();
    assert!(SAMPLE.contains("#parameter ="));
    let case = Case::new(&[("config.toml", &uncommented)]);
    let settings = case.settings();
    for setting in
        settings.effective.iter().filter(|setting| cfg!(feature = "ssm") || setting.name != "pools.parameter")
    {
        assert!(matches!(setting.origin, ConfigOrigin::File { .. }), "{} is not in the sample", setting.name);
    }
}

#[test]
fn wrong_profile_headings_are_explained() {
    let errors = Case::new(&[("config.toml", "[profile.prod]\nreadonly = true\n")]).errors();
    assert_eq!(errors, ["config.toml:1:2: `profile` is a table: write profile sections as [profiles.NAME]"]);
    let errors = Case::new(&[("config.toml", "[profiles]\nprod = 1\n")]).errors();
    assert_eq!(errors, ["config.toml:2:8: `profiles.prod` is 1: write profile sections as [profiles.NAME]"]);
}

#[cfg(unix)]
#[test]
fn dangling_links_are_errors_unlike_missing_files() {
    for (file, line) in [
        ("config.toml", ""),
        ("keys.toml", ""),
        ("themes/mine.toml", "--theme mine"),
        ("themes/dark.toml", "--theme dark"),
    ] {
        let case = Case::new(&[]).flags(line);
        let path = case.home.path().join(".config/keypool").join(file);
        std::os::unix::fs::symlink("/nowhere/at-all.toml", path).expect("a link");
        let expected =
            format!("{file}: is a dangling link, or is behind one: restore its target, or remove the link");
        assert_eq!(case.errors(), [expected]);
    }
}

#[cfg(unix)]
#[test]
fn a_config_folder_that_is_a_dangling_link_is_an_error() {
    let case = Case::new(&[]);
    let folder = case.home.path().join(".config/keypool");
    fs::remove_dir_all(&folder).expect("a folder to remove");
    std::os::unix::fs::symlink("/nowhere/at-all", &folder).expect("a link");
    let errors = case.errors();
    assert!(errors.iter().any(|error| error.starts_with("config.toml: is a dangling link")), "{errors:?}");
}

#[test]
fn call_hosts_are_read_per_api_with_all_errors() {
    let file =
        "[call.hosts]\na1b2c3 = [\"API.example.com\", \"v2.example.com.\"]\nd4e5f6 = [\"localhost\"]\n";
    let settings = Case::new(&[("config.toml", file)]).settings();
    let hosts: Vec<_> = settings.target.call_hosts.iter().collect();
    let expected = [
        ("a1b2c3".to_owned(), vec!["api.example.com".to_owned(), "v2.example.com".to_owned()]),
        ("d4e5f6".to_owned(), vec!["localhost".to_owned()]),
    ];
    assert_eq!(hosts, expected.iter().map(|(api, hosts)| (api, hosts)).collect::<Vec<_>>());
    assert!(settings.call_hosts["d4e5f6"].origin.to_string().ends_with("config.toml:3:10"));
    assert_eq!(Case::new(&[("config.toml", file)]).flags("--demo").settings().target.call_hosts.len(), 0);

    let wrong = "[call]\nhost = 1\n[call.hosts]\n\"a-b\" = [\"x\"]\na = \"api.example.com\"\nb = []\nc = [3]\n\
                 d = [\"https://api.example.com\"]\ne = [\"api.example.com:443\", \"*.example.com\"]\n";
    let hint = "write a list of hosts, e.g. [\"api.example.com\"]";
    assert_eq!(
        Case::new(&[("config.toml", wrong)]).errors(),
        [
            "config.toml:2:1: unknown setting `call.host`: did you mean `call.hosts`?".to_owned(),
            "config.toml:4:1: `call.hosts.a-b` is not the id of a REST API, e.g. a1b2c3d4e5".to_owned(),
            format!("config.toml:5:5: `call.hosts.a` is \"api.example.com\": {hint}"),
            format!("config.toml:6:5: `call.hosts.b` is empty: {hint}"),
            format!("config.toml:7:5: `call.hosts.c` has 3: {hint}"),
            format!(
                "config.toml:8:5: `call.hosts.d` has \"https://api.example.com\", which is not a host: {hint}"
            ),
            format!(
                "config.toml:9:5: `call.hosts.e` has \"api.example.com:443\", which is not a host: {hint}"
            ),
        ]
    );
    let errors = Case::new(&[("config.toml", "[call]\nhosts = 3\n")]).errors();
    assert_eq!(errors, ["config.toml:2:9: `call.hosts` is 3: write it as a table [call.hosts]"]);
}
