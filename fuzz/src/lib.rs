//! What holds for every text that keypool reads: one function for each reader, named as its target and its corpus.
//!
//! A function panics where its property does not hold. `tests/it/corpus.rs` includes this file and runs what the fuzzer
//! has kept.

use keypool::ops::read_access_log;
use keypool::settings::{ConfigErrors, ConfigOrigin, Role, Theme, text};
use keypool::tui;
use keypool_domain::StageRef;
use keypool_domain::key_file;
use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::text::is_unsafe_in_terminal;
use keypool_domain::usage::DayRange;
use keypool_local_aws::key_file as import_file;

/// An access log: each line that is not blank counts once, and a call is one of a key and a tenant.
pub fn access_log(input: &[u8]) {
    let month = DayRange::parse_month("2026-10").expect("a month");
    let read = read_access_log(input, "tenant", month).expect("bytes in memory can be read");
    let calls: u64 = read.logged.iter().map(|(.., calls)| calls).sum();
    let bad = u64::try_from(read.bad_lines).expect("a count");
    let counted =
        [calls, read.logged.refused_count, read.other_months, read.unattributed, bad].iter().sum::<u64>();
    let lines = input.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    assert_eq!(counted, lines.count() as u64);
    assert!(
        read.first_bad_lines.len() <= read.bad_lines
            && read.first_bad_lines.iter().is_sorted_by(|a, b| a.0 < b.0)
    );
    for (api_key, tenant, _) in read.logged.iter() {
        assert!(!matches!(api_key.as_str(), "" | "-") && !matches!(tenant.as_str(), "" | "-"));
    }
}

/// `config.toml`: mistakes have a place, and all of it moves with the text.
pub fn config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let places = |read: &mut Vec<keypool::settings::EffectiveSetting>| {
        read.iter_mut().for_each(|said| shift_down(&mut said.origin));
    };
    assert_positions_shift(text, text::parse_config, places);
}

/// `keys.toml`: the same, and each key that is taken reaches the keymap.
pub fn keymap(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let actions = tui::actions();
    let read = |text: &str| text::parse_keys(text, &actions);
    let Some(own) = assert_positions_shift(text, read, |_| {}) else { return };
    let keymap = tui::keymap(&own);
    for own in own {
        let action = tui::Action::from_id(own.action).expect("an action of the table");
        let labels = keymap.labels(action);
        assert_eq!(labels.len(), own.keys.len(), "{}", own.action);
        assert!(labels.iter().all(|label| !label.is_empty() && !label.chars().any(is_unsafe_in_terminal)));
    }
}

/// A theme: the same, and a role that the text does not name stays as it was.
pub fn theme(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Some(theme) = assert_positions_shift(text, text::parse_theme, |_| {}) else { return };
    // A name can be written with escapes, too.
    let unnamed = |role: &&Role| !text.contains(role.name()) && !text.contains('\\');
    for role in Role::ALL.iter().filter(unnamed) {
        assert_eq!(theme.paint(*role), Theme::default().paint(*role), "{}", role.name());
    }
}

/// The file of usage plans: mistakes have a place that moves with the text; what is written of it is read the same.
pub fn plans_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let stages = |text: &str| match text.split_once(':') {
        Some((api, stage)) => Ok(StageRef { api: api.to_owned(), stage: stage.to_owned() }),
        None => Err("no stage".to_owned()),
    };
    let read = |text: &str| text::parse_plans(text, &stages);
    let Some(plans) = assert_positions_shift(text, read, |_| {}) else { return };
    let written = text::render_plans(plans.clone());
    assert_eq!(read(&written).as_ref(), Ok(&plans), "{written}");
}

/// A pool file: a mistake has a place; what is read and written is read the same, in either form.
pub fn pool_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for format in [FileFormat::Js, FileFormat::Json] {
        match pool_file::read(text, format) {
            Ok(pools) => {
                for written in [FileFormat::Js, FileFormat::Json] {
                    let again = pool_file::read(&pool_file::write(&pools, written), written);
                    assert_eq!(again.map(without_lines), Ok(without_lines(pools.clone())));
                }
            }
            Err(mistake) => assert_in_text(text, mistake.line, mistake.column, &mistake.message),
        }
    }
}

