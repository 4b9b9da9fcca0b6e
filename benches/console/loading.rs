//! Loading a large inventory from a local AWS over its socket (300 plans, 10,000 API keys, 100,000 tenant keys),
//! and building the sort orders and filter data of an inventory before it is shown.

use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion};
use keypool::aws::{Aws, CredentialSource, Target};
use keypool::ops::{self, Run};
use keypool::tui::Snapshot;
use keypool_local_aws::{LocalAws, Options, World};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::{TENANT_KEY_COUNTS, fixture};

const WORLD: World = World::Scale { plans: 300, keys: 10_000, tenants: 100_000 };

pub(crate) fn bench(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let local = runtime.block_on(LocalAws::start(Options { world: WORLD, ..Options::default() })).unwrap();
    let target = Target {
        endpoint_url: Some(local.endpoint()),
        credentials: CredentialSource::Demo,
        ..Target::default()
    };
    let aws = runtime.block_on(Aws::connect(&target)).unwrap();
    let run = Run { progress: Arc::new(|_| {}), cancel: CancellationToken::new(), trail: None };
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10).bench_function("over-the-wire", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let inventory = ops::read_inventory(&aws, &run).await.unwrap();
            assert_eq!(
                (inventory.plans().len(), inventory.api_keys().value_to_show().expect("a list").len()),
                (300, 10_000)
            );
            assert_eq!(inventory.tenant_keys().len(), 100_000);
            inventory
        });
    });
    runtime.block_on(local.shutdown());
    group.finish();
    bench_indexing(criterion);
}

fn bench_indexing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10);
    for count in TENANT_KEY_COUNTS {
        let inventory = fixture::inventory(count);
        group.bench_function(BenchmarkId::new("indexed", count), |bencher| {
            let share_inventory = || Arc::clone(&inventory);
            bencher.iter_batched(share_inventory, Snapshot::new, BatchSize::PerIteration);
        });
    }
}
