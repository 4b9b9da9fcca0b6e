//! Siloed tenant keys, each with its own API key.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::{Aws, Failure, Target};
use keypool::ops;
use keypool_domain::{
    Change, Edit, Inventory, Mode, Model, NewTenantKeys, Period, Quota, TenantKeyId, Throttle,
};

use crate::wire::support::{silent_run, target};
use crate::wire::test_account::{KEYS_TABLE, TestAccount, create_change};

pub(super) async fn the_inventory_has_plans_limits_prices_and_pools(account: &TestAccount) {
    let inventory = account.inventory().await;
    assert_eq!(inventory.plans().len(), 2);
    let plan = inventory.find_plan("Sharded").expect("the plan");
    assert_eq!(plan.id, account.pooled_plan);
    assert_eq!(plan.throttle, Some(Throttle { rate: 10.5, burst: 20 }));
    assert_eq!(plan.quota, Some(Quota { limit: 500, period: Period::Day, offset: 0 }));
    assert_eq!(plan.stages.len(), 1);
    let entry = plan.price_list_entry.as_ref().expect("the price-list entry");
    assert_eq!(
        (entry.quota.as_str(), entry.price().map(|price| price.cents())),
        ("500 per DAY", Some(4_900))
    );
    assert_eq!(
        (inventory.model(&account.siloed_plan), inventory.model(&account.pooled_plan)),
        (Model::Siloed.into(), if account.has_tables() { Model::Sharded } else { Model::Siloed }.into())
    );
    let mut members = inventory.members(&account.pooled_plan).into_result().expect("members").to_vec();
    members.sort_unstable();
    let mut pool_keys = account.pool_keys.to_vec();
    pool_keys.sort_unstable();
    assert_eq!(members, pool_keys);
    // The settings without tables manage plans that only some cases create.
    let remarks = inventory.remarks().iter().filter(|remark| !remark.contains("`plans` under [tenants]"));
    assert_eq!(remarks.collect::<Vec<_>>(), [""; 0]);
}

pub(super) async fn patched_plan_limits_are_read(account: &TestAccount) {
    let replace =
        |path: &str, value: &str| PatchOperation::builder().op(Op::Replace).path(path).value(value).build();
    let patch = account.gateway.update_usage_plan().usage_plan_id(account.siloed_plan.as_str());
    let patch = patch
        .patch_operations(replace("/throttle/rateLimit", "7"))
        .patch_operations(replace("/quota/limit", "70"));
    let result = patch.send().await;
    assert_eq!(result.is_ok(), account.behaves_like_aws("numbers"), "{result:?}");
    let inventory = account.inventory().await;
    let plan = inventory.plan(&account.siloed_plan).expect("the plan");
    assert_eq!(plan.throttle, Some(Throttle { rate: 7.0, burst: 20 }));
    assert_eq!(plan.quota, Some(Quota { limit: 70, period: Period::Day, offset: 0 }));
    assert_eq!(inventory.plans().len(), 2);
    let has_remark =
        inventory.remarks().iter().any(|remark| remark.contains("numbers of usage plan Siloed as text"));
    assert_eq!(has_remark, !account.behaves_like_aws("numbers"), "{:?}", inventory.remarks());
}

pub(super) async fn creating_a_siloed_key_makes_an_api_key_in_the_plan_and_a_tenant_key(
    account: &TestAccount,
) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    assert_eq!(
        (tenant_key.mode(), tenant_key.revision, tenant_key.enabled.clone()),
        (Mode::Siloed.into(), account.has_tables().then_some(1), true.into())
    );
    assert_eq!((tenant_key.tenant.as_str(), tenant_key.description.as_str()), ("acme", "for tests"));
    assert_eq!(
        tenant_key.created_at().map(|at| at.subsec_nanosecond()),
        Some(0),
        "createdAt is in whole seconds"
    );
    let api_key = account.api_key(&tenant_key.require_api_key().expect("known")).await.expect("its API key");
    assert_eq!(
        (api_key.name(), api_key.description(), api_key.enabled()),
        (Some("web"), Some("for tests"), true)
    );
    let value = api_key.value().expect("its value");
    assert_eq!(value.len(), 40);
    let stored = tenant_key.stored_value().map(|value| value.expose());
    assert_eq!(stored, account.has_tables().then_some(value));
    let tags = api_key.tags().expect("its tags");
    assert_eq!(
        (tags["ownerId"].as_str(), tags["keypool:plan"].as_str()),
        ("acme", account.siloed_plan.as_str())
    );
    assert_eq!(tags["keypool:request"].len(), 36);
    let inventory = account.inventory().await;
    assert!(
        inventory
            .members(&account.siloed_plan)
            .into_result()
            .expect("members")
            .contains(&tenant_key.require_api_key().expect("known"))
    );
    account.assert_consistent().await;
    if account.has_tables() {
        let item = account.get_item(KEYS_TABLE, tenant_key.id.as_str()).await.expect("the item");
        let mut names: Vec<_> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["createdAt", "description", "enabled", "id", "name", "owner", "planId", "revision", "value"]
        );
    }
}

