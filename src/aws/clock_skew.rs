//! The difference between this machine's clock and AWS's, from the error for a rejected signature.

use jiff::civil::DateTime;

/// Returns how many minutes this machine's clock is ahead of AWS's (negative: behind), if the
/// message says that a signature is too old or too new.
///
/// AWS writes "Signature expired: OURS is now earlier than LIMIT (THEIRS - 5 min.)" and "Signature
/// not yet current: OURS is still later than LIMIT (THEIRS + 5 min.)".
pub(super) fn minutes_ahead(message: &str) -> Option<i64> {
    if !message.contains("Signature expired") && !message.contains("Signature not yet current") {
        return None;
    }
    let words = message.split(|c: char| !c.is_ascii_alphanumeric());
    let mut times = words.filter_map(|word| DateTime::strptime("%Y%m%dT%H%M%SZ", word).ok());
    let our_time = times.next()?;
    let aws_time = times.next_back()?;
    let seconds = our_time.duration_since(aws_time).as_secs();
    // Rounds half a minute up, so that skew is never reported as 0 minutes.
    Some((seconds + 30 * seconds.signum()) / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_skew_is_parsed_from_rejected_signatures() {
        let behind = "Signature expired: 20261128T100000Z is now earlier than 20261128T101200Z (20261128T101700Z - 5 min.)";
        assert_eq!(minutes_ahead(behind), Some(-17));
        let ahead = "Signature not yet current: 20261128T103000Z is still later than 20261128T100500Z (20261128T100000Z + 5 min.)";
        assert_eq!(minutes_ahead(ahead), Some(30));
        assert_eq!(minutes_ahead("The request signature we calculated does not match"), None);
        assert_eq!(minutes_ahead("Signature expired: no times"), None);
    }
}
