//! Patches: which operations a resource supports on which paths, and the errors for unsupported ones.

use serde::Deserialize;

use super::error::ApiError;
use super::request::Input;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Remove,
    Replace,
}

/// A validated patch operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) path: String,
    /// Empty if the request had none.
    pub(super) value: String,
}

/// The paths a resource supports for each operation, exactly as AWS's error message lists them. `<name>` is a
/// placeholder.
pub(super) type Paths = &'static [(Op, &'static [&'static str])];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PatchBody {
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

#[derive(Deserialize)]
struct PatchOperation {
    op: Option<String>,
    path: Option<String>,
    value: Option<String>,
}

/// Parses a patch. Fails if `paths` does not support an operation on the path that it names. `matches` compares a path
/// in `paths` with one in the patch.
pub(super) fn parse_steps(
    request: &Input<'_>,
    paths: Paths,
    matches: fn(&str, &str) -> bool,
) -> Result<Vec<Step>, ApiError> {
    let body: PatchBody = request.json()?;
    let operations = body.patch_operations;
    let problems: Vec<String> = operations
        .iter()
        .enumerate()
        .filter_map(|(index, operation)| find_op_problem(request.operation, index + 1, operation))
        .collect();
    if !problems.is_empty() {
        return Err(ApiError::validation(&problems));
    }
    operations.into_iter().map(|operation| parse_step(operation, paths, matches)).collect()
}

fn parse_step(
    operation: PatchOperation,
    paths: Paths,
    matches: fn(&str, &str) -> bool,
) -> Result<Step, ApiError> {
    let known = operation.op.as_deref().and_then(Op::from_name);
    let supported = known.and_then(|op| paths.iter().find(|(supported, _)| *supported == op));
    let Some((op, templates)) = supported else {
        let ops: Vec<&str> = paths.iter().map(|(op, _)| op.name()).collect();
        let ops = ops.join(", ");
        return Err(ApiError::bad_request(format!(
            "Invalid patch operation specified. Must be one of: [{ops}]"
        )));
    };
    let path = operation.path.unwrap_or_default();
    if !templates.iter().any(|template| matches(template, &path)) {
        let (name, all) = (op.name(), templates.join(", "));
        return Err(ApiError::bad_request(format!(
            "Invalid patch path  '{path}' specified for op '{name}'. Must be one of: [{all}]"
        )));
    }
    Ok(Step { op: *op, path, value: operation.value.unwrap_or_default() })
}

fn find_op_problem(api_operation: &str, number: usize, operation: &PatchOperation) -> Option<String> {
    let mut input_name = api_operation.to_owned();
    input_name[..1].make_ascii_lowercase();
    let place = format!("'{input_name}Input.patchOperations.{number}.member.op'");
    match operation.op.as_deref() {
        None => Some(format!("Value null at {place} failed to satisfy constraint: Member must not be null")),
        Some("add" | "remove" | "move" | "test" | "replace" | "copy") => None,
        Some(other) => Some(format!(
            "Value '{other}' at {place} failed to satisfy constraint: Member must satisfy enum value set: \
             [add, remove, move, test, replace, copy]"
        )),
    }
}

impl Op {
    fn from_name(name: &str) -> Option<Self> {
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
    /// Returns the value as a boolean. API Gateway reads everything except `true` as false.
    pub(super) fn is_true(&self) -> bool {
        self.value.eq_ignore_ascii_case("true")
    }

    pub(super) fn number<N: std::str::FromStr>(&self) -> Result<N, ApiError> {
        let invalid = || format!("Invalid value '{}' specified for path '{}'", self.value, self.path);
        self.value.trim().parse().map_err(|_| ApiError::bad_request(invalid()))
    }

    /// Returns the value, or `None` if it is empty.
    pub(super) fn text(&self) -> Option<String> {
        Some(self.value.clone()).filter(|value| !value.is_empty())
    }
}

/// Whether the path has the same segments as the template; `<name>` matches any non-empty segment.
pub(super) fn matches_by_segment(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(expected, given)| {
            if expected.starts_with('<') { !given.is_empty() } else { expected == given }
        })
}

/// Replaces the escapes `~1` and `~0` of a JSON pointer with `/` and `~`.
pub(super) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}
