//! Reads a REST API's resource policy.

use keypool_domain::api_access::{Effect, PolicyStatement, ResourcePolicy};
use serde_json::Value;

/// Why a policy or statement of another form than AWS documents is not judged.
const UNREADABLE: &str = "cannot be understood";
const INVOKE_ACTIONS: [&str; 3] = ["*", "execute-api:*", "execute-api:invoke"];

/// Parses a policy as GetRestApi returns it.
pub(super) fn parse_policy(text: &str, api: &str) -> ResourcePolicy {
    let Some(policy) = parse_document(text) else {
        return ResourcePolicy { statements: vec![PolicyStatement::Other(UNREADABLE)] };
    };
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let parse = |statement: &Value| parse_statement(statement, api);
    ResourcePolicy { statements: statements.into_iter().filter_map(parse).collect() }
}

/// AWS escapes the quotes of the document once more than JSON needs.
fn parse_document(text: &str) -> Option<Value> {
    let is_object = |value: &Value| value.is_object();
    let plain = serde_json::from_str(text).ok().filter(is_object);
    plain.or_else(|| {
        let unescaped: String = serde_json::from_str(&format!("\"{text}\"")).ok()?;
        serde_json::from_str(&unescaped).ok().filter(is_object)
    })
}

/// Returns `None` for a statement about other actions than invoking the API.
fn parse_statement(statement: &Value, api: &str) -> Option<PolicyStatement> {
    let effect = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Some(PolicyStatement::Other(UNREADABLE)),
    };
    let actions = texts(statement.get("Action"));
    if let Some(actions) = &actions
        && !actions.iter().any(|action| INVOKE_ACTIONS.contains(&action.to_ascii_lowercase().as_str()))
        && !actions.iter().any(|action| action.contains(['*', '?']))
    {
        return None;
    }
    let is_invoke = actions
        .is_some_and(|all| all.iter().any(|one| INVOKE_ACTIONS.contains(&one.to_ascii_lowercase().as_str())));
    let resources = texts(statement.get("Resource"));
    match resources {
        Some(resources) if is_invoke && is_for_everyone(statement) => Some(PolicyStatement::ForEveryone {
            effect,
            resources: resources.iter().map(|pattern| api_pattern(pattern, api)).collect(),
        }),
        _ => Some(PolicyStatement::Other(doubt(statement, is_invoke))),
    }
}

/// Why a statement is not judged.
fn doubt(statement: &Value, is_invoke: bool) -> &'static str {
    let has = |name: &str| statement.get(name).is_some();
    match () {
        () if has("NotAction") => "uses NotAction",
        () if has("NotResource") => "uses NotResource",
        () if has("NotPrincipal") => "uses NotPrincipal",
        () if !has("Action") || !has("Resource") || !has("Principal") => UNREADABLE,
        () if !is_invoke => "has a pattern as its action",
        () => "depends on the caller's address, VPC or account",
    }
}

fn is_for_everyone(statement: &Value) -> bool {
    let is_unconditional = match statement.get("Condition") {
        None => true,
        Some(conditions) => conditions.as_object().is_some_and(serde_json::Map::is_empty),
    };
    let is_everyone = |value: &Value| texts(Some(value)).is_some_and(|all| all.contains(&"*"));
    let principal = statement.get("Principal");
    let names_everyone = principal
        .is_some_and(|principal| is_everyone(principal) || principal.get("AWS").is_some_and(is_everyone));
    is_unconditional && names_everyone
}

/// The texts of a text or a list of texts.
fn texts(value: Option<&Value>) -> Option<Vec<&str>> {
    match value? {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// Returns a pattern for `API/STAGE/VERB/PATH`: the last part of the ARN, or what follows `execute-api:/`.
fn api_pattern(pattern: &str, api: &str) -> String {
    match (pattern.strip_prefix("execute-api:/"), pattern.splitn(6, ':').nth(5)) {
        (Some(below), _) => format!("{api}/{below}"),
        (None, Some(resource)) => resource.to_owned(),
        (None, None) => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everyone(effect: Effect, resource: &str) -> PolicyStatement {
        PolicyStatement::ForEveryone { effect, resources: vec![resource.to_owned()] }
    }

    fn parse(statement: &str) -> Vec<PolicyStatement> {
        parse_policy(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#), "abc").statements
    }

    #[test]
    fn unconditional_statements_for_everyone_are_read() {
        let arn = r#""arn:aws:execute-api:eu-west-1:111122223333:abc/*/GET/pets""#;
        for (principal, resource, pattern) in [
            (r#""*""#, r#""execute-api:/*""#, "abc/*"),
            (r#"{"AWS":"*"}"#, r#""execute-api:/prod/GET/*""#, "abc/prod/GET/*"),
            (r#"{"AWS":["*"]}"#, arn, "abc/*/GET/pets"),
            (r#""*""#, r#"["*"]"#, "*"),
        ] {
            let statement = format!(
                r#"{{"Effect":"Deny","Principal":{principal},"Action":"execute-api:Invoke","Resource":{resource}}}"#
            );
            assert_eq!(parse(&statement), [everyone(Effect::Deny, pattern)], "{statement}");
            let escaped = format!(r#"{{"Statement":[{statement}]}}"#).replace('"', "\\\"");
            assert_eq!(parse_policy(&escaped, "abc").statements, [everyone(Effect::Deny, pattern)]);
        }
    }

    #[test]
    fn everything_else_is_not_judged_and_says_why() {
        let caller = "depends on the caller's address, VPC or account";
        for (statement, why) in [
            (
                r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"IpAddress":{}}}"#,
                caller,
            ),
            (r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}"#, caller),
            (r#"{"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"*"}"#, "uses NotPrincipal"),
            (
                r#"{"Effect":"Deny","Principal":"*","NotAction":"execute-api:Invoke","Resource":"*"}"#,
                "uses NotAction",
            ),
            (r#"{"Effect":"Deny","Principal":"*","Action":"*","NotResource":"*"}"#, "uses NotResource"),
            (
                r#"{"Effect":"Deny","Principal":"*","Action":"execute-api:Inv*","Resource":"*"}"#,
                "has a pattern as its action",
            ),
            (r#""nonsense""#, UNREADABLE),
        ] {
            assert_eq!(parse(statement), [PolicyStatement::Other(why)], "{statement}");
        }
        assert_eq!(parse_policy("{", "abc").statements, [PolicyStatement::Other(UNREADABLE)]);
        let other_action =
            r#"{"Effect":"Deny","Principal":"*","Action":"execute-api:InvalidateCache","Resource":"*"}"#;
        assert_eq!(parse(other_action), []);
    }
}
