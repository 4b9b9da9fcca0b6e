//! The sample as its own deployment script and code leave it: with inconsistencies.
//!
//! | problem | where |
//! |---|---|
//! | every plan's quota is its rate: two of 10 per DAY, two of 100 per MONTH | `h3v9qk` `u5cq7z` `b7m3xj` `p9ts4e` |
//! | a usage plan without a price-list entry and without stages | plan [`PLAN_WITHOUT_PRICE`] |
//! | a price-list entry whose usage plan does not exist | entry [`PRICE_WITHOUT_PLAN`] |
//! | a working API key without a tenant key | key [`ORPHAN_KEY`] in TestPlan |
//! | a working API key that an interrupted `keys create` left behind | key [`INTERRUPTED_KEY`] in PremiumPlan |
//! | an API key without a plan and without a tenant key | key [`UNATTACHED_KEY`] |
//! | a tenant key whose API key does not exist | [`TENANT_KEY_WITHOUT_API_KEY`] |
//! | a disabled tenant key whose API key is enabled | [`DISABLED_TENANT_KEY`] |
//! | a tenant key whose pool key does not exist | [`TENANT_KEY_OF_DELETED_POOL_KEY`] of [`DELETED_POOL_KEY`] |
//! | a tenant key with the value of another pool key | [`TENANT_KEY_WITH_WRONG_VALUE`] |
//! | a tenant counter too high, and one too low | `key#5v2seh60kv` is 9, `key#ywb3wkh5dn` is 0 |
//! | a pool key without a tenant counter | no `key#3efr4edt2s` |
//! | a disabled pool key | key `9ri19r0wyo` |
//! | `GET /api` edited to require no key, and not deployed | API `w4k8t2m7xq` |
//! | no CloudWatch role | the account |

use super::builder::{Author, TenantKeySpec, WorldBuilder, key_value, keypool_tags};
use super::sample::{self, API, BASIC_KEYS, PREMIUM, QuotaSource, TEST};
use super::tables::{item, number, text};
use crate::state::{Settings, Tags, UsagePlan};

pub(super) const PLAN_WITHOUT_PRICE: &str = "n6r4gy";
pub(super) const PRICE_WITHOUT_PLAN: &str = "s2w8nd";
pub(super) const ORPHAN_KEY: &str = "q80idw3706";
pub(super) const INTERRUPTED_KEY: &str = "i8j76b2laj";
pub(super) const UNATTACHED_KEY: &str = "lj4h9du779";
pub(super) const TENANT_KEY_WITHOUT_API_KEY: &str = "4g9dpmrcg6";
/// Tenant globex, in TestPlan.
pub(super) const DISABLED_TENANT_KEY: &str = "g2tjf8cz2k";
/// Tenant rekall, in BasicPlan.
pub(super) const TENANT_KEY_OF_DELETED_POOL_KEY: &str = "ounii5wcer";
pub(super) const DELETED_POOL_KEY: &str = "29be2u66mr";
/// Tenant dunder-mifflin, in BasicPlan.
pub(super) const TENANT_KEY_WITH_WRONG_VALUE: &str = "b5ayyaeffh";

pub(super) fn build(builder: &mut WorldBuilder<'_>) {
    sample::build(builder, QuotaSource::DeploymentScript);
    builder.account.set_settings(Settings::default());
    add_plans(builder);
    add_api_keys(builder);
    edit_tenant_keys(builder);
    edit_pools(builder);
    edit_api_without_deploying(builder);
}

fn add_plans(builder: &mut WorldBuilder<'_>) {
    builder.account.usage_plans.insert(UsagePlan {
        id: PLAN_WITHOUT_PRICE.to_owned(),
        name: "InternalPlan".to_owned(),
        description: None,
        api_stages: Vec::new(),
        throttle: None,
        quota: None,
        product_code: None,
        // Created by keypool, which was killed before it wrote the price-list entry.
        tags: Tags::from([("keypool:request".to_owned(), PLAN_WITHOUT_PRICE.to_owned())]),
    });
    let entry = item([
        ("id", text(PRICE_WITHOUT_PLAN)),
        ("name", text("StarterPlan")),
        ("description", text("Sold until last year")),
        ("quota", text("1000 per MONTH")),
        ("throttle", text("5 TPS")),
        ("price", number(9)),
    ]);
    builder.tables.plans.insert(PRICE_WITHOUT_PLAN.to_owned(), entry);
}

fn add_api_keys(builder: &mut WorldBuilder<'_>) {
    let created = builder.days_ago(20);
    builder.add_api_key(ORPHAN_KEY, "soylent-trial", TEST, Tags::new(), created);
    let tags = keypool_tags("tyrell", PREMIUM, INTERRUPTED_KEY);
    builder.add_api_key(INTERRUPTED_KEY, "tyrell-nexus", PREMIUM, tags, created);
    builder.add_api_key(UNATTACHED_KEY, "old-partner", TEST, Tags::new(), created);
    builder.account.detach(TEST, UNATTACHED_KEY);
    if let Some(key) = builder.account.api_key_mut(BASIC_KEYS[4]) {
        key.enabled = false;
        key.enabled_changed = created;
    }
}

fn edit_tenant_keys(builder: &mut WorldBuilder<'_>) {
    builder.add_tenant_key(&TenantKeySpec {
        id: TENANT_KEY_WITHOUT_API_KEY,
        plan_id: PREMIUM,
        name: "wonka-factory",
        owner: "wonka",
        api_key: TENANT_KEY_WITHOUT_API_KEY,
        author: Author::Sample,
        created: builder.days_ago(30),
    });
    let changes = [
        (DISABLED_TENANT_KEY, "enabled", dynoxide::AttributeValue::BOOL(false)),
        (TENANT_KEY_OF_DELETED_POOL_KEY, "poolKeyId", text(DELETED_POOL_KEY)),
        (TENANT_KEY_OF_DELETED_POOL_KEY, "value", text(key_value(DELETED_POOL_KEY))),
        (TENANT_KEY_WITH_WRONG_VALUE, "value", text(key_value(BASIC_KEYS[0]))),
    ];
    for (id, attribute, value) in changes {
        if let Some(item) = builder.tables.keys.get_mut(id) {
            item.insert(attribute.to_owned(), value);
        }
    }
}

fn edit_pools(builder: &mut WorldBuilder<'_>) {
    for (key_id, tenants) in [(BASIC_KEYS[0], 9), (BASIC_KEYS[3], 0)] {
        if let Some(counter) = builder.tables.pools.get_mut(&format!("key#{key_id}")) {
            counter.insert("tenants".to_owned(), number(tenants));
        }
    }
    builder.tables.pools.remove(&format!("key#{}", BASIC_KEYS[2]));
}

fn edit_api_without_deploying(builder: &mut WorldBuilder<'_>) {
    let Some(api) = builder.account.rest_apis.get_mut(API) else { return };
    let methods = api.resources.values_mut().flat_map(|resource| resource.methods.values_mut());
    methods.for_each(|method| method.api_key_required = false);
}
