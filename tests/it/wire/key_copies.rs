//! Copies of an API key that is in the plans of three services: plans, customer and tags are copied.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::{Fix, OtherPlans};
use keypool_domain::{ApiKeyId, Change, Known, Refusal, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::silent_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount};

const ALL_OK: [u16; 3] = [200, 200, 200];

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

/// Creates a siloed tenant key whose API key is in the plans of three services.
async fn create_key_with_services(account: &TestAccount) -> TenantKey {
    let key = account.create_key(&account.siloed_plan, "web").await;
    account.create_services(&[&api_key_of(&key)]).await;
    account.set_foreign_attributes(&api_key_of(&key)).await;
    assert_eq!(account.call_services(&api_key_of(&key)).await, ALL_OK);
    key
}

fn api_key_of(key: &TenantKey) -> ApiKeyId {
    key.require_api_key().expect("known")
}

fn rotate_change(key: &TenantKey) -> Change {
    Change::Rotate { tenant_keys: vec![key.id.clone()], grace: 0 }
}

/// Asserts that the API key has the attributes set by `set_foreign_attributes`.
async fn assert_foreign_attributes(account: &TestAccount, key: &ApiKeyId) {
    let key = account.api_key(key).await.expect("the API key");
    assert_eq!((key.customer_id(), key.description()), (Some("cust-1"), Some("theirs")));
    let tags = key.tags().expect("tags");
    assert_eq!(
        (tags.get("team").map(String::as_str), tags.get("cost").map(String::as_str)),
        (Some("blue"), Some("42"))
    );
}

/// Disables an API key through API Gateway alone.
async fn disable_api_key(account: &TestAccount, key: &ApiKeyId) {
    let disable = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
    let patch = account.gateway.update_api_key().api_key(key.as_str()).patch_operations(disable);
    patch.send().await.expect("it is disabled");
}

async fn apply_and_get_api_key(account: &TestAccount, change: &Change) -> ApiKeyId {
    let applied = account.apply(change).await.expect("the change");
    let inventory = account.inventory().await;
    api_key_of(inventory.tenant_key(&applied.moved[0]).expect("the moved tenant key"))
}

#[tokio::test]
async fn rotation_copies_plans_customer_and_tags() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let new = apply_and_get_api_key(&account, &rotate_change(&key)).await;
    assert_ne!(new, api_key_of(&key));
    assert_eq!(account.call_services(&new).await, ALL_OK);
    assert_foreign_attributes(&account, &new).await;
    let tags = account.api_key(&new).await.and_then(|key| key.tags).expect("tags");
    assert_eq!(tags["keypool:replaces"], key.id.as_str());
    assert!(!tags.contains_key("keypool:retires-at"), "keypool's own tags are not copied");
}

#[tokio::test]
async fn tags_missing_from_the_list_are_copied() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let inventory = account.inventory().await;
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", key.id);
    let tag = account.gateway.tag_resource().resource_arn(arn).tags("later", "yes").send().await;
    tag.expect("a tag set after the inventory was read");
    let applied = ops::apply(&account.aws, &inventory, &rotate_change(&key), &silent_run())
        .await
        .expect("it is rotated");
    let new = account.api_key(&applied.moved[0].as_str().into()).await.expect("the new API key");
    assert_eq!(new.tags.expect("tags")["later"], "yes");
}

