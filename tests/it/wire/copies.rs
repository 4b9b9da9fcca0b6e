//! An API key that opens three services: whatever takes its place opens them too, for the same customer.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::{Mend, OtherPlans};
use keypool_domain::{ApiKeyId, Change, Known, Refusal, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::stage::{Backend, KEYS, Stage};
use super::support::unwatched;

const ALL_OPEN: [u16; 3] = [200, 200, 200];

async fn staged() -> (LocalAws, Stage) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// A siloed tenant key whose API key opens three services.
async fn with_services(stage: &Stage) -> TenantKey {
    let key = stage.one(&stage.siloed, "web").await;
    stage.services(&[&sent(&key)]).await;
    stage.dress(&sent(&key)).await;
    assert_eq!(stage.answers(&sent(&key)).await, ALL_OPEN);
    key
}

/// The API key that a tenant key sends.
fn sent(key: &TenantKey) -> ApiKeyId {
    key.require_api_key().expect("known")
}

fn rotate(key: &TenantKey) -> Change {
    Change::Rotate { rows: vec![key.id.clone()], grace: 0 }
}

/// Whether an API key is its former owner's in all that keypool does not write.
async fn is_dressed(stage: &Stage, key: &ApiKeyId) {
    let key = stage.api_key(key).await.expect("the API key");
    assert_eq!((key.customer_id(), key.description()), (Some("cust-1"), Some("theirs")));
    let tags = key.tags().expect("tags");
    assert_eq!(
        (tags.get("team").map(String::as_str), tags.get("cost").map(String::as_str)),
        (Some("blue"), Some("42"))
    );
}

/// Disables an API key without keypool.
async fn disable(stage: &Stage, key: &ApiKeyId) {
    let off = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
    let patch = stage.gateway.update_api_key().api_key(key.as_str()).patch_operations(off);
    patch.send().await.expect("it is disabled");
}

async fn moved(stage: &Stage, change: &Change) -> ApiKeyId {
    let applied = stage.apply(change).await.expect("it is done");
    let seen = stage.inventory().await;
    sent(seen.row(&applied.moved[0]).expect("the tenant key where it is now"))
}

#[tokio::test]
async fn a_rotated_key_opens_every_service_for_the_same_customer() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let new = moved(&stage, &rotate(&key)).await;
    assert_ne!(new, sent(&key));
    assert_eq!(stage.answers(&new).await, ALL_OPEN);
    is_dressed(&stage, &new).await;
    let tags = stage.api_key(&new).await.and_then(|key| key.tags).expect("tags");
    assert_eq!(tags["keypool:replaces"], key.id.as_str());
    assert!(!tags.contains_key("keypool:retires-at"), "keypool's own tags are not copied");
}

#[tokio::test]
async fn a_tag_that_a_list_leaves_out_is_copied_all_the_same() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let listed = stage.inventory().await;
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", key.id);
    let tag = stage.gateway.tag_resource().resource_arn(arn).tags("later", "yes").send().await;
    tag.expect("a tag that the reading does not know");
    let applied = ops::apply(&stage.aws, &listed, &rotate(&key), &unwatched()).await.expect("it is rotated");
    let new = stage.api_key(&applied.moved[0].as_str().into()).await.expect("the new API key");
    assert_eq!(new.tags.expect("tags")["later"], "yes");
}

#[tokio::test]
async fn a_disabled_key_rotates_to_a_disabled_one_and_is_not_waited_for() {
    let (local, stage) = staged().await;
    let key = with_services(&stage).await;
    disable(&stage, &sent(&key)).await;
    local.calls().clear();
    let new = moved(&stage, &rotate(&key)).await;
    assert_eq!(
        stage.api_key(&new).await.map(|key| key.enabled()),
        Some(false),
        "its tenant key says enabled"
    );
    assert_eq!(local.calls().count("Invoke"), 0, "a key that opens nothing is not waited for");
    is_dressed(&stage, &new).await;
}

