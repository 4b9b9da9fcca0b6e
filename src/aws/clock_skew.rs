//! How far this machine's clock is from AWS's, as AWS says when it refuses a signature.

use jiff::civil::DateTime;

/// How many minutes this machine's clock is ahead of AWS's, where a message says that a signature is too old or too
/// new; negative where it is behind.
///
/// AWS writes "Signature expired: OURS is now earlier than LIMIT (THEIRS - 5 min.)" and "Signature not yet current:
/// OURS is still later than LIMIT (THEIRS + 5 min.)".
pub(super) fn minutes_ahead(message: &str) -> Option<i64> {
    if !message.contains("Signature expired") && !message.contains("Signature not yet current") {
        return None;
    }
    let words = message.split(|c: char| !c.is_ascii_alphanumeric());
    let mut times = words.filter_map(|word| DateTime::strptime("%Y%m%dT%H%M%SZ", word).ok());
    let ours = times.next()?;
    let theirs = times.next_back()?;
    let seconds = ours.duration_since(theirs).as_secs();
    // Half a minute counts as one, so that no skew is told as none.
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
