//! Work marks: which operations are in progress.

use super::Inventory;
use crate::work::WorkMark;

impl Inventory {
    pub fn with_work_marks(self, work_marks: Vec<WorkMark>) -> Self {
        Self { work_marks, ..self }
    }

    /// Includes expired marks.
    pub fn work_marks(&self) -> &[WorkMark] {
        &self.work_marks
    }
}
