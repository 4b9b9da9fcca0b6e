//! Generates ids and key values in API Gateway's format.
//!
//! Invariant: an account in memory uses a fixed seed, so the same calls create the same ids in every run.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A seeded source of random ids, key values and numbers.
#[derive(Debug, Clone)]
pub(crate) struct IdGenerator(StdRng);

impl IdGenerator {
    pub(crate) fn with_fixed_seed() -> Self {
        Self(StdRng::seed_from_u64(0x6b65_7970_6f6f_6c00))
    }

    /// Returns a generator whose output depends only on `name`.
    pub(crate) fn seeded_by(name: &str) -> Self {
        let seed = name.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self(StdRng::seed_from_u64(seed))
    }

    pub(crate) fn with_random_seed() -> Self {
        Self(StdRng::from_os_rng())
    }

    pub(crate) fn new_id(&mut self, length: usize) -> String {
        self.pick(LOWER_ALPHANUMERIC, length)
    }

    pub(crate) fn new_key_value(&mut self, length: usize) -> String {
        self.pick(ALPHANUMERIC, length)
    }

    pub(crate) fn random_number_below(&mut self, end: u32) -> u32 {
        self.0.random_range(0..end)
    }

    fn pick(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())])).collect()
    }
}

impl Default for IdGenerator {
    fn default() -> Self {
        Self::with_fixed_seed()
    }
}