pub(super) async fn a_siloed_key_can_be_created_disabled(account: &TestAccount) {
    let Change::Create(NewTenantKeys { template: mut key, count }) =
        create_change(&account.siloed_plan, "later", 1)
    else {
        unreachable!()
    };
    key.enabled = false;
    let applied =
        account.apply(&Change::Create(NewTenantKeys { template: key, count })).await.expect("a key");
    let inventory = account.inventory().await;
    let tenant_key = inventory.tenant_key(&applied.created[0]).expect("the tenant key");
    assert!(tenant_key.enabled.is_known_to_be(&false));
    assert!(
        !inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("its API key").enabled
    );
}

pub(super) async fn several_new_keys_get_numbered_names(account: &TestAccount) {
    let mut names: Vec<_> = account
        .create_keys(&account.siloed_plan, "web", 3)
        .await
        .into_iter()
        .map(|tenant_key| tenant_key.name)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["web-1", "web-2", "web-3"]);
    assert_eq!(account.inventory().await.members(&account.siloed_plan).map(<[_]>::len), 3.into());
    account.assert_consistent().await;
}

pub(super) async fn an_edit_changes_api_key_and_tenant_key_and_keeps_unknown_attributes(
    account: &TestAccount,
) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    account.add_foreign_attribute(&tenant_key.id).await;
    let edit = Edit {
        name: Some("app".into()),
        description: Some("renamed".into()),
        enabled: Some(false),
        expiry: None,
    };
    let applied =
        account.apply(&Change::Edit { tenant_key: tenant_key.id.clone(), edit }).await.expect("an edit");
    assert_eq!(applied.edited, std::slice::from_ref(&tenant_key.id));
    let inventory = account.inventory().await;
    let edited = inventory.tenant_key(&tenant_key.id).expect("the tenant key");
    assert_eq!((edited.name.as_str(), edited.description.as_str()), ("app", "renamed"));
    assert_eq!(
        (&edited.enabled, edited.revision, &edited.value),
        (&false.into(), account.has_tables().then_some(2), &tenant_key.value)
    );
    let api_key =
        inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("its API key");
    assert_eq!(
        (api_key.name.as_str(), api_key.description.as_str(), api_key.enabled),
        ("app", "renamed", false)
    );
    assert!(account.has_foreign_attribute(&tenant_key.id).await);
}

pub(super) async fn setting_the_marketplace_customer_changes_the_api_key(account: &TestAccount) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let set = |customer: &str| Change::SetCustomer {
        tenant_key: tenant_key.id.clone(),
        customer: customer.to_owned(),
    };
    account.apply(&set("cust-1")).await.expect("it is set");
    let inventory = account.inventory().await;
    let customer = |inventory: &Inventory| {
        inventory
            .api_key(&tenant_key.require_api_key().expect("known"))
            .key()
            .and_then(|key| key.customer_id.clone())
    };
    assert_eq!(customer(&inventory).as_deref(), Some("cust-1"));
    assert!(account.apply(&set("cust-1")).await.is_err(), "no change");
    account.apply(&set("")).await.expect("the customer is removed");
    assert_eq!(customer(&account.inventory().await), None);
}

