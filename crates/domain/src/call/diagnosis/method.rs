//! Checks of the called stage and method.

use std::collections::BTreeMap;

use super::super::gateway_response::GatewayResponse;
use super::{Check, CheckContext, CheckKind, SuggestedFix};
use crate::StageRef;
use crate::change::ApiChange;

pub(super) fn run_checks(scene: &CheckContext<'_>) -> Vec<Check> {
    let Some(stage) = &scene.call.stage else {
        return vec![Check::unknown(
            CheckKind::Stage,
            "no stage was named, and no plan of the key covers one",
        )];
    };
    match scene.input.is_stage_deployed {
        None => {
            let seen = format!("the stage {stage} may not be read");
            vec![Check::unknown(CheckKind::Stage, seen), check_method(scene)]
        }
        Some(false) => {
            let seen = format!("there is no deployed stage {stage}");
            let words = "deploy the API to that stage, or call one that is there";
            let fails = Check::failed(CheckKind::Stage, seen, GatewayResponse::Forbidden, words.into());
            vec![fails, check_method(scene).skip()]
        }
        Some(true) => {
            vec![
                Check::passed(CheckKind::Stage, format!("the stage {stage} is deployed")),
                check_method(scene),
            ]
        }
    }
}

fn check_method(scene: &CheckContext<'_>) -> Check {
    let unknown = |why: &str| Check::unknown(CheckKind::Method, why);
    let Some(methods) = &scene.input.methods else {
        return unknown("the methods behind the stage may not be read");
    };
    let Some(asked) = &scene.call.method else { return unknown("the stage has no method") };
    let edited = find(&methods.edited, asked).and_then(|found| methods.edited.get(found)).copied();
    let Some(found) = find(&methods.deployed, asked) else {
        let seen = format!("{asked} is not in the stage as it was last deployed");
        return Check::failed(
            CheckKind::Method,
            seen,
            GatewayResponse::NoSuchMethod,
            missing_method_fix(scene, edited),
        );
    };
    match (methods.deployed.get(found), edited) {
        (Some(true), Some(false)) => Check::passed(
            CheckKind::Method,
            format!("{found} needs an API key as deployed; edited since so that it needs none"),
        ),
        (Some(true), _) => Check::passed(CheckKind::Method, format!("{found} needs an API key")),
        (_, edited) => {
            let seen = format!(
                "{found} needs no API key as deployed: no plan protects it, and no call of it is counted"
            );
            Check::failed(
                CheckKind::Method,
                seen,
                GatewayResponse::KeyNotRequired,
                open_method_fix(scene, found, edited),
            )
        }
    }
}

fn missing_method_fix(scene: &CheckContext<'_>, edited: Option<bool>) -> SuggestedFix {
    match (edited, &scene.call.stage) {
        (Some(_), Some(stage)) => deploy_fix(stage),
        _ => "call a method that is there: `keypool call` names those behind a plan".into(),
    }
}

fn open_method_fix(scene: &CheckContext<'_>, method: &str, edited: Option<bool>) -> SuggestedFix {
    match (edited, &scene.call.stage) {
        (Some(true), Some(stage)) => deploy_fix(stage),
        _ => SuggestedFix::Text(format!("let {method} need an API key, then deploy the API")),
    }
}

fn deploy_fix(stage: &StageRef) -> SuggestedFix {
    SuggestedFix::Change(ApiChange::Deploy(stage.clone()).into())
}

/// The deployed method that handles a verb and a path such as `GET /pets/7`.
///
/// Literal segments win over `{parameter}`, those over `{greedy+}`, and a specific verb over `ANY`.
pub fn find<'a>(methods: &'a BTreeMap<String, bool>, asked: &str) -> Option<&'a str> {
    let (verb, path) = asked.split_once(' ')?;
    let path = path.split('?').next().unwrap_or_default();
    let fitting = methods.keys().filter_map(|method| {
        let (of, pattern) = method.split_once(' ')?;
        let is_any = of == "ANY";
        (of == verb || is_any).then_some(())?;
        Some(((match_specificity(pattern, path)?, is_any), method.as_str()))
    });
    fitting.min().map(|(_, method)| method)
}

/// How general each segment of the pattern is, from the left; `None` if it does not match the path.
fn match_specificity(pattern: &str, path: &str) -> Option<Vec<u8>> {
    let mut parts = path.trim_end_matches('/').split('/').skip(1);
    let mut ranks = Vec::new();
    for wanted in pattern.trim_end_matches('/').split('/').skip(1) {
        let part = parts.next().filter(|part| !part.is_empty())?;
        if wanted.ends_with("+}") {
            ranks.push(2);
            return Some(ranks);
        }
        let is_parameter = wanted.starts_with('{') && wanted.ends_with('}');
        match (wanted == part, is_parameter) {
            (true, _) => ranks.push(0),
            (false, true) => ranks.push(1),
            (false, false) => return None,
        }
    }
    parts.next().is_none().then_some(ranks)
}
