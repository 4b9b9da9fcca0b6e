//! Check of the address at which the API is called.

use super::super::gateway_response::GatewayResponse;
use super::{Check, CheckContext, CheckKind, SuggestedFix};

pub(super) fn check(context: &CheckContext<'_>) -> Check {
    let Some(access) = &context.input.access else {
        return Check::unknown(CheckKind::Endpoint, "the REST API's settings cannot be read (GetRestApi)");
    };
    let (summary, fix) = match (&context.input.custom_url, access.is_private) {
        (Some(url), _) => {
            return Check::passed(CheckKind::Endpoint, format!("the stage is called at {url}"));
        }
        (None, true) => (
            "the API is private: only callers inside a VPC reach it, through an interface endpoint",
            "call from inside the VPC, or make the API's endpoint type regional",
        ),
        (None, false) if access.is_default_endpoint_disabled => (
            "the default endpoint (execute-api) is disabled: only a custom domain accepts calls",
            "call a custom domain; `[api.\"API:STAGE\"] url = …` in config.toml tells keypool which",
        ),
        (None, false) => {
            return Check::passed(CheckKind::Endpoint, "the default endpoint (execute-api) is enabled");
        }
    };
    let (summary, fix) = match &context.input.unread_domains {
        Some(why) if !access.is_private => (
            format!("{summary}; which one is unknown, because the domain mappings cannot be read ({why})"),
            SuggestedFix::Text(format!("allow keypool to read the custom domains, or {fix}")),
        ),
        Some(_) | None => (summary.to_owned(), fix.into()),
    };
    context.refuse_as_edited(CheckKind::Endpoint, summary, GatewayResponse::Forbidden, fix)
}
