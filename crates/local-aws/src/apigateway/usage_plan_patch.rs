//! Patches of a usage plan. Their paths contain resource paths with unescaped slashes.

use std::collections::BTreeMap;

use super::error::ApiError;
use super::patch::{self, Op, Paths, Step};
use super::request::Input;
use super::usage_plans::{self, NewQuota};
use crate::quota::Quota;
use crate::state::{Account, ApiStage, Throttle, UsagePlan};

// `apidId` is AWS's own spelling.
const STAGE_THROTTLE: &str = "/apiStages/<apidId:stageName>/throttle";
const METHOD_THROTTLE: &str = "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>";
const METHOD_RATE: &str = "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>/rateLimit";
const METHOD_BURST: &str = "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>/burstLimit";

const PATHS: Paths = &[
    (
        Op::Add,
        &[
            "/apiStages",
            "/productCode",
            "/quota/limit",
            "/quota/offset",
            "/quota/period",
            "/throttle/rateLimit",
            "/throttle/burstLimit",
            STAGE_THROTTLE,
            METHOD_RATE,
            METHOD_BURST,
        ],
    ),
    (Op::Remove, &["/apiStages", "/quota", "/throttle", "/productCode", METHOD_THROTTLE, STAGE_THROTTLE]),
    (
        Op::Replace,
        &[
            "/name",
            "/description",
            "/productCode",
            "/quota/limit",
            "/quota/offset",
            "/quota/period",
            "/throttle/rateLimit",
            "/throttle/burstLimit",
            STAGE_THROTTLE,
            METHOD_RATE,
            METHOD_BURST,
        ],
    ),
];

/// What a patch path refers to.
#[derive(Debug, PartialEq, Eq)]
enum PatchTarget<'a> {
    /// A path without placeholders.
    Plain(&'a str),
    /// All method throttles of a stage.
    Stage { stage: &'a str },
    /// The throttle of one method, or only its rate or burst.
    Method { stage: &'a str, method: String, limit: Option<ThrottleLimit> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ThrottleLimit {
    Rate,
    Burst,
}

/// Returns the patched plan.
pub(super) fn apply_patch(
    mut plan: UsagePlan,
    input: &Input<'_>,
    account: &Account,
) -> Result<UsagePlan, ApiError> {
    let mut quota = plan.quota.map(to_new_quota);
    for step in
        patch::parse_steps(input, PATHS, |template, path| PatchTarget::parse(path).template() == template)?
    {
        match PatchTarget::parse(&step.path) {
            PatchTarget::Plain(path) => patch_plain_path(&mut plan, &mut quota, path, &step, account)?,
            PatchTarget::Stage { stage } => patch_stage_throttle(find_stage_mut(&mut plan, stage)?, &step)?,
            PatchTarget::Method { stage, method, limit } => {
                patch_method_throttle(find_stage_mut(&mut plan, stage)?, method, limit, &step)?;
            }
        }
    }
    plan.quota = quota.map(NewQuota::validate).transpose()?;
    Ok(plan)
}

fn patch_plain_path(
    plan: &mut UsagePlan,
    quota: &mut Option<NewQuota>,
    path: &str,
    step: &Step,
    account: &Account,
) -> Result<(), ApiError> {
    let is_removal = step.op == Op::Remove;
    match path {
        "/name" => plan.name = step.text().ok_or_else(|| usage_plans::missing_member("name"))?,
        "/description" => plan.description = step.text(),
        "/productCode" => plan.product_code = step.text().filter(|_| !is_removal),
        "/quota" => *quota = None,
        "/quota/limit" => quota.get_or_insert_default().limit = step.number()?,
        "/quota/offset" => quota.get_or_insert_default().offset = step.number()?,
        "/quota/period" => quota.get_or_insert_default().period = step.text(),
        "/throttle" => plan.throttle = None,
        "/throttle/rateLimit" => plan.throttle.get_or_insert_default().rate_limit = step.number()?,
        "/throttle/burstLimit" => plan.throttle.get_or_insert_default().burst_limit = step.number()?,
        _ if is_removal => remove_stage(plan, &step.value)?,
        // Only `/apiStages` is left.
        _ => {
            let not_found = || ApiError::not_found(format!("API Stage not found: {}", step.value));
            let (api_id, stage) = step.value.split_once(':').ok_or_else(not_found)?;
            let (api_id, stage) = (api_id.to_owned(), stage.to_owned());
            usage_plans::add_stage(account, plan, ApiStage { api_id, stage, throttle: BTreeMap::new() })?;
        }
    }
    Ok(())
}

fn remove_stage(plan: &mut UsagePlan, name: &str) -> Result<(), ApiError> {
    let malformed = name.split_once(':').is_none_or(|(_, stage)| stage.is_empty() || stage.contains(':'));
    if malformed {
        return Err(ApiError::bad_request("Invalid API Stage specified"));
    }
    find_stage_mut(plan, name)?;
    plan.api_stages.retain(|stage| stage.name() != name);
    Ok(())
}

fn find_stage_mut<'a>(plan: &'a mut UsagePlan, name: &str) -> Result<&'a mut ApiStage, ApiError> {
    let (api, stage) = name.split_once(':').unwrap_or((name, ""));
    let unknown =
        format!("Invalid API Stage {{api: {api}, stage: {stage}}} specified for usageplan {}", plan.id);
    let found = plan.api_stages.iter_mut().find(|stage| stage.name() == name);
    found.ok_or_else(|| ApiError::not_found(unknown))
}

