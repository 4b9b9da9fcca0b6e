//! Feeds the property of this name.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keypool_fuzz::plans_file(input));
