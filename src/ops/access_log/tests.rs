//! Logs of every shape, and broken ones. Each log of `SHAPES` has two calls of acme in October 2026, and one in
//! September.

use std::cell::RefCell;
use std::io::{BufReader, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use keypool_domain::usage::DayRange;

use super::*;

/// 2026-10-10T12:00Z, 2026-10-11T12:00Z, 2026-09-10T12:00Z in milliseconds.
const TIMES: [i64; 3] = [1_791_633_600_000, 1_791_720_000_000, 1_789_041_600_000];

fn read_bytes(log: &[u8], fields: &AccessLogFields) -> Result<AccessLogCalls, AccessLogError> {
    let month = DayRange::parse_month("2026-10").expect("a month");
    // A small buffer, so that documents cross its end.
    read_access_log(BufReader::with_capacity(7, log), fields, month.into(), &|_| ControlFlow::Continue(()))
}

fn read_text(text: &str) -> AccessLogCalls {
    read_bytes(text.as_bytes(), &AccessLogFields::default()).expect("a readable log")
}

fn why_unusable(log: &[u8]) -> String {
    read_bytes(log, &AccessLogFields::default()).expect_err("an unusable log").to_string()
}

/// Calls by tenant, calls of other months, and bad lines.
fn counts(calls: &AccessLogCalls) -> (Vec<(&str, u64)>, u64, usize) {
    let by_tenant = calls.logged.iter().map(|(_, tenant, calls)| (tenant.as_str(), calls)).collect();
    (by_tenant, calls.outside, calls.bad_lines)
}

/// A call with a time in milliseconds.
fn call(millis: i64) -> String {
    format!(r#"{{"apiKeyId":"k1","tenant":"acme","status":"200","requestTimeEpoch":"{millis}"}}"#)
}

/// A call without a time of its own.
const UNDATED: &str = r#"{"apiKeyId":"k1","tenant":"acme","status":200}"#;

/// A call with this field for the time.
fn dated(time: &str) -> String {
    format!(r#"{{"apiKeyId":"k1","tenant":"acme","status":"200",{time}}}"#)
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

/// An event of `filter-log-events`.
fn event(millis: i64, message: &str) -> String {
    let message = serde_json::Value::from(message);
    format!(
        r#"{{"logStreamName":"s","timestamp":{millis},"message":{message},"ingestionTime":1,"eventId":"e"}}"#
    )
}

fn shapes() -> Vec<(&'static str, String)> {
    let dates = ["10/Oct/2026:12:00:00 +0000", "11/Oct/2026:12:00:00 +0000", "10/Sep/2026:12:00:00 +0000"];
    let iso = ["2026-10-10T12:00:00", "2026-10-11T12:00:00", "2026-09-10T12:00:00"];
    let events = TIMES.map(|millis| event(millis, UNDATED));
    let page =
        format!(r#"{{"searchedLogStreams":[{{"a":1}}],"events":[{}],"nextToken":"n"}}"#, events.join(","));
    let pretty = serde_json::from_str::<serde_json::Value>(&page).expect("JSON");
    let pretty = serde_json::to_string_pretty(&pretty).expect("JSON");
    let pages = events.iter().map(|event| format!("{{\n  \"events\": [\n  {event}\n  ]\n}}\n"));
    vec![
        ("milliseconds", lines(TIMES.map(call))),
        ("a byte order mark", format!("\u{feff}{}", lines(TIMES.map(call)))),
        ("CRLF and blank lines", TIMES.map(call).join("\r\n \r\n\r\n")),
        ("seconds", lines(TIMES.map(|millis| dated(&format!(r#""ts":{}"#, millis / 1_000))))),
        ("requestTime", lines(dates.map(|date| dated(&format!(r#""requestTime":"{date}""#))))),
        ("ISO times", lines(iso.map(|time| dated(&format!(r#""time":"{time}Z""#))))),
        (
            "a time that is not filled in",
            lines(TIMES.map(|millis| dated(&format!(r#""ts":"-","timestamp":{millis}"#)))),
        ),
        ("aws logs tail", lines(iso.map(|time| format!("{time}.744000+00:00 stream/1 {UNDATED}")))),
        ("aws logs tail --format short", lines(iso.map(|time| format!("{time} {UNDATED}")))),
        (
            "aws logs tail --format json",
            lines(iso.map(|time| format!("{time}.744000+00:00 {}", UNDATED.replace('{', "{\n    ")))),
        ),
        ("an export to S3", lines(iso.map(|time| format!("{time}.744Z {UNDATED}")))),
        ("a compact page", page.clone()),
        ("a page over several lines", pretty),
        ("several pages", pages.collect()),
        ("pages in a row", events.iter().map(|event| format!(r#"{{"events":[{event}]}}"#)).collect()),
        ("an array of events", format!("[{}]", events.join(", \n"))),
        ("an event per line", lines(events)),
        ("objects in a row", TIMES.map(call).concat()),
        (
            "objects over several lines",
            TIMES.map(|millis| call(millis).replace(',', ",\n  ").replace('{', "{\n  ")).join("\n"),
        ),
        (
            "a subscription",
            format!(
                r#"{{"messageType":"DATA_MESSAGE","logEvents":[{}]}}"#,
                TIMES.map(|millis| event(millis, UNDATED)).join(",")
            ),
        ),
    ]
}

#[test]
fn every_shape_of_a_log_has_the_same_calls_also_compressed() {
    for (name, log) in shapes() {
        let calls = read_text(&log);
        assert_eq!(counts(&calls), (vec![("acme", 2)], 1, 0), "{name}: {:?}\n{log}", calls.first_bad_lines);
        // Gzip members may follow each other, as after `cat`.
        let (first, second) = log.split_at(log.len() / 2);
        let compressed = [compress(first.as_bytes()), compress(second.as_bytes())].concat();
        assert_eq!(read_bytes(&compressed, &AccessLogFields::default()).expect(name), calls, "{name}");
    }
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("in memory")
}

#[test]
fn fields_are_found_by_their_names_with_dots_and_in_nested_objects() {
    let fields = AccessLogFields {
        api_key: "context.identity.apiKeyId".to_owned(),
        tenant: "context.authorizer.tenant".to_owned(),
        time: Some("at.ms".to_owned()),
        status: "code".to_owned(),
    };
    for line in [
        r#"{"context.identity.apiKeyId":"k","context.authorizer.tenant":"acme","code":200,"at.ms":1791633600000}"#,
        r#"{"context":{"identity":{"apiKeyId":"k"},"authorizer":{"tenant":"acme"}},"code":200,"at":{"ms":1791633600000}}"#,
        r#"{"context":{"identity.apiKeyId":"k"},"context.authorizer":{"tenant":"acme"},"code":"200","at":{"ms":"1791633600"}}"#,
    ] {
        assert_eq!(
            counts(&read_bytes(line.as_bytes(), &fields).expect(line)),
            (vec![("acme", 1)], 0, 0),
            "{line}"
        );
    }
    let own_time_only =
        r#"{"context.identity.apiKeyId":"k","context.authorizer.tenant":"a","code":200,"ts":1791633600000}"#;
    let why = read_bytes(own_time_only.as_bytes(), &fields).expect_err("no time").to_string();
    assert!(why.contains("line 1: it has no time in the field at.ms"), "{why}");
}

#[test]
fn the_time_of_a_call_wins_over_that_of_its_event() {
    let september = event(TIMES[2], &call(TIMES[0]));
    assert_eq!(counts(&read_text(&september)), (vec![("acme", 1)], 0, 0));
    assert_eq!(counts(&read_text(&event(TIMES[0], &call(TIMES[2])))), (vec![], 1, 0));
}

#[test]
fn a_log_with_too_many_names_is_refused() {
    let log = lines((0..4).map(|number| call(TIMES[0]).replace("acme", &format!("tenant {number}"))));
    let month = DayRange::parse_month("2026-10").expect("a month");
    let read = |max_combinations| {
        let (fields, go_on) = (AccessLogFields::default(), &|_| ControlFlow::Continue(()));
        Reader::new(&fields, month.into(), go_on, max_combinations).read(log.as_bytes())
    };
    assert_eq!(read(4).expect("a log").logged.len(), 4);
    assert!(matches!(read(3), Err(AccessLogError::TooManyNames)));
}

#[test]
fn lines_that_are_no_dated_call_are_never_charged_and_are_listed_by_number() {
    let log = [
        &call(TIMES[0]),
        "",
        "not json",
        UNDATED,
        r#"{"tenant":"acme","status":"200"}"#,
        r#"{"apiKeyId":"k","status":"200"}"#,
        r#"{"apiKeyId":"k","tenant":"acme","status":"ok"}"#,
        r#"{"apiKeyId":"-","tenant":"acme","status":"200"}"#,
        r#"{"apiKeyId":"k","tenant":"#,
        r#"["apiKeyId"]"#,
        "[INFO] started",
        &call(TIMES[1]),
    ]
    .join("\n");
    let calls = read_text(&log);
    assert_eq!(counts(&calls), (vec![("acme", 2)], 0, 9), "{:?}", calls.first_bad_lines);
    let numbers: Vec<_> = calls.first_bad_lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let remarks = calls.remarks().join("\n");
    assert!(remarks.contains("line 4 of the access log is skipped: it has no time"), "{remarks}");
}

#[test]
fn calls_without_a_tenant_or_an_api_key_outside_the_time_and_refused_are_counted_apart() {
    let line = |api_key: &str, tenant: &str, status: u16, millis: i64| {
        format!(r#"{{"apiKeyId":{api_key},"tenant":{tenant},"status":{status},"ts":{millis}}}"#)
    };
    let log = lines([
        line(r#""k""#, r#""-""#, 200, TIMES[0]),
        line(r#""k""#, "null", 200, TIMES[0]),
        format!(r#"{{"apiKeyId":"k","status":"200","ts":{}}}"#, TIMES[1]),
        line(r#""k""#, r#""-""#, 200, TIMES[2]),
        line(r#""-""#, r#""acme""#, 200, TIMES[0]),
        line(r#""-""#, r#""-""#, 403, TIMES[0]),
        line(r#""-""#, r#""-""#, 403, TIMES[2]),
        line(r#""k""#, r#""acme""#, 429, TIMES[0]),
        line(r#""k""#, r#""-""#, 429, TIMES[0]),
        line(r#""k""#, r#""acme""#, 200, TIMES[0]),
    ]);
    let calls = read_text(&log);
    assert_eq!(counts(&calls), (vec![("acme", 1)], 2, 0), "{:?}", calls.first_bad_lines);
    assert_eq!(calls.logged.without_tenant().collect::<Vec<_>>(), [(&"k".into(), 3)]);
    assert_eq!((calls.without_key, calls.logged.refused_count), (1, 3));
    assert_eq!(calls.logged.limited_calls(&"k".into()), 2);
    assert_eq!(
        calls.remarks(),
        [
            "the access log has 3 calls refused by API Gateway: not counted",
            "the access log has 2 calls outside 2026-10",
            "the access log has 1 call without an API key",
        ]
    );
}

#[test]
fn calls_that_api_gateway_refused_are_not_calls_of_the_plan_and_answers_of_the_backend_are() {
    let answers = [
        (r#""status":"200""#, true),
        (r#""status":500"#, true),
        (r#""status":"403""#, false),
        (r#""status":429"#, false),
        (r#""status":"403","err":"-""#, true),
        (r#""status":"503","err":"THROTTLED""#, false),
        (r#""status":"500","err":"INTEGRATION_FAILURE""#, true),
        (r#""status":"403","err":"Forbidden""#, false),
        (r#""error":{"responseType":"QUOTA_EXCEEDED"}"#, false),
        (r#""err":"-""#, true),
    ];
    for (answer, is_charged) in answers {
        let log = format!(r#"{{"apiKeyId":"k","tenant":"acme","ts":{},{answer}}}"#, TIMES[0]);
        let calls = read_text(&log);
        assert_eq!(calls.logged.refused_count, u64::from(!is_charged), "{answer}");
        assert_eq!(calls.logged.iter().count(), usize::from(is_charged), "{answer}");
    }
}

#[test]
fn a_log_of_which_nothing_can_be_read_is_refused_with_the_format_that_would_do() {
    let clf = r#"203.0.113.9 - - [10/Oct/2026:12:00:00 +0000] "GET /pets/{id} HTTP/1.1" 200 17 r1"#;
    for (log, why) in [
        (clf, "line 1: it is in the format CLF, which does not name the API key"),
        ("203.0.113.9,-,-,k1,curl/8,10/Oct/2026:12:00:00 +0000,GET,/api,HTTP/1.1,200", "the format CSV"),
        ("<request id=\"r1\"><status>200</status></request>", "the format XML"),
        ("\nGET /pets 200\n", "line 2: it is not a JSON object"),
        (UNDATED, "it has no time"),
        (r#"{"key_id":"k1","tenant":"acme"}"#, "it has no field apiKeyId for the API key"),
        (r#"{"events":[],"nextToken":"n"}"#, "it is empty"),
        ("[]", "it is empty"),
        ("", "it is empty"),
        ("\u{feff}", "it is empty"),
    ] {
        let error = read_bytes(log.as_bytes(), &AccessLogFields::default()).expect_err(log);
        assert!(error.to_string().contains(why), "{error}: {log}");
        let hint = error.hint().expect("a hint");
        assert!(hint.contains(r#""apiKeyId":"$context.identity.apiKeyId""#), "{hint}");
    }
}

#[test]
fn truncated_and_wrongly_encoded_logs_are_errors() {
    let log = compress(lines(TIMES.map(call)).as_bytes());
    for cut in [log.len() - 1, log.len() / 2, 12, 3] {
        let why = why_unusable(&log[..cut]);
        assert!(why.starts_with("cannot be read: "), "{cut}: {why}");
    }
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(why_unusable(&utf16).contains("UTF-16"), "{}", why_unusable(&utf16));
}

#[test]
fn a_document_that_ends_early_or_breaks_keeps_its_calls_and_is_a_bad_line() {
    let events = TIMES.map(|millis| event(millis, UNDATED));
    let page = format!("{{\n\"events\": [\n{}\n", events.join(",\n"));
    let calls = read_text(&page);
    assert_eq!(counts(&calls), (vec![("acme", 2)], 1, 1), "{:?}", calls.first_bad_lines);
    // The next page follows where the first one breaks.
    let calls = read_text(&format!("{page}{page}]}}\n{}", call(TIMES[0])));
    assert_eq!(counts(&calls), (vec![("acme", 5)], 2, 1), "{:?}", calls.first_bad_lines);
}

#[test]
fn hostile_lines_are_bad_lines_and_take_bounded_memory() {
    let long = "x".repeat(10 << 20);
    let deep = "[".repeat(1 << 20);
    for (name, hostile) in [
        ("text", long.clone()),
        ("a long value", format!(r#"{{"apiKeyId":"{long}""#)),
        ("a long event", event(TIMES[0], &long)),
        ("a long event of a page", format!(r#"{{"events":[{}]}}"#, event(TIMES[0], &long))),
        (
            "a call of a page with a long field",
            format!(r#"[{}]"#, dated(&format!(r#""ts":{},"path":"{}""#, TIMES[0], &long[..100_000]))),
        ),
        ("a long tenant", call(TIMES[0]).replace("acme", &long[..300])),
        ("NUL bytes", "{\0\0}".to_owned()),
        ("deep arrays", deep.clone()),
        ("deep objects", r#"{"a":"#.repeat(1 << 20)),
        ("deep values", format!(r#"{{"a":{}}}"#, &deep[..1_000])),
    ] {
        let calls = read_text(&format!("{hostile}\n{}\n", call(TIMES[0])));
        assert_eq!(counts(&calls), (vec![("acme", 1)], 0, 1), "{name}: {:?}", calls.first_bad_lines);
    }
    let invalid = [b"{\"apiKeyId\":\"\xff\xfe\",\"tenant\":\"a\"}\n", call(TIMES[0]).as_bytes()].concat();
    assert_eq!(read_bytes(&invalid, &AccessLogFields::default()).expect("a call").bad_lines, 1);
}

#[test]
fn a_gzip_bomb_is_read_as_a_stream() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..64 {
        bomb.write_all(&vec![b'0'; 1 << 20]).expect("in memory");
    }
    let bomb = bomb.finish().expect("in memory");
    assert!(why_unusable(&bomb).contains("line 1: it is too long"));
}

#[test]
fn the_progress_counts_lines_and_can_stop_the_reading() {
    let log = lines(std::iter::repeat_n(call(TIMES[0]), 120_000));
    let month = DayRange::parse_month("2026-10").expect("a month");
    let reported = RefCell::new(Vec::new());
    let read = |limit: u64| {
        read_access_log(log.as_bytes(), &AccessLogFields::default(), month.into(), &|lines| {
            reported.borrow_mut().push(lines);
            if lines < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    };
    assert_eq!(counts(&read(u64::MAX).expect("all lines")).0, [("acme", 120_000)]);
    assert_eq!(reported.borrow_mut().drain(..).collect::<Vec<_>>(), [50_000, 100_000]);
    assert!(matches!(read(50_000), Err(AccessLogError::Cancelled)));
}
