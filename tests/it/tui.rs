//! The console: events in, effects and screens out.

mod calls;
mod home;
