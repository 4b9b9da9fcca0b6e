//! What could not be read is no finding about something else.

use super::*;
use crate::Known;

#[test]
fn an_enabled_that_cannot_be_read_does_not_disable_a_key() {
    for key_is_enabled in [true, false] {
        let odd = Account::sound().with(|account| {
            account.keys()[0].enabled = key_is_enabled;
            account.parts.rows[0].enabled = Known::unreadable("`enabled` is missing", "item k1");
        });
        assert_eq!(odd.found(), []);
    }
}
