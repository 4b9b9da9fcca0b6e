//! An API key that opens three services: whatever takes its place opens them too, for the same customer.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::{Fix, OtherPlans};
use keypool_domain::{ApiKeyId, Change, Known, Refusal, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::plain_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount};

const ALL_OK: [u16; 3] = [200, 200, 200];

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// A siloed tenant key whose API key opens three services.
async fn create_key_with_services(stage: &TestAccount) -> TenantKey {
    let key = stage.create_key(&stage.siloed_plan, "web").await;
    stage.create_services(&[&api_key_of(&key)]).await;
    stage.set_foreign_attributes(&api_key_of(&key)).await;
    assert_eq!(stage.call_services(&api_key_of(&key)).await, ALL_OK);
    key
}

/// The API key that a tenant key sends.
fn api_key_of(key: &TenantKey) -> ApiKeyId {
    key.require_api_key().expect("known")
}

fn rotate_change(key: &TenantKey) -> Change {
    Change::Rotate { tenant_keys: vec![key.id.clone()], grace: 0 }
}

/// Whether an API key is its former owner's in all that keypool does not write.
async fn assert_foreign_attributes(stage: &TestAccount, key: &ApiKeyId) {
    let key = stage.api_key(key).await.expect("the API key");
    assert_eq!((key.customer_id(), key.description()), (Some("cust-1"), Some("theirs")));
    let tags = key.tags().expect("tags");
    assert_eq!(
        (tags.get("team").map(String::as_str), tags.get("cost").map(String::as_str)),
        (Some("blue"), Some("42"))
    );
}

/// Disables an API key without keypool.
async fn disable_api_key(stage: &TestAccount, key: &ApiKeyId) {
    let off = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
    let patch = stage.gateway.update_api_key().api_key(key.as_str()).patch_operations(off);
    patch.send().await.expect("it is disabled");
}

async fn apply_and_get_api_key(stage: &TestAccount, change: &Change) -> ApiKeyId {
    let applied = stage.apply(change).await.expect("it is done");
    let seen = stage.inventory().await;
    api_key_of(seen.tenant_key(&applied.moved[0]).expect("the tenant key where it is now"))
}

#[tokio::test]
async fn rotation_copies_plans_customer_and_tags() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let new = apply_and_get_api_key(&stage, &rotate_change(&key)).await;
    assert_ne!(new, api_key_of(&key));
    assert_eq!(stage.call_services(&new).await, ALL_OK);
    assert_foreign_attributes(&stage, &new).await;
    let tags = stage.api_key(&new).await.and_then(|key| key.tags).expect("tags");
    assert_eq!(tags["keypool:replaces"], key.id.as_str());
    assert!(!tags.contains_key("keypool:retires-at"), "keypool's own tags are not copied");
}

#[tokio::test]
async fn tags_missing_from_the_list_are_copied() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let listed = stage.inventory().await;
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", key.id);
    let tag = stage.gateway.tag_resource().resource_arn(arn).tags("later", "yes").send().await;
    tag.expect("a tag that the reading does not know");
    let applied =
        ops::apply(&stage.aws, &listed, &rotate_change(&key), &plain_run()).await.expect("it is rotated");
    let new = stage.api_key(&applied.moved[0].as_str().into()).await.expect("the new API key");
    assert_eq!(new.tags.expect("tags")["later"], "yes");
}

