//! Explains a response of the protected API with what the inventory holds about the key.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{Inventory, Known, Plan, StageRef, TenantKey, TenantKeyId, Throttle, Verdict};

use super::diagnosis::{Call, Check, Diagnosis, DiagnosisInput, find_method};
use super::gateway_response::GatewayResponse;

/// The call whose response is explained.
#[derive(Debug, Clone, Copy)]
pub struct CallContext<'a> {
    pub inventory: &'a Inventory,
    pub tenant_key: &'a TenantKeyId,
    pub stage: &'a StageRef,
    /// Verb and path as called, for example `GET /pets/7`.
    pub method: &'a str,
    pub now: Timestamp,
}

impl CallContext<'_> {
    /// Explains a response, one sentence each: its meaning, the likely cause, when the refusal ends. Empty
    /// where the status is self-explanatory.
    pub fn explain(&self, verdict: Verdict, error_type: Option<&str>) -> Vec<String> {
        let mut sentences: Vec<_> = self.describe_meaning(verdict, error_type).into_iter().collect();
        match verdict {
            Verdict::Ok => {}
            Verdict::Throttled => {
                sentences.extend(self.plan().and_then(|plan| self.describe_method_throttle(plan)));
                sentences.extend(self.plan().and_then(|plan| self.describe_throttle(plan)));
            }
            Verdict::QuotaExhausted => {
                let plan = self.plan();
                // No reset ends a quota of 0.
                if plan.and_then(|plan| plan.quota).is_some_and(|quota| quota.limit == 0) {
                    sentences.clear();
                }
                sentences.extend(plan.and_then(|plan| self.describe_quota(plan)));
            }
            Verdict::Forbidden => sentences.extend(self.explain_forbidden()),
            Verdict::Other => {}
        }
        sentences
    }

    /// What a response means, without its cause.
    pub fn describe_meaning(&self, verdict: Verdict, error_type: Option<&str>) -> Option<String> {
        verdict.meaning().or_else(|| error_type.and_then(describe_gateway_error)).map(str::to_owned)
    }

    /// Why the gateway may refuse the key, as far as the inventory explains it.
    fn explain_forbidden(&self) -> Vec<String> {
        let Some(tenant_key) = self.tenant_key() else {
            return vec![format!("tenant key {} no longer exists", self.tenant_key)];
        };
        let api_key = match tenant_key.api_key() {
            Known::Value(api_key) => api_key,
            Known::Unknown(why) => {
                return vec![format!("the API key of {} is unknown: {why}", tenant_key.id)];
            }
        };
        let call = Call {
            api_key,
            tenant_key: Some(tenant_key.id.clone()),
            stage: Some(self.stage.clone()),
            method: None,
            verdict: Some(Verdict::Forbidden),
            error_type: None,
        };
        let diagnosis = Diagnosis::new(call, self.inventory, &DiagnosisInput::default(), self.now);
        let forbids = |check: &&Check| check.response == Some(GatewayResponse::Forbidden);
        diagnosis.checks.iter().filter(forbids).map(|check| check.summary.clone()).collect()
    }

    /// The plan's throttle for the called method; the one for the whole plan applies as well.
    fn describe_method_throttle(&self, plan: &Plan) -> Option<String> {
        let of_stage = plan.method_throttles.iter().filter(|((stage, _), _)| stage == self.stage);
        let throttles: BTreeMap<String, Throttle> =
            of_stage.map(|((_, method), throttle)| (method.to_string(), *throttle)).collect();
        let names = throttles.keys().map(|method| (method.clone(), true)).collect();
        let method = find_method(&names, self.method)?;
        let throttle = throttles.get(method)?;
        Some(format!(
            "{} limit for {method}: {} req/s per API key, burst {}; \
             `keypool plans throttle {} {method} --rate R --burst B` raises it",
            self.inventory.plan_name(&plan.id),
            throttle.rate,
            throttle.burst,
            plan.id
        ))
    }

    fn describe_throttle(&self, plan: &Plan) -> Option<String> {
        let throttle = plan.throttle?;
        let name = self.inventory.plan_name(&plan.id);
        Some(format!(
            "{name} limit: {} req/s per API key, burst {}; stage and account limits may be lower",
            throttle.rate, throttle.burst
        ))
    }

    fn describe_quota(&self, plan: &Plan) -> Option<String> {
        let quota = plan.quota?;
        if quota.limit == 0 {
            return Some(format!("{} has {}", self.inventory.plan_name(&plan.id), quota.describe_zero()));
        }
        let api_key = self.tenant_key().and_then(|tenant_key| tenant_key.api_key().into_result().ok());
        let tenant_keys = api_key.map_or(1, |api_key| self.inventory.tenant_keys_of_api_key(&api_key).len());
        let shared =
            if tenant_keys > 1 { format!(" (this one is shared by {tenant_keys})") } else { String::new() };
        Some(format!(
            "{} limit: {}/{} per API key{shared}; {}",
            self.inventory.plan_name(&plan.id),
            quota.limit,
            quota.period,
            quota.describe_reset(self.now)
        ))
    }

    fn tenant_key(&self) -> Option<&TenantKey> {
        self.inventory.tenant_key(self.tenant_key)
    }

    /// The plan of the key that covers the stage, or else the first.
    fn plan(&self) -> Option<&Plan> {
        let listings = self.inventory.listings_of_tenant_key(self.tenant_key);
        let mut plans = listings.filter_map(|listing| self.inventory.plan(&listing.plan));
        let first = plans.next()?;
        let covers = |plan: &&Plan| plan.stages.contains(self.stage);
        if covers(&first) { Some(first) } else { plans.find(covers).or(Some(first)) }
    }
}

