//! Tenant keys that turned out to have API keys of their own, after API Gateway was asked for each.

use super::Inventory;
use crate::{Known, RowId};

impl Inventory {
    /// The same account where these tenant keys, of which that was not known, have API keys of their own.
    #[must_use]
    pub fn with_own_api_keys(self, ids: &[RowId]) -> Self {
        let Self { mut parts, memberships, foreign, work, .. } = self;
        for row in parts.rows.iter_mut().filter(|row| ids.contains(&row.id)) {
            if row.pool_key.reason().is_some() {
                row.pool_key = Known::Value(None);
            }
        }
        Self { memberships, foreign, work, ..Self::new(parts) }
    }
}
