//! The CPU time of one frame of the home screen at 200×60: once where nothing has changed, and once where every
//! cell is written.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion};
use keypool::tui::App;

use super::session::{Screen, Session};
use super::{TENANT_KEY_COUNTS, fixture};

pub(crate) fn bench(criterion: &mut Criterion) {
    for count in TENANT_KEY_COUNTS {
        let mut session = Session::new(&fixture::snapshot(count));
        measure(criterion, ("home", count), &mut session, Screen::draw);
        measure(criterion, ("home-full-redraw", count), &mut session, Screen::redraw);
    }
}

fn measure(
    criterion: &mut Criterion,
    (name, count): (&str, usize),
    session: &mut Session,
    draw: impl Fn(&mut Screen, &App),
) {
    let mut group = criterion.benchmark_group("draw");
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).sample_size(20);
    group.bench_function(BenchmarkId::new(name, count), |bencher| {
        bencher.iter_custom(|iterations| {
            let start = ThreadTime::now();
            (0..iterations).for_each(|_| draw(&mut session.screen, &session.app));
            start.elapsed()
        });
    });
}
