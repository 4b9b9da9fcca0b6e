//! Executes the steps on tenant keys and price-list entries.

use keypool_domain::price_list::accurate_price_list_entry;
use keypool_domain::{ApiKeyId, KeyRef, Step, TenantKeyId};

use super::super::UnitOutcome;
use super::super::key_check::describe_new_key;
use super::super::revert::RevertOutcome;
use super::{UndoLog, UnitExecutor, may_have_happened, steps_out_of_order_failure};
use crate::aws::{Failure, NewKeyItem, NewSiloedKey, TargetPoolKey};

impl UnitExecutor<'_> {
    pub(super) async fn execute_tenant_key_step(
        &mut self,
        step: &Step,
        log: &mut UndoLog,
    ) -> Result<(), Failure> {
        let result = match step {
            Step::WriteTenantKey(key) => {
                let (id, value) = log.new_key()?;
                let tenant_key = TenantKeyId::new(id.as_str());
                let created_at = self.aws.now();
                let item = NewKeyItem {
                    id: tenant_key.clone(),
                    key,
                    pool_key: None,
                    value: Some(value),
                    created_at,
                };
                let note = self.note_of_restored_key(key, &tenant_key).await?;
                let fence = self.marks.fence();
                let written =
                    self.aws.put_tenant_key(self.tables()?, &item, fence.as_ref(), note.as_ref()).await;
                log.tenant_key = may_have_happened(&written).then(|| tenant_key.clone());
                written?;
                self.check_key_exists(&id, key.enabled, || describe_new_key(key)).await?;
                UnitOutcome::Created(tenant_key)
            }
            Step::WriteImportedTenantKey(key) => {
                let id = log.imported_key(key)?;
                let tenant_key = TenantKeyId::new(id.as_str());
                let fence = self.marks.fence();
                let written = self.write_imported_tenant_key(&id, key, fence.as_ref()).await;
                log.tenant_key = may_have_happened(&written).then(|| tenant_key.clone());
                written?;
                log.tenant_key = None;
                log.imported_keys.retain(|(imported, _)| *imported != id);
                UnitOutcome::Imported(vec![tenant_key])
            }
            Step::WritePooledTenantKey(key) => UnitOutcome::Created(self.assign_pool_key(key).await?),
            Step::ReplaceTenantKey(tenant_key) => {
                let (id, value) = log.new_key()?;
                let fence = self.marks.fence();
                let note = log.notes.of_tenant_key(tenant_key, Some(&TenantKeyId::new(id.as_str())));
                let new =
                    NewSiloedKey { api_key: &id, value: &value, fence: fence.as_ref(), note: note.as_ref() };
                let replaced = self.aws.replace_tenant_key(self.tables()?, tenant_key, new).await;
                log.set_past_no_return(&replaced);
                replaced?;
                self.keep_for_trail(note);
                if let RevertOutcome::Reverted(failure) =
                    self.check_or_revert_rotation(tenant_key, &id).await?
                {
                    log.past_no_return = false;
                    return Err(failure);
                }
                UnitOutcome::Moved(vec![TenantKeyId::new(id.as_str())])
            }
            Step::IsolateTenantKey { tenant_key, from, plan } => {
                let (id, value) = log.new_key()?;
                let fence = self.marks.fence();
                let note = log.notes.of_tenant_key(tenant_key, Some(&TenantKeyId::new(id.as_str())));
                let own_key =
                    NewSiloedKey { api_key: &id, value: &value, fence: fence.as_ref(), note: note.as_ref() };
                let isolated = self.isolate_tenant_key(tenant_key, from, plan, own_key).await;
                log.set_past_no_return(&isolated);
                isolated?;
                self.keep_for_trail(note);
                if let RevertOutcome::Reverted(failure) =
                    self.check_or_revert_isolation(tenant_key, &id, from).await?
                {
                    log.past_no_return = false;
                    return Err(failure);
                }
                UnitOutcome::Moved(vec![TenantKeyId::new(id.as_str())])
            }
            Step::JoinPool { tenant_key, plan, from } => {
                let note = log.notes.of_tenant_key(tenant_key, Some(tenant_key));
                let referred = self.refer_to_pool(tenant_key, plan, from.as_ref(), note.as_ref()).await;
                log.set_past_no_return(&referred);
                let tenant_keys = std::slice::from_ref(tenant_key);
                if let RevertOutcome::Reverted(failure) =
                    self.check_or_revert_references(tenant_keys, &referred?, from.as_ref()).await?
                {
                    log.past_no_return = false;
                    return Err(failure);
                }
                UnitOutcome::Moved(vec![tenant_key.clone()])
            }
            Step::Repoint { tenant_keys, from, to, to_successor } => {
                let new_key = log.api_key.as_ref().filter(|_| *to == KeyRef::New);
                let key = log.resolve_key(to)?;
                let limit = (!to_successor).then(|| self.pool_key_limit(&key)).transpose()?;
                let to = TargetPoolKey { api_key: &key, value: new_key.map(|(_, value)| value), limit };
                self.repoint_tenant_keys(tenant_keys, from, to).await?;
                if let RevertOutcome::Reverted(failure) =
                    self.check_or_revert_references(tenant_keys, &key, Some(from)).await?
                {
                    return Err(failure);
                }
                UnitOutcome::Moved(tenant_keys.clone())
            }
            Step::SetTenantKeyPlan { tenant_key, revision, plan } => {
                let fence = self.marks.fence();
                let note = log.notes.of_tenant_key(tenant_key, Some(tenant_key));
                let guards = (fence.as_ref(), note.as_ref());
                let written =
                    self.aws.set_tenant_key_plan(self.tables()?, tenant_key, *revision, plan, guards).await;
                log.set_past_no_return(&written);
                written?;
                self.keep_for_trail(note);
                self.check_own_key(&ApiKeyId::new(tenant_key.as_str()), tenant_key).await?;
                UnitOutcome::Moved(vec![tenant_key.clone()])
            }
            Step::ReassignPoolKey { tenant_key, plan } => {
                let old_key = match self.inventory.tenant_key(tenant_key) {
                    Some(tenant_key) => tenant_key.require_pool_key()?,
                    None => None,
                };
                let key = self.refer_to_pool(tenant_key, plan, old_key, None).await?;
                self.check_shared_key(&key, std::slice::from_ref(tenant_key)).await?;
                UnitOutcome::Moved(vec![tenant_key.clone()])
            }
            Step::WriteValue { tenant_key, api_key } => {
                let value = self.aws.api_key_value(api_key).await?;
                self.aws.set_tenant_key_value(self.tables()?, tenant_key, &value).await?;
                UnitOutcome::Edited(tenant_key.clone())
            }
            Step::WritePriceListEntry(id) => {
                let plan =
                    self.inventory.plan(id).ok_or_else(|| Failure::Gone(format!("usage plan {id}")))?;
                self.aws
                    .write_price_list_limits(self.tables()?, id, &accurate_price_list_entry(plan))
                    .await?;
                UnitOutcome::NoTenantKey
            }
            Step::DeletePriceListEntry(id) => {
                self.aws.delete_price_list_entry(self.tables()?, id).await?;
                UnitOutcome::NoTenantKey
            }
            Step::DeleteTenantKey(tenant_key) => {
                let note = log.notes.of_tenant_key(tenant_key, None);
                self.delete_siloed_tenant_key(tenant_key, note.as_ref()).await?;
                self.keep_for_trail(note);
                UnitOutcome::Deleted(tenant_key.clone())
            }
            Step::DeletePooledTenantKey { tenant_key, api_key } => {
                let note = log.notes.of_tenant_key(tenant_key, None);
                self.unassign_pool_key(tenant_key, api_key, note.as_ref()).await?;
                self.keep_for_trail(note);
                UnitOutcome::Deleted(tenant_key.clone())
            }
            Step::UpdateTenantKey { tenant_key, revision, edit } => {
                self.aws.update_tenant_key(self.tables()?, tenant_key, *revision, edit).await?;
                UnitOutcome::Edited(tenant_key.clone())
            }
            // `execute_step` executes these.
            Step::CreateApiKey(_)
            | Step::ImportApiKeys(_)
            | Step::AttachApiKey { .. }
            | Step::DetachApiKey { .. }
            | Step::WaitUntilKeyWorks(_)
            | Step::TagExpiry { .. }
            | Step::TagPlan { .. }
            | Step::TagDeletion(_)
            | Step::DisableApiKey(_)
            | Step::DeleteApiKey(_)
            | Step::TagRetirement { .. }
            | Step::UpdateApiKey { .. }
            | Step::SetCustomer { .. }
            | Step::PutPool(_)
            | Step::AddPoolKey { .. }
            | Step::SetPoolKeyState { .. }
            | Step::RemovePoolKey { .. }
            | Step::UpdatePool { .. }
            | Step::SetCounter { .. }
            | Step::DeleteCounter(_)
            | Step::DeletePool(_)
            | Step::WritePoolItem { .. }
            | Step::ForwardPoolItem { .. }
            | Step::DeletePoolItem(_)
            | Step::Infrastructure(_)
            | Step::SetBalance { .. } => return Err(steps_out_of_order_failure()),
        };
        // A unit can move or import several tenant keys, in several steps.
        log.outcome = Some(match (log.outcome.take(), result) {
            (Some(UnitOutcome::Moved(before)), UnitOutcome::Moved(more)) => {
                UnitOutcome::Moved([before, more].concat())
            }
            (Some(UnitOutcome::Imported(before)), UnitOutcome::Imported(more)) => {
                UnitOutcome::Imported([before, more].concat())
            }
            (Some(imported @ UnitOutcome::Imported(_)), UnitOutcome::Edited(_)) => imported,
            (_, result) => result,
        });
        Ok(())
    }
}
