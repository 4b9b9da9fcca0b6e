//! Work in progress: the marks that operations leave on API keys while they work on them.
//!
//! Invariant: what is inside the deadline of its mark is no finding and is changed by nobody else. After the deadline
//! the operation counts as interrupted.

use jiff::{SignedDuration, Timestamp};

use crate::key::tag;
use crate::step::{KeyRef, Step, Unit};
use crate::{ApiKey, ApiKeyId, Inventory};

/// Time that a mark holds. AWS takes 25 to 40 s to let a new API key in and is waited for 60 s; one call with all its
/// retries takes less than a minute.
pub const WORK_MARK_TTL: SignedDuration = SignedDuration::from_secs(180);
/// A deadline that is further ahead was written by a clock that is wrong, and protects nothing.
pub const MAX_WORK_MARK_TTL: SignedDuration = SignedDuration::from_hours(1);
/// Time after which a mark is renewed.
pub const WORK_MARK_RENEWAL_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// The clocks of AWS and of this machine may differ by this much.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// What a mark is about where an import makes API keys that cannot be tagged: `import#` and its request.
const IMPORT_PREFIX: &str = "import#";

/// The mark of one operation on one API key, or on the API key that its request makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkMark {
    /// The id of an API key, the request that makes one, or an import.
    pub subject: String,
    /// The request that the operation works under.
    pub request: String,
    /// The operation in words, for example "rotate web of acme".
    pub operation: String,
    /// When the operation counts as interrupted.
    pub deadline: Timestamp,
    /// What it makes, where it imports.
    pub import: Option<ImportMark>,
}

/// How the API keys of an import are known, which cannot be tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportMark {
    /// Their names.
    pub names: Vec<String>,
    /// When they were begun to be made.
    pub started: Timestamp,
}

impl WorkMark {
    /// Whether the operation is inside its deadline.
    pub fn is_in_progress(&self, now: Timestamp) -> bool {
        self.deadline > now && self.deadline.duration_since(now) <= MAX_WORK_MARK_TTL
    }

    /// Whether its operation was killed: the deadline has been over for so long that a process that still lived would
    /// have renewed it.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        now.duration_since(self.deadline) >= WORK_MARK_RENEWAL_INTERVAL
    }

    /// Whether it makes API keys that nothing tells from those of others.
    pub fn is_import(&self) -> bool {
        self.subject.starts_with(IMPORT_PREFIX)
    }

    /// Whether it is an import after its deadline that may have made this API key.
    fn may_have_imported(&self, key: &ApiKey, now: Timestamp) -> bool {
        let Some(import) = self.import.as_ref().filter(|_| self.is_import() && !self.is_in_progress(now))
        else {
            return false;
        };
        let is_in_time = key.created_at.is_some_and(|made| {
            let after = made.duration_since(import.started);
            -CLOCK_TOLERANCE <= after && after <= MAX_WORK_MARK_TTL
        });
        is_in_time && import.names.contains(&key.name)
    }

    /// The subject of an import.
    pub fn import_subject(request: &str) -> String {
        format!("{IMPORT_PREFIX}{request}")
    }

    /// For example "rotate web of acme is in progress (until 15:49:10 UTC)".
    pub fn describe(&self) -> String {
        describe_in_progress(&self.operation, self.deadline)
    }
}

/// For example "rotate web of acme is in progress (until 15:49:10 UTC)".
pub fn describe_in_progress(operation: &str, until: Timestamp) -> String {
    format!("{operation} is in progress (until {} UTC)", until.strftime("%H:%M:%S"))
}

/// What a unit works on, as far as it is known before its first step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkSubjects {
    /// API keys that are there and whose state, plans or end the unit changes.
    pub api_keys: Vec<ApiKeyId>,
    /// Whether the unit makes an API key.
    pub creates_api_key: bool,
    /// Whether the unit imports API keys.
    pub imports: bool,
    /// API keys that the unit disables or deletes, for good or not.
    ended_api_keys: Vec<ApiKeyId>,
    /// Whether the unit writes a tenant key or a pool, whose conditions look after the API keys that go with it.
    writes_tables: bool,
}

impl WorkSubjects {
    /// The subjects of a unit.
    pub fn from_unit(unit: &Unit) -> Self {
        let mut subjects = Self::default();
        for step in &unit.steps {
            subjects.add(step);
        }
        for ids in [&mut subjects.api_keys, &mut subjects.ended_api_keys] {
            ids.sort_unstable();
            ids.dedup();
        }
        subjects
    }

