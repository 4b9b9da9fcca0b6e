//! How often an account is shown while it is being read. Each time, all tenant keys read so far are copied, sorted and
//! indexed, and stay in memory until all have been read; of a large account, that is done for an eighth of its tenant keys.

/// An account with up to this many tenant keys is shown whenever a part is complete.
const MIN_TENANT_KEYS: usize = 50_000;

/// The tenant keys of all inventories shown of a larger account are at most one in this many of its tenant keys.
const MAX_SHARE: usize = 8;

/// Counts the tenant keys of the inventories that were shown.
#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: usize,
    /// The tenant keys in the inventory that was shown last; `None` before the first.
    shown: Option<usize>,
    is_closed: bool,
}

impl Budget {
    /// Whether an inventory with the `read` tenant keys of about `about` is shown now. The first is; later ones are when
    /// another part is complete or the number of tenant keys has doubled.
    pub(super) fn take(&mut self, read: usize, about: Option<usize>, is_part_complete: bool) -> bool {
        let limit = (about.unwrap_or(0) / MAX_SHARE).max(MIN_TENANT_KEYS);
        let is_due = self.shown.is_none_or(|shown| is_part_complete || read >= 2 * shown.max(1));
        let is_affordable = self.shown.is_none() || self.spent + read <= limit;
        let is_taken = is_due && is_affordable && !self.is_closed;
        if is_taken {
            self.spent += read;
            self.shown = Some(read);
        }
        is_taken
    }

    /// Shows nothing more.
    pub(super) const fn close(&mut self) {
        self.is_closed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of tenant keys of the inventories shown while pages of `page` tenant keys are read up to `total`, with a
    /// part that is complete at each of `parts`.
    fn shown(total: usize, about: Option<usize>, page: usize, parts: &[usize]) -> Vec<usize> {
        let mut budget = Budget::default();
        let reads = (1..=total.div_ceil(page)).map(|n| (n * page).min(total));
        reads.filter(|read| budget.take(*read, about, parts.contains(read))).collect()
    }

    #[test]
    fn an_account_is_shown_at_once_and_then_when_it_has_doubled_or_a_part_is_complete() {
        assert_eq!(shown(10_000, Some(10_000), 1_000, &[3_000]), [1_000, 2_000, 3_000, 6_000]);
        assert_eq!(shown(500, None, 500, &[]), [500]);
    }

    #[test]
    fn showing_a_large_account_while_it_is_read_takes_little() {
        for total in [60_000, 100_000, 1_000_000, 1_234_567] {
            for about in [None, Some(0), Some(total / 2), Some(total)] {
                let parts = [total / 3_000 * 3_000 / 2, 30_000, 60_000];
                let shown = shown(total, about, 3_000, &parts);
                assert!(
                    shown.iter().sum::<usize>() <= (total / 8).max(50_000),
                    "{total} of {about:?}: {shown:?}"
                );
                assert!(!shown.is_empty() && shown.len() < 12, "{total} of {about:?}: {shown:?}");
            }
        }
        let mut closed = Budget::default();
        closed.close();
        assert!(!closed.take(1, None, true));
    }
}
