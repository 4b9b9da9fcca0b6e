//! Rates, order and fairness, on a simulated clock.

use super::*;
use crate::aws::pacer::operation::{OPERATION_LIMITS, TOTAL_LIMIT};

use Priority::{Interactive, Refresh};

/// A limit whose clock advances only by waiting.
struct Simulation {
    state: State,
    start: Instant,
    now: Instant,
    waiting: Vec<(Priority, u64)>,
}

impl Simulation {
    fn new(limit: PublishedLimit) -> Self {
        let start = Instant::now();
        Self { state: State::new(limit, true, start), start, now: start, waiting: Vec::new() }
    }

    fn seconds(&self) -> f64 {
        (self.now - self.start).as_secs_f64()
    }

    fn line_up(&mut self, priority: Priority, calls: usize) {
        for _ in 0..calls {
            let ticket = self.state.line_up(priority);
            self.waiting.push((priority, ticket));
        }
    }

    /// Waits until one of the waiting calls starts, and returns its priority and ticket.
    fn start_next(&mut self) -> (Priority, u64) {
        loop {
            let mut shortest = Duration::MAX;
            // The order of polling does not matter.
            for at in (0..self.waiting.len()).rev() {
                let (priority, ticket) = self.waiting[at];
                match self.state.try_take(priority, ticket, self.now) {
                    Ok(()) => {
                        self.state.leave(priority, ticket);
                        return self.waiting.remove(at);
                    }
                    Err(wait) => shortest = shortest.min(wait),
                }
            }
            self.now += shortest;
            assert!(self.seconds() < 3_600.0, "no call starts");
        }
    }

    fn start(&mut self, calls: usize) {
        for _ in 0..calls {
            self.start_next();
        }
    }

    /// Makes one call after another, and returns how many seconds they take.
    fn seconds_for(mut self, priority: Priority, calls: usize) -> f64 {
        for _ in 0..calls {
            self.line_up(priority, 1);
            self.start_next();
        }
        self.seconds()
    }
}

fn is_about(measured: f64, expected: f64) -> bool {
    (measured - expected).abs() < 0.05
}

#[test]
fn operations_are_paced_at_their_own_rates() {
    let limit = |name| OPERATION_LIMITS.iter().find(|(_, other, _)| *other == name).map(|(.., limit)| *limit);
    let [create, delete, update, resources] =
        ["CreateApiKey", "DeleteApiKey", "UpdateUsagePlan", "GetResources"]
            .map(|name| limit(name).expect("a limit"));
    for (limit, calls, expected) in [
        (TOTAL_LIMIT, 40, 0.0),
        (TOTAL_LIMIT, 140, 10.0),
        (create, 5, 0.0),
        (create, 55, 10.0),
        (delete, 55, 10.0),
        (update, 3, 40.0),
        (resources, 10, 2.0),
    ] {
        let measured = Simulation::new(limit).seconds_for(Interactive, calls);
        assert!(is_about(measured, expected), "{calls} of {limit:?}: {measured} s, not {expected}");
    }
}

#[test]
fn refreshes_leave_part_of_the_burst_to_interactive_calls() {
    assert!(is_about(Simulation::new(TOTAL_LIMIT).seconds_for(Refresh, 30), 0.0));
    assert!(is_about(Simulation::new(TOTAL_LIMIT).seconds_for(Refresh, 31), 0.1));
    let mut limit = Simulation::new(TOTAL_LIMIT);
    limit.line_up(Refresh, 35);
    limit.start(30);
    limit.line_up(Interactive, 4);
    (0..4).for_each(|_| assert_eq!(limit.start_next().0, Interactive));
    assert!(is_about(limit.seconds(), 0.0), "{}", limit.seconds());
}

#[test]
fn interactive_calls_go_first_and_every_fifth_call_is_a_refresh_that_waits() {
    let mut limit = Simulation::new(TOTAL_LIMIT);
    limit.line_up(Interactive, 40);
    limit.start(40);
    limit.line_up(Refresh, 3);
    limit.line_up(Interactive, 12);
    let order: String = (0..14).map(|_| if limit.start_next().0 == Refresh { 'r' } else { 'i' }).collect();
    assert_eq!(order, "iiiiriiiiriiii");
    assert!(is_about(limit.seconds(), 1.4), "10 calls per second: {}", limit.seconds());
}

#[test]
fn a_refresh_gets_its_turn_while_interactive_calls_keep_coming() {
    let mut limit = Simulation::new(TOTAL_LIMIT);
    limit.line_up(Interactive, 45);
    limit.line_up(Refresh, 1);
    let calls_before = (0..1_000).take_while(|_| {
        limit.line_up(Interactive, 1);
        limit.start_next().0 == Interactive
    });
    assert!(calls_before.count() <= 45);
}

#[test]
fn calls_of_one_priority_that_wait_start_in_order() {
    for priority in [Interactive, Refresh] {
        let mut limit = Simulation::new(TOTAL_LIMIT);
        limit.line_up(Interactive, 40);
        limit.start(40);
        limit.line_up(priority, 30);
        let tickets: Vec<u64> = (0..30).map(|_| limit.start_next().1).collect();
        assert!(tickets.is_sorted(), "{tickets:?}");
    }
}

/// A future that is not polled must not keep the others from making calls.
#[test]
fn a_call_that_never_takes_its_turn_does_not_stop_the_others() {
    for refusals in [0, 20] {
        let mut limit = Simulation::new(TOTAL_LIMIT);
        for refusal in 1..=refusals {
            limit.now += Duration::from_millis(refusal);
            limit.state.note_refusal(limit.now, None, limit.now);
        }
        for priority in [Interactive, Refresh] {
            for _ in 0..50 {
                limit.state.line_up(priority);
            }
        }
        limit.line_up(Interactive, 50);
        limit.line_up(Refresh, 10);
        limit.start(60);
        assert!(limit.seconds() < 60.0, "{}", limit.seconds());
    }
}

#[test]
fn a_refused_call_slows_down_all_that_wait() {
    let mut limit = Simulation::new(TOTAL_LIMIT);
    limit.line_up(Interactive, 45);
    limit.start(40);
    assert!(limit.state.note_refusal(limit.now + Duration::from_millis(1), None, limit.now));
    assert_eq!(limit.state.wait_of_all(0, 5.0, limit.now), (5, Duration::from_secs(1)));
    assert_eq!(limit.state.wait_of_all(15, 5.0, limit.now), (20, Duration::from_secs(4)));
    limit.start_next();
    assert!(is_about(limit.seconds(), 0.2), "5 calls per second: {}", limit.seconds());
}

#[test]
fn nothing_starts_before_the_time_that_aws_asked_to_wait() {
    let mut limit = Simulation::new(TOTAL_LIMIT);
    limit.line_up(Interactive, 1);
    limit.state.note_refusal(limit.now, Some(Duration::from_secs(7)), limit.now);
    limit.state.note_refusal(limit.now, Some(Duration::from_secs(2)), limit.now);
    assert_eq!(limit.state.wait_of_all(0, 5.0, limit.now).1, Duration::from_secs(7));
    limit.start_next();
    assert!(is_about(limit.seconds(), 7.0), "{}", limit.seconds());
}
