//! Writes to usage plans. Each edit is one PATCH, because API Gateway allows one per 20 seconds.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types::{
    ApiStage, Op, PatchOperation, QuotaPeriodType, QuotaSettings, ThrottleSettings,
};
use keypool_domain::{MethodRef, Period, Plan, PlanEdit, PlanId, Quota, StageRef, Throttle, key::tag};

use super::lenient;
use crate::aws::failure::{Service, is_in_doubt};
use crate::aws::{Aws, Failure};

impl Aws {
    /// Creates a usage plan with its stages and limits.
    ///
    /// If the response is lost, looks for the plan by its name and our request tag.
    pub(crate) async fn create_usage_plan(&self, new: &Plan) -> Result<PlanId, Failure> {
        let call = self.call(Service::ApiGateway, "CreateUsagePlan", format!("usage plan \"{}\"", new.name));
        let request_id = self.random_uuid();
        let request = self
            .shared
            .gateway
            .create_usage_plan()
            .name(&new.name)
            .description(&new.description)
            .set_api_stages(Some(new.stages.iter().map(|stage| api_stage(stage, new)).collect()))
            .set_throttle(new.throttle.as_ref().map(throttle))
            .set_quota(new.quota.as_ref().map(quota))
            .tags(tag::REQUEST, &request_id);
        match request.send().await {
            Ok(response) => {
                let id = response
                    .id
                    .ok_or_else(|| call.unexpected_failure("the response has no id".to_owned()))?;
                Ok(PlanId::new(id))
            }
            Err(error) => {
                let in_doubt = is_in_doubt(&error);
                let failure = call.failure(error);
                if !in_doubt {
                    return Err(failure);
                }
                match self.find_created_plan(&new.name, &request_id).await {
                    Ok(Some(id)) => Ok(id),
                    Ok(None) => Err(failure),
                    Err(undo) => Err(Failure::UndoFailed {
                        remnant: format!("perhaps a usage plan named \"{}\"", new.name),
                        failure: Box::new(failure),
                        undo: Box::new(undo),
                    }),
                }
            }
        }
    }

    async fn find_created_plan(&self, name: &str, request_id: &str) -> Result<Option<PlanId>, Failure> {
        let list = self.usage_plans().await?;
        for plan in list.plans.iter().filter(|plan| plan.name == name) {
            let call = self.call(Service::ApiGateway, "GetUsagePlan", format!("usage plan {}", plan.id));
            let response = self.shared.gateway.get_usage_plan().usage_plan_id(plan.id.as_str()).send().await;
            let tags = response.map_err(|error| call.failure(error))?.tags.unwrap_or_default();
            if tags.get(tag::REQUEST).is_some_and(|tagged| tagged == request_id) {
                return Ok(Some(plan.id.clone()));
            }
        }
        list.require_complete(&self.call(Service::ApiGateway, "GetUsagePlans", "the list of usage plans"))?;
        Ok(None)
    }

    /// Changes a usage plan in one PATCH.
    pub(crate) async fn update_usage_plan(&self, plan: &PlanId, edit: &PlanEdit) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UpdateUsagePlan", format!("usage plan {plan}"));
        let request = self.shared.gateway.update_usage_plan().usage_plan_id(plan.as_str());
        match request.set_patch_operations(Some(edit_patch(edit))).send().await {
            Ok(_) => Ok(()),
            // The update succeeded: some endpoints return patched numbers as strings, which the SDK
            // cannot parse.
            Err(error) if lenient::rejected_body(&error).is_some() => Ok(()),
            Err(error) => Err(call.failure(error)),
        }
    }

    /// Returns a usage plan without its price-list entry; `None` if it does not exist.
    pub(crate) async fn usage_plan(&self, plan: &PlanId) -> Result<Option<Plan>, Failure> {
        let list = self.usage_plans().await?;
        let found = list.plans.iter().find(|found| found.id == *plan).cloned();
        if found.is_none() {
            list.require_complete(&self.call(
                Service::ApiGateway,
                "GetUsagePlans",
                format!("usage plan {plan}"),
            ))?;
        }
        Ok(found)
    }

    /// Returns a usage plan's tags, which API Gateway's list leaves out.
    pub(crate) async fn plan_tags(&self, plan: &PlanId) -> Result<BTreeMap<String, String>, Failure> {
        let call = self.call(Service::ApiGateway, "GetUsagePlan", format!("usage plan {plan}"));
        match self.shared.gateway_refresh.get_usage_plan().usage_plan_id(plan.as_str()).send().await {
            Ok(plan) => Ok(plan.tags.unwrap_or_default().into_iter().collect()),
            Err(error) => {
                match lenient::rejected_body(&error).and_then(|body| serde_json::from_slice(body).ok()) {
                    Some(plan) => Ok(lenient::tags(&plan).unwrap_or_default()),
                    None => Err(call.failure(error)),
                }
            }
        }
    }

    /// Removes a tag from a usage plan; succeeds if it is not there.
    pub(crate) async fn untag_plan(&self, plan: &PlanId, tag: &str) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "UntagResource", format!("usage plan {plan}"));
        let arn = self.control_plane_arn(&format!("/usageplans/{plan}"));
        let request = self.shared.gateway.untag_resource().resource_arn(arn).tag_keys(tag);
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Deletes a usage plan that covers no stage; succeeds if it does not exist.
    pub(crate) async fn delete_usage_plan(&self, plan: &PlanId) -> Result<(), Failure> {
        let call = self.call(Service::ApiGateway, "DeleteUsagePlan", format!("usage plan {plan}"));
        let request = self.shared.gateway.delete_usage_plan().usage_plan_id(plan.as_str());
        let response = request.send().await;
        self.shared.members.drop_plan(plan);
        call.unless_gone(response).map(drop)
    }
}

