//! Runs the fuzz corpus as ordinary tests, without a fuzzer.

#[expect(unreachable_pub, reason = "the fuzz targets call it from outside")]
#[path = "../../fuzz/src/lib.rs"]
mod properties;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// Checks the property for each file in the target's corpus.
fn check_corpus(target: &str, property: fn(&[u8])) {
    let files = files(&folder("corpus").join(target));
    assert!(!files.is_empty(), "the corpus of {target} is empty");
    for file in files {
        let text = fs::read(&file).expect("a file");
        assert!(catch_unwind(|| property(&text)).is_ok(), "the property fails for {}", file.display());
    }
}

macro_rules! targets {
    ($($target:ident),+) => {
        $(
            #[test]
            fn $target() {
                check_corpus(stringify!($target), properties::$target);
            }
        )+

        const TARGETS: &[&str] = &[$(stringify!($target)),+];
    };
}

targets!(access_log, config, import_csv, key_file, keymap, plans_file, pool_file, theme);

#[test]
fn every_fuzz_target_is_tested() {
    let names = |folder: &Path| -> Vec<String> {
        let stem = |path: &PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
        files(folder).iter().filter_map(stem).collect()
    };
    assert_eq!(names(&folder("fuzz_targets")), TARGETS);
    assert_eq!(names(&folder("corpus")), TARGETS);
}
