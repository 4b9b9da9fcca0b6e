//! Usage counts survive a restart.

use keypool_local_aws::{Clock, LocalAws, Options, World};
use serde_json::Value;

use crate::http;

/// The sample's TestPlan, and one of its keys.
const PLAN: &str = "h3v9qk";
const KEY: &str = "29326ml64l";

async fn start(folder: &std::path::Path) -> LocalAws {
    let clock = Clock::fixed("2026-11-22T09:30:00Z".parse().unwrap());
    let data = Some(folder.to_owned());
    LocalAws::start(Options { world: World::Sample, data, clock, ..Options::default() }).await.unwrap()
}

async fn get(aws: &LocalAws, path: &str, key: &str) -> Value {
    http::send(&aws.endpoint(), "GET", path, &[("x-api-key", key)], "").await.unwrap().json()
}

async fn used_today(aws: &LocalAws) -> i64 {
    let path = format!("/usageplans/{PLAN}/usage?startDate=2026-11-22&endDate=2026-11-22");
    get(aws, &path, "").await["values"][KEY][0][0].as_i64().unwrap()
}

#[tokio::test]
async fn usage_continues_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let aws = start(folder.path()).await;
    let key = get(&aws, &format!("/apikeys/{KEY}?includeValue=true"), "").await;
    let before = used_today(&aws).await;
    for _ in 0..3 {
        get(&aws, "/_aws/execute-api/w4k8t2m7xq/prod/api", key["value"].as_str().unwrap()).await;
    }
    aws.shutdown().await;

    let restarted = start(folder.path()).await;
    assert_eq!(used_today(&restarted).await, before + 3);
}
