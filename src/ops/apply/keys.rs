//! API keys within a change: create, wait until they work, disable, schedule retirement.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use keypool_domain::call::{diagnosis, is_access_refusal};
use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Edit, NewApiKey, PlanId, Secret, Verdict};

use super::unit::{UnitExecutor, may_have_happened};
use crate::aws::protected_api::{CallRequest, CheckedRequest};
use crate::aws::{ApiKeySpec, Failure};
use crate::ops::Progress;
use crate::ops::explain::find_api_refusal;

/// Length of generated key values in characters, the same as API Gateway's.
pub(in crate::ops) const KEY_VALUE_LEN: usize = 40;
/// The longest time API Gateway takes to accept a new API key everywhere; half of it is typical.
const PROPAGATION_TIMEOUT: Duration = diagnosis::PROPAGATION_TIMEOUT.unsigned_abs();
/// A loopback endpoint accepts a new API key at once; later it never will.
const LOOPBACK_PROPAGATION_TIMEOUT: Duration = Duration::from_secs(1);
/// Maximum length of a tag's value in API Gateway, in characters.
const MAX_TAG_VALUE_LEN: usize = 256;
/// Pause between two calls with a key that is not accepted yet.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// When an API key ends and what replaces it, as its tags say.
pub(super) struct RetirementTags {
    pub(super) api_key: ApiKeyId,
    retires_at: Option<String>,
    replaced_by: Option<String>,
}

