//! Keys that get other values, pools and plans; pools that are made, grown, drained and dissolved.

use keypool::aws::Failure;
use keypool::ops::{self, Applied};
use keypool_domain::change::{Balance, Extension, OtherPlans, PlanChange};
use keypool_domain::key::tag;
use keypool_domain::{
    ApiKeyId, Change, Edit, Inventory, Mode, PlanId, PoolAsked, PoolKeyState, Refusal, RowId, Strategy,
    TenantKey,
};

use crate::wire::stage::{CAPACITY, KEYS, Stage, s};
use crate::wire::support::unwatched;

/// Rows behind each key of the pool, in the pool's order.
fn spread(seen: &Inventory, plan: &PlanId) -> Vec<usize> {
    let pool = seen.pool(plan).expect("the pool");
    pool.keys.iter().map(|key| seen.rows_behind(&key.api_key).len()).collect()
}

fn moved<'a>(applied: &Applied, seen: &'a Inventory) -> &'a TenantKey {
    seen.row(&applied.moved[0]).expect("the row where it is now")
}

async fn value(stage: &Stage, seen: &Inventory, row: &RowId) -> String {
    ops::secret(&stage.aws, seen, row).await.expect("its value").expose().to_owned()
}

/// What somebody else keeps in a row.
async fn annotate(stage: &Stage, row: &RowId) {
    let mut item = stage.item(KEYS, row.as_str()).await.expect("the row");
    item.insert("theirs".to_owned(), s("kept"));
    stage.put(KEYS, item).await;
}

async fn is_annotated(stage: &Stage, row: &RowId) -> bool {
    stage.item(KEYS, row.as_str()).await.expect("the row").get("theirs") == Some(&s("kept"))
}

async fn grown(stage: &Stage, count: u32) -> Inventory {
    let grow = Change::Grow { plan: stage.sharded.clone(), count };
    stage.apply(&grow).await.expect("the pool grows");
    stage.fits_together().await
}

pub(super) async fn a_rotated_key_has_another_value_and_nothing_else(stage: &Stage) {
    let before = stage.one(&stage.siloed, "web").await;
    annotate(stage, &before.id).await;
    let old = value(stage, &stage.inventory().await, &before.id).await;
    let rotate = Change::Rotate { rows: vec![before.id.clone()], grace: 0 };
    let applied = stage.apply(&rotate).await.expect("it is rotated");
    let seen = stage.fits_together().await;
    let after = moved(&applied, &seen);
    assert_ne!(after.id, before.id);
    assert_eq!(
        (&after.name, &after.tenant, &after.plan, &after.enabled, after.mode()),
        (&before.name, &before.tenant, &before.plan, &true.into(), Mode::Siloed.into())
    );
    assert_ne!(value(stage, &seen, &after.id).await, old);
    assert!(is_annotated(stage, &after.id).await);
    assert!(
        stage.api_key(&before.require_api_key().expect("known")).await.is_none(),
        "the old API key is gone"
    );
}

pub(super) async fn with_a_grace_the_old_value_stays_until_it_is_retired(stage: &Stage) {
    let before = stage.one(&stage.siloed, "web").await;
    if !stage.as_aws("tags") {
        return;
    }
    let rotate = Change::Rotate { rows: vec![before.id.clone()], grace: 3_600 };
    stage.apply(&rotate).await.expect("it is rotated");
    let seen = stage.inventory().await;
    let old = seen.api_key(&before.require_api_key().expect("known")).key().expect("the old API key");
    assert!(old.enabled && old.tags.contains_key(tag::RETIRES_AT), "{:?}", old.tags);
    let new = seen.successor(&old.id).expect("the new one says what it replaces");
    assert!(seen.row(&RowId::new(new.id.as_str())).is_some());
    stage.apply(&Change::Retire(old.id.clone())).await.expect("it is retired");
    stage.fits_together().await;
}

