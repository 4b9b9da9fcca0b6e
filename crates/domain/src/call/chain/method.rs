//! The stage and the method that are called.

use std::collections::BTreeMap;

use super::super::answer::Answer;
use super::{Link, LinkKind, Remedy, Scene};
use crate::StageRef;
use crate::change::ApiChange;

pub(super) fn links(scene: &Scene<'_>) -> Vec<Link> {
    let Some(stage) = &scene.call.stage else {
        return vec![Link::unknown(LinkKind::Stage, "no stage was named, and no plan of the key covers one")];
    };
    match scene.looked.deployed {
        None => {
            let seen = format!("the stage {stage} may not be read");
            vec![Link::unknown(LinkKind::Stage, seen), of_method(scene)]
        }
        Some(false) => {
            let seen = format!("there is no deployed stage {stage}");
            let words = "deploy the API to that stage, or call one that is there";
            let fails = Link::fails(LinkKind::Stage, seen, Answer::Forbidden, words.into());
            vec![fails, of_method(scene).not_asked()]
        }
        Some(true) => {
            vec![Link::holds(LinkKind::Stage, format!("the stage {stage} is deployed")), of_method(scene)]
        }
    }
}

fn of_method(scene: &Scene<'_>) -> Link {
    let unknown = |why: &str| Link::unknown(LinkKind::Method, why);
    let Some(methods) = &scene.looked.methods else {
        return unknown("the methods behind the stage may not be read");
    };
    let Some(asked) = &scene.call.method else { return unknown("the stage has no method") };
    let edited = find(&methods.edited, asked).and_then(|found| methods.edited.get(found)).copied();
    let Some(found) = find(&methods.deployed, asked) else {
        let seen = format!("{asked} is not in the stage as it was last deployed");
        return Link::fails(LinkKind::Method, seen, Answer::NoSuchMethod, absent(scene, edited));
    };
    match (methods.deployed.get(found), edited) {
        (Some(true), Some(false)) => Link::holds(
            LinkKind::Method,
            format!("{found} needs an API key as deployed; edited since so that it needs none"),
        ),
        (Some(true), _) => Link::holds(LinkKind::Method, format!("{found} needs an API key")),
        (_, edited) => {
            let seen = format!(
                "{found} needs no API key as deployed: no plan protects it, and no call of it is counted"
            );
            Link::fails(LinkKind::Method, seen, Answer::LetIn, open(scene, found, edited))
        }
    }
}

fn absent(scene: &Scene<'_>, edited: Option<bool>) -> Remedy {
    match (edited, &scene.call.stage) {
        (Some(_), Some(stage)) => deployed(stage),
        _ => "call a method that is there: `keypool call` names those behind a plan".into(),
    }
}

fn open(scene: &Scene<'_>, method: &str, edited: Option<bool>) -> Remedy {
    match (edited, &scene.call.stage) {
        (Some(true), Some(stage)) => deployed(stage),
        _ => Remedy::Words(format!("let {method} need an API key, then deploy the API")),
    }
}

/// What was edited becomes what callers meet.
fn deployed(stage: &StageRef) -> Remedy {
    Remedy::Change(ApiChange::Deploy(stage.clone()).into())
}

/// The method, as it is deployed, that answers a verb and a path such as `GET /pets/7`.
///
/// Names go before `{parameters}`, those before `{greedy+}` ones, and a verb before `ANY`.
pub fn find<'a>(methods: &'a BTreeMap<String, bool>, asked: &str) -> Option<&'a str> {
    let (verb, path) = asked.split_once(' ')?;
    let path = path.split('?').next().unwrap_or_default();
    let fitting = methods.keys().filter_map(|method| {
        let (of, pattern) = method.split_once(' ')?;
        let is_any = of == "ANY";
        (of == verb || is_any).then_some(())?;
        Some(((rank(pattern, path)?, is_any), method.as_str()))
    });
    fitting.min().map(|(_, method)| method)
}

/// How general each part of a path's pattern is, from the left, where it fits the path.
fn rank(pattern: &str, path: &str) -> Option<Vec<u8>> {
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
