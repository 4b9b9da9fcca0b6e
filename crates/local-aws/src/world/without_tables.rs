//! The sample's plans in an account without tables, as another program may have set it up: each tenant has its own API
//! key, and tags, customers or names say whose it is.

use super::builder::{Author, WorldBuilder, key_value};
use super::history;
use super::sample::{self, PREMIUM, QuotaSource, SampleTenantKey, TENANT_KEYS};
use crate::state::{ApiKey, KeyValue, Tags};

/// A key in no plan, which nothing but its name describes.
const UNUSED_KEY: &str = "x4q9partnr";
/// The tenant whose key has a customer instead of a tag.
const MARKETPLACE_TENANT: &str = "weyland";

pub(super) fn build(builder: &mut WorldBuilder<'_>) {
    sample::set_up_account(builder);
    for plan in sample::plan_specs(QuotaSource::PlansTable) {
        builder.add_plan(&plan);
    }
    for (number, tenant) in (0..).zip(TENANT_KEYS) {
        add_key(builder, tenant, number);
    }
    let created = builder.days_ago(10);
    builder.account.add_api_key(ApiKey {
        id: UNUSED_KEY.to_owned(),
        value: KeyValue(key_value(UNUSED_KEY)),
        name: Some("partner".to_owned()),
        description: Some("in no plan".to_owned()),
        enabled: true,
        customer_id: None,
        stage_keys: Vec::new(),
        created,
        updated: created,
        enabled_changed: created,
        tags: Tags::new(),
    });
}

fn add_key(builder: &mut WorldBuilder<'_>, tenant: &SampleTenantKey, number: i64) {
    let created = builder.days_ago(90 - 2 * number);
    let is_tagged = tenant.author == Author::Keypool;
    let tags = is_tagged.then(|| ("ownerId".to_owned(), tenant.owner.to_owned()));
    builder.add_api_key(tenant.id, tenant.name, tenant.plan_id, tags.into_iter().collect(), created);
    let key = builder.account.api_key_mut(tenant.id).filter(|_| tenant.owner == MARKETPLACE_TENANT);
    if let Some(key) = key {
        key.customer_id = Some(MARKETPLACE_TENANT.to_owned());
    }
    let calls_a_day = if tenant.plan_id == PREMIUM { 400 + 150 * (number % 5) } else { 5 + number % 7 };
    history::record_usage(builder, tenant.plan_id, tenant.id, calls_a_day);
}