/// Errors of API Gateway that are unrelated to the key.
fn describe_gateway_error(error_type: &str) -> Option<&'static str> {
    match error_type {
        "MissingAuthenticationTokenException" => {
            Some("the stage has no such path or method, or the method requires a signature (AWS_IAM)")
        }
        "AccessDeniedException" | "UnauthorizedException" => {
            Some("an authorizer or a policy refused the request, which may need more than the API key")
        }
        "AuthorizerConfigurationException" => {
            Some("the gateway could not run the method's authorizer: its settings or permissions are wrong")
        }
        "InternalServerErrorException" => {
            Some("the gateway accepted the key but the backend failed; the call counts towards the quota")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, members, parts, stage};
    use crate::{ApiKey, InventoryParts, MethodRef, Period, Quota};

    fn key(id: &str, enabled: bool) -> ApiKey {
        ApiKey { enabled, ..ApiKey::new(id, id) }
    }

    fn tenant_key(id: &str, pool_key: Option<&str>, plan: &str) -> TenantKey {
        testing::tenant_key(id, plan, "acme", pool_key)
    }

    fn inventory() -> Inventory {
        let plan = Plan {
            throttle: Some(Throttle { rate: 2.5, burst: 5 }),
            quota: Some(Quota { limit: 20, period: Period::Day, offset: 0 }),
            stages: vec![stage("prod")],
            method_throttles: BTreeMap::from([(
                (stage("prod"), MethodRef::new("GET", "/pets/{id}")),
                Throttle { rate: 0.5, burst: 1 },
            )]),
            ..Plan::new("basic", "BasicPlan")
        };
        Inventory::new(InventoryParts {
            plans: vec![plan],
            api_keys: vec![key("shared", true), key("off", false), key("loose", true)].into(),
            members: members(&[("basic", &["shared", "off"])]),
            tenant_keys: vec![
                tenant_key("one", Some("shared"), "basic"),
                tenant_key("two", Some("shared"), "basic"),
                tenant_key("off", None, "basic"),
                tenant_key("loose", None, "basic"),
                tenant_key("gone", None, "basic"),
                tenant_key("lost", Some("loose"), "no-plan"),
            ],
            ..parts()
        })
    }

    fn explanation(tenant_key: &str, stage_name: &str, verdict: Verdict, error_type: Option<&str>) -> String {
        let now = "2026-11-22T18:48:00Z".parse().expect("timestamp");
        let context = CallContext {
            inventory: &inventory(),
            tenant_key: &tenant_key.into(),
            stage: &stage(stage_name),
            method: "GET /pets/7",
            now,
        };
        context.explain(verdict, error_type).join(" | ")
    }

    #[test]
    fn both_kinds_of_429_are_explained_with_the_plans_numbers() {
        let quota = explanation("one", "prod", Verdict::QuotaExhausted, None);
        assert!(
            quota.ends_with(
                "BasicPlan limit: 20/day per API key (this one is shared by 2); \
                 resets expected 00:00 UTC (in 5 h 12 m)"
            ),
            "{quota}"
        );
        let throttled = explanation("one", "prod", Verdict::Throttled, None);
        assert!(throttled.contains("BasicPlan limit: 2.5 req/s"), "{throttled}");
        assert!(!throttled.contains("reset"), "{throttled}");
        let method = "BasicPlan limit for GET /pets/{id}: 0.5 req/s per API key, burst 1";
        assert!(throttled.contains(method), "{throttled}");
        assert!(!explanation("one", "beta", Verdict::Throttled, None).contains("limit for"));
    }

    #[test]
    fn a_403_lists_all_known_causes() {
        for (tenant_key, stage, cause) in [
            ("gone", "prod", "API key gone no longer exists"),
            ("off", "prod", "API key off is disabled in API Gateway although its tenant key is enabled"),
            ("loose", "prod", "API key loose is not in usage plan BasicPlan"),
            ("one", "beta", "BasicPlan does not cover stage api:beta"),
            ("lost", "prod", "usage plan no-plan no longer exists"),
            ("never", "prod", "tenant key never no longer exists"),
            ("one", "prod", "the gateway refused the call before the method"),
        ] {
            let explained = explanation(tenant_key, stage, Verdict::Forbidden, None);
            assert!(explained.contains(cause), "{tenant_key}: {explained}");
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
