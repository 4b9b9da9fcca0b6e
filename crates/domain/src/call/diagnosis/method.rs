//! Checks of the called stage and method.

use std::collections::BTreeMap;

use super::super::gateway_response::GatewayResponse;
use super::{Check, CheckContext, CheckKind, SuggestedFix};
use crate::StageRef;
use crate::change::ApiChange;

pub(super) fn check_stage(context: &CheckContext<'_>) -> Check {
    let Some(stage) = &context.call.stage else {
        return Check::unknown(CheckKind::Stage, "no stage was given, and no plan of the key covers one");
    };
    match context.input.is_stage_deployed {
        None => Check::unknown(CheckKind::Stage, format!("stage {stage} cannot be read")),
        Some(false) => {
            let summary = format!("stage {stage} is not deployed");
            let fix = "deploy the API to that stage, or call a deployed one";
            Check::failed(CheckKind::Stage, summary, GatewayResponse::Forbidden, fix.into())
        }
        Some(true) => Check::passed(CheckKind::Stage, format!("stage {stage} is deployed")),
    }
}

pub(super) fn check_method(context: &CheckContext<'_>) -> Check {
    let unknown = |why: &str| Check::unknown(CheckKind::Method, why);
    let Some(methods) = &context.input.methods else {
        return unknown("the methods of the stage cannot be read");
    };
    let Some(method) = &context.call.method else {
        return unknown("no method was given, and the stage has none");
    };
    let edited_name = find_method(&methods.edited, method);
    let requires_key_as_edited = edited_name.and_then(|name| methods.edited.get(name)).copied();
    let Some(deployed) = find_method(&methods.deployed, method) else {
        let summary = format!("{method} is not in the last deployment of the stage");
        return Check::failed(
            CheckKind::Method,
            summary,
            GatewayResponse::NoSuchMethod,
            missing_method_fix(context, requires_key_as_edited),
        );
    };
    match (methods.deployed.get(deployed), requires_key_as_edited) {
        (Some(true), Some(false)) => Check::passed(
            CheckKind::Method,
            format!("{deployed} requires an API key as deployed; an undeployed edit removes that"),
        ),
        (Some(true), _) => Check::passed(CheckKind::Method, format!("{deployed} requires an API key")),
        _ => {
            let summary = format!(
                "{deployed} requires no API key as deployed: no plan protects it, and its calls are not counted"
            );
            Check::failed(
                CheckKind::Method,
                summary,
                GatewayResponse::KeyNotRequired,
                open_method_fix(context, deployed, requires_key_as_edited),
            )
        }
    }
}

fn missing_method_fix(context: &CheckContext<'_>, requires_key_as_edited: Option<bool>) -> SuggestedFix {
    match (requires_key_as_edited, &context.call.stage) {
        (Some(_), Some(stage)) => deploy_fix(stage),
        _ => "call an existing method: `keypool call` lists those of a plan".into(),
    }
}

fn open_method_fix(
    context: &CheckContext<'_>,
    method: &str,
    requires_key_as_edited: Option<bool>,
) -> SuggestedFix {
    match (requires_key_as_edited, &context.call.stage) {
        (Some(true), Some(stage)) => deploy_fix(stage),
        _ => SuggestedFix::Text(format!("require an API key for {method}, then deploy the API")),
    }
}

fn deploy_fix(stage: &StageRef) -> SuggestedFix {
    SuggestedFix::Change(ApiChange::Deploy(stage.clone()).into())
}

/// The deployed method that handles a verb and a path such as `GET /pets/7`.
///
/// A literal segment wins over a `{parameter}`, a `{parameter}` over `{greedy+}`, and a specific verb over
/// `ANY`.
pub fn find_method<'a>(methods: &'a BTreeMap<String, bool>, method: &str) -> Option<&'a str> {
    let (verb, path) = method.split_once(' ')?;
    let path = path.split('?').next().unwrap_or_default();
    let candidates = methods.keys().filter_map(|method| {
        let (method_verb, pattern) = method.split_once(' ')?;
        let is_any = method_verb == "ANY";
        (method_verb == verb || is_any).then_some(())?;
        Some(((match_generality(pattern, path)?, is_any), method.as_str()))
    });
    candidates.min().map(|(_, method)| method)
}

/// How general each segment of the pattern is, from the left: 0 for a literal, 1 for a `{parameter}`, 2 for
/// `{greedy+}`. `None` if the pattern does not match the path.
fn match_generality(pattern: &str, path: &str) -> Option<Vec<u8>> {
    let mut parts = path.trim_end_matches('/').split('/').skip(1);
    let mut generality = Vec::new();
    for segment in pattern.trim_end_matches('/').split('/').skip(1) {
        let part = parts.next().filter(|part| !part.is_empty())?;
        if segment.ends_with("+}") {
            generality.push(2);
            return Some(generality);
        }
        let is_parameter = segment.starts_with('{') && segment.ends_with('}');
        match (segment == part, is_parameter) {
            (true, _) => generality.push(0),
            (false, true) => generality.push(1),
            (false, false) => return None,
        }
    }
    parts.next().is_none().then_some(generality)
}
