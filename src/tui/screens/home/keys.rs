//! Pane 3: the tenant keys of the selected plan or pool key, filtered, sorted and marked.
//!
//! The list holds indexes into the inventory. It is rebuilt only when its inputs change, and in chunks, so that a
//! key press never waits for a scan of a million keys.

mod listing;
mod membership;
pub(crate) mod on_demand;
mod scan;
pub(crate) mod state;
mod table;