pub(super) async fn a_pool_key_is_rotated_with_all_its_tenants(stage: &Stage) {
    let rows = stage.created(&stage.sharded, "web", 4).await;
    annotate(stage, &rows[0].id).await;
    let old = rows[0].require_api_key().expect("known");
    let shared = value(stage, &stage.inventory().await, &rows[0].id).await;
    let rotate = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
    let applied = stage.apply(&rotate).await.expect("it is rotated");
    let seen = stage.fits_together().await;
    assert_eq!(applied.moved.len(), 2);
    assert_eq!(seen.rows_behind(&old).len(), 0);
    assert!(seen.pool(&stage.sharded).expect("the pool").key(&old).is_none());
    assert!(stage.api_key(&old).await.is_none());
    assert_ne!(value(stage, &seen, &rows[0].id).await, shared);
    assert!(is_annotated(stage, &rows[0].id).await);
    let mut both = spread(&seen, &stage.sharded);
    both.sort_unstable();
    assert_eq!(both, [2, 2]);
}

pub(super) async fn an_isolated_tenant_has_a_key_of_its_own(stage: &Stage) {
    let rows = stage.created(&stage.sharded, "web", 2).await;
    annotate(stage, &rows[0].id).await;
    let applied = stage.apply(&Change::Isolate(vec![rows[0].id.clone()])).await.expect("it is isolated");
    let seen = stage.fits_together().await;
    let own = moved(&applied, &seen);
    assert_eq!((own.mode(), &own.plan), (Mode::Siloed.into(), &stage.sharded));
    assert!(is_annotated(stage, &own.id).await);
    assert_eq!(seen.rows().len(), 2);
    let again = stage.apply(&Change::Isolate(vec![own.id.clone()])).await.expect_err("it has one");
    assert_eq!(again, Failure::Refused(Refusal::HasItsOwn(own.id.clone())));
    let back = stage
        .apply(&Change::Consolidate { rows: vec![own.id.clone()], others: OtherPlans::Refuse })
        .await
        .expect("it goes back");
    let seen = stage.fits_together().await;
    assert_eq!(moved(&back, &seen).mode(), Mode::Pooled.into());
    assert!(stage.api_key(&own.require_api_key().expect("known")).await.is_none());
}

pub(super) async fn a_key_changes_its_plan_whatever_the_models(stage: &Stage) {
    let to = |row: &TenantKey, plan: &PlanId| Change::ChangePlan {
        rows: vec![row.id.clone()],
        plan: plan.clone(),
        others: OtherPlans::Refuse,
    };
    let siloed = stage.one(&stage.siloed, "web").await;
    let other = stage.another_plan("Other").await;
    let applied = stage.apply(&to(&siloed, &other)).await.expect("siloed to siloed");
    let seen = stage.fits_together().await;
    let row = moved(&applied, &seen).clone();
    assert_eq!(
        (row.require_api_key().expect("known"), &row.plan),
        (siloed.require_api_key().expect("known"), &other)
    );

    let applied = stage.apply(&to(&row, &stage.sharded)).await.expect("siloed to pooled");
    let seen = stage.fits_together().await;
    let row = moved(&applied, &seen).clone();
    assert_eq!((row.mode(), &row.plan), (Mode::Pooled.into(), &stage.sharded));
    assert!(stage.api_key(&siloed.require_api_key().expect("known")).await.is_none());

    let applied = stage.apply(&to(&row, &stage.siloed)).await.expect("pooled to siloed");
    let seen = stage.fits_together().await;
    let row = moved(&applied, &seen);
    assert_eq!((row.mode(), &row.plan, row.name.as_str()), (Mode::Siloed.into(), &stage.siloed, "web"));
    let same = stage.apply(&to(row, &stage.siloed)).await.expect_err("it is there");
    assert!(matches!(same, Failure::Refused(Refusal::InThatPlan { .. })), "{same:?}");
}

