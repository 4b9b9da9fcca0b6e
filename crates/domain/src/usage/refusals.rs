//! Calls that were refused because a quota was exhausted, as seen by keypool itself.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{ApiKeyId, PlanId, Verdict};

/// GetUsage may lag by this long: it was up to 40 minutes in reports, but mostly less than 30.
pub(super) const USAGE_LAG: SignedDuration = SignedDuration::from_mins(30);

/// Later refusals of the same key are noted at most this often, so that a series of calls changes little.
const MIN_NOTE_GAP: SignedDuration = SignedDuration::from_mins(1);

/// The API keys whose last call was refused because their quota was exhausted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuotaRefusals(BTreeMap<PlanId, BTreeMap<ApiKeyId, QuotaRefusal>>);

/// A call that got 429 Limit Exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRefusal {
    /// When the call was sent.
    pub at: Timestamp,
    /// The API key's limit as known then; a higher one proves an extension.
    pub limit: u64,
}

impl QuotaRefusals {
    /// Notes the response to a call. `limit` is the limit of the API key as known at that time.
    ///
    /// A 200 shows that the quota is not exhausted any more; other responses say nothing about it.
    pub fn note(&mut self, plan: &PlanId, api_key: &ApiKeyId, verdict: Verdict, at: Timestamp, limit: u64) {
        let known = self.get(plan, api_key);
        let is_news =
            |known: QuotaRefusal| known.limit != limit || at.duration_since(known.at) >= MIN_NOTE_GAP;
        match verdict {
            Verdict::QuotaExhausted => {
                if known.is_none_or(is_news) {
                    let refusal = QuotaRefusal { at, limit };
                    self.0.entry(plan.clone()).or_default().insert(api_key.clone(), refusal);
                }
            }
            Verdict::Ok => {
                if known.is_some_and(|known| known.at <= at) {
                    self.forget(plan, api_key);
                }
            }
            Verdict::Throttled | Verdict::Forbidden | Verdict::Other => {}
        }
    }

    /// Forgets what was seen of an API key, because its quota was extended.
    pub fn forget(&mut self, plan: &PlanId, api_key: &ApiKeyId) {
        if let Some(keys) = self.0.get_mut(plan) {
            keys.remove(api_key);
        }
        self.0.retain(|_, keys| !keys.is_empty());
    }

    pub fn get(&self, plan: &PlanId, api_key: &ApiKeyId) -> Option<QuotaRefusal> {
        self.0.get(plan)?.get(api_key).copied()
    }

    pub(super) fn of_plan(&self, plan: &PlanId) -> BTreeMap<ApiKeyId, QuotaRefusal> {
        self.0.get(plan).cloned().unwrap_or_default()
    }
}
