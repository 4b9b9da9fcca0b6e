//! What the usage screen shows.

use keypool_domain::{ApiKeyId, PlanId};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum UsageSubject {
    #[default]
    Account,
    Plan(PlanId),
    Key(PlanId, ApiKeyId),
}
