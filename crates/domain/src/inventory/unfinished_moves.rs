//! Moves to another plan that have not ended, from the tags of API keys where no table has their plans.

use super::Inventory;
use crate::key::tag;
use crate::{ApiKeyId, PlanId};

/// A move that is in progress or was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedMove {
    pub from: PlanId,
    pub to: PlanId,
}

impl Inventory {
    /// The move that has marked this API key; `None` once the key is in its new plan and in the old one no more.
    pub fn unfinished_move(&self, api_key: &ApiKeyId) -> Option<UnfinishedMove> {
        if self.source().has_tables() {
            return None;
        }
        let tags = &self.api_key(api_key).key()?.tags;
        tags.get(tag::WORKING_UNTIL)?;
        let to = PlanId::new(tags.get(tag::PLAN)?.as_str());
        let from = PlanId::new(tags.get(tag::MOVES_FROM).map(String::as_str)?);
        self.plan(&to)?;
        let is_in = |plan: &PlanId| self.is_member(plan, api_key);
        let is_unfinished =
            is_in(&to).is_known_to_be(&false) || (from != to && is_in(&from).is_known_to_be(&true));
        is_unfinished.then_some(UnfinishedMove { from, to })
    }
}
