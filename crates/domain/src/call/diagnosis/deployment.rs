//! Names the settings of the API that are only known as last edited.

use super::{Check, CheckContext, CheckKind};
use crate::Verdict;

pub(super) fn check(context: &CheckContext<'_>) -> Check {
    match (&context.input.access, context.call.verdict) {
        (None, _) => {
            Check::unknown(CheckKind::Deployment, "the REST API's settings cannot be read (GetRestApi)")
        }
        (Some(_), Some(Verdict::Ok | Verdict::Throttled | Verdict::QuotaExhausted)) => {
            Check::passed(CheckKind::Deployment, "the API's deployed settings let the key through")
        }
        (Some(_), Some(Verdict::Forbidden | Verdict::Other) | None) => Check::not_checked(
            CheckKind::Deployment,
            "endpoint, resource policy and key source are checked as last edited; what is deployed of them \
             cannot be read",
        ),
    }
}
