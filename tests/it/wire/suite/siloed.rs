//! Keys with an API key of their own.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::{Aws, Failure, Target};
use keypool::ops;
use keypool_domain::{
    Change, Edit, Inventory, Mode, Model, NewTenantKeys, Period, Quota, TenantKeyId, Throttle,
};

use crate::wire::support::{plain_run, target};
use crate::wire::test_account::{KEYS_TABLE, TestAccount, create_change, item, s};

pub(super) async fn the_world_is_seen_as_it_was_made(stage: &TestAccount) {
    let seen = stage.inventory().await;
    assert_eq!(seen.plans().len(), 2);
    let plan = seen.find_plan("Sharded").expect("by name");
    assert_eq!(plan.id, stage.sharded_plan);
    assert_eq!(plan.throttle, Some(Throttle { rate: 10.5, burst: 20 }));
    assert_eq!(plan.quota, Some(Quota { limit: 500, period: Period::Day, offset: 0 }));
    assert_eq!(plan.stages.len(), 1);
    let window = plan.price_list_entry.as_ref().expect("its row");
    assert_eq!(
        (window.quota.as_str(), window.price.map(|price| price.cents())),
        ("500 per DAY", Some(4_900))
    );
    assert_eq!(
        (seen.model(&stage.siloed_plan), seen.model(&stage.sharded_plan)),
        (Model::Siloed, Model::Sharded)
    );
    let mut members = seen.members(&stage.sharded_plan).into_result().expect("members").to_vec();
    members.sort_unstable();
    let mut pool_keys = stage.pool_keys.to_vec();
    pool_keys.sort_unstable();
    assert_eq!(members, pool_keys);
    assert_eq!(seen.remarks(), [] as [&str; 0]);
}

pub(super) async fn a_plan_that_was_patched_is_read(stage: &TestAccount) {
    let replace =
        |path: &str, value: &str| PatchOperation::builder().op(Op::Replace).path(path).value(value).build();
    let patch = stage.gateway.update_usage_plan().usage_plan_id(stage.siloed_plan.as_str());
    let patch = patch
        .patch_operations(replace("/throttle/rateLimit", "7"))
        .patch_operations(replace("/quota/limit", "70"));
    let answered = patch.send().await;
    assert_eq!(answered.is_ok(), stage.behaves_like_aws("numbers"), "{answered:?}");
    let seen = stage.inventory().await;
    let plan = seen.plan(&stage.siloed_plan).expect("the plan");
    assert_eq!(plan.throttle, Some(Throttle { rate: 7.0, burst: 20 }));
    assert_eq!(plan.quota, Some(Quota { limit: 70, period: Period::Day, offset: 0 }));
    assert_eq!(seen.plans().len(), 2);
    let remarked =
        seen.remarks().iter().any(|remark| remark.contains("numbers of usage plan Siloed as text"));
    assert_eq!(remarked, !stage.behaves_like_aws("numbers"), "{:?}", seen.remarks());
}

pub(super) async fn a_siloed_key_is_an_api_key_in_the_plan_and_a_row(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    assert_eq!((row.mode(), row.revision, row.enabled.clone()), (Mode::Siloed.into(), Some(1), true.into()));
    assert_eq!((row.tenant.as_str(), row.description.as_str()), ("acme", "for tests"));
    assert_eq!(row.created_at.map(|at| at.subsec_nanosecond()), Some(0), "whole seconds");
    let api_key = stage.api_key(&row.require_api_key().expect("known")).await.expect("its API key");
    assert_eq!(
        (api_key.name(), api_key.description(), api_key.enabled()),
        (Some("web"), Some("for tests"), true)
    );
    let value = api_key.value().expect("its value");
    assert_eq!(value.len(), 40);
    assert_eq!(row.stored_value().map(|value| value.expose()), Some(value));
    let tags = api_key.tags().expect("its tags");
    assert_eq!(
        (tags["ownerId"].as_str(), tags["keypool:plan"].as_str()),
        ("acme", stage.siloed_plan.as_str())
    );
    assert_eq!(tags["keypool:request"].len(), 36);
    let seen = stage.inventory().await;
    assert!(
        seen.members(&stage.siloed_plan)
            .into_result()
            .expect("members")
            .contains(&row.require_api_key().expect("known"))
    );
    let item = stage.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row");
    let mut names: Vec<_> = item.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["createdAt", "description", "enabled", "id", "name", "owner", "planId", "revision", "value"]
    );
    stage.assert_consistent().await;
}

