//! Check of what the method asks of its callers besides an API key.

use super::super::gateway_response::GatewayResponse;
use super::{Check, CheckContext, CheckKind, find_method};
use crate::Verdict;
use crate::api_access::{Authorization, KeySource};

pub(super) fn check(context: &CheckContext<'_>) -> Check {
    let Some((method, authorization)) = method_authorization(context) else {
        return Check::unknown(CheckKind::Authorization, "it is unknown what else the method requires");
    };
    let Some(requirement) = authorization.requirement() else {
        return Check::passed(CheckKind::Authorization, format!("{method} requires no other authorization"));
    };
    let summary = format!("{method} also requires {requirement}");
    if context.call.verdict == Some(Verdict::Ok) {
        return Check::passed(CheckKind::Authorization, summary);
    }
    let denied = GatewayResponse::AccessDenied;
    let is_denied = context.call.error_type.as_deref() == denied.error_type();
    let response = match authorization {
        Authorization::Iam => GatewayResponse::Unsigned,
        // It refuses a call without a token, and denies one whose token does not suffice.
        Authorization::Lambda if is_denied => denied,
        Authorization::None | Authorization::Lambda | Authorization::UserPool => {
            GatewayResponse::Unauthorized
        }
    };
    let fix = "send it with the key, or set the method's authorization type to NONE and deploy the API";
    Check::failed(CheckKind::Authorization, summary, response, fix.into())
}

fn method_authorization<'a>(context: &CheckContext<'a>) -> Option<(&'a str, &'a Authorization)> {
    let methods = context.input.methods.as_ref()?;
    let method = find_method(&methods.deployed, context.call.method.as_ref()?)?;
    Some((method, methods.authorizations.get(method)?))
}

/// Whether the authorizer runs before the key is checked, because the key comes from it or the method needs none.
pub(super) fn is_before_key(context: &CheckContext<'_>) -> bool {
    let source = context.input.access.as_ref().map(|access| access.key_source);
    let methods = context.input.methods.as_ref();
    let method = methods.zip(context.call.method.as_ref());
    let needs_no_key = method.is_some_and(|(methods, method)| {
        find_method(&methods.deployed, method)
            .is_some_and(|found| methods.deployed.get(found) == Some(&false))
    });
    source == Some(KeySource::Authorizer) || needs_no_key
}
