//! Reading a list page by page.
//!
//! Invariant: every paginated read ends, with the whole list or with a failure. A page that the endpoint repeats is never
//! taken for the last one. The SDK's own paginators do that, or read for ever, so nothing uses them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Failure;
use super::failure::AwsCall;

type Item = HashMap<String, AttributeValue>;

/// A list of AWS has far fewer pages: an account has 10,000 API keys, which are 20 pages, and 2,500 tables, which are 25.
const MAX_LIST_PAGES: usize = 1_000;

/// A page of log events is 1 MB or 10,000 events, and may be empty.
const MAX_EVENT_PAGES: usize = 100_000;

/// A page of a scan is 1 MB of items, but may be empty after filtering.
const MAX_SCAN_PAGES: usize = 50_000;

/// A page with nothing scanned is rare, and a long run of them has no end.
const MAX_EMPTY_SCAN_PAGES: usize = 1_000;

/// Where the next page of a list starts, as the endpoint returns it with a page.
pub(super) trait PageToken: Clone + PartialEq {
    /// Whether the token means that no page follows.
    fn is_end(&self) -> bool;
}

impl PageToken for String {
    fn is_end(&self) -> bool {
        self.is_empty()
    }
}

impl PageToken for Item {
    fn is_end(&self) -> bool {
        self.is_empty()
    }
}

/// The progress through the pages of one list.
#[derive(Debug)]
pub(super) struct Pages<T> {
    next: Option<T>,
    read: usize,
    max: usize,
    /// Pages without an item since the last one with items.
    empty: usize,
    /// The token of the last page whose number was a power of two. Every repetition comes back to one of these, so no
    /// other token has to be kept.
    landmark: Option<T>,
}

impl<T> Pages<T> {
    pub(super) fn of_list() -> Self {
        Self { next: None, read: 0, max: MAX_LIST_PAGES, empty: 0, landmark: None }
    }
}

impl Pages<String> {
    pub(super) fn of_log_events() -> Self {
        Self { next: None, read: 0, max: MAX_EVENT_PAGES, empty: 0, landmark: None }
    }
}

impl Pages<Item> {
    pub(super) fn of_scan() -> Self {
        Self { next: None, read: 0, max: MAX_SCAN_PAGES, empty: 0, landmark: None }
    }

    /// Continues a scan at the page that this token names.
    pub(super) fn of_scan_after(token: Option<Item>) -> Self {
        Self { landmark: token.clone(), next: token, ..Self::of_scan() }
    }

    /// Like [`Self::turn_page`], for a page of a scan with the given number of items before filtering.
    pub(super) fn turn_scan_page(
        &mut self,
        call: &AwsCall<'_>,
        items: usize,
        returned: Option<Item>,
    ) -> Result<bool, Failure> {
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        let has_next = self.turn_page(call, returned)?;
        if has_next && self.empty >= MAX_EMPTY_SCAN_PAGES {
            return Err(call.endless_list_failure(&format!("returns {} empty pages in a row", self.empty)));
        }
        Ok(has_next)
    }
}

impl<T: PageToken> Pages<T> {
    /// Returns the token of the page to request; `None` for the first page.
    pub(super) fn token(&self) -> Option<T> {
        self.next.clone()
    }

