//! The cost of a key press: updating the state and drawing the next frame. With a million tenant keys, the first
//! frame after a change of the filter is drawn before all of them have been scanned; `filter-whole` measures until
//! they have been, including the frames in between. `benches/limits/letters.rs` measures the same from outside.
//!
//! All work runs on one thread, whose CPU time is measured, so other load on the machine does not count.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};
use keypool::tui::{App, SCAN_PERIOD, Snapshot};

use super::session::{Screen, Session, inventory_loaded, press};
use super::{TENANT_KEY_COUNTS, fixture};

/// Keys pressed outside the filter: the benchmark's name, the keys pressed before, and the key that is measured.
const KEY_CASES: [(&str, &str, char); 6] = [
    ("down", "", 'j'),
    ("last", "", 'G'),
    ("mark", "", ' '),
    ("next-plan", "1", 'j'),
    ("sort", "", 'S'),
    ("invert", "", 'I'),
];
/// Keys typed into the filter, in the same form.
const FILTER_CASES: [(&str, &str, char); 6] = [
    ("first-letter", "/", 'a'),
    ("second-letter", "/a", 'c'),
    ("sixth-letter", "/acme-", '0'),
    ("second-word", "/acme ", 'w'),
    ("no-match", "/qq", 'q'),
    ("backspace", "/ac", '\x08'),
];

pub(crate) fn bench(criterion: &mut Criterion) {
    for count in TENANT_KEY_COUNTS {
        let snapshot = fixture::snapshot(count);
        for (name, before, key) in KEY_CASES {
            bench_first_frame(criterion, ("key", name, count), &mut session_after(&snapshot, before), key);
        }
        for (name, before, key) in FILTER_CASES {
            let mut session = session_after(&snapshot, before);
            bench_first_frame(criterion, ("filter", name, count), &mut session, key);
            bench_all_frames(criterion, ("filter-whole", name, count), &mut session, key);
        }
        // A letter typed while the scan for the previous one is still running.
        let mut session = session_after(&snapshot, "/");
        session.press('a');
        bench_first_frame(criterion, ("filter", "during-scan", count), &mut session, 'c');
        bench_reload(criterion, count, &mut session_after(&snapshot, ""));
    }
}

fn session_after(snapshot: &Snapshot, keys: &str) -> Session {
    let mut session = Session::new(snapshot);
    for key in keys.chars() {
        session.press(key).run_until_idle();
    }
    session
}

/// Group, name and number of tenant keys.
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
        while app.is_scanning() {
            let start = ThreadTime::now();
            app.scan_until(|| start.elapsed() >= SCAN_PERIOD);
            screen.draw(app);
        }
    });
}

/// Measures how long it takes to show a reloaded inventory, which the loading task has already indexed.
fn bench_reload(criterion: &mut Criterion, count: usize, session: &mut Session) {
    session.press('r');
    let reloaded = fixture::snapshot(count);
    measure(criterion, ("loading", "first-frame", count), session, |app, screen| {
        app.update(inventory_loaded(4, &reloaded));
        screen.draw(app);
    });
}

/// Measures `work`, starting from the session's state and frame every time.
fn measure(
    criterion: &mut Criterion,
    (group, name, count): BenchName<'_>,
    session: &mut Session,
    work: impl Fn(&mut App, &mut Screen),
) {
    let Session { app: initial, screen } = session;
    let mut run_once = || {
        let mut app = initial.clone();
        screen.draw(&app);
        let start = ThreadTime::now();
        work(&mut app, screen);
        start.elapsed()
    };
    let mut group = criterion.benchmark_group(group);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).sample_size(20);
    group.bench_function(BenchmarkId::new(name, count), |bencher| {
        bencher.iter_custom(|iterations| (0..iterations).map(|_| run_once()).sum());
    });
}
