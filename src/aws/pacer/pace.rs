//! What calls wait for, in words.

use std::fmt;
use std::time::Duration;

use super::limit::Queue;

/// Shorter waits are not worth a line.
const MIN_WAIT: Duration = Duration::from_secs(2);

/// Calls that wait because AWS limits their rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The operation whose rate is limited; `None` for all operations together.
    pub operation: Option<&'static str>,
    pub calls_per_second: f64,
    /// Calls that wait, including those that are known to follow.
    pub waiting: usize,
    /// Until the last of them starts, at this rate.
    pub wait: Duration,
}

impl Pace {
    /// `None` if the calls hardly wait.
    pub(super) fn new(queue: Queue) -> Option<Self> {
        let Queue { operation, calls_per_second, waiting, wait } = queue;
        (wait >= MIN_WAIT).then_some(Self { operation, calls_per_second, waiting, wait })
    }

    /// For example `about 14 s`.
    pub fn describe_wait(&self) -> String {
        format!("about {}", format_wait(self.wait))
    }
}

/// For example `AWS limits the rate: 3 calls/s, 42 waiting, about 14 s`.
impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.operation.unwrap_or("the rate");
        let (rate, wait) = (format_rate(self.calls_per_second), self.describe_wait());
        write!(f, "AWS limits {what}: {rate}, {} waiting, {wait}", self.waiting)
    }
}

fn format_rate(calls_per_second: f64) -> String {
    if calls_per_second < 0.95 {
        return format!("1 call per {:.0} s", (1.0 / calls_per_second).max(2.0));
    }
    let rounded = format!("{calls_per_second:.1}");
    let rounded = rounded.strip_suffix(".0").unwrap_or(&rounded);
    format!("{rounded} {}/s", if rounded == "1" { "call" } else { "calls" })
}

fn format_wait(wait: Duration) -> String {
    let seconds = wait.as_secs_f64().ceil();
    if seconds < 120.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", (seconds / 60.0).ceil()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_the_waiting_calls_and_the_time_are_in_one_line() {
        let pace = |operation, calls_per_second, waiting, seconds: f64| {
            let wait = Duration::from_secs_f64(seconds);
            Pace::new(Queue { operation, calls_per_second, waiting, wait }).map(|pace| pace.to_string())
        };
        for (pace, expected) in [
            (pace(None, 3.0, 42, 14.0), "AWS limits the rate: 3 calls/s, 42 waiting, about 14 s"),
            (pace(None, 2.54, 300, 118.2), "AWS limits the rate: 2.5 calls/s, 300 waiting, about 119 s"),
            (pace(None, 1.0, 300, 299.0), "AWS limits the rate: 1 call/s, 300 waiting, about 5 min"),
            (
                pace(Some("UpdateUsagePlan"), 0.05, 2, 33.3),
                "AWS limits UpdateUsagePlan: 1 call per 20 s, 2 waiting, about 34 s",
            ),
        ] {
            assert_eq!(pace.as_deref(), Some(expected));
        }
        assert_eq!(pace(None, 10.0, 19, 1.9), None);
    }
}
