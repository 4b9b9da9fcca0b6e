//! An answer of the protected API in words, with what the inventory knows about the key that was sent.

use jiff::Timestamp;

use crate::{Inventory, Known, Plan, RowId, StageRef, TenantKey, Verdict};

use super::answer::Answer;
use super::chain::{Call, Chain, Link, Looked, UNEXPLAINED};

/// A call whose answer wants explaining.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was seen in the account.
    pub inventory: &'a Inventory,
    /// Whose key was sent.
    pub row: &'a RowId,
    /// The stage that was called.
    pub stage: &'a StageRef,
    /// When the answer came.
    pub now: Timestamp,
}

impl Asked<'_> {
    /// Sentences for a person: what it means, why it may be so, and when it ends; none where the status says it all.
    pub fn explain(&self, verdict: Verdict, error_type: Option<&str>) -> Vec<String> {
        let mut words: Vec<_> = verdict.meaning().map(str::to_owned).into_iter().collect();
        match verdict {
            Verdict::Ok => {}
            Verdict::Throttled => words.extend(self.plan().and_then(throttle)),
            Verdict::QuotaSpent => words.extend(self.plan().and_then(|plan| self.quota(plan))),
            Verdict::Forbidden => words.extend(self.why_forbidden()),
            Verdict::Other => words.extend(error_type.and_then(gateway_error).map(str::to_owned)),
        }
        words
    }

    /// Why the gateway may refuse the key; says so where nothing that was read explains it.
    fn why_forbidden(&self) -> Vec<String> {
        let Some(row) = self.row() else {
            return vec![format!("the tenant key {} is not there any more", self.row)];
        };
        let api_key = match row.api_key() {
            Known::Value(api_key) => api_key,
            Known::Unknown(why) => {
                return vec![format!("which API key {} sends is not known: {why}", row.id)];
            }
        };
        let call = Call {
            api_key,
            row: Some(row.id.clone()),
            stage: Some(self.stage.clone()),
            method: None,
            verdict: Some(Verdict::Forbidden),
        };
        let chain = Chain::of(call, self.inventory, &Looked::default(), self.now);
        let forbids = |link: &&Link| link.answer == Some(Answer::Forbidden);
        let why: Vec<_> = chain.links.iter().filter(forbids).map(|link| link.seen.clone()).collect();
        if why.is_empty() { vec![UNEXPLAINED.to_owned()] } else { why }
    }

    fn quota(&self, plan: &Plan) -> Option<String> {
        let quota = plan.quota?;
        let sharing = self.row().and_then(|row| row.api_key().into_result().ok());
        let sharing = sharing.map_or(1, |api_key| self.inventory.rows_behind(&api_key).len());
        let shared = if sharing > 1 { format!(" (this one is shared by {sharing})") } else { String::new() };
        Some(format!(
            "{} allows {} requests a {} for each API key{shared}; {}",
            plan.name,
            quota.limit,
            quota.period,
            quota.reset_in_words(self.now)
        ))
    }

    fn row(&self) -> Option<&TenantKey> {
        self.inventory.row(self.row)
    }

    fn plan(&self) -> Option<&Plan> {
        self.inventory.plan(&self.row()?.plan)
    }
}

fn throttle(plan: &Plan) -> Option<String> {
    let throttle = plan.throttle?;
    Some(format!(
        "{} allows {} requests a second for each API key, {} at once; the stage and the account may allow less",
        plan.name, throttle.rate, throttle.burst
    ))
}

/// What API Gateway means by errors that have nothing to do with the key.
fn gateway_error(error_type: &str) -> Option<&'static str> {
    match error_type {
        "MissingAuthenticationTokenException" => {
            Some("the stage has no such path, or the path no such method, as it was last deployed")
        }
        "AccessDeniedException" | "UnauthorizedException" => {
            Some("an authorizer or a policy refuses the request: it may want more than the API key")
        }
        "InternalServerErrorException" => {
            Some("the gateway took the key and its backend failed; the call counts towards the quota")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{ApiKey, Parts, Period, Quota, Throttle};

    fn key(id: &str, enabled: bool) -> ApiKey {
        ApiKey { enabled, ..ApiKey::new(id, id) }
    }

    fn row(id: &str, pool_key: Option<&str>, plan: &str) -> TenantKey {
        TenantKey {
            name: id.into(),
            pool_key: pool_key.map(Into::into).into(),
            ..TenantKey::new(id, plan, "acme")
        }
    }

    fn inventory() -> Inventory {
        let plan = Plan {
            throttle: Some(Throttle { rate: 2.5, burst: 5 }),
            quota: Some(Quota { limit: 20, period: Period::Day, offset: 0 }),
            stages: vec![stage("prod")],
            ..Plan::new("basic", "BasicPlan")
        };
        Inventory::new(Parts {
            plans: vec![plan],
            api_keys: vec![key("shared", true), key("off", false), key("loose", true)].into(),
            members: BTreeMap::from([("basic".into(), vec!["shared".into(), "off".into()].into())]),
            rows: vec![
                row("one", Some("shared"), "basic"),
                row("two", Some("shared"), "basic"),
                row("off", None, "basic"),
                row("loose", None, "basic"),
                row("gone", None, "basic"),
                row("lost", Some("loose"), "no-plan"),
            ],
            pools: Vec::new(),
            remarks: Vec::new(),
            taken_at: Timestamp::UNIX_EPOCH,
        })
    }

    fn stage(name: &str) -> StageRef {
        StageRef { api: "api".into(), stage: name.into() }
    }

    fn said(row: &str, stage_name: &str, verdict: Verdict, error_type: Option<&str>) -> String {
        let now = "2026-11-22T18:48:00Z".parse().expect("timestamp");
        let asked = Asked { inventory: &inventory(), row: &row.into(), stage: &stage(stage_name), now };
        asked.explain(verdict, error_type).join(" | ")
    }

    #[test]
    fn the_two_429_are_told_apart_with_the_plan_s_own_numbers() {
        let quota = said("one", "prod", Verdict::QuotaSpent, None);
        assert!(
            quota.ends_with(
                "BasicPlan allows 20 requests a day for each API key (this one is shared by 2); \
                 resets expected 00:00 UTC (in 5 h 12 m)"
            ),
            "{quota}"
        );
        let throttled = said("one", "prod", Verdict::Throttled, None);
        assert!(throttled.contains("BasicPlan allows 2.5 requests a second"), "{throttled}");
        assert!(!throttled.contains("reset"), "{throttled}");
    }

    #[test]
    fn a_403_names_what_is_known_to_be_wrong() {
        for (row, stage, why) in [
            ("gone", "prod", "API Gateway has no API key gone any more"),
            ("off", "prod", "API key off is disabled in API Gateway, although its row says enabled"),
            ("loose", "prod", "API key loose is not in the usage plan BasicPlan"),
            ("one", "beta", "BasicPlan does not cover the stage api:beta"),
            ("lost", "prod", "the usage plan no-plan is not there any more"),
            ("never", "prod", "the tenant key never is not there any more"),
            ("one", "prod", "nothing that was read explains it"),
        ] {
            let words = said(row, stage, Verdict::Forbidden, None);
            assert!(words.contains(why), "{row}: {words}");
        }
    }

    #[test]
    fn other_errors_are_explained_where_the_gateway_made_them() {
        assert_eq!(said("one", "prod", Verdict::Ok, None), "");
        assert_eq!(said("one", "prod", Verdict::Other, None), "");
        let missing = said("one", "prod", Verdict::Other, Some("MissingAuthenticationTokenException"));
        assert!(missing.contains("no such path"), "{missing}");
    }
}
