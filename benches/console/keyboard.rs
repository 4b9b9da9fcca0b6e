//! The cost of a key press: updating the state and drawing the next frame. With a million tenant
//! keys a filter draws its first frame before it has examined all of them; `filter-whole` measures
//! until it has, frames in between included.
//!
//! All work runs on one thread, whose CPU time is measured, so other load on the machine does not
//! count.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};
use keypool::tui::{App, Snapshot};

use super::session::{Screen, Session, inventory_loaded, press, run_due_work};
use super::{TENANT_KEY_COUNTS, fixture};

/// Keys outside the filter: the benchmark's name, the keys pressed before, and the key measured.
const KEY_CASES: [(&str, &str, char); 6] = [
    ("down", "", 'j'),
    ("last", "", 'G'),
    ("mark", "", ' '),
    ("next-plan", "1", 'j'),
    ("sort", "", 'S'),
    ("invert", "", 'I'),
];
/// The same for keys typed into the filter.
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
        // A letter typed while the filter still works on the previous one.
        let mut session = session_after(&snapshot, "/");
        session.press('a');
        bench_first_frame(criterion, ("filter", "while-looking", count), &mut session, 'c');
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

/// Measures showing an inventory that was read again; the task that read it has indexed it.
fn bench_reload(criterion: &mut Criterion, count: usize, session: &mut Session) {
    session.press('r');
    let again = fixture::snapshot(count);
    measure(criterion, ("reading", "shown", count), session, |app, screen| {
        app.update(inventory_loaded(4, &again));
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
    group.bench_function(BenchmarkId::new(name, count), |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| once()).sum());
    });
}
