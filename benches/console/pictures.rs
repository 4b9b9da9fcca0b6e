//! One picture of the home screen, 200×60.

use criterion::{BenchmarkId, Criterion};

use super::session::Session;
use super::{ROWS, account};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    for rows in ROWS {
        let mut session = Session::showing(&account::of(rows));
        group.bench_function(BenchmarkId::new("home", rows), |bencher| {
            bencher.iter(|| session.screen.draw(&session.app));
        });
        group.bench_function(BenchmarkId::new("home-anew", rows), |bencher| {
            bencher.iter(|| session.screen.draw_anew(&session.app));
        });
    }
}
