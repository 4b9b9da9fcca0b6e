//! Properties that hold for any text that keypool reads: one function per reader, named like its fuzz target and
//! corpus.
//!
//! A function panics if its property does not hold. `tests/it/corpus.rs` includes this file and runs the stored
//! corpus.

use std::ops::ControlFlow;

use keypool::ops::{AccessLogCalls, read_access_log};
use keypool::settings::{ConfigErrors, ConfigOrigin, Role, Theme, text};
use keypool::tui;
use keypool_domain::StageRef;
use keypool_domain::charging::AccessLogFields;
use keypool_domain::key_file;
use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::text::is_unsafe_in_terminal;
use keypool_domain::usage::DayRange;
use keypool_local_aws::key_file as import_file;

/// An access log: its calls have a key, bad lines have ascending numbers, and a line before it that is
/// no call is one more bad line.
pub fn access_log(input: &[u8]) {
    let first = read_log(input);
    // A byte order mark, and the first bytes of gzip, are such only at the beginning of a file.
    let has_mark = [&[0x1f, 0x8b][..], &[0xff, 0xfe], &[0xfe, 0xff], &[0xef, 0xbb, 0xbf]];
    if has_mark.iter().any(|mark| input.starts_with(mark)) {
        return;
    }
    let later = read_log(&[b"no call\n", input].concat());
    match (first, later) {
        (Some(first), Some(later)) => {
            assert_eq!((&later.logged, later.bad_lines), (&first.logged, first.bad_lines + 1));
            let numbers = first.first_bad_lines.iter().map(|(number, _)| number + 1);
            let later_numbers = later.first_bad_lines.iter().map(|(number, _)| *number);
            assert!(later_numbers.eq(std::iter::once(1).chain(numbers).take(later.first_bad_lines.len())));
        }
        (first, later) => assert_eq!(first, later),
    }
}

fn read_log(input: &[u8]) -> Option<AccessLogCalls> {
    let month = DayRange::parse_month("2026-10").expect("a month");
    let log =
        read_access_log(input, &AccessLogFields::default(), month.into(), &|_| ControlFlow::Continue(()))
            .ok()?;
    let numbers = &log.first_bad_lines;
    assert!(numbers.len() <= log.bad_lines && numbers.iter().is_sorted_by(|a, b| a.0 <= b.0));
    for (api_key, tenant, _) in log.logged.iter() {
        assert!(!matches!(api_key.as_str(), "" | "-") && !matches!(tenant.as_str(), "" | "-"));
    }
    assert!(log.logged.without_tenant().all(|(api_key, _)| !matches!(api_key.as_str(), "" | "-")));
    Some(log)
}

/// `config.toml`: errors have a position, and positions shift with the text.
pub fn config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let shift_origins = |settings: &mut Vec<keypool::settings::EffectiveSetting>| {
        settings.iter_mut().for_each(|setting| shift_down(&mut setting.origin));
    };
    assert_positions_shift(text, text::parse_config, shift_origins);
}

/// `keys.toml`: like [`config`], and each accepted key reaches the keymap.
pub fn keymap(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let actions = tui::actions();
    let read = |text: &str| text::parse_keys(text, &actions);
    let Some(bindings) = assert_positions_shift(text, read, |_| {}) else { return };
    let keymap = tui::keymap(&bindings);
    for binding in bindings {
        let action = tui::Action::from_id(binding.action).expect("an action of the table");
        let labels = keymap.labels(action);
        assert_eq!(labels.len(), binding.keys.len(), "{}", binding.action);
        assert!(labels.iter().all(|label| !label.is_empty() && !label.chars().any(is_unsafe_in_terminal)));
    }
}

/// Themes: like [`config`], and roles that the text does not name keep their default style.
pub fn theme(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Some(theme) = assert_positions_shift(text, text::parse_theme, |_| {}) else { return };
    // A name may also be written with escapes.
    let unnamed = |role: &&Role| !text.contains(role.name()) && !text.contains('\\');
    for role in Role::ALL.iter().filter(unnamed) {
        assert_eq!(theme.paint(*role), Theme::default().paint(*role), "{}", role.name());
    }
}