#[tokio::test]
async fn rotating_a_disabled_key_makes_a_disabled_key_without_waiting() {
    let (local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    disable_api_key(&stage, &api_key_of(&key)).await;
    local.calls().clear();
    let new = apply_and_get_api_key(&stage, &rotate_change(&key)).await;
    assert_eq!(
        stage.api_key(&new).await.map(|key| key.enabled()),
        Some(false),
        "its tenant key says enabled"
    );
    assert_eq!(local.calls().count("Invoke"), 0, "a key that opens nothing is not waited for");
    assert_foreign_attributes(&stage, &new).await;
}

#[tokio::test]
async fn pool_key_rotation_copies_plans_customer_and_tags() {
    let (_local, stage) = start_account().await;
    let tenant = stage.create_key(&stage.sharded_plan, "web").await;
    stage.create_services(&[&api_key_of(&tenant)]).await;
    stage.set_foreign_attributes(&api_key_of(&tenant)).await;
    let new =
        apply_and_get_api_key(&stage, &Change::RotatePoolKey { api_key: api_key_of(&tenant), grace: 0 })
            .await;
    assert_eq!(stage.call_services(&new).await, ALL_OK);
    assert_foreign_attributes(&stage, &new).await;
}

#[tokio::test]
async fn a_disabled_pool_key_is_replaced_by_a_working_one() {
    let (_local, stage) = start_account().await;
    let tenant = stage.create_key(&stage.sharded_plan, "web").await;
    stage.create_services(&[&api_key_of(&tenant)]).await;
    disable_api_key(&stage, &api_key_of(&tenant)).await;
    let new = apply_and_get_api_key(&stage, &Change::Fix(Fix::ReplaceDisabled(api_key_of(&tenant)))).await;
    assert_eq!(stage.call_services(&new).await, ALL_OK);
}

#[tokio::test]
async fn isolate_copies_plans_but_not_customer_and_tags() {
    let (_local, stage) = start_account().await;
    let tenant = stage.create_key(&stage.sharded_plan, "web").await;
    stage.create_services(&[&api_key_of(&tenant)]).await;
    stage.set_foreign_attributes(&api_key_of(&tenant)).await;
    let own = apply_and_get_api_key(&stage, &Change::Isolate(vec![tenant.id.clone()])).await;
    assert_eq!(stage.call_services(&own).await, ALL_OK);
    let own = stage.api_key(&own).await.expect("its API key");
    assert_eq!((own.customer_id(), own.description()), (None, Some("for tests")));
    let tags = own.tags().expect("tags");
    assert_eq!((tags["ownerId"].as_str(), tags.get("team")), ("acme", None));
}

#[tokio::test]
async fn restore_brings_back_plans_customer_tags_and_value() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let value = ops::read_key_value(&stage.aws, &stage.inventory().await, &key.id).await.expect("its value");
    let applied = stage.apply(&Change::Delete(vec![key.id.clone()])).await.expect("it is deleted");
    let [(row, former)] = &applied.former[..] else { panic!("{:?}", applied.former) };
    assert_eq!((row, former.plans.len(), former.enabled), (&key.id, 3, true));
    let restore = Change::restore(key.clone(), value.clone(), former.clone());
    let applied = stage.apply(&restore).await.expect("it is back");
    let back = ApiKeyId::new(applied.created[0].as_str());
    assert_eq!(stage.call_services(&back).await, ALL_OK);
    assert_foreign_attributes(&stage, &back).await;
    assert_eq!(stage.api_key(&back).await.and_then(|key| key.value).as_deref(), Some(value.expose()));
}

#[tokio::test]
async fn rotate_and_isolate_are_refused_if_the_plans_of_the_key_changed() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let shown = stage.inventory().await;
    let extra = stage.create_service("Extra").await;
    stage.attach_key(&extra, &api_key_of(&key)).await;
    let keys = shown.listed_api_keys().len();
    let refused = ops::apply(&stage.aws, &shown, &rotate_change(&key), &plain_run()).await;
    let list = format!("the list of usage plans of API key {}", key.id);
    assert_eq!(refused, Err(Failure::Changed(list)));
    let seen = stage.inventory().await;
    assert_eq!(seen.listed_api_keys().len(), keys, "nothing was made");
    let tenant = stage.create_key(&stage.sharded_plan, "shared").await;
    let shown = stage.inventory().await;
    stage.attach_key(&extra, &api_key_of(&tenant)).await;
    let isolate = Change::Isolate(vec![tenant.id.clone()]);
    let refused = ops::apply(&stage.aws, &shown, &isolate, &plain_run()).await;
    assert!(matches!(refused, Err(Failure::Changed(_))), "{refused:?}");
}

#[tokio::test]
async fn change_plan_names_other_plans_and_keeps_or_leaves_them_as_requested() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let other = stage.create_plan("Other").await;
    let to = |others| Change::ChangePlan { tenant_keys: vec![key.id.clone()], plan: other.clone(), others };
    let refused = stage.apply(&to(OtherPlans::Refuse)).await.expect_err("it would lose two services");
    let text = refused.to_string();
    assert!(text.contains("Maps") && text.contains("Mail") && text.contains("--leave-other-plans"), "{text}");
    assert_eq!(stage.call_services(&api_key_of(&key)).await, ALL_OK, "nothing was written");
    stage.apply(&to(OtherPlans::Keep)).await.expect("it is moved");
    assert_eq!(stage.call_services(&api_key_of(&key)).await, ALL_OK);
    let back = Change::ChangePlan {
        tenant_keys: vec![key.id.clone()],
        plan: stage.siloed_plan.clone(),
        others: OtherPlans::Leave,
    };
    stage.apply(&back).await.expect("it is moved, and leaves the others");
    assert_eq!(stage.call_services(&api_key_of(&key)).await, [200, 403, 403]);
}