    fn add(&mut self, step: &Step) {
        match step {
            Step::CreateApiKey(new) => {
                self.creates_api_key = true;
                self.api_keys.extend(new.replaces.clone());
            }
            Step::ImportApiKeys(keys) => {
                self.imports = true;
                self.api_keys.extend(keys.iter().filter_map(|key| key.existing.clone()));
            }
            Step::AttachApiKey { api_key: KeyRef::Existing(id), .. }
            | Step::DetachApiKey { api_key: id, .. }
            | Step::UpdateApiKey { api_key: id, .. }
            | Step::TagRetirement { api_key: id, .. }
            | Step::TagDeletion(id) => self.api_keys.push(id.clone()),
            Step::DisableApiKey(id) | Step::DeleteApiKey(id) => {
                self.api_keys.push(id.clone());
                self.ended_api_keys.push(id.clone());
            }
            // The plan is that of the tenant key's own API key.
            Step::SetTenantKeyPlan { tenant_key: row, .. } => {
                self.api_keys.push(ApiKeyId::new(row.as_str()));
                self.writes_tables = true;
            }
            Step::SetPoolKeyState { api_key: id, .. } | Step::RemovePoolKey { api_key: id, .. } => {
                self.api_keys.push(id.clone());
                self.writes_tables = true;
            }
            Step::ForwardPoolItem { api_key: id, .. }
            | Step::WritePoolItem { api_key: KeyRef::Existing(id), .. } => {
                self.api_keys.push(id.clone());
                self.writes_tables = true;
            }
            // An item that goes says nothing of who uses the API key.
            Step::DeletePoolItem(id) => self.api_keys.push(id.clone()),
            Step::PutPool(pool) => {
                self.api_keys.extend(pool.keys.iter().map(|(id, _)| id.clone()));
                self.writes_tables = true;
            }
            Step::WriteTenantKey(_)
            | Step::WriteImportedTenantKey(_)
            | Step::WritePooledTenantKey(_)
            | Step::ReplaceTenantKey(_)
            | Step::IsolateTenantKey { .. }
            | Step::JoinPool { .. }
            | Step::Repoint { .. }
            | Step::DeleteTenantKey(_)
            | Step::DeletePooledTenantKey { .. }
            | Step::UpdateTenantKey { .. }
            | Step::AddPoolKey { .. }
            | Step::WritePoolItem { api_key: KeyRef::New, .. }
            | Step::UpdatePool { .. }
            | Step::WriteValue { .. }
            | Step::ReassignPoolKey { .. }
            | Step::SetCounter { .. }
            | Step::DeleteCounter(_)
            | Step::DeletePool(_) => self.writes_tables = true,
            Step::AttachApiKey { api_key: KeyRef::New, .. }
            | Step::WaitUntilKeyWorks(_)
            | Step::SetCustomer { .. }
            | Step::SetBalance { .. }
            | Step::WritePriceListEntry(_)
            | Step::DeletePriceListEntry(_)
            | Step::Setup(_) => {}
        }
    }

    /// API keys that the unit does nothing with but end them: only a look at the tables tells that nothing uses them.
    pub fn removed_api_keys(&self) -> &[ApiKeyId] {
        if self.writes_tables { &[] } else { &self.ended_api_keys }
    }

    /// Whether there is nothing to mark.
    pub fn is_empty(&self) -> bool {
        self.api_keys.is_empty() && !self.creates_api_key && !self.imports
    }
}

impl Inventory {
    /// The mark inside whose deadline this API key is.
    pub fn work_mark_of(&self, api_key: &ApiKeyId, now: Timestamp) -> Option<WorkMark> {
        let key = self.api_key(api_key).key();
        let request = key.and_then(|key| key.tags.get(tag::REQUEST));
        let is_about = |work: &&WorkMark| {
            work.subject == api_key.as_str() || request.is_some_and(|request| work.subject == *request)
        };
        let marked = self.work_marks().iter().filter(is_about).find(|work| work.is_in_progress(now)).cloned();
        marked.or_else(|| work_mark_from_tag(key?, now))
    }

    /// The import that was interrupted and, as it seems, made this API key.
    pub fn interrupted_import(&self, key: &ApiKey, now: Timestamp) -> Option<&WorkMark> {
        self.work_marks().iter().find(|work| work.may_have_imported(key, now))
    }

    /// Whether API keys are being imported, which nothing tells from those that nobody accounts for.
    pub fn is_importing(&self, now: Timestamp) -> bool {
        self.work_marks().iter().any(|work| work.is_import() && work.is_in_progress(now))
    }
}

/// The mark that an API key carries as a tag, where there is no table for it.
pub fn work_mark_from_tag(key: &ApiKey, now: Timestamp) -> Option<WorkMark> {
    let deadline: Timestamp = key.tags.get(tag::WORKING_UNTIL)?.parse().ok()?;
    let work = WorkMark {
        subject: key.id.to_string(),
        request: key.tags.get(tag::REQUEST).cloned().unwrap_or_default(),
        operation: format!("work on API key {}", key.id),
        deadline,
        import: None,
    };
    work.is_in_progress(now).then_some(work)
}

#[cfg(test)]
mod tests;
