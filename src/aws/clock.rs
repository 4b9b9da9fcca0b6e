//! The time and randomness that operations use: the system's, or fixed ones in tests.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

/// The alphabet of generated values and ids, the same as API Gateway's.
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The time, and a cryptographically secure random number generator.
#[derive(Clone)]
pub struct ClockAndRandom {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    random: Arc<Mutex<StdRng>>,
    /// Generates the ids that are never displayed. A separate generator, so that tests with a seed
    /// display the same random texts however many of these ids are drawn.
    undisplayed: Arc<Mutex<StdRng>>,
}

impl ClockAndRandom {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the AWS side")]
    pub fn system() -> Self {
        let random = || Arc::new(Mutex::new(StdRng::from_os_rng()));
        Self { now: Arc::new(Timestamp::now), random: random(), undisplayed: random() }
    }

    /// Uses this clock and a seeded generator, for tests whose screens must be reproducible.
    pub fn fixed(now: impl Fn() -> Timestamp + Send + Sync + 'static, seed: u64) -> Self {
        let random = |seed| Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        Self { now: Arc::new(now), random: random(seed), undisplayed: random(!seed) }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Returns random lower-case letters and digits.
    pub(super) fn random_text(&self, length: usize) -> String {
        self.with_rng(|random| {
            (0..length).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
        })
    }

    pub(super) fn random_number(&self) -> u64 {
        self.with_rng(RngCore::next_u64)
    }

    pub(super) fn random_uuid(&self) -> String {
        uuid(self.with_rng(Rng::random))
    }

    /// Returns a random UUID for an id that is never displayed.
    pub(super) fn undisplayed_uuid(&self) -> String {
        uuid(self.undisplayed.lock().unwrap_or_else(PoisonError::into_inner).random())
    }

    fn with_rng<T>(&self, sample: impl FnOnce(&mut StdRng) -> T) -> T {
        sample(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn uuid(bytes: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
