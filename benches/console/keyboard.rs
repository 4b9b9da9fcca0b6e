//! A key press's whole work: the state changes and the next picture is written. Over a million rows a filter's first
//! picture comes before every row was looked at; `whole` is the work until they were, pictures between included.
//!
//! One thread does all of it, and its processor time is taken: what else a machine does counts for nothing.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};
use keypool::tui::{App, Snapshot};

use super::session::{Screen, Session, inventory_loaded, press, run_due_work};
use super::{TENANT_KEY_COUNTS, fixture};

/// Keys that are not typed into the filter: the name, what was pressed before, and the key that is measured.
const KEY_CASES: [(&str, &str, char); 6] = [
    ("down", "", 'j'),
    ("last", "", 'G'),
    ("mark", "", ' '),
    ("next-plan", "1", 'j'),
    ("sort", "", 'S'),
    ("invert", "", 'I'),
];
/// The same for the filter.
const FILTER_CASES: [(&str, &str, char); 6] = [
    ("first-letter", "/", 'a'),
    ("second-letter", "/a", 'c'),
    ("sixth-letter", "/acme-", '0'),
    ("second-word", "/acme ", 'w'),
    ("no-match", "/qq", 'q'),
    ("backspace", "/ac", '\x08'),
];

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in TENANT_KEY_COUNTS {
        let reading = fixture::reading(rows);
        for (name, before, key) in KEY_CASES {
            bench_first_frame(criterion, ("key", name, rows), &mut session_after(&reading, before), key);
        }
        for (name, before, key) in FILTER_CASES {
            let mut session = session_after(&reading, before);
            bench_first_frame(criterion, ("filter", name, rows), &mut session, key);
            bench_all_frames(criterion, ("filter-whole", name, rows), &mut session, key);
        }
        // A letter that comes while the rows are still looked at for the one before.
        let mut session = session_after(&reading, "/");
        session.press('a');
        bench_first_frame(criterion, ("filter", "while-looking", rows), &mut session, 'c');
        bench_reload(criterion, rows, &mut session_after(&reading, ""));
    }
}

fn session_after(reading: &Snapshot, keys: &str) -> Session {
    let mut session = Session::new(reading);
    for key in keys.chars() {
        session.press(key).run_until_idle();
    }
    session
}

type BenchName<'a> = (&'a str, &'a str, usize);

fn bench_first_frame(criterion: &mut Criterion, name: BenchName<'_>, session: &mut Session, key: char) {
    measure(criterion, name, session, |app, screen| {
        press(app, key);
        screen.draw(app);
    });
}

fn bench_all_frames(criterion: &mut Criterion, name: BenchName<'_>, session: &mut Session, key: char) {
    measure(criterion, name, session, |app, screen| {
        press(app, key);
        screen.draw(app);
        while run_due_work(app) {
            screen.draw(app);
        }
    });
}

/// An account that was read again, and indexed by the task that read it: its rows are listed anew.
fn bench_reload(criterion: &mut Criterion, rows: usize, session: &mut Session) {
    session.press('r');
    let again = fixture::reading(rows);
    measure(criterion, ("reading", "shown", rows), session, |app, screen| {
        app.update(inventory_loaded(4, &again));
        screen.draw(app);
    });
}

/// Measures work that begins in the session's state and on its picture every time.
fn measure(
    criterion: &mut Criterion,
    (group, name, rows): BenchName<'_>,
    session: &mut Session,
    work: impl Fn(&mut App, &mut Screen),
) {
    let Session { app: before, screen } = session;
    let mut once = || {
        let mut app = before.clone();
        screen.draw(&app);
        let start = ThreadTime::now();
        work(&mut app, screen);
        start.elapsed()
    };
    let mut group = criterion.benchmark_group(group);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).sample_size(20);
    group.bench_function(BenchmarkId::new(name, rows), |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| once()).sum());
    });
}
