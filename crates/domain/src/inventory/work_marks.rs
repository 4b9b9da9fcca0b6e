//! The marks of operations in an account.

use super::Inventory;
use crate::work::WorkMark;

impl Inventory {
    /// The same account with the marks of operations in it.
    pub fn with_work_marks(self, work: Vec<WorkMark>) -> Self {
        Self { work_marks: work, ..self }
    }

    /// The marks of operations, also those that are past their deadline.
    pub fn work_marks(&self) -> &[WorkMark] {
        &self.work_marks
    }
}
