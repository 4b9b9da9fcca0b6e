//! Built-in and custom themes, and their errors.

use std::fs;

use super::*;

fn overlay(text: &str) -> (Theme, Vec<String>) {
    let mut errors = Vec::new();
    let theme = overlay_file(&SourceFile::new("own.toml", text), Theme::default(), &mut errors);
    (theme, errors.iter().map(ToString::to_string).collect())
}

#[test]
fn every_builtin_theme_styles_every_role() {
    for (name, text) in BUILTIN_THEMES {
        let source = SourceFile::new(*name, *text);
        let mut errors = Vec::new();
        let root = source.parse(&mut errors);
        for role in Role::ALL {
            assert!(root.iter().any(|(key, _)| key.get_ref() == role.name()), "{name}: {}", role.name());
        }
        overlay_file(&source, Theme::default(), &mut errors);
        assert_eq!(errors, [], "{name}");
    }
}

#[test]
fn the_default_theme_uses_only_the_16_terminal_colours() {
    for role in Role::ALL {
        let paint = Theme::default().paint(*role);
        for color in [paint.fg, paint.bg].into_iter().flatten() {
            assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)), "{}: {color}", role.name());
        }
    }
}

#[test]
fn a_colour_can_be_a_name_a_number_or_rgb() {
    let (theme, errors) = overlay(
        "[ok]\nfg = \"bright-green\"\nbg = 17\nmodifiers = [\"bold\", \"dim\"]\n[bar]\nfg = \"#1e90FF\"",
    );
    assert_eq!(errors, [""; 0]);
    let ok = theme.paint(Role::Ok);
    assert_eq!((ok.fg, ok.bg), (Some(Color::LightGreen), Some(Color::Indexed(17))));
    assert_eq!(ok.modifiers, Modifier::BOLD | Modifier::DIM);
    assert_eq!(theme.paint(Role::Bar).fg, Some(Color::Rgb(0x1e, 0x90, 0xff)));
    assert_eq!(theme.paint(Role::Error), Theme::default().paint(Role::Error));
}

#[test]
fn every_error_has_its_line_and_a_suggestion() {
    let (_, errors) = overlay(
        "[txet]\nfg = \"red\"\n[ok]\nfg = \"gren\"\nbg = 256\nfront = \"red\"\n[warn]\nfg = \"#12345\"\nmodifiers = [\"bolt\"]\n[error]\nmodifiers = \"bold\"\n",
    );
    for expected in [
        "own.toml:1:2: unknown role `txet`: did you mean `text`?",
        "own.toml:4:6: \"gren\" is not a colour: did you mean `green`?",
        "own.toml:5:6: 256 is not a colour: numbers go from 0 to 255",
        "own.toml:6:1: unknown style `front`: choose one of fg, bg, modifiers",
        "own.toml:8:6: \"#12345\" is not a colour: write six hexadecimal digits",
        "own.toml:9:13: \"bolt\" is not a modifier: did you mean `bold`?",
        "own.toml:11:13: modifiers is \"bold\": write a list",
    ] {
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{expected}\n{errors:#?}");
    }
    assert_eq!(errors.len(), 7);
}

#[test]
fn custom_themes_override_builtin_ones_and_are_listed() {
    let home = tempfile::tempdir().expect("a folder");
    let themes = home.path().join(".config/keypool/themes");
    fs::create_dir_all(&themes).expect("a folder");
    fs::write(themes.join("dark.toml"), "[ok]\nfg = 200").expect("a file");
    fs::write(themes.join("mine.toml"), "").expect("a file");
    let environment = Environment::new(home.path(), [("", ""); 0]);
    let dark = Theme::load("dark", &environment).expect("a theme");
    assert_eq!(dark.paint(Role::Ok).fg, Some(Color::Indexed(200)));
    assert_eq!(Theme::names(&environment), ["dark", "default", "light", "mine"]);
    let unknown = Theme::load("solarized", &environment).expect_err("no such theme").to_string();
    assert!(
        unknown.ends_with("there is no theme `solarized`: choose one of dark, default, light, mine"),
        "{unknown}"
    );
    let typo = Theme::load("drak", &environment).expect_err("no such theme").to_string();
    assert!(typo.ends_with("did you mean `dark`?"), "{typo}");
}

#[test]
fn theme_names_cannot_be_paths() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/keypool");
    fs::create_dir_all(folder.join("themes")).expect("a folder");
    fs::write(folder.join("config.toml"), "").expect("a file");
    let environment = Environment::new(home.path(), [("", ""); 0]);
    for name in ["../config", "", ".hidden", "/etc/hosts"] {
        assert!(Theme::load(name, &environment).is_err(), "{name}");
    }
}

#[test]
fn every_theme_file_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder themes")
        .filter_map(|entry| theme_name(&entry.expect("a file").path()))
        .collect();
    let mut embedded: Vec<_> = BUILTIN_THEMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    files.sort_unstable();
    embedded.sort_unstable();
    assert_eq!(files, embedded);
}
