//! `/account`: account-wide settings.

use serde_json::{Value, json};

use super::error::ApiError;
use super::patch::{self, Op, Paths};
use super::request::{Input, Output};
use crate::state::{Account, Settings};

const PATHS: Paths =
    &[(Op::Add, &["/features"]), (Op::Remove, &["/features"]), (Op::Replace, &["/cloudwatchRoleArn"])];

/// The feature that cannot be removed.
const USAGE_PLANS: &str = "UsagePlans";

pub(super) fn get(_: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    Ok(Output::ok(view(&account.settings())))
}

pub(super) fn update(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    let mut settings = account.settings();
    for step in patch::parse_steps(input, PATHS, patch::matches_by_segment)? {
        match (step.op, step.path.as_str()) {
            (Op::Replace, _) => settings.cloudwatch_role_arn = step.text(),
            (Op::Remove, _) if step.value == USAGE_PLANS => {
                return Err(ApiError::bad_request("Usage Plans cannot be disabled once enabled"));
            }
            (Op::Remove, _) => settings.features.retain(|feature| *feature != step.value),
            (Op::Add, _) if settings.features.contains(&step.value) => {}
            (Op::Add, _) => settings.features.push(step.value),
        }
    }
    let output = Output::ok(view(&settings));
    account.set_settings(settings);
    Ok(output)
}

fn view(settings: &Settings) -> Value {
    json!({
        "cloudwatchRoleArn": settings.cloudwatch_role_arn,
        "throttleSettings": settings.throttle,
        "features": settings.features,
        "apiKeyVersion": "4",
    })
}
