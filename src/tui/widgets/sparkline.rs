//! A tiny chart of one number per day, a cell each, scaled to its own peak.

/// From the lowest number above 0 to the peak; never a full block, so that air stays between rows.
const STEPS: [&str; 6] = ["▂", "▃", "▄", "▅", "▆", "▇"];
/// Only for 0.
const ZERO: &str = "▁";

/// An unknown number is blank.
pub(crate) fn text(numbers: &[Option<u64>]) -> String {
    let peak = numbers.iter().flatten().copied().max().unwrap_or(0);
    let symbol = |number: &Option<u64>| match number {
        None => " ",
        Some(0) => ZERO,
        Some(number) => {
            let step = (u128::from(*number) * STEPS.len() as u128).div_ceil(u128::from(peak.max(1)));
            usize::try_from(step).ok().and_then(|step| STEPS.get(step.saturating_sub(1))).unwrap_or(&"▇")
        }
    };
    numbers.iter().map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn numbers_are_scaled_to_their_peak_and_only_zero_is_the_lowest_line() {
        assert_eq!(text(&[Some(0), Some(1), Some(500), Some(1_000), Some(0)]), "▁▂▄▇▁");
        assert_eq!(text(&[Some(0), Some(0)]), "▁▁");
        assert_eq!(text(&[Some(u64::MAX), Some(1)]), "▇▂");
    }

    #[test]
    fn unknown_days_are_blank() {
        assert_eq!(text(&[None, Some(7), None]), " ▇ ");
        assert_eq!(text(&[]), "");
    }
}
