//! How the real API Gateway behaves, as a list of lines; each file here holds the tests of one line.

mod line_07_data_plane;
mod line_08_buckets;
mod line_09_quota;
mod line_10_switches;
mod line_12_execution_log;
