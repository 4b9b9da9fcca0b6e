//! Series of calls to a bucket, and the bound that holds for every series.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};

use proptest::prelude::*;

use super::*;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_772_366_400_000 + milliseconds).unwrap()
}

/// Makes a call at each moment, in milliseconds. Returns `+` for each accepted call and `-` for each throttled one.
fn series(flow: Flow, moments: &[i64]) -> String {
    let mut bucket = TokenBucket::full(flow, at(0));
    let mut call = |moment: &i64| {
        let passes = bucket.has_token(flow, at(*moment));
        if passes {
            bucket.take();
        }
        if passes { '+' } else { '-' }
    };
    moments.iter().map(&mut call).collect()
}

#[test]
fn calls_pass_as_rate_and_burst_allow() {
    let cases: [(&str, f64, i32, &[i64], &str); 12] = [
        ("the burst passes at once", 10.0, 3, &[0, 0, 0, 0], "+++-"),
        ("one token returns after 1/rate", 10.0, 1, &[0, 99, 100, 199, 200], "+-+-+"),
        ("a burst smaller than the rate", 10.0, 2, &[0, 0, 0, 1000, 1000, 1000], "++-++-"),
        ("a burst larger than the rate", 1.0, 3, &[0, 0, 0, 0, 1000, 1000], "+++-+-"),
        ("a long rest fills no more than the burst", 100.0, 2, &[0, 60_000, 60_000, 60_000], "+++-"),
        ("a tenth of a call a second", 0.1, 1, &[0, 9_999, 10_000, 19_999, 20_000], "+-+-+"),
        (
            "ten tenths make one",
            1.0,
            1,
            &[0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000],
            "+---------+",
        ),
        ("no rate: the burst, then nothing", 0.0, 1, &[0, 1, 1_000_000], "+--"),
        ("no burst: nothing", 10.0, 0, &[0, 1000, 2000], "---"),
        ("a clock that goes back gives nothing", 1.0, 1, &[0, -5_000, -5_000], "+--"),
        ("a late call does not fill the bucket twice", 10.0, 1, &[0, 100, 0, 100, 199, 200], "++---+"),
        ("a clock set back an hour fills from there", 1.0, 1, &[0, -3_600_000, -3_599_000], "+-+"),
    ];
    for (case, rate, burst, moments, expected) in cases {
        assert_eq!(series(Flow::new(rate, burst), moments), expected, "{case}");
    }
}

#[test]
fn an_edited_throttle_applies_from_the_next_call() {
    let mut bucket = TokenBucket::full(Flow::new(1.0, 10), at(0));
    let lower_burst = Flow::new(1.0, 1);
    assert!(bucket.has_token(lower_burst, at(0)));
    bucket.take();
    assert!(!bucket.has_token(lower_burst, at(0)), "a lower burst takes the surplus away");
    assert!(bucket.has_token(Flow::new(100.0, 10), at(10)), "a higher rate fills faster");
}

#[test]
fn a_bucket_refills_to_its_burst() {
    let flow = Flow::new(2.0, 4);
    let mut bucket = TokenBucket::full(flow, at(0));
    assert!(bucket.is_full(flow, at(0)));
    bucket.take();
    assert!(!bucket.is_full(flow, at(499)));
    assert!(bucket.is_full(flow, at(500)));
}

proptest! {
    /// However the calls are spread over time, no more pass than the burst and the tokens that flowed in.
    #[test]
    fn no_more_calls_pass_than_burst_and_inflow_allow(
        rate in 0.0_f64..50.0,
        burst in 0_i32..40,
        gaps in proptest::collection::vec(0_i64..400, 1..200),
    ) {
        let flow = Flow::new(rate, burst);
        let mut moments = Vec::new();
        let mut moment = 0;
        for gap in gaps {
            moment += gap;
            moments.push(moment);
        }
        let passed = series(flow, &moments).matches('+').count() as f64;
        let inflow = rate * (moment as f64) / 1000.0;
        prop_assert!(passed <= flow.burst + inflow + 1e-6, "{passed} of {burst} + {inflow}");
    }

    /// Concurrent calls read the clock first and reach the bucket later, in any order.
    #[test]
    fn concurrent_calls_pass_no_more_than_burst_and_inflow_allow(
        threads in 4_usize..8,
        rate in 10.0_f64..200.0,
        burst in 1_i32..5,
        steps in proptest::collection::vec(0_u64..3, 50..200),
    ) {
        let flow = Flow::new(rate, burst);
        let (clock, have_read_clock) = (AtomicU64::new(0), Barrier::new(threads));
        let bucket = Mutex::new(TokenBucket::full(flow, at(0)));
        let call = |step: &u64| {
            let now = at((clock.fetch_add(*step, Ordering::SeqCst) + step) as i64);
            have_read_clock.wait();
            let mut bucket = bucket.lock().unwrap();
            let passes = bucket.has_token(flow, now);
            if passes {
                bucket.take();
            }
            passes
        };
        let make_calls = || steps.iter().filter(|step| call(step)).count();
        let passed: usize = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(make_calls)).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).sum()
        });
        let seconds = clock.load(Ordering::SeqCst) as f64 / 1000.0;
        let allowed = flow.burst + rate * seconds + 1e-6;
        prop_assert!(passed as f64 <= allowed, "{passed} of {allowed}");
    }
}