fn patch_stage_throttle(stage: &mut ApiStage, step: &Step) -> Result<(), ApiError> {
    if step.op == Op::Remove {
        stage.throttle.clear();
        return Ok(());
    }
    let throttles: BTreeMap<String, Throttle> = serde_json::from_str(&step.value).map_err(|_| {
        ApiError::bad_request("Invalid throttle specified, has to be a map of methods to limits")
    })?;
    match step.op {
        Op::Add => stage.throttle.extend(throttles),
        _ => stage.throttle = throttles,
    }
    Ok(())
}

fn patch_method_throttle(
    stage: &mut ApiStage,
    method: String,
    limit: Option<ThrottleLimit>,
    step: &Step,
) -> Result<(), ApiError> {
    match limit {
        Some(ThrottleLimit::Rate) => stage.throttle.entry(method).or_default().rate_limit = step.number()?,
        Some(ThrottleLimit::Burst) => {
            stage.throttle.entry(method).or_default().burst_limit = step.number()?
        }
        None => {
            let removed = stage.throttle.remove(&method);
            let unknown = || ApiError::not_found(format!("Invalid method {method} specified for API Stage"));
            removed.map(drop).ok_or_else(unknown)?;
        }
    }
    Ok(())
}

fn to_new_quota(quota: Quota) -> NewQuota {
    let period = serde_json::to_value(quota.period).ok();
    let period = period.and_then(|period| period.as_str().map(str::to_owned));
    NewQuota { limit: quota.limit, offset: quota.offset, period }
}

impl<'a> PatchTarget<'a> {
    fn parse(path: &'a str) -> Self {
        Self::parse_stage(path).unwrap_or(Self::Plain(path))
    }

    fn parse_stage(path: &'a str) -> Option<Self> {
        let (stage, rest) = path.strip_prefix("/apiStages/")?.split_once("/throttle")?;
        if stage.contains('/') || !stage.contains(':') {
            return None;
        }
        let Some(method) = rest.strip_prefix('/') else {
            return rest.is_empty().then_some(Self::Stage { stage });
        };
        let (method, limit) = match method.rsplit_once('/')? {
            (method, "rateLimit") => (method, Some(ThrottleLimit::Rate)),
            (method, "burstLimit") => (method, Some(ThrottleLimit::Burst)),
            _ => (method, None),
        };
        let method = patch::unescape(method);
        method.starts_with('/').then_some(Self::Method { stage, method, limit })
    }

    fn template(&self) -> &str {
        match self {
            Self::Plain(path) => path,
            Self::Stage { .. } => STAGE_THROTTLE,
            Self::Method { limit: None, .. } => METHOD_THROTTLE,
            Self::Method { limit: Some(ThrottleLimit::Rate), .. } => METHOD_RATE,
            Self::Method { limit: Some(ThrottleLimit::Burst), .. } => METHOD_BURST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_method(path: &str) -> Option<(String, Option<ThrottleLimit>)> {
        match PatchTarget::parse(path) {
            PatchTarget::Method { stage: "abc:prod", method, limit } => Some((method, limit)),
            _ => None,
        }
    }

    #[test]
    fn a_patch_path_contains_the_resource_path_with_its_slashes() {
        let cases = [
            ("/apiStages/abc:prod/throttle//test/GET/rateLimit", "/test/GET", Some(ThrottleLimit::Rate)),
            (
                "/apiStages/abc:prod/throttle//pets/{id}/GET/burstLimit",
                "/pets/{id}/GET",
                Some(ThrottleLimit::Burst),
            ),
            ("/apiStages/abc:prod/throttle///GET/rateLimit", "//GET", Some(ThrottleLimit::Rate)),
            ("/apiStages/abc:prod/throttle//test/GET", "/test/GET", None),
            ("/apiStages/abc:prod/throttle/~1a~1b/GET/rateLimit", "/a/b/GET", Some(ThrottleLimit::Rate)),
        ];
        for (path, expected, limit) in cases {
            assert_eq!(parse_method(path), Some((expected.to_owned(), limit)), "{path}");
        }
    }

    #[test]
    fn a_path_without_a_method_is_plain_or_refers_to_a_stage() {
        assert_eq!(
            PatchTarget::parse("/apiStages/abc:prod/throttle"),
            PatchTarget::Stage { stage: "abc:prod" }
        );
        for path in
            ["/name", "/apiStages/abc:prod", "/apiStages/abc:prod/throttles", "/apiStages/abc/throttle", ""]
        {
            assert_eq!(PatchTarget::parse(path), PatchTarget::Plain(path));
        }
    }
}
