//! API keys in the course of a change: made, let in, disabled, and told when to go.

use std::collections::HashMap;
use std::time::Duration;

use jiff::SignedDuration;
use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Edit, NewApiKey, PlanId, Secret, Verdict};

use super::unit::{UnitExecutor, may_have_happened};
use crate::aws::protected_api::{CallRequest, CheckedRequest};
use crate::aws::{ApiKeySpec as Request, Failure};
use crate::ops::Progress;

/// Length of the values made here; API Gateway's own have it too.
pub(in crate::ops) const KEY_VALUE_LEN: usize = 40;
/// What API Gateway takes at most to let a new API key in everywhere; about half of it is usual.
const PROPAGATION_TIMEOUT: Duration = Duration::from_secs(60);
/// Characters that the value of a tag takes at most.
const MAX_TAG_VALUE_LEN: usize = 256;
/// Between two calls with a key that is not let in yet.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

impl UnitExecutor<'_> {
    pub(super) async fn create_api_key(&self, key: &NewApiKey) -> Result<(ApiKeyId, Secret), Failure> {
        let key = &self.complete_from_original(key).await?;
        let random = || Secret::new(self.aws.random_text(KEY_VALUE_LEN));
        let value = key.value.clone().unwrap_or_else(random);
        let request = self.aws.random_uuid();
        let mut tags = HashMap::from([(tag::PLAN.to_owned(), key.plan.to_string())]);
        tags.extend(self.mark_new_key(&request).await?);
        tags.insert(tag::REQUEST.to_owned(), request);
        tags.extend(key.tenant.iter().map(|tenant| (tag::OWNER.to_owned(), tenant.to_string())));
        tags.extend(key.tags.clone());
        tags.extend(key.replaces.iter().map(|old| (tag::REPLACES.to_owned(), old.to_string())));
        let earlier = key.replaces.as_ref().and_then(|old| self.predecessors_tag(old));
        tags.extend(earlier.map(|ids| (tag::PREDECESSORS.to_owned(), ids)));
        let new = Request {
            name: key.name.clone(),
            description: key.description.clone(),
            enabled: key.enabled,
            value: value.clone(),
            customer_id: key.customer_id.clone(),
            tags,
        };
        let id = self.aws.create_api_key(&new).await?;
        self.track_new_key_tag(&id);
        Ok((id, value))
    }

    /// The API keys whose place was taken before this one, as one tag holds them.
    fn predecessors_tag(&self, old: &ApiKeyId) -> Option<String> {
        let mut ids = String::new();
        for key in self.inventory.predecessors(old) {
            let blank = if ids.is_empty() { "" } else { " " };
            if ids.len() + blank.len() + key.id.as_str().len() > MAX_TAG_VALUE_LEN {
                break;
            }
            ids += blank;
            ids += key.id.as_str();
        }
        (!ids.is_empty()).then_some(ids)
    }

    /// An API key that is gone calls no more than a disabled one.
    pub(super) async fn disable_key(&self, id: &ApiKeyId) -> Result<(), Failure> {
        let off = Edit { enabled: Some(false), ..Edit::default() };
        match self.aws.update_api_key(id, &off).await {
            Err(Failure::Gone(_)) => Ok(()),
            other => other,
        }
    }

    pub(super) async fn tag_retirement(&self, id: &ApiKeyId, grace: u64) -> Result<(), Failure> {
        let grace = SignedDuration::from_secs(i64::try_from(grace).unwrap_or(i64::MAX));
        let at = self.aws.now().checked_add(grace).map_err(|_| {
            Failure::Setting("the grace reaches beyond all dates: give a shorter one".to_owned())
        })?;
        let second = at.round(jiff::Unit::Second).unwrap_or(at);
        self.aws.tag_api_key(id, tag::RETIRES_AT, &second.to_string()).await
    }

    /// Tags an API key as being deleted; `tagged` holds those that have or may have the tag. One that is gone needs none,
    /// and an endpoint without tags, as other local AWSs are, can have none.
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

    /// Takes the tag away again, where nothing was disabled.
    pub(super) async fn untag_deletions(&self, tagged: &[ApiKeyId]) -> Result<(), (ApiKeyId, Failure)> {
        for id in tagged {
            match self.aws.untag_api_key(id, tag::DELETING).await {
                Ok(()) | Err(Failure::Gone(_)) => {}
                Err(undo) => return Err((id.clone(), undo)),
            }
        }
        Ok(())
    }

    /// What an API key was told about its end before, it is told again.
    pub(super) async fn restore_retirement_tag(
        &self,
        id: &ApiKeyId,
        before: Option<&str>,
    ) -> Result<(), Failure> {
        match before {
            Some(at) => self.aws.tag_api_key(id, tag::RETIRES_AT, at).await,
            None => self.aws.untag_api_key(id, tag::RETIRES_AT).await,
        }
    }

    /// Waits until the plan's API lets a new API key in: tenants must not be given one that answers 403.
    ///
    /// What cannot be called from here with GET is given the time that AWS usually takes, but for an endpoint on
    /// loopback, where nothing takes time.
    pub(super) async fn wait_until_key_works(
        &self,
        plan: &PlanId,
        (id, value): &(ApiKeyId, Secret),
    ) -> Result<(), Failure> {
        let Some(request) = self.find_harmless_call(plan).await? else {
            return self.wait_for_propagation().await;
        };
        let end = tokio::time::Instant::now() + PROPAGATION_TIMEOUT;
        loop {
            match self.aws.protected_api().send(&request, value).await {
                Ok(answer)
                    if Verdict::from_response(answer.status, answer.error_type()) != Verdict::Forbidden =>
                {
                    return Ok(());
                }
                Ok(_) => {}
                Err(_) => return self.wait_for_propagation().await,
            }
            if tokio::time::Instant::now() > end {
                return Err(Failure::InvalidCall(format!(
                    "the API of {} still answers 403 to the new API key {id}: does the plan cover the deployed stage?",
                    self.inventory.plan_name(plan)
                )));
            }
            self.pause(POLL_INTERVAL, "waiting until API Gateway lets the new API key in").await?;
        }
    }

    /// A GET that needs a key and no parameters.
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
        Ok(harmless.and_then(|route| {
            let request = CallRequest {
                invoke_url: route.invoke_url.clone(),
                method: route.method.clone(),
                path: route.path.clone(),
                ..CallRequest::default()
            };
            let checked = request.check().ok()?;
            self.aws.check_recipient(&[route.stage.api.as_str()], &checked).ok()?;
            Some(checked)
        }))
    }

    async fn wait_for_propagation(&self) -> Result<(), Failure> {
        if self.aws.is_loopback() {
            return Ok(());
        }
        self.pause(PROPAGATION_TIMEOUT / 2, "giving API Gateway half a minute to let the new API key in")
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
