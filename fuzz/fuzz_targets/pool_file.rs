//! Fuzzes the function of the same name in `keypool_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keypool_fuzz::pool_file(input));