#[tokio::test]
async fn rotating_a_disabled_key_makes_a_disabled_key_without_waiting() {
    let (local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    disable_api_key(&account, &api_key_of(&key)).await;
    local.calls().clear();
    let new = apply_and_get_api_key(&account, &rotate_change(&key)).await;
    assert_eq!(
        account.api_key(&new).await.map(|key| key.enabled()),
        Some(false),
        "disabled like the old one, though the tenant key is enabled"
    );
    assert_eq!(local.calls().count("Invoke"), 0, "a disabled key is not called");
    assert_foreign_attributes(&account, &new).await;
}

#[tokio::test]
async fn pool_key_rotation_copies_plans_customer_and_tags() {
    let (_local, account) = start_account().await;
    let pooled = account.create_key(&account.pooled_plan, "web").await;
    account.create_services(&[&api_key_of(&pooled)]).await;
    account.set_foreign_attributes(&api_key_of(&pooled)).await;
    let new =
        apply_and_get_api_key(&account, &Change::RotatePoolKey { api_key: api_key_of(&pooled), grace: 0 })
            .await;
    assert_eq!(account.call_services(&new).await, ALL_OK);
    assert_foreign_attributes(&account, &new).await;
}

#[tokio::test]
async fn a_disabled_pool_key_is_replaced_by_a_working_one() {
    let (_local, account) = start_account().await;
    let pooled = account.create_key(&account.pooled_plan, "web").await;
    account.create_services(&[&api_key_of(&pooled)]).await;
    disable_api_key(&account, &api_key_of(&pooled)).await;
    let new = apply_and_get_api_key(&account, &Change::Fix(Fix::ReplaceDisabled(api_key_of(&pooled)))).await;
    assert_eq!(account.call_services(&new).await, ALL_OK);
}

#[tokio::test]
async fn isolate_copies_plans_but_not_customer_and_tags() {
    let (_local, account) = start_account().await;
    let pooled = account.create_key(&account.pooled_plan, "web").await;
    account.create_services(&[&api_key_of(&pooled)]).await;
    account.set_foreign_attributes(&api_key_of(&pooled)).await;
    let new = apply_and_get_api_key(&account, &Change::Isolate(vec![pooled.id.clone()])).await;
    assert_eq!(account.call_services(&new).await, ALL_OK);
    let new = account.api_key(&new).await.expect("its API key");
    assert_eq!((new.customer_id(), new.description()), (None, Some("for tests")));
    let tags = new.tags().expect("tags");
    assert_eq!((tags["ownerId"].as_str(), tags.get("team")), ("acme", None));
}

#[tokio::test]
async fn restore_brings_back_plans_customer_tags_and_value() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let value =
        ops::read_key_value(&account.aws, &account.inventory().await, &key.id).await.expect("its value");
    let applied = account.apply(&Change::Delete(vec![key.id.clone()])).await.expect("it is deleted");
    let [(tenant_key, former)] = &applied.former_keys[..] else { panic!("{:?}", applied.former_keys) };
    assert_eq!((tenant_key, former.plans.len(), former.enabled), (&key.id, 3, true));
    let restore = Change::restore(key.clone(), value.clone(), former.clone());
    let applied = account.apply(&restore).await.expect("it is restored");
    let restored = ApiKeyId::new(applied.created[0].as_str());
    assert_eq!(account.call_services(&restored).await, ALL_OK);
    assert_foreign_attributes(&account, &restored).await;
    assert_eq!(account.api_key(&restored).await.and_then(|key| key.value).as_deref(), Some(value.expose()));
}

#[tokio::test]
async fn rotate_and_isolate_are_refused_if_the_plans_of_the_key_changed() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let inventory = account.inventory().await;
    let extra = account.create_service("Extra").await;
    account.attach_key(&extra, &api_key_of(&key)).await;
    let key_count = inventory.listed_api_keys().len();
    let refused = ops::apply(&account.aws, &inventory, &rotate_change(&key), &silent_run()).await;
    let list = format!("the list of usage plans of API key {}", key.id);
    assert_eq!(refused, Err(Failure::Changed(list)));
    let inventory = account.inventory().await;
    assert_eq!(inventory.listed_api_keys().len(), key_count, "no API key was created");
    let pooled = account.create_key(&account.pooled_plan, "shared").await;
    let inventory = account.inventory().await;
    account.attach_key(&extra, &api_key_of(&pooled)).await;
    let isolate = Change::Isolate(vec![pooled.id.clone()]);
    let refused = ops::apply(&account.aws, &inventory, &isolate, &silent_run()).await;
    assert!(matches!(refused, Err(Failure::Changed(_))), "{refused:?}");
}

#[tokio::test]
async fn change_plan_names_other_plans_and_keeps_or_leaves_them_as_requested() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let other = account.create_plan("Other").await;
    let change_plan = |other_plans| Change::ChangePlan {
        tenant_keys: vec![key.id.clone()],
        plan: other.clone(),
        other_plans,
    };
    let refused = account.apply(&change_plan(OtherPlans::Refuse)).await.expect_err("two plans would be lost");
    let text = refused.to_string();
    assert!(text.contains("Maps") && text.contains("Mail") && text.contains("--leave-other-plans"), "{text}");
    assert_eq!(account.call_services(&api_key_of(&key)).await, ALL_OK, "nothing was written");
    account.apply(&change_plan(OtherPlans::Keep)).await.expect("it is moved");
    assert_eq!(account.call_services(&api_key_of(&key)).await, ALL_OK);
    let back = Change::ChangePlan {
        tenant_keys: vec![key.id.clone()],
        plan: account.siloed_plan.clone(),
        other_plans: OtherPlans::Leave,
    };
    account.apply(&back).await.expect("it is moved and leaves the other plans");
    assert_eq!(account.call_services(&api_key_of(&key)).await, [200, 403, 403]);
}

