//! State that all services of one local AWS share.
//!
//! Invariant: a change of the account is in the journal, if there is one, before its response is sent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::access_log::AccessLog;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::control_plane_limits::ControlPlaneRates;
use crate::execution_log::ExecutionLog;
use crate::fault::Faults;
use crate::gateway::Gateway;
use crate::logs::{LogGroups, Queries};
use crate::state::Account;
use crate::store::{Journal, StoreError};
use crate::switches::Switches;
use crate::world::WorldLogs;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) calls: Calls,
    pub(crate) faults: Faults,
    pub(crate) execution_log: ExecutionLog,
    pub(crate) access_log: AccessLog,
    pub(crate) log_groups: LogGroups,
    pub(crate) log_queries: Queries,
    pub(crate) gateway: Gateway,
    switches: Mutex<Switches>,
    control_plane_rates: Mutex<ControlPlaneRates>,
    account: Mutex<StoredAccount>,
}

#[derive(Debug)]
struct StoredAccount {
    account: Account,
    journal: Option<Journal>,
}

impl Shared {
    pub(crate) fn new(clock: Clock, account: Account, logs: WorldLogs, journal: Option<Journal>) -> Self {
        Self {
            clock,
            calls: Calls::default(),
            faults: Faults::default(),
            execution_log: ExecutionLog::default(),
            access_log: logs.lines,
            log_groups: logs.groups,
            log_queries: Queries::default(),
            gateway: Gateway::default(),
            switches: Mutex::default(),
            control_plane_rates: Mutex::default(),
            account: Mutex::new(StoredAccount { account, journal }),
        }
    }

    /// Changes the account, and appends the change to the journal.
    pub(crate) fn change_account<R>(&self, change: impl FnOnce(&mut Account) -> R) -> Result<R, StoreError> {
        let mut stored = lock(&self.account);
        let StoredAccount { account, journal } = &mut *stored;
        let result = change(account);
        match journal {
            Some(journal) => journal.append_changes(account)?,
            None => account.clear_changes(),
        }
        Ok(result)
    }

    /// Returns a copy of the account.
    pub(crate) fn account(&self) -> Account {
        lock(&self.account).account.clone()
    }

    pub(crate) fn switches(&self) -> Switches {
        lock(&self.switches).clone()
    }

    pub(crate) fn set_switches(&self, switches: Switches) {
        *lock(&self.switches) = switches;
    }

    /// Admits a call to the control plane, or returns the number of seconds after which to retry.
    pub(crate) fn admit_control_plane_call(&self, operation: &str) -> Result<(), u32> {
        if !lock(&self.switches).control_plane_rates {
            return Ok(());
        }
        lock(&self.control_plane_rates).admit(operation, self.clock.now())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
