//! The API keys of usage plans as this connection read them last. GetUsagePlanKeys takes a call per plan, so the console
//! keeps its answers between refreshes; every write of this connection to a plan's keys drops what it changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keypool_domain::{ApiKeyId, Known, PlanId};

use super::members::Member;

/// The API keys of a plan, or why they may not be read.
pub(crate) type Members = Known<Arc<Vec<Member>>>;

#[derive(Debug, Default)]
pub(in crate::aws) struct MemberCache(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    by_plan: HashMap<PlanId, Members>,
    /// Counts writes: an answer that was requested before a write is older than it.
    writes: u64,
}

impl MemberCache {
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, plan: &PlanId) -> Option<Members> {
        self.lock().by_plan.get(plan).cloned()
    }

    /// A number that changes with every write.
    pub(super) fn writes(&self) -> u64 {
        self.lock().writes
    }

    /// Keeps an answer that was requested after `writes` writes, unless there was another since.
    pub(super) fn insert(&self, plan: PlanId, members: Members, writes: u64) {
        let mut contents = self.lock();
        if contents.writes == writes {
            contents.by_plan.insert(plan, members);
        }
    }

    pub(super) fn drop_plan(&self, plan: &PlanId) {
        let mut contents = self.lock();
        contents.writes += 1;
        contents.by_plan.remove(plan);
    }

    pub(super) fn drop_plans_of_key(&self, api_key: &ApiKeyId) {
        let mut contents = self.lock();
        contents.writes += 1;
        contents.by_plan.retain(|_, members| {
            members.value_to_show().is_none_or(|keys| keys.iter().all(|member| member.api_key != *api_key))
        });
    }

    pub(super) fn drop_all(&self) {
        let mut contents = self.lock();
        contents.writes += 1;
        contents.by_plan.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(ids: &[&str]) -> Members {
        let member = |id: &&str| Member { api_key: ApiKeyId::new(*id), value: None };
        Known::Value(Arc::new(ids.iter().map(member).collect()))
    }

    #[test]
    fn a_write_drops_what_it_changes_and_every_answer_that_is_older_than_it() {
        let cache = MemberCache::default();
        let plans = ["a", "b", "c"].map(PlanId::new);
        let cached = || plans.each_ref().map(|plan| cache.get(plan).is_some());
        let before = cache.writes();
        for (plan, keys) in plans.iter().zip([&["k1"][..], &["k1", "k2"], &["k3"]]) {
            cache.insert(plan.clone(), members(keys), before);
        }
        assert_eq!(cached(), [true; 3]);
        cache.drop_plans_of_key(&"k1".into());
        assert_eq!(cached(), [false, false, true]);
        cache.insert(plans[0].clone(), members(&["k1"]), before);
        assert_eq!(cached(), [false, false, true], "requested before the write");
        cache.insert(plans[0].clone(), members(&[]), cache.writes());
        assert_eq!(cached(), [true, false, true]);
        cache.drop_plan(&plans[2]);
        assert_eq!(cached(), [true, false, false]);
        cache.drop_all();
        assert_eq!(cached(), [false; 3]);
    }
}