impl UnitExecutor<'_> {
    /// Creates an API key with its tags, and returns its id and value.
    pub(super) async fn create_api_key(&self, key: &NewApiKey) -> Result<(ApiKeyId, Secret), Failure> {
        let key = &self.complete_from_copied_key(key).await?;
        let random = || Secret::new(self.aws.random_text(KEY_VALUE_LEN));
        let value = key.value.clone().unwrap_or_else(random);
        let request_id = self.aws.random_uuid();
        let mut tags = HashMap::from([(tag::PLAN.to_owned(), key.plan.to_string())]);
        let work_mark_tag = self.take_work_mark_for_new_key(&request_id).await?;
        tags.extend(work_mark_tag);
        tags.insert(tag::REQUEST.to_owned(), request_id);
        tags.extend(key.tenant.iter().map(|tenant| (tag::OWNER.to_owned(), tenant.to_string())));
        tags.extend(key.tags.clone());
        tags.extend(key.replaces.iter().map(|old| (tag::REPLACES.to_owned(), old.to_string())));
        let predecessors = key.replaces.as_ref().and_then(|old| self.predecessors_tag(old));
        tags.extend(predecessors.map(|ids| (tag::PREDECESSORS.to_owned(), ids)));
        let spec = ApiKeySpec {
            name: key.name.clone(),
            description: key.description.clone(),
            enabled: key.enabled,
            value: value.clone(),
            customer_id: key.customer_id.clone(),
            tags,
        };
        let id = self.aws.create_api_key(&spec).await?;
        self.track_work_mark_of_new_key(&id);
        Ok((id, value))
    }

    /// Formats the ids of a key's predecessors for one tag, separated by spaces: as many as fit.
    fn predecessors_tag(&self, old: &ApiKeyId) -> Option<String> {
        let mut ids = String::new();
        for key in self.inventory.predecessors(old) {
            let separator = if ids.is_empty() { "" } else { " " };
            if ids.len() + separator.len() + key.id.as_str().len() > MAX_TAG_VALUE_LEN {
                break;
            }
            ids += separator;
            ids += key.id.as_str();
        }
        (!ids.is_empty()).then_some(ids)
    }

    /// Disables an API key. A deleted one counts as disabled.
    pub(super) async fn disable_key(&self, id: &ApiKeyId) -> Result<(), Failure> {
        let disable = Edit { enabled: Some(false), ..Edit::default() };
        match self.aws.update_api_key(id, &disable).await {
            Err(Failure::Gone(_)) => Ok(()),
            other => other,
        }
    }

    /// Tags an API key with the time of its retirement, `grace` seconds from now, and with its successor: both tags or
    /// none.
    pub(super) async fn tag_retirement(
        &self,
        id: &ApiKeyId,
        grace: u64,
        successor: Option<&ApiKeyId>,
    ) -> Result<(), Failure> {
        let at = retirement_time(self.aws.now(), grace)
            .ok_or_else(|| Failure::Setting("the grace period is too long: give a shorter one".to_owned()))?;
        let at = at.to_string();
        let tags = [(tag::RETIRES_AT, at.as_str())].into_iter();
        let tags: Vec<_> =
            tags.chain(successor.map(|successor| (tag::REPLACED_BY, successor.as_str()))).collect();
        self.aws.add_tags_to_api_key(id, &tags).await
    }

    /// Tags an API key as being deleted. `tagged` collects keys that have or may have the tag. Deleted keys
    /// need no tag, and endpoints without tag support cannot have one.
    pub(super) async fn tag_deletion(
        &self,
        id: &ApiKeyId,
        tagged: &mut Vec<ApiKeyId>,
    ) -> Result<(), Failure> {
        let done = self.aws.tag_api_key(id, tag::DELETING, &self.aws.now().to_string()).await;
        if let Err(Failure::Gone(_) | Failure::Unsupported(_)) = done {
            return Ok(());
        }
        if may_have_happened(&done) {
            tagged.push(id.clone());
        }
        done
    }

    /// Removes the tags of a deletion that has not disabled anything. Returns the first API key that keeps
    /// its tag.
    pub(super) async fn untag_deletions(&self, tagged: &[ApiKeyId]) -> Result<(), (ApiKeyId, Failure)> {
        for id in tagged {
            match self.aws.untag_api_key(id, &[tag::DELETING]).await {
                Ok(()) | Err(Failure::Gone(_)) => {}
                Err(undo) => return Err((id.clone(), undo)),
            }
        }
        Ok(())
    }

    /// Restores the tags of a retirement as they were before it.
    pub(super) async fn restore_retirement_tags(&self, before: &RetirementTags) -> Result<(), Failure> {
        let RetirementTags { api_key, retires_at, replaced_by } = before;
        let tags = [(tag::RETIRES_AT, retires_at), (tag::REPLACED_BY, replaced_by)];
        let restored = tags.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let restored: Vec<_> = restored.collect();
        let removed = tags.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name);
        let removed: Vec<_> = removed.collect();
        if !restored.is_empty() {
            self.aws.add_tags_to_api_key(api_key, &restored).await?;
        }
        if removed.is_empty() { Ok(()) } else { self.aws.untag_api_key(api_key, &removed).await }
    }

    /// The tags of an API key's retirement, as read.
    pub(super) fn retirement_tags(&self, id: &ApiKeyId) -> RetirementTags {
        let key = self.inventory.api_key(id).key();
        let value = |name: &str| key.and_then(|key| key.tags.get(name)).cloned();
        RetirementTags {
            api_key: id.clone(),
            retires_at: value(tag::RETIRES_AT),
            replaced_by: value(tag::REPLACED_BY),
        }
    }

    /// Waits until the plan's API accepts a new API key, so that no tenant gets a key that is refused
    /// with 403.
    ///
    /// If no GET method can be called from here, waits for the typical propagation time instead. Loopback
    /// endpoints propagate at once.
    pub(super) async fn wait_until_key_works(
        &mut self,
        plan: &PlanId,
        (id, value): &(ApiKeyId, Secret),
    ) -> Result<(), Failure> {
        let request = match self.harmless_calls.get(plan) {
            Some(found) => found.clone(),
            None => {
                let found = self.find_harmless_call(plan).await?;
                self.harmless_calls.insert(plan.clone(), found.clone());
                found
            }
        };
        let Some(request) = request else {
            return self.wait_for_propagation().await;
        };
        let timeout = if self.aws.is_loopback() { LOOPBACK_PROPAGATION_TIMEOUT } else { PROPAGATION_TIMEOUT };
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            match self.aws.protected_api().send(&request, value).await {
                // The key was not looked up, so the call does not tell whether it works.
                Ok(response) if is_access_refusal(response.error_type()) => {
                    return self.wait_for_propagation().await;
                }
                Ok(response)
                    if Verdict::from_response(response.status, response.error_type())
                        != Verdict::Forbidden =>
                {
                    return Ok(());
                }
                Ok(_) => {}
                Err(_) => return self.wait_for_propagation().await,
            }
            if tokio::time::Instant::now() > deadline {
                return Err(Failure::InvalidCall(format!(
                    "the API of {} still answers 403 for the new API key {id}: check that the plan covers the deployed stage",
                    self.inventory.plan_name(plan)
                )));
            }
            self.pause(POLL_INTERVAL, "waiting until API Gateway accepts the new API key").await?;
        }
    }

    /// Returns a GET call that needs a key and no parameters, and that the API does not refuse to every key.
    async fn find_harmless_call(&self, plan: &PlanId) -> Result<Option<CheckedRequest>, Failure> {
        let routes = match crate::ops::read_routes(self.aws, self.inventory, plan).await {
            Ok(routes) => routes,
            Err(Failure::InvalidCall(_) | Failure::Denied { .. } | Failure::Unsupported(_)) => {
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        let harmless =
            routes.iter().find(|route| route.needs_key && route.method == "GET" && !route.path.contains('{'));
        let Some(route) = harmless else { return Ok(None) };
        let request = CallRequest {
            invoke_url: route.invoke_url.clone(),
            method: route.method.clone(),
            path: route.path.clone(),
            ..CallRequest::default()
        };
        let Ok(checked) = request.check() else { return Ok(None) };
        let method = format!("{} {}", route.method, route.path);
        let refusal = find_api_refusal(self.aws, self.inventory, (&route.stage, method), self.run).await?;
        if refusal.is_some() {
            return Ok(None);
        }
        let apis = [route.stage.api.as_str()];
        match crate::ops::stage_address::check_recipient(self.aws, &apis, &checked).await {
            Ok(()) => Ok(Some(checked)),
            Err(Failure::InvalidCall(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn wait_for_propagation(&self) -> Result<(), Failure> {
        if self.aws.is_loopback() {
            return Ok(());
        }
        self.pause(PROPAGATION_TIMEOUT / 2, "waiting half a minute until API Gateway accepts the new API key")
            .await
    }

    async fn pause(&self, time: Duration, doing: &str) -> Result<(), Failure> {
        (self.run.progress)(Progress { done: 0, total: None, doing: doing.to_owned() });
        tokio::select! {
            () = self.run.cancel.cancelled() => Err(Failure::Cancelled),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }
}

/// The time after `grace` seconds in whole seconds, never later: a key without a grace period is due at once. `None` if
/// there is no such time.
fn retirement_time(now: Timestamp, grace: u64) -> Option<Timestamp> {
    let grace = SignedDuration::from_secs(i64::try_from(grace).ok()?);
    let whole_seconds = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor);
    now.checked_add(grace).ok()?.round(whole_seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_grace_period_is_due_at_once() {
        let now: Timestamp = "2026-03-01T12:00:00.7Z".parse().unwrap();
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(retirement_time(now, 0), Some(noon));
        assert_eq!(retirement_time(now, 60), Some(noon + SignedDuration::from_mins(1)));
        assert_eq!(retirement_time(now, u64::MAX), None);
    }
}
