//! The console: one loop in which events change the state, the state asks for effects, and effects bring events.
//!
//! [`App::update`] is the only place that decides and [`draw()`] the only one that paints; neither waits.

pub mod action;
mod app;
mod draw;
mod effect;
mod event;
mod filter;
mod key_index;
mod keymap;
mod layout;
mod look;
mod message;
mod overlays;
mod panes;
mod store;
mod text;
mod widgets;

pub use action::Action;
pub use app::{App, Options};
pub use draw::draw;
pub use effect::Effect;
pub use event::{Event, Outcome, Place, TaskId};
pub use keymap::{Clash, Keymap, parse_key};
pub use look::Look;
