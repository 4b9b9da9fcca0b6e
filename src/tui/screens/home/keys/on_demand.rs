//! The list of tenant keys of a table that is too large to be read unasked: what to read of it, and what cannot be shown.

use keypool_domain::{ApiKeyId, PlanId, Tenant};

use crate::ops::{KeyListing, ListedKeys};
use crate::tui::screens::home::keys::state::KeysPane;
use crate::tui::widgets::cursor::Cursor;

/// The next page is read when the cursor is so many screens before the end.
const PAGES_AHEAD: usize = 2;

pub(crate) const ORDER_REFUSAL: &str =
    "the table is too large to be sorted: until all keys of this list are read, they are in its own order";
const FILTER_REFUSAL: &str = "the table is too large for this filter: until all keys of this list are read, only \
                              tenant:NAME, the start of a tenant's name in its case, is looked up";

/// Why tenant keys that were read are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// They are of another list than the wanted one, which is being read.
    OtherListing,
    /// Only a part of the list is there to be filtered.
    Filter,
}

impl Obstacle {
    pub(super) const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::OtherListing => None,
            Self::Filter => Some(FILTER_REFUSAL),
        }
    }
}

impl KeysPane {
    /// Which tenant keys to read. A list that is complete is filtered here.
    pub(crate) fn wanted_listing(
        &self,
        listed: &ListedKeys,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
    ) -> KeyListing {
        let base = base_listing(plan, pool_key);
        if listed.listing == base && listed.is_complete() {
            return base;
        }
        match (tenant_prefix(self.filter.text()), &base) {
            (Some(prefix), KeyListing::Plan(plan)) => {
                KeyListing::TenantsInPlan(plan.clone(), prefix.to_owned())
            }
            (Some(tenant), KeyListing::All) => KeyListing::Tenant(Tenant::new(tenant)),
            _ => base,
        }
    }

    pub(super) fn obstacle(
        &self,
        listed: &ListedKeys,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
    ) -> Option<Obstacle> {
        let wanted = self.wanted_listing(listed, plan, pool_key);
        let is_filtered = !self.filter.text().trim().is_empty();
        let is_base = wanted == base_listing(plan, pool_key);
        if is_base && is_filtered && !(listed.listing == wanted && listed.is_complete()) {
            return Some(Obstacle::Filter);
        }
        (listed.listing != wanted).then_some(Obstacle::OtherListing)
    }

    /// Whether the cursor is near the end of what was read. A list that is not shown is not read on.
    pub(crate) fn nears_end(
        &self,
        listed: &ListedKeys,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
    ) -> bool {
        let ahead = self.height.max(1) * PAGES_AHEAD;
        let is_near = !self.is_scanning() && self.cursor.selected + ahead >= self.listed.len();
        is_near && self.obstacle(listed, plan, pool_key).is_none()
    }

    /// Lists nothing, so nothing is acted on.
    pub(super) fn list_nothing(&mut self) {
        self.listed.clear();
        self.scan = None;
        self.listed_for = None;
        self.last_mark = None;
        self.cursor = Cursor::default();
        self.hidden_marks = self.marks.len();
    }
}

fn base_listing(plan: Option<&PlanId>, pool_key: Option<&ApiKeyId>) -> KeyListing {
    match (pool_key, plan) {
        (Some(pool_key), _) => KeyListing::PoolKey(pool_key.clone()),
        (None, Some(plan)) => KeyListing::Plan(plan.clone()),
        (None, None) => KeyListing::All,
    }
}

/// The tenant of a filter that names nothing else.
fn tenant_prefix(filter: &str) -> Option<&str> {
    let prefix = filter.trim().strip_prefix("tenant:")?;
    (!prefix.is_empty() && !prefix.contains(char::is_whitespace)).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_filter_that_is_a_tenant_alone_is_looked_up() {
        assert_eq!(tenant_prefix(" tenant:Acme "), Some("Acme"));
        for filter in ["", "tenant:", "!tenant:acme", "tenant:acme web", "acme", "name:acme"] {
            assert_eq!(tenant_prefix(filter), None, "{filter}");
        }
    }
}
