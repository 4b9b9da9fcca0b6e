//! The client against minimal servers: what is sent, and what never is.

mod tls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::*;

const KEY: &str = "k0123456789abcdefghijklmnopqrstuvwxyz";

/// Accepts one connection and calls `respond` on it. The thread returns the request head.
fn server(respond: impl FnOnce(&mut TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let head = read_head(&stream);
        respond(&mut stream);
        head
    });
    (address, thread)
}

fn read_head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines();
    let mut head = String::new();
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            break;
        }
        head += &line;
        head.push('\n');
    }
    head
}

fn respond_with(text: impl Into<String>) -> impl FnOnce(&mut TcpStream) + Send + 'static {
    let text = text.into();
    move |stream| {
        // The client may close the connection before the end of a long body.
        let _ = stream.write_all(text.as_bytes());
    }
}

fn request(address: SocketAddr) -> CallRequest {
    CallRequest {
        invoke_url: format!("http://{address}/prod"),
        method: "GET".into(),
        path: "/api".into(),
        ..Default::default()
    }
}

async fn send(request: &CallRequest, timeout: Duration) -> Result<ApiResponse, CallError> {
    let client = ProtectedApi::new(TlsContext::default()).with_timeout(timeout);
    client.send(&request.check().expect("a valid request"), &Secret::new(KEY)).await
}

#[tokio::test]
async fn sends_the_key_and_reads_the_response() {
    let (address, thread) = server(respond_with(
        "HTTP/1.1 429 Slow\r\nx-amzn-ErrorType: LimitExceededException:http://x\r\ncontent-length: 2\r\n\r\nhi",
    ));
    let mut request = request(address);
    request.headers = vec![("X-Note".into(), "one".into()), ("x-note".into(), "two".into())];
    let response = send(&request, CALL_TIMEOUT).await.expect("a response");
    assert_eq!((response.status, response.error_type()), (429, Some("LimitExceededException")));
    assert_eq!((response.body.as_str(), response.is_truncated), ("hi", false));
    let head = thread.join().expect("served").to_lowercase();
    assert!(head.starts_with("get /prod/api http/1.1\n"), "{head}");
    for line in [&format!("x-api-key: {KEY}"), "x-note: one", "x-note: two", &format!("host: {address}")] {
        assert_eq!(head.lines().filter(|received| *received == line).count(), 1, "{line} in {head}");
    }
}

#[tokio::test]
async fn sends_a_body_with_its_length() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let mut request = request(listener.local_addr().expect("bound"));
    request.method = "POST".into();
    request.body = r#"{"name":"rex"}"#.into();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut sent = Vec::new();
        let mut buffer = [0; 1024];
        while !sent.ends_with(b"}") {
            let count = stream.read(&mut buffer).expect("more");
            sent.extend_from_slice(&buffer[..count]);
        }
        stream.write_all(b"HTTP/1.1 204 Done\r\n\r\n").expect("sent");
        String::from_utf8(sent).expect("text")
    });
    assert_eq!(send(&request, CALL_TIMEOUT).await.expect("a response").status, 204);
    let sent = thread.join().expect("served");
    assert!(
        sent.contains("content-length: 14\r\n") && sent.ends_with("\r\n\r\n{\"name\":\"rex\"}"),
        "{sent}"
    );
}

#[tokio::test]
async fn redirects_are_returned_and_never_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("loopback");
    elsewhere.set_nonblocking(true).expect("nonblocking");
    let target = elsewhere.local_addr().expect("bound");
    let (address, thread) = server(respond_with(format!(
        "HTTP/1.1 302 Go\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n"
    )));
    let response = send(&request(address), CALL_TIMEOUT).await.expect("a response");
    assert_eq!(response.status, 302);
    assert!(response.headers.contains(&("location".into(), format!("http://{target}/"))));
    thread.join().expect("served");
    assert_eq!(elsewhere.accept().expect_err("no connection").kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn long_bodies_are_truncated() {
    let body = "a".repeat(3 * MAX_BODY_BYTES);
    let (address, thread) =
        server(respond_with(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())));
    let response = send(&request(address), CALL_TIMEOUT).await.expect("a response");
    assert_eq!((response.body.len(), response.is_truncated), (MAX_BODY_BYTES, true));
    thread.join().expect("served");
}

#[tokio::test]
async fn invalid_utf8_is_replaced() {
    let (address, _thread) = server(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nx-odd: \xff\r\ncontent-length: 2\r\n\r\n\xfe!").expect("sent");
    });
    let response = send(&request(address), CALL_TIMEOUT).await.expect("a response");
    assert_eq!(response.body, "\u{fffd}!");
    assert!(response.headers.contains(&("x-odd".into(), "\u{fffd}".into())));
}

#[tokio::test]
async fn stalled_responses_time_out() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (address, thread) = server(move |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").expect("sent");
        let _ = held.recv();
    });
    let timeout = Duration::from_millis(50);
    assert_eq!(send(&request(address), timeout).await, Err(CallError::TimedOut(timeout)));
    drop(hold);
    thread.join().expect("served");
}

#[tokio::test]
async fn connection_errors_explain_the_cause_and_hide_the_key() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let closed = listener.local_addr().expect("bound");
    drop(listener);
    let refused = send(&request(closed), CALL_TIMEOUT).await.expect_err("refused");
    assert!(refused.to_string().contains("refused"), "{refused}");

    let (address, thread) = server(|_| {});
    let dropped = send(&request(address), CALL_TIMEOUT).await.expect_err("no response");
    assert!(!format!("{refused:?} {dropped:?}").contains(KEY));
    thread.join().expect("served");
}

#[tokio::test]
async fn keys_invalid_in_headers_are_refused_and_hidden() {
    let client = ProtectedApi::new(TlsContext::default());
    let checked = request("127.0.0.1:9".parse().expect("address")).check().expect("a valid request");
    let failure = client.send(&checked, &Secret::new("a\r\nhost: b")).await.expect_err("refused");
    assert!(failure.to_string().contains("not allowed in headers"), "{failure}");
    assert!(!format!("{client:?} {failure:?}").contains("host: b"));
}
