//! Cuts JSON that is not one object per line into records, in bounded memory: the pages of `filter-log-events`
//! and `get-log-events`, arrays, objects over several lines, and objects that follow each other without a line
//! break.

/// Longer records are dropped.
pub(super) const MAX_RECORD_BYTES: usize = 64 * 1024;

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 64;

/// The keys whose arrays hold the events of a page, with their quotes.
const LIST_KEYS: [&[u8]; 2] = [b"\"events\"", b"\"logEvents\""];

/// Where a page names its events at the latest.
const MAX_LIST_OFFSET: usize = 4 * 1024;

/// A record is an element of a page's events or of a top-level array, or a top-level object that is no page.
#[derive(Debug, Default)]
pub(super) struct DocumentScanner {
    /// The opening brackets of the open containers.
    open: Vec<u8>,
    /// The depth of the list whose elements are the records.
    list_depth: Option<usize>,
    /// The depth at which the current record began.
    record_depth: Option<usize>,
    record: Vec<u8>,
    is_record_too_long: bool,
    /// The last string in the top-level object, with its quotes; cut if it is longer than any list key.
    key: Vec<u8>,
    in_string: bool,
    is_escaped: bool,
    /// The last byte that is neither white space nor in a string.
    last: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Continue,
    /// A record is complete.
    Record,
    /// The document is complete; its last byte may complete a record, too.
    End {
        has_record: bool,
    },
    /// This byte is no JSON here.
    Broken,
}

impl DocumentScanner {
    /// The complete record; `None` if it is too long.
    pub(super) fn record(&self) -> Option<&[u8]> {
        (!self.is_record_too_long).then_some(&self.record)
    }

    /// Whether a record has begun and is not complete.
    pub(super) const fn is_in_record(&self) -> bool {
        self.record_depth.is_some()
    }

    pub(super) fn feed(&mut self, byte: u8) -> Step {
        if self.in_string {
            return self.feed_string(byte);
        }
        if byte.is_ascii_whitespace() {
            self.collect(byte);
            return Step::Continue;
        }
        let step = match byte {
            b'{' | b'[' => self.open_container(byte),
            b'}' | b']' => self.close_container(byte),
            b'"' if self.open.is_empty() => Step::Broken,
            b'"' => {
                self.in_string = true;
                if self.is_in_list() {
                    self.start_record();
                }
                self.key.clear();
                self.collect(byte);
                Step::Continue
            }
            // Between the records of a list, only commas.
            _ if self.open.is_empty() || (self.is_in_list() && byte != b',') => Step::Broken,
            _ => {
                self.collect(byte);
                Step::Continue
            }
        };
        self.last = byte;
        step
    }

    fn feed_string(&mut self, byte: u8) -> Step {
        self.collect(byte);
        match byte {
            b'\n' => return Step::Broken,
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => {
                self.in_string = false;
                if self.record_depth == Some(self.open.len()) {
                    return self.end_record();
                }
            }
            _ => {}
        }
        Step::Continue
    }

    fn open_container(&mut self, bracket: u8) -> Step {
        if !self.can_start_value() || self.open.len() == MAX_DEPTH {
            return Step::Broken;
        }
        let is_events = bracket == b'[' && self.open == b"{" && LIST_KEYS.contains(&self.key.as_slice());
        if is_events {
            self.record_depth = None;
        }
        if is_events || (self.open.is_empty() && bracket == b'[') {
            self.list_depth = Some(self.open.len() + 1);
        } else if self.open.is_empty() || self.is_in_list() {
            self.start_record();
        }
        self.collect(bracket);
        self.open.push(bracket);
        Step::Continue
    }

    fn close_container(&mut self, bracket: u8) -> Step {
        let expected = if bracket == b'}' { b'{' } else { b'[' };
        if self.open.pop() != Some(expected) {
            return Step::Broken;
        }
        self.collect(bracket);
        if self.list_depth == Some(self.open.len() + 1) {
            self.list_depth = None;
        }
        let step =
            if self.record_depth == Some(self.open.len()) { self.end_record() } else { Step::Continue };
        match self.open.is_empty() {
            true => Step::End { has_record: step == Step::Record },
            false => step,
        }
    }

    fn can_start_value(&self) -> bool {
        match self.open.last() {
            None => true,
            Some(b'[') => matches!(self.last, b'[' | b','),
            Some(_) => self.last == b':',
        }
    }

