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
    /// Failed by itself: a read that the operator stops is not a failure.
    Failed {
        failure: Failure,
        /// The previous value and when it was fetched.
        old: Option<(T, Timestamp)>,
    },
    /// The first read was stopped, so there is no value.
    Stopped,
}

impl<T> Remote<T> {
    /// The value, which may be stale.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|(value, _)| value),
            Self::NotRequested | Self::Stopped => None,
        }
    }

    pub(crate) fn fetched_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ready { at, .. } => Some(*at),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|&(_, at)| at),
            Self::NotRequested | Self::Stopped => None,
        }
    }

    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            Self::NotRequested | Self::Loading { .. } | Self::Ready { .. } | Self::Stopped => None,
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
            Err(Failure::Cancelled) => self.take_stopped(),
            Err(failure) => Self::Failed { failure, old: self.take() },
        };
    }

    /// Stops loading and keeps the old value.
    pub(crate) fn stop(&mut self) {
        if let Self::Loading { .. } = self {
            *self = self.take_stopped();
        }
    }

    fn take_stopped(&mut self) -> Self {
        self.take().map_or(Self::Stopped, |(value, at)| Self::Ready { value, at })
    }

    fn take(&mut self) -> Option<(T, Timestamp)> {
        match std::mem::take(self) {
            Self::Ready { value, at } => Some((value, at)),
            Self::Loading { old } | Self::Failed { old, .. } => old,
            Self::NotRequested | Self::Stopped => None,
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
    fn a_first_read_that_is_stopped_is_neither_loading_nor_failed() {
        let mut remote: Remote<i32> = Remote::NotRequested;
        remote.start();
        remote.stop();
        assert_eq!(remote, Remote::Stopped);
        remote.start();
        remote.finish(Err(Failure::Cancelled), at(1));
        assert_eq!((remote.failure(), &remote), (None, &Remote::Stopped));
    }

    #[test]
    fn a_cancelled_refresh_keeps_the_value() {
        let mut remote = Remote::Ready { value: 7, at: at(1) };
        remote.start();
        remote.finish(Err(Failure::Cancelled), at(2));
        assert_eq!(remote, Remote::Ready { value: 7, at: at(1) });
    }
}
