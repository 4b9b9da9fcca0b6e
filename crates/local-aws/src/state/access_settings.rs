//! Who may call an API, and where its keys come from.

use serde::{Deserialize, Serialize};

use super::RestApi;

/// An API's settings that take effect with a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessSettings {
    /// `HEADER` or `AUTHORIZER`.
    pub(crate) api_key_source: String,
    /// Whether only custom domains accept calls.
    pub(crate) is_default_endpoint_disabled: bool,
    /// The resource policy, as JSON.
    pub(crate) policy: Option<String>,
}

impl AccessSettings {
    /// Returns the settings as last edited.
    pub(crate) fn from_api(api: &RestApi) -> Self {
        let setting = |name: &str| api.settings.get(name);
        Self {
            api_key_source: api.api_key_source.clone(),
            is_default_endpoint_disabled: setting("disableExecuteApiEndpoint")
                .is_some_and(|disabled| disabled == true),
            policy: setting("policy").and_then(|policy| policy.as_str()).map(str::to_owned),
        }
    }
}

impl RestApi {
    /// Whether only callers inside a VPC reach the API. Unlike the other settings, this needs no deployment.
    pub(crate) fn is_private(&self) -> bool {
        let types = self.settings.get("endpointConfiguration").map(|configuration| &configuration["types"]);
        types
            .and_then(|types| types.as_array())
            .is_some_and(|types| types.iter().any(|kind| kind == "PRIVATE"))
    }
}
