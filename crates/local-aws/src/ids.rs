//! Ids and key values as API Gateway makes them up.
//!
//! Invariant: an account in memory starts from a fixed seed, so the same calls make the same ids in every run.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of ids.
#[derive(Debug)]
pub(crate) struct Ids(StdRng);

impl Ids {
    /// The same ids every time.
    pub(crate) fn repeatable() -> Self {
        Self(StdRng::seed_from_u64(0x6b65_7970_6f6f_6c00))
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

    fn pick(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())])).collect()
    }
}

impl Default for Ids {
    fn default() -> Self {
        Self::repeatable()
    }
}
