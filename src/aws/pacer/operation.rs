//! Recognises the operations with their own limits from HTTP requests.

/// An operation with its own limit, or any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    CreateApiKey,
    DeleteApiKey,
    UpdateUsagePlan,
    CreateUsagePlanKey,
    GetResources,
    UpdateAccount,
    CreateDeployment,
    Other,
}

impl Operation {
    /// Recognises an operation by method and path; the endpoint may add a path prefix.
    pub(super) fn from_request(method: &str, uri: &str) -> Self {
        let path = uri.split_once('?').map_or(uri, |(path, _)| path);
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (method, &parts[..]) {
            ("POST", [.., "apikeys"]) if !uri.contains("mode=import") => Self::CreateApiKey,
            ("DELETE", [.., "apikeys", _]) => Self::DeleteApiKey,
            ("PATCH", [.., "usageplans", _]) => Self::UpdateUsagePlan,
            ("POST", [.., "usageplans", _, "keys"]) => Self::CreateUsagePlanKey,
            ("GET", [.., "resources"]) => Self::GetResources,
            ("PATCH", [.., "account"]) => Self::UpdateAccount,
            ("POST", [.., "restapis", _, "deployments"]) => Self::CreateDeployment,
            _ => Self::Other,
        }
    }
}
