//! Judges a resource policy by its unconditional statements for everyone.
//!
//! Other statements would need the caller's account, address or VPC, which a call on loopback does not have: such an
//! Allow lets the call pass, such a Deny is ignored.

use serde_json::Value;

use super::refusal::Refusal;
use crate::state::ACCOUNT_ID;

/// Refuses a call that the policy denies to everyone, or that no statement allows.
pub(super) fn check(policy: &str, call: &InvokedMethod<'_>) -> Result<(), Refusal> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let has_effect = |statement: &Value, effect: &str| statement["Effect"] == effect;
    let applies = |statement: &&Value| is_for_everyone(statement) && covers(statement, call);
    if statements.iter().filter(applies).any(|statement| has_effect(statement, "Deny")) {
        return Err(Refusal::AccessDenied(call.denial(" with an explicit deny")));
    }
    let may_allow = |statement: &&Value| !is_for_everyone(statement) || covers(statement, call);
    if statements.iter().filter(may_allow).any(|statement| has_effect(statement, "Allow")) {
        return Ok(());
    }
    Err(Refusal::AccessDenied(call.denial("")))
}

/// What a call invokes, as the policy's resources name it.
pub(super) struct InvokedMethod<'a> {
    pub(super) api_id: &'a str,
    pub(super) stage: &'a str,
    pub(super) verb: &'a str,
    /// As called, with a leading slash.
    pub(super) path: &'a str,
}

impl InvokedMethod<'_> {
    fn resource(&self) -> String {
        format!("{}/{}/{}{}", self.api_id, self.stage, self.verb, self.path)
    }

    /// AWS shows the last four digits of the account.
    fn denial(&self, reason: &str) -> String {
        let account = ACCOUNT_ID.get(8..).unwrap_or_default();
        format!(
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
             arn:aws:execute-api:us-east-1:********{account}:{}{reason}",
            self.resource()
        )
    }
}

fn is_for_everyone(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let is_everyone = *principal == "*" || texts(&principal["AWS"]).any(|principal| principal == "*");
    let is_unconditional = statement["Condition"].as_object().is_none_or(|conditions| conditions.is_empty());
    is_everyone && is_unconditional
}

fn covers(statement: &Value, call: &InvokedMethod<'_>) -> bool {
    let is_invoke = |action: &str| ["*", "execute-api:*", "execute-api:Invoke"].contains(&action);
    let resource = call.resource();
    texts(&statement["Action"]).any(is_invoke)
        && texts(&statement["Resource"]).any(|pattern| matches(&api_pattern(pattern, call.api_id), &resource))
}

/// Returns a pattern for `API/STAGE/VERB/PATH`. AWS expands `execute-api:/STAGE…` to an ARN with the API's id.
fn api_pattern(pattern: &str, api_id: &str) -> String {
    match (pattern.strip_prefix("execute-api:/"), pattern.splitn(6, ':').nth(5)) {
        (Some(below), _) => format!("{api_id}/{below}"),
        (None, Some(resource)) => resource.to_owned(),
        (None, None) => pattern.to_owned(),
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str)
}

/// `*` matches any text, `?` any character.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
        }
        Some(expected) => text.chars().next().is_some_and(|found| {
            (expected == '?' || expected == found)
                && matches(&pattern[expected.len_utf8()..], &text[found.len_utf8()..])
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_for_some_callers_or_with_an_empty_condition_lets_a_call_pass_if_it_is_about_invoking() {
        let call = InvokedMethod { api_id: "a1", stage: "prod", verb: "GET", path: "/pets" };
        let is_allowed = |principal: &str, action: &str, resource: &str, condition: &str| {
            let policy = format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":"{principal}","Action":"{action}",
                "Resource":"{resource}","Condition":{condition}}}}}"#
            );
            check(&policy, &call).is_ok()
        };
        let (invoke, pets, beta) =
            ("execute-api:Invoke", "execute-api:/prod/GET/pets", "execute-api:/beta/*");
        assert!(is_allowed("*", invoke, pets, "{}"));
        assert!(!is_allowed("*", invoke, beta, "{}"));
        assert!(!is_allowed("*", "execute-api:ManageConnections", pets, "{}"));
        let from_address = r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#;
        assert!(is_allowed("*", invoke, beta, from_address), "it depends on the caller");
    }
}
