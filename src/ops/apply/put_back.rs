//! Tenant keys whose new API key is gone go back to the one that they had, which still works.

use keypool_domain::{ApiKeyId, PlanId, RowId, TenantKey};

use super::race::Races;
use super::unit::Worker;
use crate::aws::{Failure, Leave, Shared, Transferred};

/// What became of tenant keys that were pointed at an API key.
pub(super) enum PutBack {
    /// Their new API key is there.
    NotNeeded,
    /// They have their old one again, because of this.
    Done(Failure),
}

impl Worker<'_> {
    /// A rotated tenant key, which has the id of its new API key since.
    pub(super) async fn prove_or_put_back(&self, row: &RowId, new: &ApiKeyId) -> Result<PutBack, Failure> {
        let Err(lost) = self.prove_own(new, row).await else { return Ok(PutBack::NotNeeded) };
        let old = ApiKeyId::new(row.as_str());
        let back = async {
            let value = self.aws.api_key_value(&old).await?;
            self.aws.replace_row(&self.tables, &RowId::new(new.as_str()), &old, &value, None).await
        };
        put_back(back.await, lost)
    }

    /// An isolated tenant key, which has the id of its new API key since, refers to its pool key again.
    pub(super) async fn prove_or_share_again(
        &mut self,
        row: &RowId,
        new: &ApiKeyId,
        from: &ApiKeyId,
    ) -> Result<PutBack, Failure> {
        let Err(lost) = self.prove_own(new, row).await else { return Ok(PutBack::NotNeeded) };
        let plan = self.inventory.row(row).map(|row| row.plan.clone());
        let rows = [RowId::new(new.as_str())];
        put_back(self.refer_back(&rows, plan.as_ref(), None, from).await, lost)
    }

    /// Tenant keys that refer to another pool key, or to one in place of an API key of their own.
    pub(super) async fn prove_or_refer_back(
        &mut self,
        rows: &[RowId],
        gone: &ApiKeyId,
        from: Option<&ApiKeyId>,
    ) -> Result<PutBack, Failure> {
        let Err(lost) = self.prove_shared(gone, rows).await else { return Ok(PutBack::NotNeeded) };
        let back = match (rows, from) {
            // All of them were in the plan of that pool key.
            (_, Some(from)) => {
                let plan = self.inventory.pool_of(from).map(|pool| pool.plan.clone());
                self.refer_back(rows, plan.as_ref(), Some(gone), from).await
            }
            ([row], None) => self.own_again(row, gone).await,
            (_, None) => Err(super::unit::out_of_order()),
        };
        put_back(back, lost)
    }

    async fn refer_back(
        &mut self,
        rows: &[RowId],
        plan: Option<&PlanId>,
        gone: Option<&ApiKeyId>,
        to: &ApiKeyId,
    ) -> Result<(), Failure> {
        let value = self.shared_value(to).await?;
        let to = Shared { api_key: to, value: value.as_ref(), limit: None };
        let mut leave = gone.map_or(Leave::Uncounted, |_| Leave::Fewer(rows.len()));
        let mut races = Races::new();
        loop {
            match self.aws.refer_back(&self.tables, rows, plan, gone, to, &leave).await? {
                Transferred::Done => return Ok(()),
                Transferred::Busy if self.again(&mut races, None).await? => {}
                Transferred::LeftRefused => match gone {
                    Some(gone) => leave = self.left_anew(&mut races, gone, rows.len()).await?,
                    None => return Err(changed(rows)),
                },
                Transferred::Busy | Transferred::RowsRefused(_) | Transferred::ToRefused => {
                    return Err(changed(rows));
                }
            }
        }
    }

    async fn own_again(&self, row: &RowId, gone: &ApiKeyId) -> Result<(), Failure> {
        let known: &TenantKey = self.inventory.row(row).ok_or_else(|| Failure::Gone(format!("row {row}")))?;
        let value = self.aws.api_key_value(&known.require_api_key()?).await?;
        let mut leave = Leave::Fewer(1);
        let mut races = Races::new();
        loop {
            match self.aws.own_again(&self.tables, row, &known.plan, &value, (gone, &leave)).await? {
                Transferred::Done => return Ok(()),
                Transferred::Busy if self.again(&mut races, None).await? => {}
                Transferred::LeftRefused => leave = self.left_anew(&mut races, gone, 1).await?,
                Transferred::Busy | Transferred::RowsRefused(_) | Transferred::ToRefused => {
                    return Err(changed(std::slice::from_ref(row)));
                }
            }
        }
    }
}

fn put_back(back: Result<(), Failure>, lost: Failure) -> Result<PutBack, Failure> {
    match back {
        Ok(()) => Ok(PutBack::Done(lost.undone())),
        Err(why) => {
            tracing::error!("the old API key cannot be given back: {why}");
            Err(lost)
        }
    }
}

fn changed(rows: &[RowId]) -> Failure {
    let names: Vec<_> = rows.iter().take(3).map(ToString::to_string).collect();
    Failure::Changed(format!("row {}", names.join(", ")))
}