#[tokio::test]
async fn a_rotated_pool_key_opens_every_service_for_its_tenants() {
    let (_local, stage) = staged().await;
    let tenant = stage.one(&stage.sharded, "web").await;
    stage.services(&[&sent(&tenant)]).await;
    stage.dress(&sent(&tenant)).await;
    let new = moved(&stage, &Change::RotatePoolKey { api_key: sent(&tenant), grace: 0 }).await;
    assert_eq!(stage.answers(&new).await, ALL_OPEN);
    is_dressed(&stage, &new).await;
}

#[tokio::test]
async fn a_disabled_pool_key_is_replaced_by_one_that_works() {
    let (_local, stage) = staged().await;
    let tenant = stage.one(&stage.sharded, "web").await;
    stage.services(&[&sent(&tenant)]).await;
    disable(&stage, &sent(&tenant)).await;
    let new = moved(&stage, &Change::Mend(Mend::ReplaceDisabled(sent(&tenant)))).await;
    assert_eq!(stage.answers(&new).await, ALL_OPEN);
}

#[tokio::test]
async fn an_isolated_tenant_keeps_every_service_and_takes_nothing_else() {
    let (_local, stage) = staged().await;
    let tenant = stage.one(&stage.sharded, "web").await;
    stage.services(&[&sent(&tenant)]).await;
    stage.dress(&sent(&tenant)).await;
    let own = moved(&stage, &Change::Isolate(vec![tenant.id.clone()])).await;
    assert_eq!(stage.answers(&own).await, ALL_OPEN);
    let own = stage.api_key(&own).await.expect("its API key");
    assert_eq!((own.customer_id(), own.description()), (None, Some("for tests")));
    let tags = own.tags().expect("tags");
    assert_eq!((tags["ownerId"].as_str(), tags.get("team")), ("acme", None));
}

#[tokio::test]
async fn a_restored_key_is_what_it_was() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let value = ops::secret(&stage.aws, &stage.inventory().await, &key.id).await.expect("its value");
    let applied = stage.apply(&Change::Delete(vec![key.id.clone()])).await.expect("it is deleted");
    let [(row, former)] = &applied.former[..] else { panic!("{:?}", applied.former) };
    assert_eq!((row, former.plans.len(), former.enabled), (&key.id, 3, true));
    let restore = Change::restore(key.clone(), value.clone(), former.clone());
    let applied = stage.apply(&restore).await.expect("it is back");
    let back = ApiKeyId::new(applied.created[0].as_str());
    assert_eq!(stage.answers(&back).await, ALL_OPEN);
    is_dressed(&stage, &back).await;
    assert_eq!(stage.api_key(&back).await.and_then(|key| key.value).as_deref(), Some(value.expose()));
}

#[tokio::test]
async fn a_key_whose_plans_or_state_changed_since_they_were_shown_is_not_copied() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let shown = stage.inventory().await;
    let extra = stage.service("Extra").await;
    stage.attach(&extra, &sent(&key)).await;
    let keys = shown.listed_api_keys().len();
    let refused = ops::apply(&stage.aws, &shown, &rotate(&key), &unwatched()).await;
    let list = format!("the list of usage plans of API key {}", key.id);
    assert_eq!(refused, Err(Failure::Changed(list)));
    let seen = stage.inventory().await;
    assert_eq!(seen.listed_api_keys().len(), keys, "nothing was made");
    let tenant = stage.one(&stage.sharded, "shared").await;
    let shown = stage.inventory().await;
    stage.attach(&extra, &sent(&tenant)).await;
    let isolate = Change::Isolate(vec![tenant.id.clone()]);
    let refused = ops::apply(&stage.aws, &shown, &isolate, &unwatched()).await;
    assert!(matches!(refused, Err(Failure::Changed(_))), "{refused:?}");
}

