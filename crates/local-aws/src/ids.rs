//! Ids and key values as API Gateway makes them up.
//!
//! Invariant: an account in memory starts from a fixed seed, so the same calls make the same ids in every run.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of ids.
#[derive(Debug, Clone)]
pub(crate) struct Ids(StdRng);

impl Ids {
    /// The same ids every time.
    pub(crate) fn repeatable() -> Self {
        Self(StdRng::seed_from_u64(0x6b65_7970_6f6f_6c00))
    }

    /// The same every time for the same name.
    pub(crate) fn named(name: &str) -> Self {
        let seed = name.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self(StdRng::seed_from_u64(seed))
    }

    /// Other ids every time.
    pub(crate) fn random() -> Self {
        Self(StdRng::from_os_rng())
    }

    /// Lower-case letters and digits.
    pub(crate) fn lower(&mut self, length: usize) -> String {
        self.pick(LOWER, length)
    }

    /// Letters and digits.
    pub(crate) fn mixed(&mut self, length: usize) -> String {
        self.pick(MIXED, length)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0.random_range(0..end)
    }

    fn pick(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())])).collect()
    }
}

impl Default for Ids {
    fn default() -> Self {
        Self::repeatable()
    }
}
