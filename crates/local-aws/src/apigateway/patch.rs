//! Patches: which operations a resource takes on which paths, and what is said of others.

use serde::Deserialize;

use super::refusal::Refusal;
use super::request::Asked;

/// What is to be done with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Remove,
    Replace,
}

/// One line of a patch that its resource takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) path: String,
    /// As it was sent; empty where nothing was.
    pub(super) value: String,
}

/// The paths a resource takes with each operation, in the words of the message that lists them; `<name>` stands for
/// what differs.
pub(super) type Paths = &'static [(Op, &'static [&'static str])];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    patch_operations: Vec<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    op: Option<String>,
    path: Option<String>,
    value: Option<String>,
}

/// The steps of a patch, each of which the resource takes.
pub(super) fn steps(
    asked: &Asked<'_>,
    paths: Paths,
    matches: fn(&str, &str) -> bool,
) -> Result<Vec<Step>, Refusal> {
    let body: Body = asked.json()?;
    let sent = body.patch_operations;
    let problems: Vec<String> =
        sent.iter().enumerate().filter_map(|(at, sent)| problem(asked.operation, at + 1, sent)).collect();
    if !problems.is_empty() {
        return Err(Refusal::validation(&problems));
    }
    sent.into_iter().map(|sent| step(sent, paths, matches)).collect()
}

fn step(sent: Sent, paths: Paths, matches: fn(&str, &str) -> bool) -> Result<Step, Refusal> {
    let known = sent.op.as_deref().and_then(Op::named);
    let taken = known.and_then(|op| paths.iter().find(|(taken, _)| *taken == op));
    let Some((op, templates)) = taken else {
        let ops: Vec<&str> = paths.iter().map(|(op, _)| op.name()).collect();
        let ops = ops.join(", ");
        return Err(Refusal::bad_request(format!(
            "Invalid patch operation specified. Must be one of: [{ops}]"
        )));
    };
    let path = sent.path.unwrap_or_default();
    if !templates.iter().any(|template| matches(template, &path)) {
        let (name, all) = (op.name(), templates.join(", "));
        return Err(Refusal::bad_request(format!(
            "Invalid patch path  '{path}' specified for op '{name}'. Must be one of: [{all}]"
        )));
    }
    Ok(Step { op: *op, path, value: sent.value.unwrap_or_default() })
}

fn problem(operation: &str, number: usize, sent: &Sent) -> Option<String> {
    let mut input = operation.to_owned();
    input[..1].make_ascii_lowercase();
    let place = format!("'{input}Input.patchOperations.{number}.member.op'");
    match sent.op.as_deref() {
        None => Some(format!("Value null at {place} failed to satisfy constraint: Member must not be null")),
        Some("add" | "remove" | "move" | "test" | "replace" | "copy") => None,
        Some(other) => Some(format!(
            "Value '{other}' at {place} failed to satisfy constraint: Member must satisfy enum value set: \
             [add, remove, move, test, replace, copy]"
        )),
    }
}

impl Op {
    fn named(name: &str) -> Option<Self> {
        [Self::Add, Self::Remove, Self::Replace].into_iter().find(|op| op.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

impl Step {
    /// The value, as API Gateway reads a switch: whatever is not `true` is off.
    pub(super) fn is_true(&self) -> bool {
        self.value.eq_ignore_ascii_case("true")
    }

    /// The value as a number.
    pub(super) fn number<N: std::str::FromStr>(&self) -> Result<N, Refusal> {
        let invalid = || format!("Invalid value '{}' specified for path '{}'", self.value, self.path);
        self.value.trim().parse().map_err(|_| Refusal::bad_request(invalid()))
    }

    /// The value, or nothing where it is empty.
    pub(super) fn text(&self) -> Option<String> {
        Some(self.value.clone()).filter(|value| !value.is_empty())
    }
}

/// Compares segment by segment, where `<name>` is any one.
pub(super) fn by_segment(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(
            |(wanted, given)| {
                if wanted.starts_with('<') { !given.is_empty() } else { wanted == given }
            },
        )
}

/// A segment of a path with `~1` and `~0` as what they stand for.
pub(super) fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}
