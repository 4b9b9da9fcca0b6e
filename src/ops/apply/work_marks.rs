//! Marks API keys that a unit works on, so that work in progress is not reported as interrupted. A mark
//! is an item in the Pools table if there is one, otherwise a tag.
//!
//! Invariant: an API key is marked before it is created, and its mark is released after the tenant key
//! or pool that refers to it is written.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keypool_domain::key::{POOL_KEY_OWNER, tag};
use keypool_domain::work::{ImportMark, WORK_MARK_RENEWAL_INTERVAL, work_mark_from_tag};
use keypool_domain::{ApiKeyId, KeyRef, Step, TenantKey, TenantKeyId, Unit, WorkMark, WorkSubjects};

use super::unit::UnitExecutor;
use crate::aws::{Aws, Failure, Fence, WorkClaim};

/// Marks held by a unit. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Arc<Mutex<Vec<Mark>>>);

#[derive(Debug, Clone)]
enum Mark {
    /// An item in the Pools table.
    Item(Fence),
    /// A tag on this API key.
    Tag(ApiKeyId),
}

impl Marks {
    fn lock(&self) -> MutexGuard<'_, Vec<Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, mark: Mark) {
        self.lock().push(mark);
    }

    /// Returns the mark that the operation must still hold for the write of a tenant key or pool to succeed:
    /// the last one, which is that of the new API key if the unit creates one. `None` unless it is an item.
    pub(super) fn fence(&self) -> Option<Fence> {
        match self.lock().last() {
            Some(Mark::Item(fence)) => Some(fence.clone()),
            Some(Mark::Tag(_)) | None => None,
        }
    }

    /// Renews the marks while `work` runs.
    pub(super) async fn renew_while<T>(&self, aws: &Aws, work: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            result = work => result,
            never = self.renew_forever(aws) => match never {},
        }
    }

    async fn renew_forever(&self, aws: &Aws) -> Infallible {
        let interval = Duration::from_secs(WORK_MARK_RENEWAL_INTERVAL.as_secs().unsigned_abs());
        loop {
            tokio::time::sleep(interval).await;
            let marks = self.lock().clone();
            for mark in marks {
                // If a mark was lost or not renewed, the write that depends on it fails.
                if let Err(why) = mark.renew(aws).await {
                    tracing::warn!("cannot renew a mark of work in progress: {why}");
                }
            }
        }
    }

    /// Renews all marks and returns whether they still belong to this operation.
    pub(super) async fn renew_all(&self, aws: &Aws) -> Result<bool, Failure> {
        let marks = self.lock().clone();
        for mark in marks {
            if !mark.renew(aws).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Releases the marks. Those that cannot be removed expire by themselves.
    pub(super) async fn release(&self, aws: &Aws) {
        let marks = std::mem::take(&mut *self.lock());
        for mark in marks {
            let released = match &mark {
                Mark::Item(fence) => aws.release_work_mark(fence).await,
                Mark::Tag(id) => aws.untag_api_key(id, &[tag::WORKING_UNTIL, tag::MOVES_FROM]).await,
            };
            match released {
                Ok(()) | Err(Failure::Gone(_)) => {}
                Err(why) => tracing::warn!(
                    "cannot release a mark of work in progress, so it stays until it expires: {why}"
                ),
            }
        }
    }
}

impl Mark {
    async fn renew(&self, aws: &Aws) -> Result<bool, Failure> {
        match self {
            Self::Item(fence) => aws.renew_work_mark(fence).await,
            Self::Tag(id) => {
                let until = aws.work_mark_deadline().to_string();
                aws.tag_api_key(id, tag::WORKING_UNTIL, &until).await.map(|()| true)
            }
        }
    }
}

/// Maximum number of abandoned marks removed per change.
const MAX_SWEPT_MARKS: usize = 25;

impl UnitExecutor<'_> {
    /// Removes expired marks of killed operations, as read with the inventory. An expired mark protects
    /// nothing, so failures are only logged.
    pub(super) async fn sweep_abandoned_marks(&self) {
        let Some(table) = self.pools_table() else { return };
        let now = self.aws.now();
        let abandoned = self.inventory.work_marks().iter().filter(|mark| mark.is_abandoned(now));
        for mark in abandoned.take(MAX_SWEPT_MARKS) {
            if let Err(why) = self.aws.remove_expired_work_mark(table, mark).await {
                tracing::warn!("cannot remove the mark of a killed operation: {why}");
            }
        }
    }

    /// Marks the existing API keys of a unit. Fails if another operation works on one of them.
    pub(super) async fn mark_existing_keys(&self, unit: &Unit) -> Result<(), Failure> {
        let subjects = WorkSubjects::from_unit(unit);
        let request_id = self.aws.undisplayed_uuid();
        if self.pools_table().is_some() {
            for id in &subjects.api_keys {
                self.take_mark(id.as_str(), &request_id, None).await?;
            }
            if subjects.imports {
                let started = self.aws.now();
                let import = ImportMark { names: new_key_names(unit), started };
                self.take_mark(&WorkMark::import_subject(&request_id), &request_id, Some(import)).await?;
            }
        } else {
            for id in keys_that_change_plan(unit) {
                self.tag_mark(id).await?;
            }
        }
        for id in subjects.removed_api_keys() {
            self.refuse_if_in_use(id, &request_id).await?;
        }
        Ok(())
    }

    /// Takes the work mark of the API key that is about to be created with this request id in its tags. If
    /// work marks are tags, returns the tag to create the key with.
    pub(super) async fn take_work_mark_for_new_key(
        &self,
        request_id: &str,
    ) -> Result<Option<(String, String)>, Failure> {
        if self.pools_table().is_some() {
            return self.take_mark(request_id, request_id, None).await.map(|()| None);
        }
        Ok(Some((tag::WORKING_UNTIL.to_owned(), self.aws.work_mark_deadline().to_string())))
    }

    /// Tracks the work mark that a new API key carries as a tag, so that it is removed later.
    pub(super) fn track_work_mark_of_new_key(&self, id: &ApiKeyId) {
        if self.pools_table().is_none() {
            self.marks.add(Mark::Tag(id.clone()));
        }
    }

    /// Marks an API key by a tag. Fails if another operation has, and may still be at work.
    async fn tag_mark(&self, id: &ApiKeyId) -> Result<(), Failure> {
        let marked = self.aws.api_key(id).await?.and_then(|key| work_mark_from_tag(&key, self.aws.now()));
        if let Some(mark) = marked {
            return Err(Failure::InProgress(mark.describe()));
        }
        let until = self.aws.work_mark_deadline().to_string();
        self.aws.tag_api_key(id, tag::WORKING_UNTIL, &until).await?;
        self.marks.add(Mark::Tag(id.clone()));
        Ok(())
    }

    async fn take_mark(
        &self,
        subject: &str,
        request_id: &str,
        import: Option<ImportMark>,
    ) -> Result<(), Failure> {
        let Some(table) = self.pools_table().map(str::to_owned) else { return Ok(()) };
        let mark = WorkMark {
            subject: subject.to_owned(),
            request_id: request_id.to_owned(),
            operation: self.operation.clone(),
            deadline: self.aws.work_mark_deadline(),
            import,
        };
        let fence = Fence { table, subject: subject.to_owned(), request_id: request_id.to_owned() };
        match self.aws.claim_work_mark(&fence.table, &mark).await {
            Ok(WorkClaim::Claimed) => self.marks.add(Mark::Item(fence)),
            Ok(WorkClaim::HeldBy(other)) => return Err(Failure::InProgress(other.describe())),
            Err(failure) => {
                // The mark may have been set although the response was lost.
                self.marks.add(Mark::Item(fence));
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Refuses to remove an API key that another operation works on, or that a tenant key or pool has come to
    /// refer to since the inventory was read. Takes the mark first and reads the references second: the mark
    /// then blocks a concurrent writer of a reference.
    async fn refuse_if_in_use(&self, id: &ApiKeyId, request_id: &str) -> Result<(), Failure> {
        let Some(key) = self.aws.api_key(id).await? else { return Ok(()) };
        if let Some(creation_request_id) = key.tags.get(tag::REQUEST) {
            self.take_mark(creation_request_id, request_id, None).await?;
        }
        if let Some(mark) = work_mark_from_tag(&key, self.aws.now()) {
            return Err(Failure::InProgress(mark.describe()));
        }
        let tenant_key = TenantKeyId::new(id.as_str());
        // The item of a pool key in the Keys table is deleted with the key and belongs to no tenant.
        let refers_to_key = |tenant_key: &TenantKey| {
            tenant_key.tenant.as_str() != POOL_KEY_OWNER && !tenant_key.api_key().is_known_not_to_be(id)
        };
        // Without tables, an API key is not shared.
        let Some(tables) = self.tables.as_deref() else { return Ok(()) };
        let tenant_key = self.aws.current_tenant_key(tables, &tenant_key).await?.filter(refers_to_key);
        let is_in_pool = match self.pools_table() {
            Some(table) => self.aws.pools(table).await?.pools.iter().any(|pool| pool.api_keys.contains(id)),
            None => false,
        };
        if tenant_key.is_some() || is_in_pool {
            Err(Failure::Changed(format!("API key {id}")))
        } else {
            Ok(())
        }
    }
}

/// Returns the names of API keys that the unit imports and that do not exist yet.
fn new_key_names(unit: &Unit) -> Vec<String> {
    let keys = unit
        .steps
        .iter()
        .filter_map(|step| if let Step::ImportApiKeys(keys) = step { Some(keys) } else { None });
    keys.flatten().filter(|key| key.existing.is_none()).map(|key| key.name.clone()).collect()
}

/// Returns the existing API keys that are attached or detached, and may be in no plan until a later step. Each once.
fn keys_that_change_plan(unit: &Unit) -> BTreeSet<&ApiKeyId> {
    let changed = unit.steps.iter().filter_map(|step| {
        if let Step::DetachApiKey { api_key, .. }
        | Step::AttachApiKey { api_key: KeyRef::Existing(api_key), .. } = step
        {
            Some(api_key)
        } else {
            None
        }
    });
    changed.collect()
}
