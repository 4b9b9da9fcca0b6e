//! One picture of the home screen, 200×60: the same again, and one of which every cell is written. It is processor time
//! that is taken.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};
use keypool::tui::App;

use super::session::{Screen, Session};
use super::{TENANT_KEY_COUNTS, fixture};

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in TENANT_KEY_COUNTS {
        let mut session = Session::new(&fixture::reading(rows));
        measure(criterion, ("home", rows), &mut session, Screen::draw);
        measure(criterion, ("home-anew", rows), &mut session, Screen::redraw);
    }
}

fn measure(
    criterion: &mut Criterion,
    (name, rows): (&str, usize),
    session: &mut Session,
    picture: impl Fn(&mut Screen, &App),
) {
    let mut group = criterion.benchmark_group("draw");
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).sample_size(20);
    group.bench_function(BenchmarkId::new(name, rows), |bencher| {
        bencher.iter_custom(|times| {
            let start = ThreadTime::now();
            (0..times).for_each(|_| picture(&mut session.screen, &session.app));
            start.elapsed()
        });
    });
}
