//! The REST APIs and their stages.

use keypool_domain::StageRef;
use keypool_domain::setup::{AccessLog, RestApi, StageLogging};

use super::PAGE_SIZE;
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// The key of the settings for all methods of a stage.
const ALL_METHODS: &str = "*/*";

impl Aws {
    /// Returns the REST APIs of the account and region.
    pub(crate) async fn rest_apis(&self) -> Result<Vec<RestApi>, Failure> {
        let call = self.call(Service::ApiGateway, "GetRestApis", "the list of REST APIs");
        let (mut apis, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let page = self.shared.gateway.get_rest_apis().limit(PAGE_SIZE).set_position(pages.token());
            let page = page.send().await.map_err(|error| call.failure(error))?;
            let page_apis = page.items.unwrap_or_default().into_iter();
            apis.extend(
                page_apis.filter_map(|api| Some(RestApi { id: api.id?, name: api.name.unwrap_or_default() })),
            );
            if !pages.turn_page(&call, page.position)? {
                return Ok(apis);
            }
        }
    }

    /// Returns the names of a REST API's stages.
    pub(crate) async fn stages(&self, api: &str) -> Result<Vec<String>, Failure> {
        let call = self.call(Service::ApiGateway, "GetStages", format!("REST API {api}"));
        let response = self.shared.gateway.get_stages().rest_api_id(api).send().await;
        let stages = response.map_err(|error| call.failure(error))?.item.unwrap_or_default();
        Ok(stages.into_iter().filter_map(|stage| stage.stage_name).collect())
    }

    /// Returns a stage's log settings; `None` if the stage does not exist.
    pub(crate) async fn stage_logging(&self, stage: &StageRef) -> Result<Option<StageLogging>, Failure> {
        let call = self.call(Service::ApiGateway, "GetStage", format!("stage {stage}"));
        let request = self.shared.gateway.get_stage().rest_api_id(&stage.api).stage_name(&stage.stage);
        let Some(response) = call.unless_gone(request.send().await)? else { return Ok(None) };
        let settings = response.method_settings.unwrap_or_default();
        let level = settings.get(ALL_METHODS).and_then(|all| all.logging_level.as_deref());
        let access = response.access_log_settings.and_then(|log| {
            Some(AccessLog { destination: log.destination_arn?, format: log.format.unwrap_or_default() })
        });
        Ok(Some(StageLogging { level: level.and_then(|word| word.parse().ok()), access }))
    }
}
