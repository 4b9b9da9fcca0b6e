//! Check of where the API key of a call comes from.

use super::super::gateway_response::GatewayResponse;
use super::{Check, CheckContext, CheckKind};
use crate::api_access::KeySource;

pub(super) fn check(context: &CheckContext<'_>) -> Check {
    match context.input.access.as_ref().map(|access| access.key_source) {
        None => Check::unknown(CheckKind::KeySource, "it is unknown where the API takes keys from (GetRestApi)"),
        Some(KeySource::Header) => {
            Check::passed(CheckKind::KeySource, "the API takes keys from the header x-api-key")
        }
        Some(KeySource::Authorizer) => context.refuse_as_edited(
            CheckKind::KeySource,
            "the API takes keys from its authorizer (apiKeySource AUTHORIZER): the header x-api-key is ignored"
                .to_owned(),
            GatewayResponse::Forbidden,
            "set the API's apiKeySource to HEADER and deploy it, or let the authorizer return the key".into(),
        ),
    }
}
