//! Rows that go to another API key, tried again when a race is lost.

use keypool_domain::{ApiKeyId, PlanId, Refusal, RowId, Secret};

use super::race::Races;
use super::unit::Worker;
use crate::aws::{Failure, Shared, Transferred};

impl Worker<'_> {
    pub(super) async fn isolate_row(
        &self,
        row: &RowId,
        from: &ApiKeyId,
        plan: &PlanId,
        (id, value): &(ApiKeyId, Secret),
    ) -> Result<(), Failure> {
        let mut races = Races::new();
        loop {
            match self.aws.isolate_row(&self.tables, row, from, plan, (id, value)).await? {
                Transferred::Done => return Ok(()),
                Transferred::LeftRefused => return Err(miscounted(from)),
                Transferred::Busy if self.again(&mut races, ()).await? => {}
                Transferred::RowsRefused(_) | Transferred::ToRefused | Transferred::Busy => {
                    return Err(Failure::Changed(format!("row {row}")));
                }
            }
        }
    }

    /// The row refers to the key that the plan's pool gives it; the key it leaves may count it or not.
    pub(super) async fn refer(
        &mut self,
        row: &RowId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
        is_counted: bool,
    ) -> Result<(), Failure> {
        let known = self.inventory.row(row).ok_or_else(|| Failure::Gone(format!("row {row}")))?;
        let mut races = Races::new();
        loop {
            let chosen = self.choose(plan, &known.tenant).await?;
            let value = self.shared_value(&chosen.api_key).await?;
            let to = chosen.shared(value.as_ref());
            match self.aws.refer(&self.tables, row, plan, from, to, is_counted).await? {
                Transferred::Done => {
                    self.count_one_more(plan, &chosen.api_key);
                    return Ok(());
                }
                Transferred::RowsRefused(_) => return Err(self.why_refused(row).await?),
                Transferred::LeftRefused => return Err(from.map_or_else(|| gone(row), miscounted)),
                Transferred::ToRefused | Transferred::Busy => {}
            }
            let seen = self.forget_pool(plan);
            if !self.again(&mut races, seen).await? {
                return Err(self.pool_changed(plan));
            }
        }
    }

    /// Rows of one pool key refer to another; those that are not there any more, or elsewhere, are left out.
    pub(super) async fn repoint(
        &mut self,
        rows: &[RowId],
        from: &ApiKeyId,
        to: &ApiKeyId,
        new: Option<&Secret>,
        capacity: Option<u32>,
    ) -> Result<(), Failure> {
        let value = match new {
            Some(value) => Some(value.clone()),
            None => self.shared_value(to).await?,
        };
        let capacity = capacity.or_else(|| {
            let pool = self.inventory.pool_of(to)?;
            Some(pool.key(to)?.capacity)
        });
        let capacity = capacity.unwrap_or(0);
        let to = Shared { api_key: to, value: value.as_ref(), capacity, most: capacity };
        let mut left = rows.to_vec();
        let mut races = Races::new();
        while !left.is_empty() {
            let counted = left.iter().filter(|row| self.is_counted(row)).count();
            match self.aws.repoint(&self.tables, &left, counted, from, to).await? {
                Transferred::Done => return Ok(()),
                Transferred::RowsRefused(gone) => {
                    let mut at = 0;
                    left.retain(|_| {
                        at += 1;
                        !gone.contains(&(at - 1))
                    });
                }
                Transferred::ToRefused => return Err(self.no_room(to.api_key, left.len())),
                Transferred::LeftRefused => return Err(miscounted(from)),
                Transferred::Busy if self.again(&mut races, ()).await? => {}
                Transferred::Busy => return Err(Failure::Changed(format!("pool key {from}"))),
            }
        }
        Ok(())
    }

    /// Whether the counter of a pool key counts this row: the row of the pool key's own it does not.
    fn is_counted(&self, row: &RowId) -> bool {
        self.inventory.row(row).is_some_and(|row| row.pool_key.is_some())
    }

    fn no_room(&self, to: &ApiKeyId, wanted: usize) -> Failure {
        let plan = self.inventory.pool_of(to).map_or("the pool", |pool| self.inventory.plan_name(&pool.plan));
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        Refusal::PoolRoom { plan: plan.to_owned(), room: 0, wanted }.into()
    }
}

fn miscounted(key: &ApiKeyId) -> Failure {
    Failure::Miscounted(key.clone())
}

fn gone(row: &RowId) -> Failure {
    Failure::Gone(format!("row {row}"))
}
