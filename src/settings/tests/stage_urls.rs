//! The addresses at which stages are called.

use super::Case;

#[test]
fn stage_urls_are_read_from_the_root_and_from_the_section_of_the_profile() {
    let file = "[api.\"a1b2c3:prod\"]\nurl = \"https://api.example.com/v1/\"\n\
                [api.\"a1b2c3:beta\"]\nurl = \"http://127.0.0.1:9/b\"\n\
                [profiles.eu.api.\"a1b2c3:prod\"]\nurl = \"https://eu.example.com\"\n";
    let urls = |flags: &str| {
        let settings = Case::new(&[("config.toml", file)]).flags(flags).settings();
        let urls: Vec<_> =
            settings.target.stage_urls.iter().map(|(stage, url)| format!("{stage} {url}")).collect();
        urls.join(", ")
    };
    assert_eq!(urls(""), "a1b2c3:beta http://127.0.0.1:9/b, a1b2c3:prod https://api.example.com/v1");
    assert_eq!(urls("--profile eu"), "a1b2c3:beta http://127.0.0.1:9/b, a1b2c3:prod https://eu.example.com");
    assert_eq!(urls("--demo"), "");

    let wrong = "[api]\n\"a\" = 1\n\"a:b\" = 2\n[api.\"a:c\"]\nurl = \"http://api.example.com\"\n\
                 [api.\"a:d\"]\nurll = 1\nurl = \"https://me@api.example.com\"\n[profiles.eu.api.\"a:e\"]\nurl = 3\n";
    let errors = Case::new(&[("config.toml", wrong)]).errors();
    for (error, expected) in errors.iter().zip([
        "config.toml:2:1: `api.a` is not a stage",
        "config.toml:3:9: `api.\"a:b\"` is 2: write it as a table",
        "config.toml:5:7: `api.\"a:c\".url` is \"http://api.example.com\": write an https URL",
        "config.toml:7:1: unknown setting `urll`",
        "config.toml:8:7: `api.\"a:d\".url` is \"https://me@api.example.com\": write an https URL",
        "config.toml:10:7: `api.\"a:e\".url` is 3: write an https URL",
    ]) {
        assert!(error.starts_with(expected), "{error} ≠ {expected}");
    }
    assert_eq!(errors.len(), 6, "{errors:?}");
}
