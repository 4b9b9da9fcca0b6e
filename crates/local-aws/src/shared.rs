//! What all services of one local AWS share.
//!
//! Invariant: a change of the account is in the journal, where there is one, before anybody is told of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::access_log::AccessLog;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::control_rates::ControlRates;
use crate::execution_log::ExecutionLog;
use crate::fault::Faults;
use crate::gateway::Gateway;
use crate::state::Account;
use crate::store::{Journal, StoreError};
use crate::switches::Switches;

/// The account, the time, and what tests watch and steer.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) calls: Calls,
    pub(crate) faults: Faults,
    pub(crate) execution_log: ExecutionLog,
    pub(crate) access_log: AccessLog,
    pub(crate) gateway: Gateway,
    switches: Mutex<Switches>,
    control_rates: Mutex<ControlRates>,
    account: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    account: Account,
    journal: Option<Journal>,
}

impl Shared {
    pub(crate) fn new(clock: Clock, account: Account, journal: Option<Journal>) -> Self {
        Self {
            clock,
            calls: Calls::default(),
            faults: Faults::default(),
            execution_log: ExecutionLog::default(),
            access_log: AccessLog::default(),
            gateway: Gateway::default(),
            switches: Mutex::default(),
            control_rates: Mutex::default(),
            account: Mutex::new(Kept { account, journal }),
        }
    }

    /// Changes the account and keeps the change.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Account) -> R) -> Result<R, StoreError> {
        let mut kept = locked(&self.account);
        let Kept { account, journal } = &mut *kept;
        let result = change(account);
        match journal {
            Some(journal) => journal.keep(account)?,
            None => account.forget_changes(),
        }
        Ok(result)
    }

    /// The account as it is now.
    pub(crate) fn account(&self) -> Account {
        locked(&self.account).account.clone()
    }

    pub(crate) fn switches(&self) -> Switches {
        locked(&self.switches).clone()
    }

    pub(crate) fn set_switches(&self, switches: Switches) {
        *locked(&self.switches) = switches;
    }

    /// Lets a call of the control plane in, or says in how many seconds to try again.
    pub(crate) fn admit(&self, operation: &str) -> Result<(), u32> {
        if !locked(&self.switches).control_plane_rates {
            return Ok(());
        }
        locked(&self.control_rates).admit(operation, self.clock.now())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
