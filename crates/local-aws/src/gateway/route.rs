//! Finds the deployed method for a path and a verb.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::state::{Method, Resource};

pub(super) struct CallPath {
    pub(super) api_id: String,
    pub(super) stage: String,
    /// Below the stage, decoded, with a leading but no trailing slash.
    pub(super) path: String,
}

#[derive(Clone, Copy)]
pub(super) struct RouteMatch<'a> {
    pub(super) resource: &'a Resource,
    /// The deployed method: a verb, or `ANY`.
    pub(super) verb: &'a str,
    pub(super) method: &'a Method,
}

impl RouteMatch<'_> {
    /// Returns the method's key in the throttles of a usage plan: `/pets/GET`; `//GET` for the root.
    pub(super) fn plan_method_name(&self) -> String {
        format!("{}/{}", self.resource.path, self.verb)
    }

    /// Returns the method's key in the settings of a stage: `~1pets/GET`; `~1/GET` for the root.
    pub(super) fn stage_method_name(&self) -> String {
        format!("{}/{}", self.resource.path.replace('/', "~1"), self.verb)
    }
}

/// Splits `/API/STAGE/PATH`. Missing parts are empty.
pub(super) fn parse_call_path(path: &str) -> CallPath {
    let mut parts = path.trim_start_matches('/').splitn(3, '/');
    let (api_id, stage) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let rest = parts.next().unwrap_or_default().trim_end_matches('/');
    let (api_id, stage) = (api_id.to_owned(), stage.to_owned());
    CallPath { api_id, stage, path: format!("/{}", percent_decode_str(rest).decode_utf8_lossy()) }
}

/// Returns the best match: a literal segment wins over a `{parameter}`, a `{parameter}` over `{greedy+}`.
pub(super) fn find<'a>(
    resources: &'a BTreeMap<String, Resource>,
    verb: &str,
    path: &str,
) -> Option<RouteMatch<'a>> {
    let matching = resources.values().filter_map(|resource| Some((rank(&resource.path, path)?, resource)));
    let (_, resource) = matching.min_by(|(a, _), (b, _)| a.cmp(b))?;
    let (verb, method) =
        resource.methods.get_key_value(verb).or_else(|| resource.methods.get_key_value("ANY"))?;
    Some(RouteMatch { resource, verb, method })
}

/// Returns how general each segment of `pattern` is, from the left: 0 for a literal, 1 for a parameter, 2 for a
/// greedy one. `None` if the pattern does not match `path`.
fn rank(pattern: &str, path: &str) -> Option<Vec<u8>> {
    let mut parts = path.split('/');
    let mut rank = Vec::new();
    for expected in pattern.split('/') {
        let part = parts.next()?;
        if expected.ends_with("+}") {
            rank.push(2);
            return (!part.is_empty()).then_some(rank);
        }
        let is_parameter = expected.starts_with('{') && expected.ends_with('}') && !part.is_empty();
        match (is_parameter, expected == part) {
            (_, true) => rank.push(0),
            (true, false) => rank.push(1),
            (false, false) => return None,
        }
    }
    parts.next().is_none().then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(paths: &[(&str, &str)]) -> BTreeMap<String, Resource> {
        let resource = |(index, (path, verb)): (usize, &(&str, &str))| {
            let methods = BTreeMap::from([((*verb).to_owned(), Method::default())]);
            let path = (*path).to_owned();
            (
                index.to_string(),
                Resource { id: index.to_string(), parent_id: None, path_part: None, path, methods },
            )
        };
        paths.iter().enumerate().map(resource).collect()
    }

    #[test]
    fn the_most_specific_resource_matches() {
        let deployed = resources(&[
            ("/", "GET"),
            ("/{any+}", "ANY"),
            ("/pets/{id}", "GET"),
            ("/pets/new", "GET"),
            ("/pets/{id}/toys", "GET"),
        ]);
        let cases = [
            ("GET", "/", Some("//GET")),
            ("GET", "/pets/new", Some("/pets/new/GET")),
            ("GET", "/pets/7", Some("/pets/{id}/GET")),
            ("GET", "/pets/7/toys", Some("/pets/{id}/toys/GET")),
            ("GET", "/pets", Some("/{any+}/ANY")),
            ("DELETE", "/a/b/c", Some("/{any+}/ANY")),
            ("POST", "/pets/7", None),
            ("GET", "/PETS/new", Some("/{any+}/ANY")),
        ];
        for (verb, path, expected) in cases {
            let found = find(&deployed, verb, path).map(|route| route.plan_method_name());
            assert_eq!(found.as_deref(), expected, "{verb} {path}");
        }
        assert!(find(&resources(&[("/api", "GET")]), "GET", "/api/more").is_none());
    }

    #[test]
    fn a_call_path_is_split_into_api_stage_and_path() {
        let cases = [
            ("/a1/prod/pets/7", ("a1", "prod", "/pets/7")),
            ("/a1/prod/", ("a1", "prod", "/")),
            ("/a1/prod", ("a1", "prod", "/")),
            ("/a1/prod/pets%20x/", ("a1", "prod", "/pets x")),
            ("/a1", ("a1", "", "/")),
            ("", ("", "", "/")),
        ];
        for (path, expected) in cases {
            let target = parse_call_path(path);
            assert_eq!(
                (target.api_id.as_str(), target.stage.as_str(), target.path.as_str()),
                expected,
                "{path}"
            );
        }
    }
}