/// The plans file: like [`config`], and written plans read back the same.
pub fn plans_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let resolve_stage = |text: &str| match text.split_once(':') {
        Some((api, stage)) => Ok(StageRef { api: api.to_owned(), stage: stage.to_owned() }),
        None => Err("no stage".to_owned()),
    };
    let read = |text: &str| text::parse_plans(text, &resolve_stage);
    let Some(plans) = assert_positions_shift(text, read, |_| {}) else { return };
    let written = text::render_plans(plans.clone());
    assert_eq!(read(&written).as_ref(), Ok(&plans), "{written}");
}

/// Pool files: errors have a position; pools read back the same in either format.
pub fn pool_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for format in [FileFormat::Js, FileFormat::Json] {
        match pool_file::read(text, format) {
            Ok(pools) => {
                for written in [FileFormat::Js, FileFormat::Json] {
                    let reread = pool_file::read(&pool_file::write(&pools, written), written);
                    assert_eq!(reread.map(without_lines), Ok(without_lines(pools.clone())));
                }
            }
            Err(error) => assert_in_text(text, error.line, error.column, &error.message),
        }
    }
}

/// The file of `keypool keys import`: errors have a position; each key has the number of its line, in
/// ascending order.
pub fn key_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // Lines may end in CRLF, CR or LF.
    let normalized = text.replace("\r\n", "\n").replace('\r', "\n");
    match key_file::read(text) {
        Ok(file) => {
            let lines: Vec<usize> = file.keys.iter().map(|key| key.line).collect();
            assert!(lines.is_sorted(), "{lines:?}");
            assert!(
                lines.iter().all(|line| (2..=normalized.split('\n').count()).contains(line)),
                "{lines:?}"
            );
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without an error");
            for error in errors {
                assert_in_text(&normalized, error.line, error.column, &error.message);
            }
        }
    }
}

/// The CSV file of API Gateway's key import, as the local AWS reads it: a written line reads back the same.
pub fn import_csv(input: &[u8]) {
    let Ok(rows) = import_file::read(input) else { return };
    assert!(rows.len() < input.len(), "as many keys as bytes");
    for row in &rows {
        let is_id = |id: &String| !id.is_empty() && !id.contains(',') && id.trim() == id;
        assert!(row.plan_ids.iter().all(is_id), "{row:?}");
        let reread = import_file::read(write_row(row).as_bytes());
        assert_eq!(reread.as_deref(), Ok(std::slice::from_ref(row)));
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

/// Asserts that the text has the same result one line lower, with positions that are one line lower. Returns the
/// result if there is no error.
fn assert_positions_shift<T: PartialEq + std::fmt::Debug>(
    text: &str,
    read: impl Fn(&str) -> Result<T, ConfigErrors>,
    shift_origins: impl Fn(&mut T),
) -> Option<T> {
    let mut first = read(text);
    match &mut first {
        Ok(value) => shift_origins(value),
        Err(errors) => {
            assert!(!errors.0.is_empty(), "refused without an error");
            for error in &mut errors.0 {
                let ConfigOrigin::File { line, column, .. } = &error.origin else {
                    panic!("no position: {error}")
                };
                if (*line, *column) != WHOLE_FILE {
                    assert_in_text(text, *line, *column, &error.message);
                }
                shift_down(&mut error.origin);
            }
        }
    }
    // U+FEFF is a byte order mark only at the beginning of a file.
    if !text.starts_with('\u{feff}') {
        assert_eq!(read(&format!("# a line\n{text}")), first);
    }
    first.ok()
}

/// The position of an error in the file as a whole.
const WHOLE_FILE: (usize, usize) = (0, 0);

fn shift_down(origin: &mut ConfigOrigin) {
    if let ConfigOrigin::File { line, column, .. } = origin
        && (*line, *column) != WHOLE_FILE
    {
        *line += 1;
    }
}

/// Asserts that a position is in the text or just after it, and that the message is one line.
fn assert_in_text(text: &str, line: usize, column: usize, message: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert!((1..=lines.len()).contains(&line), "line {line} of {}: {message}", lines.len());
    let max = lines[line - 1].chars().count() + 1;
    assert!((1..=max).contains(&column), "column {column} of {max} in line {line}: {message}");
    assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
}