#[tokio::test]
async fn a_change_of_plan_names_the_other_plans_and_leaves_or_keeps_them_as_it_is_told() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let other = stage.another_plan("Other").await;
    let to = |others| Change::ChangePlan { rows: vec![key.id.clone()], plan: other.clone(), others };
    let refused = stage.apply(&to(OtherPlans::Refuse)).await.expect_err("it would lose two services");
    let text = refused.to_string();
    assert!(text.contains("Maps") && text.contains("Mail") && text.contains("--leave-other-plans"), "{text}");
    assert_eq!(stage.answers(&sent(&key)).await, ALL_OPEN, "nothing was written");
    stage.apply(&to(OtherPlans::Keep)).await.expect("it is moved");
    assert_eq!(stage.answers(&sent(&key)).await, ALL_OPEN);
    let back = Change::ChangePlan {
        rows: vec![key.id.clone()],
        plan: stage.siloed.clone(),
        others: OtherPlans::Leave,
    };
    stage.apply(&back).await.expect("it is moved, and leaves the others");
    assert_eq!(stage.answers(&sent(&key)).await, [200, 403, 403]);
}

#[tokio::test]
async fn a_move_that_leaves_plans_and_is_cut_has_left_none() {
    let (local, stage) = staged().await;
    let key = with_services(&stage).await;
    let other = stage.another_plan("Other").await;
    let rows = vec![key.id.clone()];
    let change = Change::ChangePlan { rows, plan: other, others: OtherPlans::Leave };
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("CreateUsagePlanKey", denied));
    stage.apply(&change).await.expect_err("it cannot join the plan");
    assert_eq!(stage.answers(&sent(&key)).await, ALL_OPEN);
}

#[tokio::test]
async fn a_move_that_another_membership_forbids_is_refused_in_the_words_of_aws() {
    let (_local, stage) = staged().await;
    let key = stage.one(&stage.siloed, "web").await;
    let (maps, again) = (stage.service("Maps").await, stage.service("Mail").await);
    let api = stage.inventory().await.plan(&maps).expect("the plan").stages[0].clone();
    let too = PatchOperation::builder().op(Op::Add).path("/apiStages").value(api.to_string()).build();
    let link = stage.gateway.update_usage_plan().usage_plan_id(again.as_str());
    link.patch_operations(too).send().await.expect("it covers the stage too");
    stage.attach(&maps, &sent(&key)).await;
    let rows = vec![key.id.clone()];
    let to = Change::ChangePlan { rows, plan: again.clone(), others: OtherPlans::Keep };
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
async fn a_key_goes_into_a_pool_that_covers_less_only_where_it_says_so() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let to = |others| Change::ChangePlan { rows: vec![key.id.clone()], plan: stage.sharded.clone(), others };
    for others in [OtherPlans::Refuse, OtherPlans::Keep] {
        let refused = stage.apply(&to(others)).await.expect_err("it would lose two services");
        assert!(refused.to_string().contains("the pool of Sharded does not cover"), "{refused}");
    }
    assert_eq!(stage.answers(&sent(&key)).await, ALL_OPEN);
    let shared = moved(&stage, &to(OtherPlans::Leave)).await;
    assert_eq!(stage.answers(&shared).await, [200, 403, 403]);
}

#[tokio::test]
async fn what_a_tenant_key_says_decides_nothing_about_its_copy() {
    let (_local, stage) = staged().await;
    let key = with_services(&stage).await;
    let mut item = stage.item(KEYS, key.id.as_str()).await.expect("the tenant key");
    item.remove("enabled");
    item.insert("planId".to_owned(), super::stage::s(stage.sharded.as_str()));
    stage.put(KEYS, item).await;
    let seen = stage.inventory().await;
    assert!(matches!(seen.row(&key.id).expect("it is read").enabled, Known::Unknown(_)));
    let new = moved(&stage, &rotate(&key)).await;
    assert_eq!(stage.answers(&new).await, ALL_OPEN);
}
