//! The marks of operations in an account.

use super::Inventory;
use crate::work::Work;

impl Inventory {
    /// The same account with the marks of operations in it.
    pub fn with_work(self, work: Vec<Work>) -> Self {
        Self { work, ..self }
    }

    /// The marks of operations, also those that are past their deadline.
    pub fn work(&self) -> &[Work] {
        &self.work
    }
}
