//! Explains a response of the protected API with what the inventory holds about the key.

use jiff::Timestamp;

use crate::{Inventory, Known, Plan, StageRef, TenantKey, TenantKeyId, Verdict};

use super::diagnosis::{Call, Check, Diagnosis, DiagnosisInput, UNEXPLAINED_REFUSAL};
use super::gateway_response::GatewayResponse;

/// The call whose response is explained.
#[derive(Debug, Clone, Copy)]
pub struct CallContext<'a> {
    pub inventory: &'a Inventory,
    pub tenant_key: &'a TenantKeyId,
    pub stage: &'a StageRef,
    pub now: Timestamp,
}

impl CallContext<'_> {
    /// Explanations, one sentence each: meaning, likely cause, end of the refusal. Empty where the
    /// status is self-explanatory.
    pub fn explain(&self, verdict: Verdict, error_type: Option<&str>) -> Vec<String> {
        let mut words: Vec<_> = verdict.meaning().map(str::to_owned).into_iter().collect();
        match verdict {
            Verdict::Ok => {}
            Verdict::Throttled => words.extend(self.plan().and_then(describe_throttle)),
            Verdict::QuotaSpent => words.extend(self.plan().and_then(|plan| self.describe_quota(plan))),
            Verdict::Forbidden => words.extend(self.explain_forbidden()),
            Verdict::Other => words.extend(error_type.and_then(describe_gateway_error).map(str::to_owned)),
        }
        words
    }

    /// Why the gateway may refuse the key, or a hint if nothing in the inventory explains it.
    fn explain_forbidden(&self) -> Vec<String> {
        let Some(row) = self.tenant_key() else {
            return vec![format!("the tenant key {} is not there any more", self.tenant_key)];
        };
        let api_key = match row.api_key() {
            Known::Value(api_key) => api_key,
            Known::Unknown(why) => {
                return vec![format!("which API key {} sends is not known: {why}", row.id)];
            }
        };
        let call = Call {
            api_key,
            tenant_key: Some(row.id.clone()),
            stage: Some(self.stage.clone()),
            method: None,
            verdict: Some(Verdict::Forbidden),
        };
        let chain = Diagnosis::new(call, self.inventory, &DiagnosisInput::default(), self.now);
        let forbids = |link: &&Check| link.response == Some(GatewayResponse::Forbidden);
        let why: Vec<_> = chain.checks.iter().filter(forbids).map(|link| link.summary.clone()).collect();
        if why.is_empty() { vec![UNEXPLAINED_REFUSAL.to_owned()] } else { why }
    }

    fn describe_quota(&self, plan: &Plan) -> Option<String> {
        let quota = plan.quota?;
        let sharing = self.tenant_key().and_then(|row| row.api_key().into_result().ok());
        let sharing = sharing.map_or(1, |api_key| self.inventory.tenant_keys_of_api_key(&api_key).len());
        let shared = if sharing > 1 { format!(" (this one is shared by {sharing})") } else { String::new() };
        Some(format!(
            "{} allows {} requests a {} for each API key{shared}; {}",
            plan.name,
            quota.limit,
            quota.period,
            quota.describe_reset(self.now)
        ))
    }

    fn tenant_key(&self) -> Option<&TenantKey> {
        self.inventory.tenant_key(self.tenant_key)
    }

    fn plan(&self) -> Option<&Plan> {
        self.inventory.plan(&self.tenant_key()?.plan)
    }
}

fn describe_throttle(plan: &Plan) -> Option<String> {
    let throttle = plan.throttle?;
    Some(format!(
        "{} allows {} requests a second for each API key, {} at once; the stage and the account may allow less",
        plan.name, throttle.rate, throttle.burst
    ))
}

/// Errors of API Gateway that are unrelated to the key.
fn describe_gateway_error(error_type: &str) -> Option<&'static str> {
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
    use crate::{ApiKey, InventoryParts, Period, Quota, Throttle};

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
        Inventory::new(InventoryParts {
            plans: vec![plan],
            api_keys: vec![key("shared", true), key("off", false), key("loose", true)].into(),
            members: BTreeMap::from([("basic".into(), vec!["shared".into(), "off".into()].into())]),
            tenant_keys: vec![
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

    fn explanation(row: &str, stage_name: &str, verdict: Verdict, error_type: Option<&str>) -> String {
        let now = "2026-11-22T18:48:00Z".parse().expect("timestamp");
        let asked =
            CallContext { inventory: &inventory(), tenant_key: &row.into(), stage: &stage(stage_name), now };
        asked.explain(verdict, error_type).join(" | ")
    }

    #[test]
    fn both_kinds_of_429_are_explained_with_the_plans_numbers() {
        let quota = explanation("one", "prod", Verdict::QuotaSpent, None);
        assert!(
            quota.ends_with(
                "BasicPlan allows 20 requests a day for each API key (this one is shared by 2); \
                 resets expected 00:00 UTC (in 5 h 12 m)"
            ),
            "{quota}"
        );
        let throttled = explanation("one", "prod", Verdict::Throttled, None);
        assert!(throttled.contains("BasicPlan allows 2.5 requests a second"), "{throttled}");
        assert!(!throttled.contains("reset"), "{throttled}");
    }

    #[test]
    fn a_403_lists_all_known_causes() {
        for (row, stage, why) in [
            ("gone", "prod", "API Gateway has no API key gone any more"),
            ("off", "prod", "API key off is disabled in API Gateway, although its row says enabled"),
            ("loose", "prod", "API key loose is not in the usage plan BasicPlan"),
            ("one", "beta", "BasicPlan does not cover the stage api:beta"),
            ("lost", "prod", "the usage plan no-plan is not there any more"),
            ("never", "prod", "the tenant key never is not there any more"),
            ("one", "prod", "nothing that was read explains it"),
        ] {
            let words = explanation(row, stage, Verdict::Forbidden, None);
            assert!(words.contains(why), "{row}: {words}");
        }
    }

    #[test]
    fn errors_of_the_gateway_itself_are_explained() {
        assert_eq!(explanation("one", "prod", Verdict::Ok, None), "");
        assert_eq!(explanation("one", "prod", Verdict::Other, None), "");
        let missing = explanation("one", "prod", Verdict::Other, Some("MissingAuthenticationTokenException"));
        assert!(missing.contains("no such path"), "{missing}");
    }
}
