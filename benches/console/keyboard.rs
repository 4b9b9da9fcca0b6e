//! A key press's whole work: the state changes and the next picture is written. Over a million rows a filter's first
//! picture comes before every row was looked at; `whole` is the work until they were, pictures between included.
//!
//! One thread does all of it, and its processor time is taken: what else a machine does counts for nothing.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};
use keypool::tui::{App, Reading};

use super::session::{Screen, Session, arrival, go_on, press};
use super::{ROWS, account};

/// Keys that are not typed into the filter: the name, what was pressed before, and the key that is measured.
const PRESSED: [(&str, &str, char); 6] = [
    ("down", "", 'j'),
    ("last", "", 'G'),
    ("mark", "", ' '),
    ("next-plan", "1", 'j'),
    ("sort", "", 'S'),
    ("invert", "", 'I'),
];
/// The same for the filter.
const TYPED: [(&str, &str, char); 6] = [
    ("first-letter", "/", 'a'),
    ("second-letter", "/a", 'c'),
    ("sixth-letter", "/acme-", '0'),
    ("second-word", "/acme ", 'w'),
    ("no-match", "/qq", 'q'),
    ("backspace", "/ac", '\x08'),
];

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in ROWS {
        let reading = account::reading(rows);
        for (name, before, key) in PRESSED {
            first_picture(criterion, ("key", name, rows), &mut at(&reading, before), key);
        }
        for (name, before, key) in TYPED {
            let mut session = at(&reading, before);
            first_picture(criterion, ("filter", name, rows), &mut session, key);
            whole(criterion, ("filter-whole", name, rows), &mut session, key);
        }
        // A letter that comes while the rows are still looked at for the one before.
        let mut session = at(&reading, "/");
        session.press('a');
        first_picture(criterion, ("filter", "while-looking", rows), &mut session, 'c');
        new_reading(criterion, rows, &mut at(&reading, ""));
    }
}

fn at(reading: &Reading, keys: &str) -> Session {
    let mut session = Session::showing(reading);
    for key in keys.chars() {
        session.press(key).rest();
    }
    session
}

type Name<'a> = (&'a str, &'a str, usize);

fn first_picture(criterion: &mut Criterion, name: Name<'_>, session: &mut Session, key: char) {
    measure(criterion, name, session, |app, screen| {
        press(app, key);
        screen.draw(app);
    });
}

fn whole(criterion: &mut Criterion, name: Name<'_>, session: &mut Session, key: char) {
    measure(criterion, name, session, |app, screen| {
        press(app, key);
        screen.draw(app);
        while go_on(app) {
            screen.draw(app);
        }
    });
}

/// An account that was read again, and indexed by the task that read it: its rows are listed anew.
fn new_reading(criterion: &mut Criterion, rows: usize, session: &mut Session) {
    session.press('r');
    let again = account::reading(rows);
    measure(criterion, ("reading", "shown", rows), session, |app, screen| {
        app.update(arrival(4, &again));
        screen.draw(app);
    });
}

/// Measures work that begins in the session's state and on its picture every time.
fn measure(
    criterion: &mut Criterion,
    (group, name, rows): Name<'_>,
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
