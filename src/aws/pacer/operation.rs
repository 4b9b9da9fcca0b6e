//! The operations with their own limits: how they are recognised in HTTP requests, and what AWS allows.

use super::rate::PublishedLimit;

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

/// The limit of all operations together. Other tools share it.
pub(super) const TOTAL_LIMIT: PublishedLimit = limit(10.0, 40.0, 1.0);

/// The limit of each operation of CloudWatch Logs that is called often. Other tools share it.
pub(super) const LOGS_LIMIT: PublishedLimit = limit(5.0, 5.0, 0.5);

/// The operations with a lower limit than all operations together.
pub(super) const OPERATION_LIMITS: [(Operation, &str, PublishedLimit); 6] = [
    (Operation::CreateApiKey, "CreateApiKey", limit(5.0, 5.0, 0.5)),
    (Operation::DeleteApiKey, "DeleteApiKey", limit(5.0, 5.0, 0.5)),
    (Operation::UpdateUsagePlan, "UpdateUsagePlan", limit(0.05, 1.0, 0.0125)),
    (Operation::GetResources, "GetResources", limit(2.5, 5.0, 0.25)),
    (Operation::UpdateAccount, "UpdateAccount", limit(0.05, 1.0, 0.0125)),
    (Operation::CreateDeployment, "CreateDeployment", limit(0.2, 1.0, 0.05)),
];

const fn limit(rate: f64, burst: f64, floor: f64) -> PublishedLimit {
    PublishedLimit { rate, burst, floor }
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
