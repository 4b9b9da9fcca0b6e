//! Patches of a usage plan, whose paths hold the paths of resources as they are, slashes and all.

use std::collections::BTreeMap;

use super::patch::{self, Op, Paths, Step};
use super::refusal::Refusal;
use super::request::Asked;
use super::usage_plans::{self, NewQuota};
use crate::quota::Quota;
use crate::state::{Account, ApiStage, Throttle, UsagePlan};

const STAGE_THROTTLE: &str = "/apiStages/<apidId:stageName>/throttle";
const METHOD: &str = "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>";
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
    (Op::Remove, &["/apiStages", "/quota", "/throttle", "/productCode", METHOD, STAGE_THROTTLE]),
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

/// What a path means.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    /// As it stands, with nothing that differs.
    Plain(&'a str),
    /// All method throttles of a stage.
    Stage { stage: &'a str },
    /// The throttle of one method, or a limit of it.
    Method { stage: &'a str, method: String, limit: Option<Limit> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Rate,
    Burst,
}

/// A plan as a patch makes it.
pub(super) fn patched(
    mut plan: UsagePlan,
    asked: &Asked<'_>,
    account: &Account,
) -> Result<UsagePlan, Refusal> {
    let mut quota = plan.quota.map(editable);
    for step in patch::steps(asked, PATHS, |template, path| Target::of(path).template() == template)? {
        match Target::of(&step.path) {
            Target::Plain(path) => plain(&mut plan, &mut quota, path, &step, account)?,
            Target::Stage { stage } => stage_throttle(covered(&mut plan, stage)?, &step)?,
            Target::Method { stage, method, limit } => {
                method_throttle(covered(&mut plan, stage)?, method, limit, &step)?;
            }
        }
    }
    plan.quota = quota.map(NewQuota::checked).transpose()?;
    Ok(plan)
}

fn plain(
    plan: &mut UsagePlan,
    quota: &mut Option<NewQuota>,
    path: &str,
    step: &Step,
    account: &Account,
) -> Result<(), Refusal> {
    let removed = step.op == Op::Remove;
    match path {
        "/name" => plan.name = step.text().ok_or_else(|| usage_plans::missing("name"))?,
        "/description" => plan.description = step.text(),
        "/productCode" => plan.product_code = step.text().filter(|_| !removed),
        "/quota" => *quota = None,
        "/quota/limit" => quota.get_or_insert_default().limit = step.number()?,
        "/quota/offset" => quota.get_or_insert_default().offset = step.number()?,
        "/quota/period" => quota.get_or_insert_default().period = step.text(),
        "/throttle" => plan.throttle = None,
        "/throttle/rateLimit" => plan.throttle.get_or_insert_default().rate_limit = step.number()?,
        "/throttle/burstLimit" => plan.throttle.get_or_insert_default().burst_limit = step.number()?,
        _ if removed => remove_stage(plan, &step.value)?,
        _ => {
            let not_found = || Refusal::not_found(format!("API Stage not found: {}", step.value));
            let (api_id, stage) = step.value.split_once(':').ok_or_else(not_found)?;
            let (api_id, stage) = (api_id.to_owned(), stage.to_owned());
            usage_plans::add_stage(account, plan, ApiStage { api_id, stage, throttle: BTreeMap::new() })?;
        }
    }
    Ok(())
}

fn remove_stage(plan: &mut UsagePlan, name: &str) -> Result<(), Refusal> {
    let malformed = name.split_once(':').is_none_or(|(_, stage)| stage.is_empty() || stage.contains(':'));
    if malformed {
        return Err(Refusal::bad_request("Invalid API Stage specified"));
    }
    covered(plan, name)?;
    plan.api_stages.retain(|stage| stage.name() != name);
    Ok(())
}

fn covered<'a>(plan: &'a mut UsagePlan, name: &str) -> Result<&'a mut ApiStage, Refusal> {
    let (api, stage) = name.split_once(':').unwrap_or((name, ""));
    let unknown =
        format!("Invalid API Stage {{api: {api}, stage: {stage}}} specified for usageplan {}", plan.id);
    let found = plan.api_stages.iter_mut().find(|stage| stage.name() == name);
    found.ok_or_else(|| Refusal::not_found(unknown))
}

