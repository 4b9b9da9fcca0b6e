//! Calls from an access log: who sent which API key, and whether the call is charged.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::attribution::has_single_tenant;
use crate::{ApiKeyId, Inventory, Tenant};

/// The status of a call that is refused because of a quota or throttle.
const LIMIT_STATUS: u16 = 429;
/// Statuses with which the gateway refuses a call.
const REFUSED_STATUSES: [u16; 2] = [403, LIMIT_STATUS];
/// The response types of calls that are refused because of a quota or throttle.
const LIMIT_TYPES: [&str; 2] = ["QUOTA_EXCEEDED", "THROTTLED"];

/// The names of the fields in an access log. A name with dots is a field with dots, or a path into nested
/// objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogFields {
    /// The field with the id of the API key.
    pub api_key: String,
    pub tenant: String,
    /// `None` if the usual names apply.
    pub time: Option<String>,
    pub status: String,
}

/// What the log says about the answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedAnswer {
    /// The call reached the backend.
    Accepted,
    /// API Gateway refused the call because of a quota or throttle.
    Limited,
    /// API Gateway refused the call for another reason.
    Refused,
}

/// Number of calls per API key and tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedCalls {
    calls: BTreeMap<(ApiKeyId, Tenant), u64>,
    /// Calls of which the log names the API key, but no tenant.
    without_tenant: BTreeMap<ApiKeyId, u64>,
    /// Of the refused calls, those because of a quota or throttle.
    limited: BTreeMap<ApiKeyId, u64>,
    /// Calls refused by the gateway, which are in no other number.
    pub refused_count: u64,
}

impl Default for AccessLogFields {
    fn default() -> Self {
        Self {
            api_key: "apiKeyId".to_owned(),
            tenant: "tenant".to_owned(),
            time: None,
            status: "status".to_owned(),
        }
    }
}

impl LoggedAnswer {
    /// By the value of `$context.error.responseType`. `None` if the text is no response type.
    ///
    /// API Gateway counts the calls that it passes to the backend, whatever the backend answers. It does not count
    /// those that it answers itself.
    pub fn from_response_type(response_type: &str) -> Option<Self> {
        let is_type = |text: &str| {
            let mut bytes = text.bytes();
            bytes.next().is_some_and(|first| first.is_ascii_uppercase())
                && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        };
        match response_type {
            "" | "-" => Some(Self::Accepted),
            text if LIMIT_TYPES.contains(&text) => Some(Self::Limited),
            text if text.starts_with("INTEGRATION_") && is_type(text) => Some(Self::Accepted),
            text if is_type(text) => Some(Self::Refused),
            _ => None,
        }
    }

    pub fn from_status(status: u16) -> Self {
        match status {
            LIMIT_STATUS => Self::Limited,
            status if REFUSED_STATUSES.contains(&status) => Self::Refused,
            _ => Self::Accepted,
        }
    }
}

impl LoggedCalls {
    /// Counts calls that reached the backend.
    pub fn add(&mut self, api_key: ApiKeyId, tenant: Option<Tenant>, count: u64) {
        let calls = match tenant {
            Some(tenant) => self.calls.entry((api_key, tenant)).or_default(),
            None => self.without_tenant.entry(api_key).or_default(),
        };
        *calls = calls.saturating_add(count);
    }

    /// Counts calls that the gateway refused.
    pub const fn add_refused(&mut self, count: u64) {
        self.refused_count = self.refused_count.saturating_add(count);
    }

    /// Counts calls that the gateway refused because of a quota or throttle.
    pub fn add_limited(&mut self, api_key: ApiKeyId, count: u64) {
        self.add_refused(count);
        let calls = self.limited.entry(api_key).or_default();
        *calls = calls.saturating_add(count);
    }

    /// Number of combinations of API key and tenant.
    pub fn len(&self) -> usize {
        self.calls.len() + self.without_tenant.len() + self.limited.len()
    }

    /// Whether no call reached the backend.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.without_tenant.is_empty()
    }

    pub fn calls_of(&self, api_key: &ApiKeyId, tenant: &Tenant) -> u64 {
        self.calls.get(&(api_key.clone(), tenant.clone())).copied().unwrap_or(0)
    }

    /// Calls per API key, of all tenants.
    pub fn calls_by_key(&self) -> BTreeMap<&ApiKeyId, u64> {
        let mut calls_by_key: BTreeMap<&ApiKeyId, u64> = BTreeMap::new();
        let named = self.iter().map(|(api_key, _, calls)| (api_key, calls));
        for (api_key, calls) in named.chain(self.without_tenant()) {
            *calls_by_key.entry(api_key).or_default() += calls;
        }
        calls_by_key
    }

    /// Calls of which the log names the tenant.
    pub fn iter(&self) -> impl Iterator<Item = (&ApiKeyId, &Tenant, u64)> {
        self.calls.iter().map(|((api_key, tenant), calls)| (api_key, tenant, *calls))
    }

    /// Calls of which the log names the API key, but no tenant.
    pub fn without_tenant(&self) -> impl Iterator<Item = (&ApiKeyId, u64)> {
        self.without_tenant.iter().map(|(api_key, calls)| (api_key, *calls))
    }

    /// Calls with an API key that were refused because of a quota or throttle.
    pub fn limited_calls(&self, api_key: &ApiKeyId) -> u64 {
        self.limited.get(api_key).copied().unwrap_or(0)
    }

    /// Attributes the calls without a tenant to the only tenant of their API key, if it has one.
    pub fn with_sole_tenants<'a>(&'a self, inventory: &Inventory) -> Cow<'a, Self> {
        if self.without_tenant.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut log = self.clone();
        for (api_key, calls) in std::mem::take(&mut log.without_tenant) {
            let tenant = sole_tenant(&api_key, inventory).cloned();
            log.add(api_key, tenant, calls);
        }
        Cow::Owned(log)
    }
}

/// The tenant to whom alone an API key belongs or belonged: as its own key, or as one that was replaced or ended.
fn sole_tenant<'a>(api_key: &ApiKeyId, inventory: &'a Inventory) -> Option<&'a Tenant> {
    let current = inventory.api_key_after_rotations(api_key);
    let was_shared =
        inventory.former_keys().iter().any(|former| former.api_key == *api_key && !former.is_own());
    match inventory.tenants_of_api_key(current)[..] {
        [] => inventory.former_owner(api_key),
        [tenant] if has_single_tenant(current, inventory) && !was_shared => Some(tenant),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_reach_the_backend_count_and_answers_of_the_gateway_do_not() {
        use LoggedAnswer::{Accepted, Limited, Refused};
        for (response_type, answer) in [
            ("-", Some(Accepted)),
            ("", Some(Accepted)),
            ("INTEGRATION_FAILURE", Some(Accepted)),
            ("INTEGRATION_TIMEOUT", Some(Accepted)),
            ("THROTTLED", Some(Limited)),
            ("QUOTA_EXCEEDED", Some(Limited)),
            ("INVALID_API_KEY", Some(Refused)),
            ("DEFAULT_4XX", Some(Refused)),
            ("INTEGRATION_failure", None),
            ("Forbidden", None),
            ("500", None),
        ] {
            assert_eq!(LoggedAnswer::from_response_type(response_type), answer, "{response_type}");
        }
        for (status, answer) in [(200, Accepted), (500, Accepted), (403, Refused), (429, Limited)] {
            assert_eq!(LoggedAnswer::from_status(status), answer, "{status}");
        }
    }
}
