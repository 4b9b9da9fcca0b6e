//! Check of the API's resource policy.

use super::super::gateway_response::GatewayResponse;
use super::{Check, CheckContext, CheckKind};
use crate::api_access::Decision;

pub(super) fn check(context: &CheckContext<'_>) -> Check {
    let Some(access) = &context.input.access else {
        return Check::unknown(CheckKind::ResourcePolicy, "the resource policy cannot be read (GetRestApi)");
    };
    let Some(policy) = &access.policy else {
        return Check::passed(CheckKind::ResourcePolicy, "the API has no resource policy");
    };
    let call = context.call;
    let Some((stage, (verb, path))) =
        call.stage.as_ref().zip(call.method.as_ref().and_then(|m| m.split_once(' ')))
    else {
        return Check::not_checked(
            CheckKind::ResourcePolicy,
            "the API has a resource policy; no method is known",
        );
    };
    let path = path.split('?').next().unwrap_or_default();
    let refused = |summary: &str| {
        let fix = "change the API's resource policy, then deploy the API";
        let response = GatewayResponse::AccessDenied;
        context.refuse_as_edited(CheckKind::ResourcePolicy, summary.to_owned(), response, fix.into())
    };
    match policy.judge(stage, verb, path) {
        Decision::Denied => refused("the resource policy denies the call to everyone"),
        Decision::NotAllowed => refused("no statement of the resource policy allows the call"),
        Decision::Allowed => {
            Check::passed(CheckKind::ResourcePolicy, "the resource policy allows the call to everyone")
        }
        Decision::NotJudged(reasons) => Check::not_checked(
            CheckKind::ResourcePolicy,
            format!("the resource policy {}", reasons.join(" and ")),
        ),
    }
}