fn stage_throttle(stage: &mut ApiStage, step: &Step) -> Result<(), Refusal> {
    if step.op == Op::Remove {
        stage.throttle.clear();
        return Ok(());
    }
    let given: BTreeMap<String, Throttle> = serde_json::from_str(&step.value).map_err(|_| {
        Refusal::bad_request("Invalid throttle specified, has to be a map of methods to limits")
    })?;
    match step.op {
        Op::Add => stage.throttle.extend(given),
        _ => stage.throttle = given,
    }
    Ok(())
}

fn method_throttle(
    stage: &mut ApiStage,
    method: String,
    limit: Option<Limit>,
    step: &Step,
) -> Result<(), Refusal> {
    match limit {
        Some(Limit::Rate) => stage.throttle.entry(method).or_default().rate_limit = step.number()?,
        Some(Limit::Burst) => stage.throttle.entry(method).or_default().burst_limit = step.number()?,
        None => {
            let gone = stage.throttle.remove(&method);
            let unknown = || Refusal::not_found(format!("Invalid method {method} specified for API Stage"));
            gone.map(drop).ok_or_else(unknown)?;
        }
    }
    Ok(())
}

fn editable(quota: Quota) -> NewQuota {
    let period = serde_json::to_value(quota.period).ok();
    let period = period.and_then(|period| period.as_str().map(str::to_owned));
    NewQuota { limit: quota.limit, offset: quota.offset, period }
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Self {
        Self::of_stage(path).unwrap_or(Self::Plain(path))
    }

    fn of_stage(path: &'a str) -> Option<Self> {
        let (stage, rest) = path.strip_prefix("/apiStages/")?.split_once("/throttle")?;
        if stage.contains('/') || !stage.contains(':') {
            return None;
        }
        let Some(method) = rest.strip_prefix('/') else {
            return rest.is_empty().then_some(Self::Stage { stage });
        };
        let (method, limit) = match method.rsplit_once('/')? {
            (method, "rateLimit") => (method, Some(Limit::Rate)),
            (method, "burstLimit") => (method, Some(Limit::Burst)),
            _ => (method, None),
        };
        let method = patch::unescaped(method);
        method.starts_with('/').then_some(Self::Method { stage, method, limit })
    }

    fn template(&self) -> &str {
        match self {
            Self::Plain(path) => path,
            Self::Stage { .. } => STAGE_THROTTLE,
            Self::Method { limit: None, .. } => METHOD,
            Self::Method { limit: Some(Limit::Rate), .. } => METHOD_RATE,
            Self::Method { limit: Some(Limit::Burst), .. } => METHOD_BURST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(path: &str) -> Option<(String, Option<Limit>)> {
        match Target::of(path) {
            Target::Method { stage: "abc:prod", method, limit } => Some((method, limit)),
            _ => None,
        }
    }

    #[test]
    fn the_path_of_a_resource_stands_in_the_path_of_a_patch_as_it_is() {
        let limits = [
            ("/apiStages/abc:prod/throttle//test/GET/rateLimit", "/test/GET", Some(Limit::Rate)),
            ("/apiStages/abc:prod/throttle//pets/{id}/GET/burstLimit", "/pets/{id}/GET", Some(Limit::Burst)),
            ("/apiStages/abc:prod/throttle///GET/rateLimit", "//GET", Some(Limit::Rate)),
            ("/apiStages/abc:prod/throttle//test/GET", "/test/GET", None),
            ("/apiStages/abc:prod/throttle/~1a~1b/GET/rateLimit", "/a/b/GET", Some(Limit::Rate)),
        ];
        for (path, expected, limit) in limits {
            assert_eq!(method(path), Some((expected.to_owned(), limit)), "{path}");
        }
    }

    #[test]
    fn other_paths_are_taken_as_they_stand() {
        assert_eq!(Target::of("/apiStages/abc:prod/throttle"), Target::Stage { stage: "abc:prod" });
        for path in
            ["/name", "/apiStages/abc:prod", "/apiStages/abc:prod/throttles", "/apiStages/abc/throttle", ""]
        {
            assert_eq!(Target::of(path), Target::Plain(path));
        }
    }
}
