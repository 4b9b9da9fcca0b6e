//! `/account`: what is set for the account as a whole.

use serde_json::{Value, json};

use super::patch::{self, Op, Paths};
use super::refusal::Refusal;
use super::request::{Answer, Asked};
use crate::state::{Account, Settings};

const PATHS: Paths =
    &[(Op::Add, &["/features"]), (Op::Remove, &["/features"]), (Op::Replace, &["/cloudwatchRoleArn"])];

/// The feature that cannot be taken away.
const USAGE_PLANS: &str = "UsagePlans";

pub(super) fn get(_: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    Ok(Answer::ok(view(&account.settings())))
}

pub(super) fn update(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    let mut settings = account.settings();
    for step in patch::steps(asked, PATHS, patch::by_segment)? {
        match (step.op, step.path.as_str()) {
            (Op::Replace, _) => settings.cloudwatch_role_arn = step.text(),
            (Op::Remove, _) if step.value == USAGE_PLANS => {
                return Err(Refusal::bad_request("Usage Plans cannot be disabled once enabled"));
            }
            (Op::Remove, _) => settings.features.retain(|feature| *feature != step.value),
            (Op::Add, _) if settings.features.contains(&step.value) => {}
            (Op::Add, _) => settings.features.push(step.value),
        }
    }
    let answer = Answer::ok(view(&settings));
    account.set_settings(settings);
    Ok(answer)
}

fn view(settings: &Settings) -> Value {
    json!({
        "cloudwatchRoleArn": settings.cloudwatch_role_arn,
        "throttleSettings": settings.throttle,
        "features": settings.features,
        "apiKeyVersion": "4",
    })
}
