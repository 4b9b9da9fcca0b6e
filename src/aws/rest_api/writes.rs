//! What is set of an API, a stage and the account so that plans hold.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool_domain::setup::StageLogging;
use keypool_domain::{MethodRef, StageRef};

use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

fn replace(path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
}

impl Aws {
    /// Lets a method want an API key, or none, from the next deployment on.
    pub(crate) async fn set_key_required(
        &self,
        api: &str,
        resource: &str,
        method: &MethodRef,
        required: bool,
    ) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateMethod", format!("method {method}"));
        let asked = self
            .shared
            .gateway
            .update_method()
            .rest_api_id(api)
            .resource_id(resource)
            .http_method(&method.verb);
        let asked = asked.patch_operations(replace("/apiKeyRequired", &required.to_string()));
        asked.send().await.map(drop).map_err(|why| call.failure(why))
    }

    /// Lets callers of a stage meet the API as it was last edited; a stage that is not there is made.
    pub(crate) async fn deploy(&self, stage: &StageRef) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "CreateDeployment", format!("REST API {}", stage.api));
        let asked = self.shared.gateway.create_deployment().rest_api_id(&stage.api).stage_name(&stage.stage);
        asked.send().await.map(drop).map_err(|why| call.failure(why))
    }

    /// Sets the role with which API Gateway writes logs, for the account and region.
    pub(crate) async fn set_log_role(&self, role: &str) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateAccount", "the account");
        let asked =
            self.shared.gateway.update_account().patch_operations(replace("/cloudwatchRoleArn", role));
        asked.send().await.map(drop).map_err(|why| call.failure(why))
    }

    /// Sets what a stage writes into logs, with both logs in one PATCH.
    pub(crate) async fn set_stage_logging(
        &self,
        stage: &StageRef,
        logging: &StageLogging,
    ) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateStage", format!("stage {stage}"));
        let level = logging.level.map(|level| replace("/*/*/logging/loglevel", level.as_str()));
        let access = logging.access.iter().flat_map(|log| {
            let destination = replace("/accessLogSettings/destinationArn", &log.destination);
            [destination, replace("/accessLogSettings/format", &log.format)]
        });
        let patch = level.into_iter().chain(access).collect();
        let asked = self.shared.gateway.update_stage().rest_api_id(&stage.api).stage_name(&stage.stage);
        let asked = asked.set_patch_operations(Some(patch)).send().await;
        asked.map(drop).map_err(|why| call.failure(why))
    }
}
