//! The API keys attached to a usage plan.

use std::sync::Arc;

use aws_sdk_apigateway::Client;
use keypool_domain::{ApiKeyId, Known, PlanId, Secret};

use super::PAGE_SIZE;
use super::member_cache::Members;
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// An API key of a usage plan. API Gateway always includes its value here.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) api_key: ApiKeyId,
    pub(crate) value: Option<Secret>,
}

impl Aws {
    /// Reads the API keys of a usage plan, for a refresh in the background. A plan that is gone has none.
    pub(crate) async fn members_for_refresh(&self, plan: &PlanId) -> Result<Members, Failure> {
        self.read_members(&self.shared.gateway_refresh, plan).await
    }

    /// Reads the API keys of a usage plan while the user waits.
    pub(crate) async fn members(&self, plan: &PlanId) -> Result<Members, Failure> {
        self.read_members(&self.shared.gateway, plan).await
    }

    /// Returns the API keys of a usage plan as this connection read them last, unless it has changed them since.
    pub(crate) fn cached_members(&self, plan: &PlanId) -> Option<Members> {
        self.shared.members.get(plan)
    }

    async fn read_members(&self, gateway: &Client, plan: &PlanId) -> Result<Members, Failure> {
        let writes = self.shared.members.writes();
        let members = match self.list_members(gateway, plan).await {
            Ok(members) => Known::Value(Arc::new(members)),
            Err(Failure::Denied { action, resource }) => Known::not_allowed(action, resource),
            Err(Failure::Gone(_)) => Known::Value(Arc::default()),
            Err(failure) => return Err(failure),
        };
        self.shared.members.insert(plan.clone(), members.clone(), writes);
        Ok(members)
    }

    async fn list_members(&self, gateway: &Client, plan: &PlanId) -> Result<Vec<Member>, Failure> {
        let call = self.call(Service::ApiGateway, "GetUsagePlanKeys", format!("usage plan {plan}"));
        let mut members = Vec::new();
        let list = gateway.get_usage_plan_keys().usage_plan_id(plan.as_str());
        let mut pages = Pages::of_list();
        loop {
            let page = list.clone().limit(PAGE_SIZE).set_position(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let page_members = page.items.unwrap_or_default().into_iter().filter_map(|key| {
                Some(Member { api_key: ApiKeyId::new(key.id?), value: key.value.map(Secret::new) })
            });
            members.extend(page_members);
            if !pages.turn_page(&call, page.position)? {
                return Ok(members);
            }
        }
    }

    /// Attaches an API key to a usage plan; succeeds if it is already attached.
    pub(crate) async fn attach_api_key(&self, plan: &PlanId, api_key: &ApiKeyId) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "CreateUsagePlanKey", format!("usage plan {plan}"));
        let response = self
            .shared
            .gateway
            .create_usage_plan_key()
            .usage_plan_id(plan.as_str())
            .key_id(api_key.as_str())
            .key_type("API_KEY")
            .send()
            .await;
        self.shared.members.drop_plan(plan);
        match response {
            Ok(_) => Ok(()),
            Err(error) => {
                // If the first attempt's response was lost, the retry fails with a conflict.
                let conflict = error.as_service_error().is_some_and(|error| error.is_conflict_exception());
                if conflict && self.is_member(plan, api_key).await {
                    Ok(())
                } else {
                    Err(call.failure(error))
                }
            }
        }
    }

    /// Detaches an API key from a usage plan; succeeds if it is not attached.
    pub(crate) async fn detach_api_key(&self, plan: &PlanId, api_key: &ApiKeyId) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "DeleteUsagePlanKey", format!("usage plan {plan}"));
        let request = self.shared.gateway.delete_usage_plan_key();
        let response = request.usage_plan_id(plan.as_str()).key_id(api_key.as_str()).send().await;
        self.shared.members.drop_plan(plan);
        call.unless_gone(response).map(drop)
    }

    async fn is_member(&self, plan: &PlanId, api_key: &ApiKeyId) -> bool {
        let request =
            self.shared.gateway.get_usage_plan_key().usage_plan_id(plan.as_str()).key_id(api_key.as_str());
        request.send().await.is_ok()
    }
}