#[tokio::test]
async fn a_failed_change_plan_keeps_all_plans() {
    let (local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let other = stage.create_plan("Other").await;
    let rows = vec![key.id.clone()];
    let change = Change::ChangePlan { tenant_keys: rows, plan: other, others: OtherPlans::Leave };
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("CreateUsagePlanKey", denied));
    stage.apply(&change).await.expect_err("it cannot join the plan");
    assert_eq!(stage.call_services(&api_key_of(&key)).await, ALL_OK);
}

#[tokio::test]
async fn a_stage_conflict_is_refused_with_the_message_of_aws() {
    let (_local, stage) = start_account().await;
    let key = stage.create_key(&stage.siloed_plan, "web").await;
    let (maps, again) = (stage.create_service("Maps").await, stage.create_service("Mail").await);
    let api = stage.inventory().await.plan(&maps).expect("the plan").stages[0].clone();
    let too = PatchOperation::builder().op(Op::Add).path("/apiStages").value(api.to_string()).build();
    let link = stage.gateway.update_usage_plan().usage_plan_id(again.as_str());
    link.patch_operations(too).send().await.expect("it covers the stage too");
    stage.attach_key(&maps, &api_key_of(&key)).await;
    let rows = vec![key.id.clone()];
    let to = Change::ChangePlan { tenant_keys: rows, plan: again.clone(), others: OtherPlans::Keep };
    let refused = stage.apply(&to).await.expect_err("AWS would refuse it");
    let words = format!(
        "Usage Plan ID {again} cannot be added because API Key {} cannot reference multiple Usage Plans with the same \
         API Stage",
        key.id
    );
    assert!(matches!(refused, Failure::Refused(Refusal::OtherPlans(_))), "{refused:?}");
    assert!(refused.to_string().starts_with(&words), "{refused}");
    let attach = stage.gateway.create_usage_plan_key().usage_plan_id(again.as_str());
    let answered = attach.key_id(key.id.as_str()).key_type("API_KEY").send().await.expect_err("a conflict");
    let answered = answered.as_service_error().expect("an answer");
    assert!(answered.is_conflict_exception());
    assert_eq!(answered.meta().message(), Some(words.as_str()));
}

#[tokio::test]
async fn moving_to_a_pool_in_fewer_plans_requires_leave_other_plans() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let to = |others| Change::ChangePlan {
        tenant_keys: vec![key.id.clone()],
        plan: stage.sharded_plan.clone(),
        others,
    };
    for others in [OtherPlans::Refuse, OtherPlans::Keep] {
        let refused = stage.apply(&to(others)).await.expect_err("it would lose two services");
        assert!(refused.to_string().contains("the pool of Sharded does not cover"), "{refused}");
    }
    assert_eq!(stage.call_services(&api_key_of(&key)).await, ALL_OK);
    let shared = apply_and_get_api_key(&stage, &to(OtherPlans::Leave)).await;
    assert_eq!(stage.call_services(&shared).await, [200, 403, 403]);
}

#[tokio::test]
async fn a_copy_follows_the_api_key_not_the_tenant_key() {
    let (_local, stage) = start_account().await;
    let key = create_key_with_services(&stage).await;
    let mut item = stage.get_item(KEYS_TABLE, key.id.as_str()).await.expect("the tenant key");
    item.remove("enabled");
    item.insert("planId".to_owned(), super::test_account::s(stage.sharded_plan.as_str()));
    stage.put_item(KEYS_TABLE, item).await;
    let seen = stage.inventory().await;
    assert!(matches!(seen.tenant_key(&key.id).expect("it is read").enabled, Known::Unknown(_)));
    let new = apply_and_get_api_key(&stage, &rotate_change(&key)).await;
    assert_eq!(stage.call_services(&new).await, ALL_OK);
}