/// The file of `keypool keys import`: mistakes have a place, and its keys stand on lines of it, in order.
pub fn key_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // A line ends however the file's maker ends it.
    let written = text.replace("\r\n", "\n").replace('\r', "\n");
    match key_file::read(text) {
        Ok(file) => {
            let lines: Vec<usize> = file.keys.iter().map(|key| key.line).collect();
            assert!(lines.is_sorted(), "{lines:?}");
            assert!(lines.iter().all(|line| (2..=written.split('\n').count()).contains(line)), "{lines:?}");
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "refused for no mistake");
            for mistake in mistakes {
                assert_in_text(&written, mistake.line, mistake.column, &mistake.message);
            }
        }
    }
}

/// The same file as the local AWS takes it: fields come without blanks around them, and a row that is written is read the same.
pub fn import_csv(input: &[u8]) {
    let Ok(rows) = import_file::read(input) else { return };
    assert!(rows.len() < input.len(), "a row without a byte");
    for row in &rows {
        let mut fields = [&row.name, &row.value].into_iter().chain(&row.description).chain(&row.plan_ids);
        assert!(fields.all(|field| field.trim() == field), "{row:?}");
        assert!(row.plan_ids.iter().all(|id| !id.is_empty() && !id.contains(',')), "{row:?}");
        let again = import_file::read(write_row(row).as_bytes());
        assert_eq!(again.as_deref(), Ok(std::slice::from_ref(row)));
    }
}

fn write_row(row: &import_file::Row) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let description = row.description.as_deref().unwrap_or_default();
    let fields = [&row.name, &row.value, description, &row.enabled.to_string(), &row.plan_ids.join(",")];
    format!("Name,Key,Description,Enabled,UsagePlanIds\n{}\n", fields.map(quoted).join(","))
}

fn without_lines(mut pools: Vec<PoolEntry>) -> Vec<PoolEntry> {
    pools.iter_mut().for_each(|pool| pool.line = 0);
    pools
}

/// Reads the text, and reads it again one line lower; gives what is read where there is no mistake.
fn assert_positions_shift<T: PartialEq + std::fmt::Debug>(
    text: &str,
    read: impl Fn(&str) -> Result<T, ConfigErrors>,
    move_places: impl Fn(&mut T),
) -> Option<T> {
    let mut first = read(text);
    match &mut first {
        Ok(read) => move_places(read),
        Err(mistakes) => {
            assert!(!mistakes.0.is_empty(), "refused for no mistake");
            for mistake in &mut mistakes.0 {
                let ConfigOrigin::File { line, column, .. } = &mistake.origin else {
                    panic!("no place: {mistake}")
                };
                if (*line, *column) != WHOLE_FILE {
                    assert_in_text(text, *line, *column, &mistake.message);
                }
                shift_down(&mut mistake.origin);
            }
        }
    }
    // A byte order mark is one only at the beginning.
    if !text.starts_with('\u{feff}') {
        assert_eq!(read(&format!("# a line\n{text}")), first);
    }
    first.ok()
}

/// The place of what is wrong with a file as a whole.
const WHOLE_FILE: (usize, usize) = (0, 0);

fn shift_down(place: &mut ConfigOrigin) {
    if let ConfigOrigin::File { line, column, .. } = place
        && (*line, *column) != WHOLE_FILE
    {
        *line += 1;
    }
}

/// A place is in the text or just after it, and what is wrong there is said in one line.
fn assert_in_text(text: &str, line: usize, column: usize, what: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert!((1..=lines.len()).contains(&line), "line {line} of {}: {what}", lines.len());
    let most = lines[line - 1].chars().count() + 1;
    assert!((1..=most).contains(&column), "column {column} of {most} in line {line}: {what}");
    assert!(!what.is_empty() && !what.contains('\n'), "{what:?}");
}
