//! A value read from AWS, with its age.

use jiff::Timestamp;

use crate::aws::Failure;

/// A value read from AWS. A failed read keeps the old value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Remote<T> {
    #[default]
    NotRequested,
    Loading {
        /// The previous value and when it was fetched.
        old: Option<(T, Timestamp)>,
    },
    Ready {
        value: T,
        /// When it was fetched.
        at: Timestamp,
    },
    Failed {
        failure: Failure,
        /// The previous value and when it was fetched.
        old: Option<(T, Timestamp)>,
    },
}

impl<T> Remote<T> {
    /// The value, which may be stale.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|(value, _)| value),
            Self::NotRequested => None,
        }
    }

    pub(crate) fn fetched_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ready { at, .. } => Some(*at),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|&(_, at)| at),
            Self::NotRequested => None,
        }
    }

    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            Self::NotRequested | Self::Loading { .. } | Self::Ready { .. } => None,
        }
    }

    pub(crate) const fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }

    pub(crate) fn start(&mut self) {
        *self = Self::Loading { old: self.take() };
    }

    pub(crate) fn finish(&mut self, result: Result<T, Failure>, at: Timestamp) {
        *self = match result {
            Ok(value) => Self::Ready { value, at },
            // A cancelled refresh keeps the old value.
            Err(Failure::Cancelled) => match self.take() {
                Some((value, at)) => Self::Ready { value, at },
                None => Self::Failed { failure: Failure::Cancelled, old: None },
            },
            Err(failure) => Self::Failed { failure, old: self.take() },
        };
    }

    /// Stops loading and keeps the old value; without one, the read counts as cancelled.
    pub(crate) fn stop(&mut self) {
        if let Self::Loading { .. } = self {
            *self = match self.take() {
                Some((value, at)) => Self::Ready { value, at },
                None => Self::Failed { failure: Failure::Cancelled, old: None },
            };
        }
    }

    fn take(&mut self) -> Option<(T, Timestamp)> {
        match std::mem::take(self) {
            Self::Ready { value, at } => Some((value, at)),
            Self::Loading { old } | Self::Failed { old, .. } => old,
            Self::NotRequested => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("valid timestamp")
    }

    #[test]
    fn a_failed_read_keeps_the_stale_value() {
        let mut remote = Remote::NotRequested;
        remote.start();
        remote.finish(Ok(7), at(1));
        remote.start();
        assert_eq!((remote.value(), remote.fetched_at()), (Some(&7), Some(at(1))));
        remote.finish(Err(Failure::NoRegion), at(2));
        assert_eq!((remote.value(), remote.fetched_at()), (Some(&7), Some(at(1))));
        assert_eq!(remote.failure(), Some(&Failure::NoRegion));
    }

    #[test]
    fn a_first_read_that_is_stopped_is_no_longer_loading() {
        let mut remote: Remote<i32> = Remote::NotRequested;
        remote.start();
        remote.stop();
        assert_eq!(remote, Remote::Failed { failure: Failure::Cancelled, old: None });
    }

    #[test]
    fn a_cancelled_refresh_keeps_the_value() {
        let mut remote = Remote::Ready { value: 7, at: at(1) };
        remote.start();
        remote.finish(Err(Failure::Cancelled), at(2));
        assert_eq!(remote, Remote::Ready { value: 7, at: at(1) });
    }
}