    /// Whether the next value is a record.
    fn is_in_list(&self) -> bool {
        self.list_depth == Some(self.open.len())
    }

    fn start_record(&mut self) {
        self.record.clear();
        self.is_record_too_long = false;
        self.record_depth = Some(self.open.len());
    }

    const fn end_record(&mut self) -> Step {
        self.record_depth = None;
        Step::Record
    }

    fn collect(&mut self, byte: u8) {
        if self.record_depth.is_some() {
            match self.record.len() < MAX_RECORD_BYTES {
                true => self.record.push(byte),
                false => self.is_record_too_long = true,
            }
        }
        if self.open.len() == 1 && (self.in_string || byte == b'"') && self.key.len() < 16 {
            self.key.push(byte);
        }
    }
}

/// Whether a line that is no call, or the beginning of one that is too long, begins a document to be scanned.
pub(super) fn is_document_start(line: &[u8], is_cut: bool) -> bool {
    match line.first() {
        Some(b'[') => true,
        Some(b'{') => is_cut || line == b"{" || names_events(line) || contains(line, b"}{"),
        Some(_) | None => false,
    }
}

/// Whether a line has a key for events, followed by an array. Inside strings, quotes are escaped.
fn names_events(line: &[u8]) -> bool {
    let head = &line[..line.len().min(MAX_LIST_OFFSET)];
    LIST_KEYS.iter().any(|key| {
        head.windows(key.len()).enumerate().any(|(at, window)| {
            let mut rest = head[at + key.len()..].iter().filter(|byte| !byte.is_ascii_whitespace());
            window == *key && rest.next() == Some(&b':') && rest.next() == Some(&b'[')
        })
    })
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a text, and whether the text is broken.
    fn scan(text: &str) -> (Vec<String>, bool) {
        let (mut scanner, mut records) = (DocumentScanner::default(), Vec::new());
        for byte in text.bytes() {
            match scanner.feed(byte) {
                Step::Continue | Step::End { has_record: false } => {}
                Step::Record | Step::End { has_record: true } => {
                    let record = scanner.record().expect("a short record");
                    records.push(String::from_utf8(record.to_vec()).expect("UTF-8"));
                }
                Step::Broken => return (records, true),
            }
        }
        (records, false)
    }

    #[test]
    fn events_of_pages_elements_of_arrays_and_other_objects_are_records() {
        for (text, records) in [
            (
                r#"{"events":[{"a":1},{"b":[{}]}],"searchedLogStreams":[{"c":1}],"nextToken":"x"}"#,
                vec![r#"{"a":1}"#, r#"{"b":[{}]}"#],
            ),
            (
                "{\n \"searchedLogStreams\": [{}],\n \"events\": [\n  {\n   \"a\": 1\n  }\n ]\n}",
                vec!["{\n   \"a\": 1\n  }"],
            ),
            (r#"{"owner":"1","logEvents":[{"a":"]}\"["}]}{"events":[]}"#, vec![r#"{"a":"]}\"["}"#]),
            (r#"[{"a":1}, "{\"b\":1}", []]"#, vec![r#"{"a":1}"#, r#""{\"b\":1}""#, "[]"]),
            (r#"{"a":{"events":[1]}}{"b":1}"#, vec![r#"{"a":{"events":[1]}}"#, r#"{"b":1}"#]),
            ("[]", vec![]),
        ] {
            assert_eq!(scan(text), (records.into_iter().map(str::to_owned).collect(), false), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_noticed_where_it_is() {
        let deep = "[".repeat(100);
        for text in ["[INFO]", "{\"a\":1,\n{", "[{\"a\":\"\n", "[}", "{} x", "{]", "[1]", deep.as_str()] {
            assert!(scan(text).1, "{text}");
        }
    }

    #[test]
    fn a_document_starts_where_a_line_cannot_be_one_record() {
        for (line, is_document) in [
            ("{", true),
            ("[", true),
            (r#"{"events" : [{"a":1}]}"#, true),
            (r#"{"nextToken":"x","logEvents":[]}"#, true),
            (r#"{"a":1}{"a":2}"#, true),
            (r#"{"a":1}"#, false),
            (r#"{"path":"\"events\":["}"#, false),
            (r#"{"events":"["}"#, false),
            ("", false),
        ] {
            assert_eq!(is_document_start(line.as_bytes(), false), is_document, "{line}");
        }
        assert!(is_document_start(b"{\"a\":1", true));
    }
}
