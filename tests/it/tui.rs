//! Tests of the console in the test process: events in, effects and screens out.

mod calls;
mod change_details;
mod colour;
mod confirmation;
mod doctor;
mod endpoints;
mod explain;
mod exports;
mod filter;
mod forms;
mod home;
mod key_changes;
mod loading;
mod namesakes;
mod navigation;
mod operations;
mod production;
mod quit;
mod report;
mod scenarios;
mod secrets;
mod setup;
mod targets;
mod typeahead;
mod undo;
mod usage;