pub(super) async fn a_siloed_key_may_begin_disabled(stage: &TestAccount) {
    let Change::Create(NewTenantKeys { template: mut key, count }) =
        create_change(&stage.siloed_plan, "later", 1)
    else {
        unreachable!()
    };
    key.enabled = false;
    let applied = stage.apply(&Change::Create(NewTenantKeys { template: key, count })).await.expect("a key");
    let seen = stage.inventory().await;
    let row = seen.tenant_key(&applied.created[0]).expect("its row");
    assert!(row.enabled.is_known_to_be(&false));
    assert!(!seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key").enabled);
}

pub(super) async fn several_keys_end_in_their_number(stage: &TestAccount) {
    let mut names: Vec<_> =
        stage.create_keys(&stage.siloed_plan, "web", 3).await.into_iter().map(|row| row.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["web-1", "web-2", "web-3"]);
    assert_eq!(stage.inventory().await.members(&stage.siloed_plan).map(<[_]>::len), 3.into());
    stage.assert_consistent().await;
}

pub(super) async fn an_edit_reaches_gateway_and_row_and_leaves_foreign_attributes(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let mut there = stage.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row");
    there.extend(item(&[("theirs", s("kept"))]));
    stage.put_item(KEYS_TABLE, there).await;
    let edit = Edit { name: Some("app".into()), description: Some("renamed".into()), enabled: Some(false) };
    let applied = stage.apply(&Change::Edit { tenant_key: row.id.clone(), edit }).await.expect("an edit");
    assert_eq!(applied.edited, std::slice::from_ref(&row.id));
    let seen = stage.inventory().await;
    let now = seen.tenant_key(&row.id).expect("the row");
    assert_eq!((now.name.as_str(), now.description.as_str()), ("app", "renamed"));
    assert_eq!((&now.enabled, now.revision, &now.value), (&false.into(), Some(2), &row.value));
    let api_key = seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key");
    assert_eq!(
        (api_key.name.as_str(), api_key.description.as_str(), api_key.enabled),
        ("app", "renamed", false)
    );
    assert_eq!(stage.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row")["theirs"], s("kept"));
}

pub(super) async fn a_customer_of_the_marketplace_is_the_api_keys(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let set =
        |customer: &str| Change::SetCustomer { tenant_key: row.id.clone(), customer: customer.to_owned() };
    stage.apply(&set("cust-1")).await.expect("it is set");
    let seen = stage.inventory().await;
    let customer = |seen: &Inventory| {
        seen.api_key(&row.require_api_key().expect("known")).key().and_then(|key| key.customer_id.clone())
    };
    assert_eq!(customer(&seen).as_deref(), Some("cust-1"));
    assert!(stage.apply(&set("cust-1")).await.is_err(), "nothing would change");
    stage.apply(&set("")).await.expect("it is taken away");
    assert_eq!(customer(&stage.inventory().await), None);
}

pub(super) async fn an_edit_of_a_row_that_changed_is_refused_and_leaves_the_other_edit_whole(
    stage: &TestAccount,
) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let before = stage.inventory().await;
    let change = |edit| Change::Edit { tenant_key: row.id.clone(), edit };
    let theirs = Edit { name: Some("theirs".into()), enabled: Some(false), ..Edit::default() };
    stage.apply(&change(theirs)).await.expect("the first edit");
    let ours = Edit { name: Some("ours".into()), description: Some("ours".into()), enabled: Some(false) };
    let second = ops::apply(&stage.aws, &before, &change(ours), &plain_run()).await;
    assert_eq!(second.err(), Some(Failure::Changed(format!("row {}", row.id))));
    let seen = stage.inventory().await;
    let now = seen.tenant_key(&row.id).expect("the row");
    assert_eq!(
        (now.name.as_str(), now.description.as_str(), &now.enabled),
        ("theirs", "for tests", &false.into())
    );
    let api_key = seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key");
    assert_eq!(
        (api_key.name.as_str(), api_key.description.as_str(), api_key.enabled),
        ("theirs", "for tests", false),
        "a key that they disabled stays disabled"
    );
}

pub(super) async fn an_edit_of_a_row_that_others_wrote_counts_from_one(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let mut there = stage.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row");
    there.remove("revision");
    stage.put_item(KEYS_TABLE, there).await;
    let edit = Edit { description: Some("ours now".into()), ..Edit::default() };
    stage.apply(&Change::Edit { tenant_key: row.id.clone(), edit }).await.expect("an edit");
    assert_eq!(stage.inventory().await.tenant_key(&row.id).and_then(|row| row.revision), Some(1));
}

pub(super) async fn deleting_removes_api_key_and_row(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.siloed_plan, "web", 2).await;
    let ids: Vec<TenantKeyId> = rows.iter().map(|row| row.id.clone()).collect();
    let applied = stage.apply(&Change::Delete(ids.clone())).await.expect("they are deleted");
    assert_eq!(applied.deleted, ids);
    let seen = stage.inventory().await;
    assert!(seen.tenant_keys().is_empty());
    assert_eq!(seen.api_keys().value_to_show().expect("a list").len(), 2, "only the pool keys are left");
    let members = if stage.behaves_like_aws("cascade") { 0 } else { 2 };
    assert_eq!(seen.members(&stage.siloed_plan).map(<[_]>::len), members.into());
}

pub(super) async fn a_key_that_vanished_meanwhile_is_no_hindrance_to_deleting(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let before = stage.inventory().await;
    stage.gateway.delete_api_key().api_key(row.id.as_str()).send().await.expect("somebody deletes it");
    let delete = Change::Delete(vec![row.id.clone()]);
    ops::apply(&stage.aws, &before, &delete, &plain_run()).await.expect("the row goes all the same");
    assert!(stage.inventory().await.tenant_keys().is_empty());
}

pub(super) async fn rows_may_hold_no_values(stage: &TestAccount) {
    let target = Target { store_values: false, ..target(&stage.endpoint) };
    let aws = Aws::connect(&target).await.expect("a connection");
    let seen = stage.inventory().await;
    for plan in [&stage.siloed_plan, &stage.sharded_plan] {
        let applied =
            ops::apply(&aws, &seen, &create_change(plan, "web", 1), &plain_run()).await.expect("a key");
        let id = &applied.created[0];
        assert!(!stage.get_item(KEYS_TABLE, id.as_str()).await.expect("the row").contains_key("value"));
        let seen = stage.inventory().await;
        let secret = ops::read_key_value(&aws, &seen, id).await.expect("its value");
        let api_key = seen.tenant_key(id).expect("the row").require_api_key().expect("known");
        assert_eq!(Some(secret.expose()), stage.api_key(&api_key).await.expect("its API key").value());
    }
}
