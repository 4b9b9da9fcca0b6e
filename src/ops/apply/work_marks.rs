//! Marks on what a unit works on, so that nobody takes work in progress for interrupted: in the Pools table where there
//! is one, otherwise as a tag.
//!
//! Invariant: an API key is marked before it is made, and its mark ends after the tenant key or pool that refers to it
//! is written.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keypool_domain::key::{POOL_KEY_OWNER, tag};
use keypool_domain::work::{ImportMark, WORK_MARK_RENEWAL_INTERVAL, WorkSubjects, work_mark_from_tag};
use keypool_domain::{ApiKeyId, Step, TenantKey, TenantKeyId, Unit, WorkMark};

use super::unit::UnitExecutor;
use crate::aws::{Aws, Failure, Fence, WorkClaim};

/// The marks that a unit holds; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Arc<Mutex<Vec<Mark>>>);

#[derive(Debug, Clone)]
enum Mark {
    Item(Fence),
    Tag(ApiKeyId),
}

impl Marks {
    fn lock(&self) -> MutexGuard<'_, Vec<Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, mark: Mark) {
        self.lock().push(mark);
    }

    /// The mark that the write of a tenant key or pool depends on: the last one, which is that of a new API key where the
    /// unit makes one.
    pub(super) fn fence(&self) -> Option<Fence> {
        match self.lock().last() {
            Some(Mark::Item(fence)) => Some(fence.clone()),
            Some(Mark::Tag(_)) | None => None,
        }
    }

    /// Does the work and renews the marks meanwhile.
    pub(super) async fn renew_while<T>(&self, aws: &Aws, work: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            done = work => done,
            never = self.renew_forever(aws) => match never {},
        }
    }

    async fn renew_forever(&self, aws: &Aws) -> Infallible {
        let pause = Duration::from_secs(WORK_MARK_RENEWAL_INTERVAL.as_secs().unsigned_abs());
        loop {
            tokio::time::sleep(pause).await;
            let held = self.lock().clone();
            for mark in held {
                // One that is lost or cannot be renewed is noticed by the write that depends on it.
                if let Err(why) = mark.renew(aws).await {
                    tracing::warn!("a mark of work in progress is not renewed: {why}");
                }
            }
        }
    }

    /// Whether every mark still belongs to this operation.
    pub(super) async fn renew_all(&self, aws: &Aws) -> Result<bool, Failure> {
        let held = self.lock().clone();
        for mark in held {
            if !mark.renew(aws).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the marks away; one that cannot be taken away ends by itself.
    pub(super) async fn release(&self, aws: &Aws) {
        let held = std::mem::take(&mut *self.lock());
        for mark in held {
            let ended = match &mark {
                Mark::Item(fence) => aws.release_work_mark(fence).await,
                Mark::Tag(id) => aws.untag_api_key(id, tag::WORKING_UNTIL).await,
            };
            match ended {
                Ok(()) | Err(Failure::Gone(_)) => {}
                Err(why) => tracing::warn!("a mark of work in progress ends only with its deadline: {why}"),
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

/// Abandoned marks that one change takes away at most.
const MAX_SWEPT_MARKS: usize = 25;

impl UnitExecutor<'_> {
    /// Takes away the marks that killed operations left, as they were read with the account; what cannot be taken away
    /// protects nothing anyway.
    pub(super) async fn sweep_abandoned_marks(&self) {
        let Some(table) = self.tables.pools.as_deref() else { return };
        let now = self.aws.now();
        let abandoned = self.inventory.work_marks().iter().filter(|work| work.is_abandoned(now));
        for work in abandoned.take(MAX_SWEPT_MARKS) {
            if let Err(why) = self.aws.remove_expired_work_mark(table, work).await {
                tracing::warn!("the mark of a killed operation stays: {why}");
            }
        }
    }

    /// Marks the API keys of a unit that are there, and refuses where another operation is at one of them.
    pub(super) async fn mark_existing_keys(&self, unit: &Unit) -> Result<(), Failure> {
        let subjects = WorkSubjects::from_unit(unit);
        let request = self.aws.internal_uuid();
        if self.tables.pools.is_some() {
            for id in &subjects.api_keys {
                self.take_mark(id.as_str(), &request, None).await?;
            }
            if subjects.imports {
                let started = self.aws.now();
                let import = ImportMark { names: new_key_names(unit), started };
                self.take_mark(&WorkMark::import_subject(&request), &request, Some(import)).await?;
            }
        } else {
            for id in keys_to_detach(unit) {
                self.aws
                    .tag_api_key(id, tag::WORKING_UNTIL, &self.aws.work_mark_deadline().to_string())
                    .await?;
                self.marks.add(Mark::Tag(id.clone()));
            }
        }
        for id in subjects.removed_api_keys() {
            self.refuse_if_in_use(id, &request).await?;
        }
        Ok(())
    }

    /// Marks the API key that a request is about to make; the tags that it gets for that.
    pub(super) async fn mark_new_key(&self, request: &str) -> Result<Option<(String, String)>, Failure> {
        if self.tables.pools.is_some() {
            return self.take_mark(request, request, None).await.map(|()| None);
        }
        Ok(Some((tag::WORKING_UNTIL.to_owned(), self.aws.work_mark_deadline().to_string())))
    }

    /// Keeps the mark that a new API key carries as a tag.
    pub(super) fn track_new_key_tag(&self, id: &ApiKeyId) {
        if self.tables.pools.is_none() {
            self.marks.add(Mark::Tag(id.clone()));
        }
    }

    async fn take_mark(
        &self,
        subject: &str,
        request: &str,
        import: Option<ImportMark>,
    ) -> Result<(), Failure> {
        let Some(table) = self.tables.pools.clone() else { return Ok(()) };
        let work = WorkMark {
            subject: subject.to_owned(),
            request: request.to_owned(),
            operation: self.operation.clone(),
            deadline: self.aws.work_mark_deadline(),
            import,
        };
        let fence = Fence { table, subject: subject.to_owned(), request: request.to_owned() };
        match self.aws.claim_work_mark(&fence.table, &work).await {
            Ok(WorkClaim::Claimed) => self.marks.add(Mark::Item(fence)),
            Ok(WorkClaim::HeldBy(theirs)) => return Err(Failure::InProgress(theirs.describe())),
            Err(failure) => {
                // It may have been set although the answer was lost.
                self.marks.add(Mark::Item(fence));
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Refuses to remove an API key that is in progress or that something has come to refer to since the account was
    /// read. The mark is taken first and the references are read after it, so that whoever makes one meanwhile is held up
    /// by the mark.
    async fn refuse_if_in_use(&self, id: &ApiKeyId, request: &str) -> Result<(), Failure> {
        let Some(key) = self.aws.api_key(id).await? else { return Ok(()) };
        if let Some(made_by) = key.tags.get(tag::REQUEST) {
            self.take_mark(made_by, request, None).await?;
        }
        if let Some(work) = work_mark_from_tag(&key, self.aws.now()) {
            return Err(Failure::InProgress(work.describe()));
        }
        let row = TenantKeyId::new(id.as_str());
        // The item of a pool key goes with it, and says nothing of who uses it.
        let uses =
            |row: &TenantKey| row.tenant.as_str() != POOL_KEY_OWNER && !row.api_key().is_known_not_to_be(id);
        let row = self.aws.current_tenant_key(&self.tables, &row).await?.filter(uses);
        let is_in_pool = match self.tables.pools.as_deref() {
            Some(table) => self.aws.pools(table).await?.pools.iter().any(|pool| pool.api_keys.contains(id)),
            None => false,
        };
        if row.is_some() || is_in_pool { Err(Failure::Changed(format!("API key {id}"))) } else { Ok(()) }
    }
}

/// The names of the API keys that a unit imports and that are not there yet.
fn new_key_names(unit: &Unit) -> Vec<String> {
    let keys = unit
        .steps
        .iter()
        .filter_map(|step| if let Step::ImportApiKeys(keys) = step { Some(keys) } else { None });
    keys.flatten().filter(|key| key.existing.is_none()).map(|key| key.name.clone()).collect()
}

/// API keys that leave a plan, and for a moment are in none.
fn keys_to_detach(unit: &Unit) -> impl Iterator<Item = &ApiKeyId> {
    unit.steps
        .iter()
        .filter_map(|step| if let Step::DetachApiKey { api_key, .. } = step { Some(api_key) } else { None })
}
