//! As many plans, API keys and tenants as asked for, evenly spread.
//!
//! Every fourth plan is siloed, with a row for each of its keys; the others have pools, whose keys share the rows that
//! remain. With fewer tenants than those siloed keys all plans have pools. Without a plan or a key there are no rows.

use super::api::Protected;
use super::build::{Author, Build, PlanSpec, Row, keypool_tags};
use super::history;
use crate::quota::Period;
use crate::state::Tags;

const API: &str = "s9c4l1e8ap";
const STAGE: &str = "prod";
const SILOED_EVERY: usize = 4;
/// Keys that have a past; all of them would make the world slow to start.
const WITH_HISTORY: usize = 300;

/// An API key with the plan it is in.
struct Key {
    id: String,
    plan_id: String,
    plan_number: usize,
    tenants: u32,
}

impl Key {
    fn is_siloed(&self) -> bool {
        self.plan_number % SILOED_EVERY == SILOED_EVERY - 1
    }
}

pub(super) fn build(build: &mut Build<'_>, plans: u32, keys: u32, tenants: u32) {
    let created = build.days_ago(120);
    let api = Protected { id: API, name: "ScaleAPI", stage: STAGE, path_part: "api", created };
    build.account.rest_apis.insert(api.api());
    let plan_ids: Vec<String> = (0..plans as usize).map(|number| id_of('p', number, 6)).collect();
    for (number, id) in plan_ids.iter().enumerate() {
        plan(build, number, id);
    }
    if plan_ids.is_empty() {
        return;
    }
    let mut keys: Vec<Key> = (0..keys as usize).map(|number| key(number, &plan_ids)).collect();
    let (siloed, pooled) = shares(&keys, tenants as usize);
    api_keys(build, &keys);
    rows(build, &mut keys, siloed, pooled);
    pools(build, &plan_ids, &keys, siloed > 0);
}

fn plan(build: &mut Build<'_>, number: usize, id: &str) {
    build.plan(&PlanSpec {
        id,
        name: &format!("Plan{number:03}"),
        description: "One of many",
        rate: 100.0,
        burst: 50,
        limit: 5_000,
        enforced: 5_000,
        period: Period::Month,
        price: "10",
        covers: (API, STAGE),
    });
}

fn key(number: usize, plan_ids: &[String]) -> Key {
    let plan_number = number % plan_ids.len();
    Key { id: id_of('k', number, 10), plan_id: plan_ids[plan_number].clone(), plan_number, tenants: 0 }
}

/// How many rows are siloed, and how many share pool keys.
fn shares(keys: &[Key], tenants: usize) -> (usize, usize) {
    let siloed = keys.iter().filter(|key| key.is_siloed()).count();
    if siloed <= tenants { (siloed, tenants - siloed) } else { (0, tenants) }
}

fn api_keys(build: &mut Build<'_>, keys: &[Key]) {
    for (number, key) in keys.iter().enumerate() {
        let tags = Tags::from([("keypool:plan".to_owned(), key.plan_id.clone())]);
        build.api_key(&key.id, &format!("key {number}"), &key.plan_id, tags, build.days_ago(90));
        if number < WITH_HISTORY {
            history::record(build, &key.plan_id, &key.id, 20 + (number as i64 % 7) * 25);
        }
    }
}

fn rows(build: &mut Build<'_>, keys: &mut [Key], siloed: usize, pooled: usize) {
    let own: Vec<usize> = (0..keys.len()).filter(|number| siloed > 0 && keys[*number].is_siloed()).collect();
    let shared: Vec<usize> =
        (0..keys.len()).filter(|number| siloed == 0 || !keys[*number].is_siloed()).collect();
    let referring = shared.iter().cycle().take(if shared.is_empty() { 0 } else { pooled });
    for (number, at) in own.iter().chain(referring).enumerate() {
        let key = &mut keys[*at];
        let owner = format!("tenant-{number:06}");
        let is_own = number < own.len();
        if is_own && let Some(made) = build.account.api_key_mut(&key.id) {
            made.tags = keypool_tags(&owner, &key.plan_id, &key.id);
        }
        key.tenants += 1;
        let row = if is_own { key.id.clone() } else { id_of('r', number, 10) };
        build.row(&Row {
            id: &row,
            plan_id: &key.plan_id,
            name: &format!("app-{number:06}"),
            owner: &owner,
            api_key: &key.id,
            author: Author::Keypool,
            created: build.days_ago(60),
        });
    }
}

fn pools(build: &mut Build<'_>, plan_ids: &[String], keys: &[Key], some_siloed: bool) {
    for plan_id in plan_ids {
        let of_plan = keys.iter().filter(|key| &key.plan_id == plan_id && !(some_siloed && key.is_siloed()));
        let pool: Vec<(String, u32)> = of_plan.map(|key| (key.id.clone(), key.tenants)).collect();
        if let Some(most) = pool.iter().map(|(_, tenants)| *tenants).max() {
            build.pool(plan_id, most.max(1) * 2, &pool);
        }
    }
}

/// An id of this length: a letter, then the number.
fn id_of(letter: char, number: usize, length: usize) -> String {
    format!("{letter}{number:0>width$}", width = length - 1)
}
