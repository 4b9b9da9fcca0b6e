//! Names the stage's web ACL. Its rules belong to AWS WAF and are not checked.

use super::{Check, CheckContext, CheckKind};
use crate::api_access::WebAcl;

pub(super) fn check(context: &CheckContext<'_>) -> Check {
    match &context.input.web_acl {
        None => Check::unknown(CheckKind::WebAcl, "the stage's web ACL cannot be read (GetStage)"),
        Some(WebAcl::None) => Check::passed(CheckKind::WebAcl, "the stage has no web ACL (WAF)"),
        Some(WebAcl::Associated(arn)) => Check::not_checked(
            CheckKind::WebAcl,
            format!("web ACL {arn} filters the calls; it may refuse them with 403 Forbidden"),
        ),
    }
}
