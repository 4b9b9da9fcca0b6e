//! Pane 4: calls the protected API with the selected tenant key.
//!
//! Each plan has its own request: the first route of the plan, unless the operator has edited it. The results belong
//! to the tenant key that was used, and stay labelled with it when the cursor moves.

mod body;
mod content;
mod screen;
pub(crate) mod state;
