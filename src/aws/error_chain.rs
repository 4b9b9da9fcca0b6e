//! The causes of an error.

use std::error::Error;
use std::io;

/// Returns the error and its causes, outermost first, including those inside an [`io::Error`], which its `source`
/// leaves out.
pub(super) fn error_chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

pub(super) fn find_cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    error_chain(error).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_inside_io_errors_are_found() {
        let inner = io::Error::other(io::Error::other(rustls::Error::DecryptError));
        assert_eq!(find_cause::<rustls::Error>(&inner), Some(&rustls::Error::DecryptError));
        assert_eq!(error_chain(&inner).count(), 3);
        assert_eq!(error_chain(&io::Error::from(io::ErrorKind::ConnectionReset)).count(), 1);
    }
}