pub(super) async fn a_move_of_a_row_that_changed_is_refused_and_taken_back(stage: &Stage) {
    let row = stage.one(&stage.siloed, "web").await;
    let other = stage.another_plan("Other").await;
    let adopt = Change::Plan(Box::new(PlanChange::Adopt { plan: other.clone(), entry: None }));
    stage.apply(&adopt).await.expect("the plan is ours");
    let before = stage.inventory().await;
    let edit = Edit { description: Some("somebody else's".to_owned()), ..Edit::default() };
    stage.apply(&Change::Edit { row: row.id.clone(), edit }).await.expect("an edit");
    let to_other = Change::ChangePlan { rows: vec![row.id.clone()], plan: other, others: OtherPlans::Refuse };
    let refused = ops::apply(&stage.aws, &before, &to_other, &unwatched()).await;
    assert_eq!(refused, Err(Failure::Changed(format!("row {}", row.id))));
    let seen = stage.fits_together().await;
    assert_eq!(seen.row(&row.id).map(|row| &row.plan), Some(&stage.siloed));
}

pub(super) async fn a_skewed_pool_is_brought_level(stage: &Stage) {
    let rows = stage.created(&stage.sharded, "web", 6).await;
    let first = rows[0].require_api_key().expect("known");
    let on_first =
        rows.iter().filter(|row| row.require_api_key().expect("known") == first).map(|row| row.id.clone());
    stage.apply(&Change::Delete(on_first.collect())).await.expect("one key is emptied");
    let applied = stage.apply(&Change::Rebalance(stage.sharded.clone())).await.expect("it is level");
    assert_eq!(applied.moved.len(), 1, "three and none become two and one");
    let mut both = spread(&stage.fits_together().await, &stage.sharded);
    both.sort_unstable();
    assert_eq!(both, [1, 2]);
    let level = stage.apply(&Change::Rebalance(stage.sharded.clone())).await.expect_err("nothing to do");
    assert_eq!(level, Failure::Refused(Refusal::Level("Sharded".into())));
}

pub(super) async fn a_pool_grows_and_a_drained_key_leaves_it(stage: &Stage) {
    let rows = stage.created(&stage.sharded, "web", 2 * CAPACITY).await;
    let old = rows[0].require_api_key().expect("known");
    let full = stage.apply(&Change::Drain(old.clone())).await.expect_err("no room");
    let wanted = Refusal::PoolRoom { plan: "Sharded".into(), room: 0, wanted: CAPACITY };
    assert_eq!(full, Failure::Refused(wanted));
    assert_eq!(spread(&grown(stage, 2).await, &stage.sharded), [3, 3, 0, 0]);
    stage.apply(&Change::Drain(old.clone())).await.expect("it is drained");
    let seen = stage.fits_together().await;
    let mut spread = spread(&seen, &stage.sharded);
    spread.sort_unstable();
    assert_eq!(spread, [1, 2, 3]);
    assert!(stage.api_key(&old).await.is_none());
}

pub(super) async fn keys_of_a_plan_become_its_pool_and_go_with_it(stage: &Stage) {
    let keys = [stage.attached_key(&stage.siloed, 8).await, stage.attached_key(&stage.siloed, 9).await];
    let asked = |api_keys: &[ApiKeyId]| {
        Change::CreatePool(PoolAsked {
            plan: stage.siloed.clone(),
            api_keys: api_keys.to_vec(),
            new_keys: 0,
            strategy: Strategy::Sticky,
            capacity: 5,
        })
    };
    let elsewhere = stage.apply(&asked(&stage.pool_keys)).await.expect_err("they are in another plan");
    assert!(matches!(elsewhere, Failure::Refused(Refusal::NotInPlan { .. })), "{elsewhere:?}");
    stage.apply(&asked(&keys)).await.expect("a pool");
    let row = stage.one(&stage.siloed, "web").await;
    assert!(keys.contains(&row.require_api_key().expect("known")));
    let dissolve = Change::DissolvePool(stage.siloed.clone());
    let used = stage.apply(&dissolve).await.expect_err("somebody is in it");
    assert_eq!(used, Failure::Refused(Refusal::PoolInUse { plan: "Siloed".into(), tenants: 1 }));
    stage.apply(&Change::Delete(vec![row.id])).await.expect("it is empty");
    stage.apply(&dissolve).await.expect("it goes");
    let seen = stage.fits_together().await;
    assert!(seen.pool(&stage.siloed).is_none());
    assert!(stage.api_key(&keys[0]).await.is_none());
}

