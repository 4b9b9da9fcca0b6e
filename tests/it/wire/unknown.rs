//! What cannot be read decides nothing: no key is disabled, made anew or counted by it.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;
use keypool_domain::{Change, Edit};
use keypool_local_aws::{LocalAws, Options, World};

use super::stage::{Backend, KEYS, Stage, n, s};
use super::support::unwatched;

async fn staged() -> (LocalAws, Stage) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Lets the doctor fix everything that it can.
async fn fix_all(stage: &Stage) {
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let all = ops::fix_confirmed(&stage.aws, &diagnosis.fixes_with_all(), &|_| (), &unwatched()).await;
    all.expect("the account is looked over again");
}

#[tokio::test]
async fn an_enabled_that_is_neither_true_nor_false_disables_nothing() {
    let (_local, stage) = staged().await;
    let key = stage.one(&stage.siloed, "web").await;
    let odd = [None, Some(n(1)), Some(s("TRUE")), Some(AttributeValue::Null(true))];
    for enabled in odd {
        let mut item = stage.item(KEYS, key.id.as_str()).await.expect("the item");
        item.remove("enabled");
        item.extend(enabled.map(|value| ("enabled".to_owned(), value)));
        stage.put(KEYS, item.clone()).await;
        fix_all(&stage).await;
        let seen = stage.inventory().await;
        assert!(seen.is_live(&key.id.as_str().into()), "disabled by {:?}", item.get("enabled"));
        assert!(seen.row(&key.id).is_some_and(|row| row.enabled.reason().is_some()));
        assert_eq!(stage.item(KEYS, key.id.as_str()).await, Some(item), "the item is left as it is");
    }
    // Said by hand it is known again.
    let edit = Edit { enabled: Some(true), ..Edit::default() };
    stage.apply(&Change::Edit { row: key.id.clone(), edit }).await.expect("it is enabled");
    let seen = stage.is_consistent().await;
    assert!(seen.row(&key.id).is_some_and(|row| row.enabled.is_known_to_be(&true)));
}
