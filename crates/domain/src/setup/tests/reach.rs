//! A stage that callers with a key do not reach is not done.

use super::*;
use crate::api_access::{Authorization, Effect, PolicyStatement, ResourcePolicy};

fn with_access(access: ApiAccess) -> SetupState {
    SetupState { methods: Ok(vec![get_method(true)]), access: Ok(access), ..new_account() }
}

#[test]
fn an_endpoint_or_policy_that_refuses_every_call_leaves_the_stage_undone() {
    let disabled = || ApiAccess { is_default_endpoint_disabled: true, ..ApiAccess::default() };
    let private = ApiAccess { is_private: true, ..ApiAccess::default() };
    let policy = |effect| {
        let statements = vec![PolicyStatement::ForEveryone { effect, resources: vec!["*".to_owned()] }];
        with_access(ApiAccess { policy: Some(ResourcePolicy { statements }), ..ApiAccess::default() })
    };
    let mapped =
        SetupState { custom_url: Ok(Some("https://x.example".to_owned())), ..with_access(disabled()) };
    let unread = SetupState { custom_url: Err("not allowed".to_owned()), ..with_access(disabled()) };
    for (setup, state, text) in [
        (with_access(ApiAccess::default()), TaskState::Done, "is deployed to prod"),
        (with_access(disabled()), TaskState::Missing, "only custom domains reach it, and none is mapped"),
        (mapped, TaskState::Done, "is deployed to prod"),
        (unread, TaskState::Unknown, "they cannot be read: not allowed"),
        (with_access(private), TaskState::Missing, "only callers inside a VPC reach it"),
        (policy(Effect::Deny), TaskState::Missing, "its resource policy refuses every call"),
        (policy(Effect::Allow), TaskState::Done, "is deployed to prod"),
    ] {
        let found = item(&setup, None, SetupTask::Stage);
        assert!(found.state == state && found.summary.contains(text), "{text}: {found:?}");
    }
}

#[test]
fn methods_that_require_a_signature_are_not_done() {
    let with = |authorization| SetupState {
        deployed_methods: Ok(BTreeMap::from([(MethodRef::new("GET", "/pets"), true)])),
        authorizations: BTreeMap::from([("GET /pets".to_owned(), authorization)]),
        ..with_access(ApiAccess::default())
    };
    let methods = |authorization| item(&with(authorization), None, SetupTask::Methods);
    assert_eq!(methods(Authorization::None).state, TaskState::Done);
    let signed = methods(Authorization::Iam);
    assert_eq!(signed.state, TaskState::Missing);
    assert!(signed.summary.contains("GET /pets also requires a signature"), "{}", signed.summary);
    let with_token = methods(Authorization::UserPool);
    assert_eq!(with_token.state, TaskState::Done);
    assert!(with_token.summary.contains("also requires a token"), "{}", with_token.summary);
}
