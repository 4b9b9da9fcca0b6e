//! Decides whether to accept a call: checks its API key, the key's plan for this stage, the throttles, then the quota.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::limits::{Buckets, Limit, Scope};
use super::{CallContext, Refusal, RouteMatch, Trace};
use crate::execution_log::mask_key_value;
use crate::quota::{Quota, utc_day};
use crate::state::{Account, ApiKey, Throttle, UsagePlan};
use crate::token_bucket::Flow;

/// The API key of an accepted call, and its plan.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) plan_id: String,
    pub(super) key_id: String,
    /// Whether the call counts towards the quota.
    pub(super) is_metered: bool,
}

pub(super) struct Admission<'a> {
    pub(super) account: &'a Account,
    pub(super) context: CallContext<'a>,
    pub(super) route: RouteMatch<'a>,
    pub(super) buckets: &'a Mutex<Buckets>,
}

impl Admission<'_> {
    /// Accepts the call, or returns why it is refused. The caller is `None` if the method requires no key.
    pub(super) fn admit(&self, trace: &mut Trace) -> Result<Option<Caller>, Refusal> {
        let value = self.key_header();
        let masked_key = value.map(mask_key_value).unwrap_or_default();
        let stage = self.stage_path();
        trace.log(format!(
            "Verifying Usage Plan for request: {}. API Key: {masked_key} API Stage: {stage}",
            trace.request_id
        ));
        let method = self.method_name();
        if !self.route.method.api_key_required {
            trace.log(format!(
                "API Key {masked_key} authorized because method '{method}' does not require API Key. \
                 Request will not contribute to throttle or quota limits"
            ));
            self.check_limits(None, &masked_key, trace)?;
            return Ok(None);
        }
        let Some((key, plan)) = value.and_then(|value| self.find_key_and_plan(value)) else {
            trace.log(format!(
                "API Key {masked_key} not authorized because method '{method}' requires API Key and API Key is not \
                 associated with a Usage Plan for API Stage {stage}: No Usage Plan found for key and API Stage"
            ));
            return Err(Refusal::InvalidApiKey);
        };
        key.id.clone_into(&mut trace.access_log.api_key_id);
        let caller = |is_metered| Caller { plan_id: plan.id.clone(), key_id: key.id.clone(), is_metered };
        if self.context.switches.fail_open {
            trace.log("Usage Plan check failed due to an internal error".to_owned());
            return Ok(Some(caller(false)));
        }
        self.check_limits(Some((key, plan)), &masked_key, trace)?;
        trace.log(format!("Usage Plan check succeeded for API Key {masked_key} and API Stage {stage}"));
        Ok(Some(caller(true)))
    }

    /// Checks the throttles, then the quota, and takes tokens only if all of them accept the call.
    ///
    /// AWS does not document the order.
    fn check_limits(
        &self,
        caller: Option<(&ApiKey, &UsagePlan)>,
        masked_key: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let mut limits = caller.map_or_else(Vec::new, |(key, plan)| self.plan_limits(key, plan));
        limits.extend(self.stage_limit());
        self.check_throttles(&limits, masked_key, trace)?;
        if let Some((key, plan)) = caller {
            self.check_quota(key, plan, masked_key, trace)?;
        }
        self.buckets().take_tokens(&limits, self.context.now);
        Ok(())
    }

    /// Returns the `x-api-key` header, if the API reads keys from it.
    fn key_header(&self) -> Option<&str> {
        let reads_header = self.context.access.api_key_source != "AUTHORIZER";
        self.context.headers.get("x-api-key")?.to_str().ok().filter(|_| reads_header)
    }

    /// Returns the enabled key with this value and its plan for this stage, ignoring changes that have not propagated yet.
    fn find_key_and_plan(&self, value: &str) -> Option<(&ApiKey, &UsagePlan)> {
        let key = self.account.api_key_by_value(value).filter(|key| self.is_enabled(key))?;
        let plan = self.account.plan_for_stage(&key.id, &self.context.api.id, &self.context.stage.name)?;
        let membership = self.account.membership(&plan.id, &key.id)?;
        self.has_propagated(membership.since).then_some((key, plan))
    }

    fn is_enabled(&self, key: &ApiKey) -> bool {
        match self.has_propagated(key.enabled_changed) {
            true => key.enabled,
            // Until the change has propagated, the previous state applies: the opposite of `enabled`, or no key at
            // all.
            false => key.enabled_changed > key.created && !key.enabled,
        }
    }

    fn has_propagated(&self, changed: Timestamp) -> bool {
        elapsed(changed, self.context.now) >= self.context.switches.propagation()
    }

    /// Checks the buckets of the plan, the stage and the account, in this order.
    fn check_throttles(&self, limits: &[Limit], masked_key: &str, trace: &mut Trace) -> Result<(), Refusal> {
        let account = to_flow(self.account.settings().throttle, 0);
        self.buckets().check(limits, account, self.context.now).map_err(|exceeded| {
            trace.log(format!(
                "API Key {masked_key} exceeded throttle limit for API Stage {}: {}. Limit: {:.2} Burst: {}",
                self.stage_path(),
                self.exceeded_limit_text(&exceeded.scope),
                exceeded.flow.rate,
                exceeded.flow.burst
            ));
            Refusal::Throttled
        })
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the plan's throttle for this method, then the one for the whole plan; either may be missing.
    fn plan_limits(&self, key: &ApiKey, plan: &UsagePlan) -> Vec<Limit> {
        let slop = self.context.switches.burst_slop;
        let method = self.route.plan_method_name();
        let (plan_id, key_id) = (plan.id.clone(), key.id.clone());
        let plan_stage = plan.stage(&self.context.api.id, &self.context.stage.name);
        let method_limit = plan_stage.and_then(|stage| stage.throttle.get(&method)).map(|throttle| Limit {
            scope: Scope::PlanMethod {
                plan_id: plan_id.clone(),
                key_id: key_id.clone(),
                stage: self.stage_path(),
                method: method.clone(),
            },
            flow: to_flow(*throttle, slop),
        });
        let method_bucket =
            self.context.switches.bucket_per_method.then(|| format!("{}{method}", self.stage_path()));
        let plan_limit = plan.throttle.map(|throttle| Limit {
            scope: Scope::Plan { plan_id, key_id, method: method_bucket },
            flow: to_flow(throttle, slop),
        });
        method_limit.into_iter().chain(plan_limit).collect()
    }

    /// Returns the stage's limit for this method. A rate or burst that the stage does not set is the account's.
    fn stage_limit(&self) -> Option<Limit> {
        let settings = &self.context.stage.method_settings;
        let by_precedence = [settings.get(&self.route.stage_method_name()), settings.get("*/*")];
        let rate = by_precedence
            .iter()
            .flatten()
            .find_map(|settings| settings.throttling_rate_limit.filter(|rate| *rate >= 0.0));
        let burst = by_precedence
            .iter()
            .flatten()
            .find_map(|settings| settings.throttling_burst_limit.filter(|burst| *burst >= 0));
        if rate.is_none() && burst.is_none() {
            return None;
        }
        let account = self.account.settings().throttle;
        let scope = Scope::StageMethod { stage: self.stage_path(), method: self.route.plan_method_name() };
        let flow = Flow::new(rate.unwrap_or(account.rate_limit), burst.unwrap_or(account.burst_limit));
        Some(Limit { scope, flow })
    }

    fn check_quota(
        &self,
        key: &ApiKey,
        plan: &UsagePlan,
        masked_key: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let Some(quota) = &plan.quota else { return Ok(()) };
        if self.remaining(key, plan, quota) > 0 {
            return Ok(());
        }
        trace.log(format!(
            "API Key {masked_key} exceeded quota limit for API Stage {}: Key quota exhausted for Usage Plan ID {}. \
             Limit: {} Period: {}",
            self.stage_path(),
            plan.id,
            quota.limit,
            quota.period
        ));
        Err(Refusal::QuotaExceeded)
    }

    fn remaining(&self, key: &ApiKey, plan: &UsagePlan, quota: &Quota) -> i64 {
        let meter = self.account.meter(&plan.id, &key.id);
        meter.map_or(quota.limit, |meter| meter.remaining(quota, utc_day(self.context.now)))
    }

    /// Returns the exceeded limit as the execution log describes it. The text for a plan's throttles is AWS's; the
    /// other texts are not documented, so they were chosen here.
    fn exceeded_limit_text(&self, scope: &Scope) -> String {
        let method = format!(
            "RestApi {}, Stage {}, Resource {}, HttpMethod {}",
            self.context.api.id, self.context.stage.name, self.route.resource.id, self.route.verb
        );
        match scope {
            Scope::Plan { plan_id, .. } | Scope::PlanMethod { plan_id, .. } => {
                format!("Key throttle limit exceeded for Usage Plan ID {plan_id}, {method}")
            }
            Scope::StageMethod { .. } => format!("Method throttle limit exceeded for {method}"),
            Scope::Account => "Account throttle limit exceeded".to_owned(),
        }
    }

    /// The method in the execution log's format, such as `GET /pets`.
    fn method_name(&self) -> String {
        format!("{} {}", self.route.verb, self.route.resource.path)
    }

    /// The stage in the execution log's format: `API/STAGE`.
    fn stage_path(&self) -> String {
        format!("{}/{}", self.context.api.id, self.context.stage.name)
    }
}

fn to_flow(throttle: Throttle, slop: u32) -> Flow {
    let flow = Flow::new(throttle.rate_limit, throttle.burst_limit);
    Flow { burst: flow.burst + f64::from(slop), ..flow }
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    let elapsed = to.duration_since(from).max(SignedDuration::ZERO);
    Duration::try_from(elapsed).unwrap_or_default()
}