pub(super) async fn editing_a_tenant_key_that_changed_meanwhile_is_refused(account: &TestAccount) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let before = account.inventory().await;
    let change = |edit| Change::Edit { tenant_key: tenant_key.id.clone(), edit };
    let theirs = Edit { name: Some("theirs".into()), enabled: Some(false), ..Edit::default() };
    account.apply(&change(theirs)).await.expect("the first edit");
    let ours = Edit {
        name: Some("ours".into()),
        description: Some("ours".into()),
        enabled: Some(false),
        expiry: None,
    };
    let second = ops::apply(&account.aws, &before, &change(ours), &silent_run()).await;
    assert_eq!(second.err(), Some(Failure::Changed(format!("tenant key {}", tenant_key.id))));
    let inventory = account.inventory().await;
    let edited = inventory.tenant_key(&tenant_key.id).expect("the tenant key");
    assert_eq!(
        (edited.name.as_str(), edited.description.as_str(), &edited.enabled),
        ("theirs", "for tests", &false.into())
    );
    let api_key =
        inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("its API key");
    assert_eq!(
        (api_key.name.as_str(), api_key.description.as_str(), api_key.enabled),
        ("theirs", "for tests", false),
        "the disabled key stays disabled"
    );
}

pub(super) async fn editing_a_tenant_key_without_revision_sets_revision_one(account: &TestAccount) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let mut item = account.get_item(KEYS_TABLE, tenant_key.id.as_str()).await.expect("the item");
    item.remove("revision");
    account.put_item(KEYS_TABLE, item).await;
    let edit = Edit { description: Some("by keypool".into()), ..Edit::default() };
    account.apply(&Change::Edit { tenant_key: tenant_key.id.clone(), edit }).await.expect("an edit");
    assert_eq!(
        account.inventory().await.tenant_key(&tenant_key.id).and_then(|tenant_key| tenant_key.revision),
        Some(1)
    );
}

pub(super) async fn deleting_a_siloed_key_removes_api_key_and_tenant_key(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.siloed_plan, "web", 2).await;
    let ids: Vec<TenantKeyId> = tenant_keys.iter().map(|tenant_key| tenant_key.id.clone()).collect();
    let applied = account.apply(&Change::Delete(ids.clone())).await.expect("they are deleted");
    assert_eq!(applied.deleted, ids);
    let inventory = account.inventory().await;
    assert!(account.created_keys(&inventory).is_empty());
    assert_eq!(inventory.api_keys().value_to_show().expect("a list").len(), 2, "only the pool keys remain");
    let members = if account.behaves_like_aws("cascade") { 0 } else { 2 };
    assert_eq!(inventory.members(&account.siloed_plan).map(<[_]>::len), members.into());
}

pub(super) async fn a_tenant_key_whose_api_key_is_already_gone_can_be_deleted(account: &TestAccount) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let before = account.inventory().await;
    account
        .gateway
        .delete_api_key()
        .api_key(tenant_key.id.as_str())
        .send()
        .await
        .expect("another writer deletes the API key");
    let delete = Change::Delete(vec![tenant_key.id.clone()]);
    ops::apply(&account.aws, &before, &delete, &silent_run()).await.expect("the tenant key is deleted");
    assert!(account.created_keys(&account.inventory().await).is_empty());
}

pub(super) async fn values_stay_out_of_the_table_with_store_values_off(account: &TestAccount) {
    let target = Target { store_values: false, ..target(&account.endpoint) };
    let aws = Aws::connect(&target).await.expect("a connection");
    let inventory = account.inventory().await;
    for plan in [&account.siloed_plan, &account.pooled_plan] {
        let applied =
            ops::apply(&aws, &inventory, &create_change(plan, "web", 1), &silent_run()).await.expect("a key");
        let id = &applied.created[0];
        assert!(!account.get_item(KEYS_TABLE, id.as_str()).await.expect("the item").contains_key("value"));
        let inventory = account.inventory().await;
        let secret = ops::read_key_value(&aws, &inventory, id).await.expect("its value");
        let api_key = inventory.tenant_key(id).expect("the tenant key").require_api_key().expect("known");
        assert_eq!(Some(secret.expose()), account.api_key(&api_key).await.expect("its API key").value());
    }
}
