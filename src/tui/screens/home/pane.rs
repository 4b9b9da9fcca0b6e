//! What a pane of the home screen shows of the other panes.

use keypool_domain::{ApiKeyId, Plan};

#[derive(Debug, Clone, Copy)]
pub(crate) struct PaneContext<'a> {
    /// Whether the pane has the focus.
    pub(crate) is_focused: bool,
    /// The plan selected in the plans pane; `None`: all plans.
    pub(crate) plan: Option<&'a Plan>,
    /// The pool key whose tenants alone the keys pane lists.
    pub(crate) pool_key: Option<&'a ApiKeyId>,
}
