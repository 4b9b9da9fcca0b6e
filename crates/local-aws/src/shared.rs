//! What all services of one local AWS share.
//!
//! Invariant: a change of the account is in the journal, where there is one, before anybody is told of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::calls::Calls;
use crate::clock::Clock;
use crate::state::Account;
use crate::store::{Journal, StoreError};

/// The account, the time and what tests watch and steer.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) calls: Calls,
    account: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    account: Account,
    journal: Option<Journal>,
}

impl Shared {
    pub(crate) fn new(clock: Clock, account: Account, journal: Option<Journal>) -> Self {
        Self { clock, calls: Calls::default(), account: Mutex::new(Kept { account, journal }) }
    }

    /// Looks at the account.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&Account) -> R) -> R {
        look(&self.kept().account)
    }

    /// Changes the account and keeps the change.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Account) -> R) -> Result<R, StoreError> {
        let mut kept = self.kept();
        let Kept { account, journal } = &mut *kept;
        let result = change(account);
        match journal {
            Some(journal) => journal.append(&account.take_changes())?,
            None => account.forget_changes(),
        }
        Ok(result)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
