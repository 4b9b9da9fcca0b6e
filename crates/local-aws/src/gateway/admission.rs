//! Whether a call may pass: its API key, the plan the key has for this stage, the throttles in their order, the quota.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::limits::{Buckets, Limit, Scope};
use super::{Refusal, Route, Trace, Visit};
use crate::execution_log::masked;
use crate::quota::{Quota, utc_day};
use crate::state::{Account, ApiKey, Throttle, UsagePlan};
use crate::token_bucket::Flow;

/// Whose call it is.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) plan_id: String,
    pub(super) key_id: String,
    /// Whether the call is counted.
    pub(super) metered: bool,
}

/// A call before its method.
pub(super) struct Admission<'a> {
    pub(super) account: &'a Account,
    pub(super) visit: Visit<'a>,
    pub(super) route: Route<'a>,
    pub(super) buckets: &'a Mutex<Buckets>,
}

impl Admission<'_> {
    /// Lets the call pass, as somebody's where its method needs a key.
    pub(super) fn admit(&self, trace: &mut Trace) -> Result<Option<Caller>, Refusal> {
        let value = self.presented();
        let shown = value.map(masked).unwrap_or_default();
        let stage = self.stage_path();
        trace.say(format!(
            "Verifying Usage Plan for request: {}. API Key: {shown} API Stage: {stage}",
            trace.request_id
        ));
        let method = self.method_name();
        if !self.route.method.api_key_required {
            trace.say(format!(
                "API Key {shown} authorized because method '{method}' does not require API Key. \
                 Request will not contribute to throttle or quota limits"
            ));
            self.pass(None, &shown, trace)?;
            return Ok(None);
        }
        let Some((key, plan)) = value.and_then(|value| self.known(value)) else {
            trace.say(format!(
                "API Key {shown} not authorized because method '{method}' requires API Key and API Key is not \
                 associated with a Usage Plan for API Stage {stage}: No Usage Plan found for key and API Stage"
            ));
            return Err(Refusal::InvalidApiKey);
        };
        key.id.clone_into(&mut trace.seen.api_key_id);
        let caller = |metered| Caller { plan_id: plan.id.clone(), key_id: key.id.clone(), metered };
        if self.visit.switches.fail_open {
            trace.say("Usage Plan check failed due to an internal error".to_owned());
            return Ok(Some(caller(false)));
        }
        self.pass(Some((key, plan)), &shown, trace)?;
        trace.say(format!("Usage Plan check succeeded for API Key {shown} and API Stage {stage}"));
        Ok(Some(caller(true)))
    }

    /// Checks the throttles, then the quota, and draws from the buckets if all of them let the call pass.
    ///
    /// AWS does not say which it checks first.
    fn pass(
        &self,
        caller: Option<(&ApiKey, &UsagePlan)>,
        shown: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let mut limits = caller.map_or_else(Vec::new, |(key, plan)| self.plan_limits(key, plan));
        limits.extend(self.stage_limit());
        self.check_throttles(&limits, shown, trace)?;
        if let Some((key, plan)) = caller {
            self.check_quota(key, plan, shown, trace)?;
        }
        self.buckets().draw(&limits, self.visit.now);
        Ok(())
    }

    /// The value of the key header, where the API takes keys from there.
    fn presented(&self) -> Option<&str> {
        let from_header = self.visit.api.api_key_source != "AUTHORIZER";
        self.visit.headers.get("x-api-key")?.to_str().ok().filter(|_| from_header)
    }

    /// The enabled key with this value and the plan that admits it to this stage, as far as word has got round.
    fn known(&self, value: &str) -> Option<(&ApiKey, &UsagePlan)> {
        let key = self.account.api_key_by_value(value).filter(|key| self.is_enabled(key))?;
        let plan = self.account.plan_for(&key.id, &self.visit.api.id, &self.visit.stage.name)?;
        let membership = self.account.membership(&plan.id, &key.id)?;
        self.has_reached(membership.since).then_some((key, plan))
    }

    fn is_enabled(&self, key: &ApiKey) -> bool {
        match self.has_reached(key.switched) {
            true => key.enabled,
            // Until the news arrives it is what it was before: switched the other way, or not there at all.
            false => key.switched > key.created && !key.enabled,
        }
    }

    fn has_reached(&self, changed: Timestamp) -> bool {
        elapsed(changed, self.visit.now) >= self.visit.switches.propagation()
    }

    /// Checks the buckets of the plan, then the stage, then the account.
    fn check_throttles(&self, limits: &[Limit], shown: &str, trace: &mut Trace) -> Result<(), Refusal> {
        let account = flow(self.account.settings().throttle, 0);
        self.buckets().check(limits, account, self.visit.now).map_err(|empty| {
            trace.say(format!(
                "API Key {shown} exceeded throttle limit for API Stage {}: {}. Limit: {:.2} Burst: {}",
                self.stage_path(),
                self.what_is_exceeded(&empty.scope),
                empty.flow.rate,
                empty.flow.burst
            ));
            Refusal::Throttled
        })
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan_limits(&self, key: &ApiKey, plan: &UsagePlan) -> Vec<Limit> {
        let slop = self.visit.switches.burst_slop;
        let method = self.route.plan_name();
        let (plan_id, key_id) = (plan.id.clone(), key.id.clone());
        let covered = plan.stage(&self.visit.api.id, &self.visit.stage.name);
        let of_method = covered.and_then(|stage| stage.throttle.get(&method)).map(|throttle| Limit {
            scope: Scope::PlanMethod {
                plan_id: plan_id.clone(),
                key_id: key_id.clone(),
                stage: self.stage_path(),
                method: method.clone(),
            },
            flow: flow(*throttle, slop),
        });
        let own = self.visit.switches.bucket_per_method.then(|| format!("{}{method}", self.stage_path()));
        let of_plan = plan.throttle.map(|throttle| Limit {
            scope: Scope::Plan { plan_id, key_id, method: own },
            flow: flow(throttle, slop),
        });
        of_method.into_iter().chain(of_plan).collect()
    }

    /// What the stage's settings say of this method; a part they do not set is the account's.
    fn stage_limit(&self) -> Option<Limit> {
        let settings = &self.visit.stage.method_settings;
        let said = [settings.get(&self.route.stage_name()), settings.get("*/*")];
        let rate =
            said.iter().flatten().find_map(|said| said.throttling_rate_limit.filter(|rate| *rate >= 0.0));
        let burst =
            said.iter().flatten().find_map(|said| said.throttling_burst_limit.filter(|burst| *burst >= 0));
        if rate.is_none() && burst.is_none() {
            return None;
        }
        let account = self.account.settings().throttle;
        let scope = Scope::StageMethod { stage: self.stage_path(), method: self.route.plan_name() };
        let flow = Flow::new(rate.unwrap_or(account.rate_limit), burst.unwrap_or(account.burst_limit));
        Some(Limit { scope, flow })
    }

    fn check_quota(
        &self,
        key: &ApiKey,
        plan: &UsagePlan,
        shown: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let Some(quota) = &plan.quota else { return Ok(()) };
        if self.remaining(key, plan, quota) > 0 {
            return Ok(());
        }
        trace.say(format!(
            "API Key {shown} exceeded quota limit for API Stage {}: Key quota exhausted for Usage Plan ID {}. \
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
        meter.map_or(quota.limit, |meter| meter.remaining(quota, utc_day(self.visit.now)))
    }

    /// What the log says was exceeded; AWS's words are known for a plan's limits, the others are ours.
    fn what_is_exceeded(&self, scope: &Scope) -> String {
        let method = format!(
            "RestApi {}, Stage {}, Resource {}, HttpMethod {}",
            self.visit.api.id, self.visit.stage.name, self.route.resource.id, self.route.verb
        );
        match scope {
            Scope::Plan { plan_id, .. } | Scope::PlanMethod { plan_id, .. } => {
                format!("Key throttle limit exceeded for Usage Plan ID {plan_id}, {method}")
            }
            Scope::StageMethod { .. } => format!("Method throttle limit exceeded for {method}"),
            Scope::Account => "Account throttle limit exceeded".to_owned(),
        }
    }

    /// As the log names a method: `GET /pets`.
    fn method_name(&self) -> String {
        format!("{} {}", self.route.verb, self.route.resource.path)
    }

    /// As the log names a stage: `API/STAGE`.
    fn stage_path(&self) -> String {
        format!("{}/{}", self.visit.api.id, self.visit.stage.name)
    }
}

fn flow(throttle: Throttle, slop: u32) -> Flow {
    let flow = Flow::new(throttle.rate_limit, throttle.burst_limit);
    Flow { burst: flow.burst + f64::from(slop), ..flow }
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    let elapsed = to.duration_since(from).max(SignedDuration::ZERO);
    Duration::try_from(elapsed).unwrap_or_default()
}
