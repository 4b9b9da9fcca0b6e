//! Compares what the checks predict with the response that was seen.

use super::super::gateway_response::GatewayResponse;
use super::{Call, CheckKind, CheckState, Diagnosis, list_kinds};
use crate::Verdict;

impl Call {
    /// Whether this response can be the one that was seen. Any can be the next one if none was seen yet, or if
    /// the call was accepted.
    pub(super) fn may_get(&self, response: GatewayResponse) -> bool {
        match (self.verdict, &self.error_type) {
            (None | Some(Verdict::Ok), _) => true,
            (Some(_), Some(error_type)) => response.error_type() == Some(error_type.as_str()),
            (Some(verdict), None) => response
                .status()
                .is_some_and(|status| Verdict::from_response(status, response.error_type()) == verdict),
        }
    }

    /// E.g. "403".
    fn seen_status(&self) -> String {
        let mut statuses = GatewayResponse::ALL
            .into_iter()
            .filter(|response| self.may_get(*response))
            .filter_map(GatewayResponse::status);
        match statuses.next() {
            Some(status) if statuses.all(|other| other == status) => status.to_string(),
            Some(_) | None => "response".to_owned(),
        }
    }
}

impl Diagnosis {
    /// The sentence shown for a refusal that no check explains.
    pub fn unexplained_message(&self) -> Option<String> {
        let is_refused = self.call.verdict.is_some_and(|verdict| verdict != Verdict::Ok);
        if !is_refused || self.failed_check().is_some() {
            return None;
        }
        let mut message = format!("no check explains this {}", self.call.seen_status());
        let mut unchecked = self.unchecked();
        // An accepted key has propagated; a refused one may not have.
        let is_refused_early = self.call.may_get(GatewayResponse::Forbidden);
        unchecked.extend(self.checks.iter().filter(|check| {
            is_refused_early && check.kind == CheckKind::Propagation && check.state == CheckState::Unknown
        }));
        if !unchecked.is_empty() {
            message = format!("{message}; not checked: {}", list_kinds(&unchecked));
        }
        let deployment = self.deployment_check().filter(|check| check.state == CheckState::NotChecked);
        if let Some((_, stage)) = deployment.zip(self.call.stage.as_ref()) {
            message = format!(
                "{message}; recent edits of the API might not be deployed yet: `keypool setup deploy --api {} --stage {}`",
                stage.api, stage.stage
            );
        }
        Some(message)
    }
}
