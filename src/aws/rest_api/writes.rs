//! Changes to an API, a stage and the account that make usage plans effective.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool_domain::setup::StageLogging;
use keypool_domain::{MethodRef, StageRef};

use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

fn replace(path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
}

impl Aws {
    /// Sets whether a method requires an API key; takes effect with the next deployment.
    pub(crate) async fn set_key_required(
        &self,
        api: &str,
        resource: &str,
        method: &MethodRef,
        required: bool,
    ) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateMethod", format!("method {method}"));
        let request = self
            .shared
            .gateway
            .update_method()
            .rest_api_id(api)
            .resource_id(resource)
            .http_method(&method.verb);
        let request = request.patch_operations(replace("/apiKeyRequired", &required.to_string()));
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Deploys the API as last edited to a stage, which is created if missing.
    pub(crate) async fn deploy(&self, stage: &StageRef) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "CreateDeployment", format!("REST API {}", stage.api));
        let request =
            self.shared.gateway.create_deployment().rest_api_id(&stage.api).stage_name(&stage.stage);
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Sets the role with which API Gateway writes logs, for the account and region.
    pub(crate) async fn set_log_role(&self, role: &str) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateAccount", "the account");
        let request =
            self.shared.gateway.update_account().patch_operations(replace("/cloudwatchRoleArn", role));
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Sets a stage's execution log and access log in one PATCH.
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
        let request = self.shared.gateway.update_stage().rest_api_id(&stage.api).stage_name(&stage.stage);
        let response = request.set_patch_operations(Some(patch)).send().await;
        response.map(drop).map_err(|error| call.failure(error))
    }
}
