//! Helpers shared by several suites.

pub(crate) mod accounts;
pub(crate) mod colour;
pub(crate) mod command;
pub(crate) mod console;
pub(crate) mod dates;
pub(crate) mod display;
pub(crate) mod fifo;
pub(crate) mod http_pipeline;
pub(crate) mod large_account;
pub(crate) mod logged_calls;
pub(crate) mod named_hosts;
pub(crate) mod old_tables;
pub(crate) mod pty;
pub(crate) mod recording_proxy;
pub(crate) mod scenario;
pub(crate) mod third_party;
pub(crate) mod tls_server;
pub(crate) mod writes;