fn api_stage(stage: &StageRef, new: &Plan) -> ApiStage {
    let of_stage = new.method_throttles.iter().filter(|((other, _), _)| other == stage);
    let methods: HashMap<_, _> = of_stage
        .map(|((_, method), method_throttle)| (method_path(method), throttle(method_throttle)))
        .collect();
    let methods = (!methods.is_empty()).then_some(methods);
    ApiStage::builder().api_id(&stage.api).stage(&stage.stage).set_throttle(methods).build()
}

fn throttle(throttle: &Throttle) -> ThrottleSettings {
    let burst = i32::try_from(throttle.burst).unwrap_or(i32::MAX);
    ThrottleSettings::builder().rate_limit(throttle.rate).burst_limit(burst).build()
}

fn quota(quota: &Quota) -> QuotaSettings {
    let period = match quota.period {
        Period::Day => QuotaPeriodType::Day,
        Period::Week => QuotaPeriodType::Week,
        Period::Month => QuotaPeriodType::Month,
    };
    let limit = i32::try_from(quota.limit).unwrap_or(i32::MAX);
    let offset = i32::try_from(quota.offset).unwrap_or(i32::MAX);
    QuotaSettings::builder().limit(limit).period(period).offset(offset).build()
}

/// Formats a method as usage plans do: `/pets/GET`, and `//GET` for the root.
fn method_path(method: &MethodRef) -> String {
    format!("{}/{}", method.path, method.verb)
}

fn patch_operation(op: Op, path: impl Into<String>, value: Option<String>) -> PatchOperation {
    PatchOperation::builder().op(op).path(path).set_value(value).build()
}

/// Returns the patch operations of an edit, ordered so that each is valid after the previous ones.
fn edit_patch(edit: &PlanEdit) -> Vec<PatchOperation> {
    let replace = |path: &str, value: String| patch_operation(Op::Replace, path, Some(value));
    let mut patch = Vec::new();
    patch.extend(edit.name.clone().map(|name| replace("/name", name)));
    patch.extend(edit.description.clone().map(|text| replace("/description", text)));
    match &edit.product_code {
        Some(Some(code)) => patch.push(replace("/productCode", code.clone())),
        Some(None) => patch.push(patch_operation(Op::Remove, "/productCode", None)),
        None => {}
    }
    if let Some(Some(throttle)) = edit.throttle {
        patch.push(replace("/throttle/rateLimit", throttle.rate.to_string()));
        patch.push(replace("/throttle/burstLimit", throttle.burst.to_string()));
    }
    match edit.quota {
        Some(Some(quota)) => {
            patch.push(replace("/quota/limit", quota.limit.to_string()));
            patch.push(replace("/quota/period", quota.period.as_str().to_owned()));
            patch.push(replace("/quota/offset", quota.offset.to_string()));
        }
        Some(None) => patch.push(patch_operation(Op::Remove, "/quota", None)),
        None => {}
    }
    let stage_operation =
        |op: Op, stage: &StageRef| patch_operation(op, "/apiStages", Some(stage.to_string()));
    patch.extend(edit.unlink.iter().map(|stage| stage_operation(Op::Remove, stage)));
    patch.extend(edit.link.iter().map(|stage| stage_operation(Op::Add, stage)));
    patch.extend(edit.methods.iter().flat_map(method_throttle_patch));
    if edit.throttle == Some(None) {
        patch.push(patch_operation(Op::Remove, "/throttle", None));
    }
    patch
}

fn method_throttle_patch(
    (stage, method, throttle): &(StageRef, MethodRef, Option<Throttle>),
) -> Vec<PatchOperation> {
    let path = format!("/apiStages/{stage}/throttle/{}", method_path(method));
    match throttle {
        None => vec![patch_operation(Op::Remove, path, None)],
        Some(throttle) => vec![
            patch_operation(Op::Replace, format!("{path}/rateLimit"), Some(throttle.rate.to_string())),
            patch_operation(Op::Replace, format!("{path}/burstLimit"), Some(throttle.burst.to_string())),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_edits_become_one_patch_with_unescaped_resource_paths() {
        let stage = |name: &str| StageRef { api: "abc".into(), stage: name.into() };
        let throttle = Throttle { rate: 0.5, burst: 2 };
        let edit = PlanEdit {
            throttle: Some(None),
            quota: Some(Some(Quota { limit: 20, period: Period::Week, offset: 6 })),
            link: vec![stage("prod")],
            unlink: vec![stage("beta")],
            methods: vec![
                (stage("prod"), MethodRef::new("GET", "/pets/{id}"), Some(throttle)),
                (stage("prod"), MethodRef::new("GET", "/"), None),
            ],
            ..PlanEdit::default()
        };
        let pairs: Vec<_> = edit_patch(&edit)
            .into_iter()
            .map(|operation| {
                let op = operation.op.map(|op| op.as_str().to_owned()).unwrap_or_default();
                format!("{op} {} {}", operation.path.unwrap_or_default(), operation.value.unwrap_or_default())
            })
            .collect();
        assert_eq!(
            pairs,
            [
                "replace /quota/limit 20",
                "replace /quota/period WEEK",
                "replace /quota/offset 6",
                "remove /apiStages abc:beta",
                "add /apiStages abc:prod",
                "replace /apiStages/abc:prod/throttle//pets/{id}/GET/rateLimit 0.5",
                "replace /apiStages/abc:prod/throttle//pets/{id}/GET/burstLimit 2",
                "remove /apiStages/abc:prod/throttle///GET ",
                "remove /throttle ",
            ]
        );
    }
}