    /// Turns to the page after the one just read; `returned` came with that page. Returns whether there is one.
    pub(super) fn turn_page(&mut self, call: &AwsCall<'_>, returned: Option<T>) -> Result<bool, Failure> {
        let Some(token) = returned.filter(|token| !token.is_end()) else { return Ok(false) };
        self.read += 1;
        if self.landmark.as_ref() == Some(&token) {
            return Err(call.endless_list_failure("returns the same page again"));
        }
        if self.read >= self.max {
            return Err(call.endless_list_failure(&format!("returns more than {} pages", self.max)));
        }
        if self.read.is_power_of_two() {
            self.landmark = Some(token.clone());
        }
        self.next = Some(token);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::aws::failure::Service;
    use crate::aws::{Context, Endpoint, EndpointOrigin, Endpoints, Renewal};

    fn with_call<T>(check: impl FnOnce(&AwsCall<'_>) -> T) -> T {
        let origin = EndpointOrigin::Setting("--endpoint-url".to_owned());
        let endpoint = Endpoint::from_url("http://127.0.0.1:9", origin).expect("endpoint");
        let endpoints = Arc::new(Endpoints::for_all(&endpoint));
        let context =
            Context { profile: None, region: "eu-west-1".to_owned(), endpoints, renewal: Renewal::Unknown };
        let subject = "the list of API keys".to_owned();
        check(&AwsCall { context: &context, service: Service::ApiGateway, operation: "GetApiKeys", subject })
    }

    /// Reads the pages that the tokens lead to. Returns the number of pages read and the failure, if any.
    fn read(tokens: impl IntoIterator<Item = Option<String>>) -> (usize, Option<String>) {
        with_call(|call| {
            let mut pages = Pages::of_list();
            for (index, token) in tokens.into_iter().enumerate() {
                match pages.turn_page(call, token) {
                    Ok(true) => {}
                    Ok(false) => return (index + 1, None),
                    Err(failure) => return (index + 1, Some(failure.to_string())),
                }
            }
            panic!("the list did not end");
        })
    }

    fn text(token: &str) -> Option<String> {
        Some(token.to_owned())
    }

    #[test]
    fn a_list_ends_without_a_token_or_with_an_empty_one() {
        assert_eq!(read([None]), (1, None));
        assert_eq!(read([text("a"), text("b"), text("")]), (3, None));
    }

    #[test]
    fn a_repeated_page_is_a_failure() {
        let (pages, failure) = read(["a", "a"].map(text));
        assert_eq!(pages, 2);
        let expected = "GetApiKeys failed: http://127.0.0.1:9 returns the same page again, so the list of API keys \
                        cannot be read to its end";
        assert_eq!(failure.as_deref(), Some(expected));
        for length in 1..40 {
            let start = (0..3).map(|number| Some(format!("start {number}")));
            let circle = (0..length).map(|number| Some(number.to_string())).cycle();
            let (pages, failure) = read(start.chain(circle));
            assert!(pages <= 3 * (length + 3) && failure.is_some(), "{length}: {pages}");
        }
    }

    #[test]
    fn pages_without_end_are_a_failure() {
        let (pages, failure) = read((0..).map(|number: u64| Some(number.to_string())));
        assert_eq!(pages, MAX_LIST_PAGES);
        assert!(failure.is_some_and(|text| text.contains("returns more than 1000 pages")));
    }

    #[test]
    fn a_scan_ends_after_a_long_run_of_empty_pages() {
        let key =
            |number: usize| Some(Item::from([("id".to_owned(), AttributeValue::N(number.to_string()))]));
        let items = |page: usize| usize::from(page == MAX_EMPTY_SCAN_PAGES / 2);
        let (pages, failure) = with_call(|call| {
            let mut pages = Pages::of_scan();
            let failure = (1..).find_map(|page| {
                let turned = pages.turn_scan_page(call, items(page), key(page));
                turned.err().map(|failure| (page, failure.to_string()))
            });
            failure.expect("a failure")
        });
        assert_eq!(pages, MAX_EMPTY_SCAN_PAGES / 2 + MAX_EMPTY_SCAN_PAGES);
        assert!(failure.contains("returns 1000 empty pages in a row"), "{failure}");
    }

    #[test]
    fn a_token_of_a_table_is_compared_whatever_its_order() {
        let item = |owner: &str| {
            let pair = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
            Item::from([pair("id", "a"), pair("owner", owner)])
        };
        assert_eq!(item("acme"), item("acme"));
        assert!(item("acme") != item("globex") && !item("acme").is_end() && Item::new().is_end());
    }
}
