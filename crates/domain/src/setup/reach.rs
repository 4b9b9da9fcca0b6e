//! What callers of a stage need besides an API key.

use crate::StageRef;
use crate::api_access::{Authorization, Decision};

use super::SetupState;
use super::task::TaskState;

/// Why callers with a key do not reach the stage, with the state of its step; `None` if they do, as far as is
/// known.
pub(super) fn find_obstacle(setup: &SetupState, stage: &StageRef) -> Option<(TaskState, String)> {
    let missing = |text: &str| Some((TaskState::Missing, text.to_owned()));
    let access = setup.access.as_ref().ok()?;
    match &setup.custom_url {
        Ok(Some(_)) => {}
        Ok(None) | Err(_) if access.is_private => return missing("only callers inside a VPC reach it"),
        Ok(None) if access.is_default_endpoint_disabled => {
            return missing("only custom domains reach it, and none is mapped to it");
        }
        Err(why) if access.is_default_endpoint_disabled => {
            let text = format!("only custom domains reach it, and they cannot be read: {why}");
            return Some((TaskState::Unknown, text));
        }
        Ok(None) | Err(_) => {}
    }
    let policy = access.policy.as_ref()?;
    let methods: Vec<_> = setup.methods.iter().flatten().collect();
    let is_refused =
        |method: &super::ApiMethod| match policy.judge(stage, &method.method.verb, &method.method.path) {
            Decision::Denied | Decision::NotAllowed => true,
            Decision::Allowed | Decision::NotJudged(_) => false,
        };
    let is_every_call_refused = !methods.is_empty() && methods.into_iter().all(is_refused);
    if is_every_call_refused { missing("its resource policy refuses every call") } else { None }
}

/// What the deployed methods that require a key ask besides it, with whether every one of them asks for a
/// signature; `None` if a key suffices.
pub(super) fn describe_requirements(setup: &SetupState) -> Option<(bool, String)> {
    let with_key: Vec<_> = setup
        .deployed_methods
        .iter()
        .flatten()
        .filter(|(_, needs_key)| **needs_key)
        .map(|(method, _)| (method, setup.authorizations.get(&method.to_string())))
        .collect();
    let needs_signature =
        with_key.iter().all(|(_, authorization)| *authorization == Some(&Authorization::Iam));
    let requirements = with_key.iter().filter_map(|(method, authorization)| {
        Some(format!("{method} also requires {}", authorization.as_ref()?.requirement()?))
    });
    let requirements: Vec<_> = requirements.collect();
    (!requirements.is_empty()).then(|| (needs_signature, requirements.join(", ")))
}
