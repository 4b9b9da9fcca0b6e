//! The sample as its own deployment and its own code leave it.
//!
//! | what is wrong | where |
//! |---|---|
//! | every plan enforces its rate as its quota: 10 per DAY twice, 100 per MONTH twice | `h3v9qk` `u5cq7z` `b7m3xj` `p9ts4e` |
//! | a usage plan without a row, which covers no stage | plan [`UNLISTED_PLAN`] |
//! | a row whose usage plan is gone | row [`STALE_PLAN_ROW`] |
//! | an API key that works and has no row | key [`ORPHAN_KEY`] in TestPlan |
//! | the same, left by an interrupted create of ours | key [`INTERRUPTED_KEY`] in PremiumPlan |
//! | an API key in no plan and no row | key [`LOST_KEY`] |
//! | a row whose API key is gone | row [`DANGLING_ROW`] |
//! | a row that says disabled, though its API key works | row [`DISABLED_ROW`] |
//! | a row that refers to a pool key that is gone | row [`LOST_REFERENCE`] to [`GONE_POOL_KEY`] |
//! | a row with the value of another pool key | row [`WRONG_VALUE`] |
//! | a counter above its rows, and one below | `key#5v2seh60kv` says 9, `key#ywb3wkh5dn` says 0 |
//! | a pool key without its counter | no `key#3efr4edt2s` |
//! | a pool key that is disabled | key `9ri19r0wyo` |
//! | `GET /api` edited to need no key, and not deployed | API `w4k8t2m7xq` |
//! | no CloudWatch role | the account |

use super::build::{Author, Build, Row, keypool_tags, value_of};
use super::sample::{self, API, BASIC_KEYS, Limits, PREMIUM, TEST};
use super::tables::{item, number, text};
use crate::state::{Settings, Tags, UsagePlan};

pub(super) const UNLISTED_PLAN: &str = "n6r4gy";
pub(super) const STALE_PLAN_ROW: &str = "s2w8nd";
pub(super) const ORPHAN_KEY: &str = "q80idw3706";
pub(super) const INTERRUPTED_KEY: &str = "i8j76b2laj";
pub(super) const LOST_KEY: &str = "lj4h9du779";
pub(super) const DANGLING_ROW: &str = "4g9dpmrcg6";
/// Of globex, in TestPlan.
pub(super) const DISABLED_ROW: &str = "g2tjf8cz2k";
/// Of rekall, in BasicPlan.
pub(super) const LOST_REFERENCE: &str = "ounii5wcer";
pub(super) const GONE_POOL_KEY: &str = "29be2u66mr";
/// Of dunder-mifflin, in BasicPlan.
pub(super) const WRONG_VALUE: &str = "b5ayyaeffh";

pub(super) fn build(build: &mut Build<'_>) {
    sample::build(build, Limits::AsDeployed);
    build.account.set_settings(Settings::default());
    plans(build);
    api_keys(build);
    rows(build);
    pools(build);
    undeployed_edit(build);
}

fn plans(build: &mut Build<'_>) {
    build.account.usage_plans.insert(UsagePlan {
        id: UNLISTED_PLAN.to_owned(),
        name: "InternalPlan".to_owned(),
        description: None,
        api_stages: Vec::new(),
        throttle: None,
        quota: None,
        product_code: None,
        // Made by this program, which was killed before it wrote the price-list entry.
        tags: Tags::from([("keypool:request".to_owned(), UNLISTED_PLAN.to_owned())]),
    });
    let stale = item([
        ("id", text(STALE_PLAN_ROW)),
        ("name", text("StarterPlan")),
        ("description", text("Sold until last year")),
        ("quota", text("1000 per MONTH")),
        ("throttle", text("5 TPS")),
        ("price", number(9)),
    ]);
    build.tables.plans.insert(STALE_PLAN_ROW.to_owned(), stale);
}

fn api_keys(build: &mut Build<'_>) {
    let created = build.days_ago(20);
    build.api_key(ORPHAN_KEY, "soylent-trial", TEST, Tags::new(), created);
    let tags = keypool_tags("tyrell", PREMIUM, INTERRUPTED_KEY);
    build.api_key(INTERRUPTED_KEY, "tyrell-nexus", PREMIUM, tags, created);
    build.api_key(LOST_KEY, "old-partner", TEST, Tags::new(), created);
    build.account.detach(TEST, LOST_KEY);
    if let Some(key) = build.account.api_key_mut(BASIC_KEYS[4]) {
        key.enabled = false;
        key.switched = created;
    }
}

fn rows(build: &mut Build<'_>) {
    build.row(&Row {
        id: DANGLING_ROW,
        plan_id: PREMIUM,
        name: "wonka-factory",
        owner: "wonka",
        api_key: DANGLING_ROW,
        author: Author::Sample,
        created: build.days_ago(30),
    });
    let changes = [
        (DISABLED_ROW, "enabled", dynoxide::AttributeValue::BOOL(false)),
        (LOST_REFERENCE, "poolKeyId", text(GONE_POOL_KEY)),
        (LOST_REFERENCE, "value", text(value_of(GONE_POOL_KEY))),
        (WRONG_VALUE, "value", text(value_of(BASIC_KEYS[0]))),
    ];
    for (row, attribute, value) in changes {
        if let Some(row) = build.tables.keys.get_mut(row) {
            row.insert(attribute.to_owned(), value);
        }
    }
}

fn pools(build: &mut Build<'_>) {
    for (key_id, tenants) in [(BASIC_KEYS[0], 9), (BASIC_KEYS[3], 0)] {
        if let Some(counter) = build.tables.pools.get_mut(&format!("key#{key_id}")) {
            counter.insert("tenants".to_owned(), number(tenants));
        }
    }
    build.tables.pools.remove(&format!("key#{}", BASIC_KEYS[2]));
}

fn undeployed_edit(build: &mut Build<'_>) {
    let Some(api) = build.account.rest_apis.get_mut(API) else { return };
    let methods = api.resources.values_mut().flat_map(|resource| resource.methods.values_mut());
    methods.for_each(|method| method.api_key_required = false);
}
