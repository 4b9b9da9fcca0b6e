//! Resource policies, judged by their unconditional statements for everyone. All other statements depend on
//! the caller.

use std::collections::BTreeSet;

use crate::StageRef;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourcePolicy {
    /// Only statements about invoking the API.
    pub statements: Vec<PolicyStatement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyStatement {
    /// For every caller, without conditions.
    ForEveryone {
        effect: Effect,
        /// Patterns for `API/STAGE/VERB/PATH`; `*` matches any text, `?` any character.
        resources: Vec<String>,
    },
    /// Is not judged, and why: a phrase about the policy, e.g. "uses NotAction".
    Other(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// What a policy decides about a call, for any caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    Denied,
    /// No statement allows the call.
    NotAllowed,
    /// Some statements are not judged; each reason once.
    NotJudged(Vec<&'static str>),
}

impl ResourcePolicy {
    /// Judges a call of a method, given as verb and path as called.
    pub fn judge(&self, stage: &StageRef, verb: &str, path: &str) -> Decision {
        let resource = format!("{}/{}/{verb}{path}", stage.api, stage.stage);
        let has_statement = |wanted: Effect| {
            self.statements.iter().any(|statement| match statement {
                PolicyStatement::ForEveryone { effect, resources } => {
                    *effect == wanted && resources.iter().any(|pattern| matches_pattern(pattern, &resource))
                }
                PolicyStatement::Other(_) => false,
            })
        };
        let reasons: BTreeSet<_> = self.statements.iter().filter_map(PolicyStatement::doubt).collect();
        if has_statement(Effect::Deny) {
            Decision::Denied
        } else if !reasons.is_empty() {
            Decision::NotJudged(reasons.into_iter().collect())
        } else if has_statement(Effect::Allow) {
            Decision::Allowed
        } else {
            Decision::NotAllowed
        }
    }
}

impl PolicyStatement {
    const fn doubt(&self) -> Option<&'static str> {
        match self {
            Self::ForEveryone { .. } => None,
            Self::Other(why) => Some(why),
        }
    }
}

/// Compares from the left and returns to the last `*` on a mismatch, so the time is bounded by the product of
/// both lengths.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut next) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some('*') => {
                last_star = Some((next, at));
                next += 1;
            }
            Some(expected) if *expected == '?' || *expected == text[at] => {
                (at, next) = (at + 1, next + 1);
            }
            _ => {
                let Some((star, from)) = last_star else { return false };
                last_star = Some((star, from + 1));
                (at, next) = (from + 1, star + 1);
            }
        }
    }
    pattern[next..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage;

    fn everyone(effect: Effect, resource: &str) -> PolicyStatement {
        PolicyStatement::ForEveryone { effect, resources: vec![resource.to_owned()] }
    }

    #[test]
    fn only_unconditional_statements_for_everyone_decide() {
        use Effect::{Allow, Deny};
        let allow = || everyone(Allow, "*");
        for (statements, decision) in [
            (vec![], Decision::NotAllowed),
            (vec![allow()], Decision::Allowed),
            (vec![allow(), everyone(Deny, "api/prod/GET/pe?s")], Decision::Denied),
            (vec![allow(), everyone(Deny, "api/*/POST/*")], Decision::Allowed),
            (vec![everyone(Allow, "api/beta/*")], Decision::NotAllowed),
            (
                vec![
                    allow(),
                    PolicyStatement::Other("b"),
                    PolicyStatement::Other("a"),
                    PolicyStatement::Other("b"),
                ],
                Decision::NotJudged(vec!["a", "b"]),
            ),
            (vec![PolicyStatement::Other("a"), everyone(Deny, "*")], Decision::Denied),
        ] {
            let policy = ResourcePolicy { statements };
            assert_eq!(policy.judge(&stage("prod"), "GET", "/pets"), decision, "{policy:?}");
        }
    }

    #[test]
    fn patterns_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a*b*c", "aXbXbc", true),
            ("?", "é", true),
            ("a/*", "a/b/c", true),
            ("a", "ab", false),
            ("", "", true),
        ] {
            assert_eq!(matches_pattern(pattern, text), expected, "{pattern} {text}");
        }
        assert!(!matches_pattern(&"*a".repeat(40), &"a".repeat(39)));
    }
}
