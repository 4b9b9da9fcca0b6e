//! Rows that go to another API key, tried again when a race is lost.

use keypool_domain::{ApiKeyId, PlanId, Refusal, RowId};

use super::race::Races;
use super::unit::Worker;
use crate::aws::{Failure, Leave, Limit, OwnKey, Shared, Transferred};

impl Worker<'_> {
    pub(super) async fn isolate_row(
        &self,
        row: &RowId,
        from: &ApiKeyId,
        plan: &PlanId,
        own_key: OwnKey<'_>,
    ) -> Result<(), Failure> {
        let mut races = Races::new();
        let mut leave = Leave::Fewer(1);
        loop {
            match self.aws.isolate_row(&self.tables, row, from, plan, own_key, &leave).await? {
                Transferred::Done => return Ok(()),
                Transferred::LeftRefused => leave = self.left_anew(&mut races, from, 1).await?,
                Transferred::Busy if self.again(&mut races, None).await? => {}
                Transferred::RowsRefused(_) | Transferred::ToRefused | Transferred::Busy => {
                    return Err(Failure::Changed(format!("row {row}")));
                }
            }
        }
    }

    /// The row refers to the key that the plan's pool gives it, which is returned; a pool key that it leaves counts one
    /// fewer.
    pub(super) async fn refer(
        &mut self,
        row: &RowId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
    ) -> Result<ApiKeyId, Failure> {
        let known = self.inventory.row(row).ok_or_else(|| Failure::Gone(format!("row {row}")))?;
        let (mut races, mut uncounted) = (Races::new(), Races::new());
        let is_counted = from.is_some_and(|from| self.inventory.pool_of(from).is_some());
        let mut leave = if is_counted { Leave::Fewer(1) } else { Leave::Uncounted };
        loop {
            let chosen = self.choose(plan, &known.tenant).await?;
            let value = self.shared_value(&chosen.api_key).await?;
            let to = chosen.shared(value.as_ref());
            match self.aws.refer(&self.tables, row, plan, from, to, &leave).await? {
                Transferred::Done => {
                    self.count_one_more(plan, &chosen.api_key);
                    return Ok(chosen.api_key);
                }
                Transferred::RowsRefused(_) => return Err(self.why_refused(row).await?),
                Transferred::LeftRefused => {
                    let from = from.ok_or_else(|| Failure::Gone(format!("row {row}")))?;
                    leave = self.left_anew(&mut uncounted, from, 1).await?;
                    continue;
                }
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
        to: Shared<'_>,
    ) -> Result<(), Failure> {
        let value = match to.value {
            Some(_) => None,
            None => self.shared_value(to.api_key).await?,
        };
        let to = Shared { value: to.value.or(value.as_ref()), ..to };
        let mut left = rows.to_vec();
        let counted = |left: &[RowId]| left.iter().filter(|row| self.is_counted(row)).count();
        let mut leave = Leave::Fewer(counted(&left));
        let mut races = Races::new();
        while !left.is_empty() {
            match self.aws.repoint(&self.tables, &left, from, to, &leave).await? {
                Transferred::Done => return Ok(()),
                Transferred::RowsRefused(gone) => {
                    let mut at = 0;
                    left.retain(|_| {
                        at += 1;
                        !gone.contains(&(at - 1))
                    });
                    leave = Leave::Fewer(counted(&left));
                }
                Transferred::ToRefused => return Err(self.no_room(to.api_key, left.len())),
                Transferred::LeftRefused => {
                    leave = self.left_anew(&mut races, from, counted(&left)).await?;
                }
                Transferred::Busy if self.again(&mut races, None).await? => {}
                Transferred::Busy => return Err(Failure::Changed(format!("pool key {from}"))),
            }
        }
        Ok(())
    }

    /// What becomes of the counter of the pool key that so many leave, as it stands now.
    pub(super) async fn left_anew(
        &self,
        races: &mut Races<Option<Leave>>,
        from: &ApiKeyId,
        count: usize,
    ) -> Result<Leave, Failure> {
        let leave = self.leave_as_read(from, count).await?;
        if self.again(races, Some(leave.clone())).await? {
            Ok(leave)
        } else {
            Err(Failure::Changed(format!("the counter of pool key {from}")))
        }
    }

    /// Whether the counter of a pool key counts this row: the row of the pool key's own it does not.
    fn is_counted(&self, row: &RowId) -> bool {
        self.inventory.row(row).is_some_and(|row| row.referred().is_some())
    }

    /// How many tenants a pool key takes: what other programs wrote takes room, too.
    pub(super) fn limit_of(&self, id: &ApiKeyId) -> Result<Limit, Failure> {
        let Some(key) = self.inventory.pool_of(id).and_then(|pool| pool.key(id)) else {
            return Ok(Limit { capacity: 0, most: 0 });
        };
        let capacity = key.require_capacity()?;
        let uncounted = self.inventory.known_referring(id).saturating_sub(key.require_tenants()?);
        Ok(Limit { capacity, most: capacity.saturating_sub(uncounted) })
    }

    fn no_room(&self, to: &ApiKeyId, wanted: usize) -> Failure {
        let plan = self.inventory.pool_of(to).map_or("the pool", |pool| self.inventory.plan_name(&pool.plan));
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        Refusal::PoolRoom { plan: plan.to_owned(), room: 0, wanted }.into()
    }
}