#[tokio::test]
async fn a_failed_change_plan_keeps_all_plans() {
    let (local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let other = account.create_plan("Other").await;
    let tenant_keys = vec![key.id.clone()];
    let change = Change::ChangePlan { tenant_keys, plan: other, other_plans: OtherPlans::Leave };
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("CreateUsagePlanKey", denied));
    account.apply(&change).await.expect_err("it cannot join the plan");
    assert_eq!(account.call_services(&api_key_of(&key)).await, ALL_OK);
}

#[tokio::test]
async fn a_stage_conflict_is_refused_with_the_message_of_aws() {
    let (_local, account) = start_account().await;
    let key = account.create_key(&account.siloed_plan, "web").await;
    let (maps, mail) = (account.create_service("Maps").await, account.create_service("Mail").await);
    let stage = account.inventory().await.plan(&maps).expect("the plan").stages[0].clone();
    let add_stage = PatchOperation::builder().op(Op::Add).path("/apiStages").value(stage.to_string()).build();
    let link = account.gateway.update_usage_plan().usage_plan_id(mail.as_str());
    link.patch_operations(add_stage).send().await.expect("the stage is linked");
    account.attach_key(&maps, &api_key_of(&key)).await;
    let tenant_keys = vec![key.id.clone()];
    let change_plan = Change::ChangePlan { tenant_keys, plan: mail.clone(), other_plans: OtherPlans::Keep };
    let refused = account.apply(&change_plan).await.expect_err("two plans with the same stage");
    let message = format!(
        "Usage Plan {mail} cannot be added because API Key {} cannot reference multiple Usage Plans with the same \
         API Stage",
        key.id
    );
    assert!(matches!(refused, Failure::Refused(Refusal::OtherPlans(_))), "{refused:?}");
    assert!(refused.to_string().starts_with(&message), "{refused}");
    let attach = account.gateway.create_usage_plan_key().usage_plan_id(mail.as_str());
    let conflict = attach.key_id(key.id.as_str()).key_type("API_KEY").send().await.expect_err("a conflict");
    let conflict = conflict.as_service_error().expect("a response");
    assert!(conflict.is_conflict_exception());
    assert_eq!(conflict.meta().message(), Some(message.as_str()));
}

#[tokio::test]
async fn moving_to_a_pool_in_fewer_plans_requires_leave_other_plans() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let change_plan = |other_plans| Change::ChangePlan {
        tenant_keys: vec![key.id.clone()],
        plan: account.pooled_plan.clone(),
        other_plans,
    };
    for others in [OtherPlans::Refuse, OtherPlans::Keep] {
        let refused = account.apply(&change_plan(others)).await.expect_err("two plans would be lost");
        assert!(refused.to_string().contains("the pool of Sharded does not cover"), "{refused}");
    }
    assert_eq!(account.call_services(&api_key_of(&key)).await, ALL_OK);
    let shared = apply_and_get_api_key(&account, &change_plan(OtherPlans::Leave)).await;
    assert_eq!(account.call_services(&shared).await, [200, 403, 403]);
}

#[tokio::test]
async fn a_copy_follows_the_api_key_not_the_tenant_key() {
    let (_local, account) = start_account().await;
    let key = create_key_with_services(&account).await;
    let mut item = account.get_item(KEYS_TABLE, key.id.as_str()).await.expect("the tenant key");
    item.remove("enabled");
    item.insert("planId".to_owned(), super::test_account::s(account.pooled_plan.as_str()));
    account.put_item(KEYS_TABLE, item).await;
    let inventory = account.inventory().await;
    assert!(matches!(inventory.tenant_key(&key.id).expect("it is read").enabled, Known::Unknown(_)));
    let new = apply_and_get_api_key(&account, &rotate_change(&key)).await;
    assert_eq!(account.call_services(&new).await, ALL_OK);
}
