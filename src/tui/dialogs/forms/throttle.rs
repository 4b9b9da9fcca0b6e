//! Limits as text, for which `none` or nothing means no limit.

use keypool_domain::Throttle;

use crate::tui::widgets::form::FieldError;
use crate::tui::widgets::text_field::TextField;

pub(super) const NO_LIMIT: &str = "none";

pub(super) fn limit_field<T: ToString>(label: &'static str, limit: Option<T>) -> TextField {
    TextField::with_suggestion(label, limit.map_or_else(|| NO_LIMIT.to_owned(), |limit| limit.to_string()))
}

pub(super) fn is_limited(limit: &TextField) -> bool {
    !matches!(limit.text(), "" | NO_LIMIT)
}

/// A throttle has both, or there is none.
pub(super) fn parse_throttle(rate: &TextField, burst: &TextField) -> Result<Option<Throttle>, FieldError> {
    match (is_limited(rate), is_limited(burst)) {
        (false, false) => Ok(None),
        (true, true) => {
            let invalid_rate = |_| "rate/s must be a number, e.g. 10 or 0.5, or none";
            let rate = rate.text().parse().map_err(invalid_rate)?;
            Ok(Some(Throttle { rate, burst: burst.parse_whole_number()? }))
        }
        _ => Err("set both rate and burst, or neither".into()),
    }
}
