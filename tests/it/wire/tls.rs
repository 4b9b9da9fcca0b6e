//! `http://` to a server that speaks TLS, and `https://` to one that does not: the error says which to write.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use keypool::aws::{Aws, Failure};

use super::support::{read_inventory_result, target};

/// What a server does with a request that is not a TLS handshake.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Close,
    Alert,
    BadRequest,
}

/// The first byte of a TLS record with a handshake.
const HANDSHAKE: u8 = 22;
/// A fatal alert, as the start of a server's TLS.
const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];
/// The start of a server's part of a handshake.
const SERVER_HELLO: [u8; 7] = [HANDSHAKE, 3, 3, 0, 90, 2, 0];

/// Starts a server for any number of connections, and returns its host and port.
fn serve(speaks_tls: bool, answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || respond(&mut stream, speaks_tls, answer));
        }
    });
    address.to_string()
}

fn respond(stream: &mut TcpStream, speaks_tls: bool, answer: Answer) {
    let mut start = [0; 4096];
    let read = stream.read(&mut start).unwrap_or(0);
    let is_handshake = read > 0 && start[0] == HANDSHAKE;
    // The client may be gone already.
    let _ = match (is_handshake, answer) {
        (true, Answer::Alert) if speaks_tls => stream.write_all(&ALERT),
        (true, _) if speaks_tls => stream.write_all(&SERVER_HELLO),
        (true, _) | (false, Answer::Close) => Ok(()),
        (false, Answer::Alert) => stream.write_all(&ALERT),
        (false, Answer::BadRequest) => {
            let body = "The plain HTTP request was sent to HTTPS port";
            let length = body.len();
            let head =
                format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream.write_all((head + body).as_bytes())
        }
    };
}

/// The cause of the failed connection, and the hint.
async fn failure(url: &str) -> (String, String) {
    let aws = Aws::connect(&target(url)).await.expect("a connection");
    let failure = read_inventory_result(&aws).await.expect_err("no AWS there");
    let hint = failure.hint().unwrap_or_default();
    match failure {
        Failure::Unreachable { cause, .. } => (cause, hint),
        other => (format!("{other:?}"), hint),
    }
}

#[tokio::test]
async fn a_server_that_speaks_tls_is_recognised_whatever_it_does_with_plain_http() {
    for answer in [Answer::Close, Answer::Alert, Answer::BadRequest] {
        let (cause, hint) = failure(&format!("http://{}", serve(true, answer))).await;
        assert_eq!(cause, "it speaks TLS on this port", "{answer:?}");
        assert!(hint.contains("write https:// instead of http://"), "{hint}");
    }
    for answer in [Answer::Close, Answer::BadRequest] {
        let (cause, hint) = failure(&format!("http://{}", serve(false, answer))).await;
        assert!(!cause.contains("TLS") && !hint.contains("https://"), "{answer:?}: {cause}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_recognised() {
    let local = super::support::start_local_aws(keypool_local_aws::World::Empty).await.0;
    let endpoint = local.endpoint().replace("http://", "https://");
    let closing = format!("https://{}", serve(false, Answer::Close));
    for (url, expected) in [
        (endpoint, "it does not speak TLS on this port"),
        (closing, "it closes the connection during the TLS handshake"),
    ] {
        let (cause, hint) = failure(&url).await;
        assert_eq!(cause, expected);
        assert!(hint.contains("write http:// instead of https://"), "{hint}");
    }
}