pub(super) async fn a_pool_is_set_as_far_as_its_tenants_allow(stage: &Stage) {
    stage.created(&stage.sharded, "web", 4).await;
    let set = |strategy, capacity| Change::SetPool { plan: stage.sharded.clone(), strategy, capacity };
    let below = stage.apply(&set(None, Some(1))).await.expect_err("two are there");
    assert_eq!(below, Failure::Refused(Refusal::CapacityBelow { tenants: 2 }));
    stage.apply(&set(Some(Strategy::Random), Some(7))).await.expect("it is set");
    let seen = stage.fits_together().await;
    let pool = seen.pool(&stage.sharded).expect("the pool");
    assert_eq!((pool.strategy, &pool.capacity), (Strategy::Random, &7.into()));
    assert!(pool.keys.iter().all(|key| key.capacity == 7.into() && key.state == PoolKeyState::Active));
    stage.created(&stage.sharded, "more", 10).await;
}

pub(super) async fn a_deleted_key_comes_back_with_its_value(stage: &Stage) {
    let row = stage.one(&stage.siloed, "web").await;
    let seen = stage.inventory().await;
    let secret = ops::secret(&stage.aws, &seen, &row.id).await.expect("its value");
    let gone = stage.apply(&Change::Delete(vec![row.id.clone()])).await.expect("it is deleted");
    let restore = Change::restore(row.clone(), secret.clone(), gone.former[0].1.clone());
    let applied = stage.apply(&restore).await.expect("it is back");
    let seen = stage.fits_together().await;
    let back = seen.row(&applied.created[0]).expect("the row");
    assert_eq!((&back.name, &back.tenant), (&row.name, &row.tenant));
    assert_eq!(value(stage, &seen, &back.id).await, secret.expose());
}

pub(super) async fn a_quota_is_extended_and_set_back(stage: &Stage) {
    let [first, second] = &stage.pool_keys;
    let extend = |keys: &[(&ApiKeyId, Balance)]| {
        let keys = keys.iter().map(|(key, balance)| ((*key).clone(), *balance)).collect();
        Change::Extend(Extension { plan: stage.sharded.clone(), keys, reason: "a busy day".to_owned() })
    };
    let both = [(first, Balance::Add(250)), (second, Balance::Set(40))];
    if !stage.as_aws("extension") {
        let refused = stage.apply(&extend(&both)).await.expect_err("it cannot");
        assert!(matches!(refused, Failure::Unsupported(_)), "{refused:?}");
        return;
    }
    let applied = stage.apply(&extend(&both)).await.expect("it is extended");
    let told: Vec<_> = applied.extended.iter().map(|key| (key.before, key.after)).collect();
    assert_eq!(told, [(500, 750), (500, 40)]);
    let back: Vec<_> = applied.extended.iter().map(|key| (&key.api_key, key.reversal())).collect();
    assert_eq!(left(stage).await, [750, 40]);
    stage.apply(&extend(&back)).await.expect("it is set back");
    assert_eq!(left(stage).await, [500, 500]);
    stage.apply(&extend(&[(first, Balance::Take(501))])).await.expect("nothing is left");
    assert_eq!(left(stage).await, [0, 500], "never less than none");
    let outside = Change::Extend(Extension {
        plan: stage.siloed.clone(),
        keys: vec![(first.clone(), Balance::Add(1))],
        reason: "a mistake".to_owned(),
    });
    let refused = stage.apply(&outside).await.expect_err("it is in another plan");
    assert!(matches!(refused, Failure::Refused(Refusal::NotInPlan { .. })), "{refused:?}");
}

/// What the two keys of the pool have left today, as API Gateway tells it.
async fn left(stage: &Stage) -> [i64; 2] {
    let today = stage.aws.now().strftime("%Y-%m-%d").to_string();
    let asked = stage.gateway.get_usage().usage_plan_id(stage.sharded.as_str());
    let told = asked.start_date(&today).end_date(&today).send().await.expect("usage").items.expect("keys");
    // A key that used nothing is not told of, and has all of its quota.
    stage.pool_keys.clone().map(|key| told.get(key.as_str()).map_or(500, |days| days[0][1]))
}
