//! Calls from an access log: who sent which API key, and whether the call is charged.

use std::collections::BTreeMap;

use crate::{ApiKeyId, Tenant};

/// Statuses with which the gateway refuses a call.
const REFUSED_STATUSES: [u16; 2] = [403, 429];

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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCall {
    pub api_key: ApiKeyId,
    pub tenant: Tenant,
    pub status: u16,
}

/// Number of calls per API key and tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedCalls {
    calls: BTreeMap<(ApiKeyId, Tenant), u64>,
    /// Calls refused by the gateway, which are not charged.
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

/// Whether API Gateway refused a call, by the value of `$context.error.responseType`. `None` if the text is no
/// response type.
///
/// API Gateway counts the calls that it passes to the backend, whatever the backend answers. It does not count
/// those that it answers itself.
pub fn is_refusal(response_type: &str) -> Option<bool> {
    let is_type = |text: &str| {
        let mut bytes = text.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_uppercase())
            && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    match response_type {
        "" | "-" => Some(false),
        text if is_type(text) => Some(!text.starts_with("INTEGRATION_")),
        _ => None,
    }
}

impl LoggedCalls {
    /// Counts this many equal calls by their status, separately if the gateway refused them.
    pub fn add(&mut self, call: LoggedCall, count: u64) {
        if REFUSED_STATUSES.contains(&call.status) {
            self.add_refused(count);
        } else {
            self.add_accepted(call.api_key, call.tenant, count);
        }
    }

    /// Counts calls that reached the backend.
    pub fn add_accepted(&mut self, api_key: ApiKeyId, tenant: Tenant, count: u64) {
        *self.calls.entry((api_key, tenant)).or_default() += count;
    }

    /// Counts calls that the gateway refused.
    pub const fn add_refused(&mut self, count: u64) {
        self.refused_count += count;
    }

    /// Number of combinations of API key and tenant.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub fn calls_of(&self, api_key: &ApiKeyId, tenant: &Tenant) -> u64 {
        self.calls.get(&(api_key.clone(), tenant.clone())).copied().unwrap_or(0)
    }

    /// Calls per API key, of all tenants.
    pub fn calls_by_key(&self) -> BTreeMap<&ApiKeyId, u64> {
        let mut calls_by_key: BTreeMap<&ApiKeyId, u64> = BTreeMap::new();
        for ((api_key, _), calls) in &self.calls {
            *calls_by_key.entry(api_key).or_default() += calls;
        }
        calls_by_key
    }

    pub fn iter(&self) -> impl Iterator<Item = (&ApiKeyId, &Tenant, u64)> {
        self.calls.iter().map(|((api_key, tenant), calls)| (api_key, tenant, *calls))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_reach_the_backend_count_and_answers_of_the_gateway_do_not() {
        for (response_type, refusal) in [
            ("-", Some(false)),
            ("", Some(false)),
            ("INTEGRATION_FAILURE", Some(false)),
            ("INTEGRATION_TIMEOUT", Some(false)),
            ("THROTTLED", Some(true)),
            ("QUOTA_EXCEEDED", Some(true)),
            ("INVALID_API_KEY", Some(true)),
            ("DEFAULT_4XX", Some(true)),
            ("Forbidden", None),
            ("500", None),
        ] {
            assert_eq!(is_refusal(response_type), refusal, "{response_type}");
        }
    }
}
