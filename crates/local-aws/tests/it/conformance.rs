//! How the real API Gateway behaves, as a list of lines; each file here holds the tests of one line.

mod line_01_wire;
mod line_02_enabled;
mod line_03_lists;
mod line_04_messages;
mod line_05_cascades;
mod line_06_conflicts;
mod line_07_data_plane;
mod line_08_buckets;
mod line_09_quota;
mod line_10_switches;
mod line_11_deployments;
mod line_12_execution_log;
