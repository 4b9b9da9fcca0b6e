//! A compact time.

use std::fmt;
use std::num::NonZeroI64;

use jiff::Timestamp;

/// A time to the microsecond. Takes eight bytes, even if it is optional, because an account can have a million of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CreationTime(NonZeroI64);

/// Inverts the sign bit, so that no time is stored as zero: none has as many microseconds before 1970.
const SIGN: i64 = i64::MIN;

impl CreationTime {
    pub(super) fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0.get() ^ SIGN).unwrap_or(Timestamp::MAX)
    }
}

impl From<Timestamp> for CreationTime {
    fn from(time: Timestamp) -> Self {
        Self(NonZeroI64::new(time.as_microsecond() ^ SIGN).unwrap_or(NonZeroI64::MIN))
    }
}

impl fmt::Debug for CreationTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.timestamp(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_stored_to_the_microsecond() {
        let before_1970 = Timestamp::from_microsecond(-1).expect("a time");
        for time in [Timestamp::MIN, before_1970, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let stored = CreationTime::from(time).timestamp();
            assert_eq!(stored.as_microsecond(), time.as_microsecond());
        }
        assert_eq!(size_of::<Option<CreationTime>>(), 8);
    }
}
