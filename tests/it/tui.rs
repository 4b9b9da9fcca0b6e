//! The console: events in, effects and screens out.

mod calls;
mod decided;
mod details;
mod doctor;
mod endpoints;
mod explain;
mod exports;
mod filter;
mod habits;
mod home;
mod leaving;
mod loading;
mod operations;
mod pacing;
mod production;
mod report;
mod scenarios;
mod secrets;
mod setting_up;
mod taking_back;
mod targets;
mod terminal;
mod usage;
mod writing;
