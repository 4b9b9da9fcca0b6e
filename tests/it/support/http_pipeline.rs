//! Sends many plain HTTP requests over one connection by pipelining, which is fast and needs no SDK.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

pub(crate) struct PipelinedConnection {
    stream: TcpStream,
    host: String,
}

impl PipelinedConnection {
    pub(crate) fn connect(endpoint: &str) -> Self {
        let host = endpoint.strip_prefix("http://").expect("an http endpoint").to_owned();
        Self { stream: TcpStream::connect(&host).expect("a connection"), host }
    }

    /// Sends the requests and returns the response statuses in order.
    pub(crate) fn send_all<B: AsRef<str>>(
        self,
        requests: impl IntoIterator<Item = (&'static str, String, B)>,
    ) -> Vec<u16> {
        let host = self.host;
        let messages = requests.into_iter().map(|(verb, path, body)| {
            let body = body.as_ref();
            format!("{verb} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        });
        send_pipelined(&self.stream, &messages.collect::<Vec<_>>())
    }
}

/// Sends the requests and returns the response statuses in order.
///
/// Writes on a separate thread, because the server stops reading when its responses are not read.
pub(crate) fn send_pipelined(stream: &TcpStream, requests: &[String]) -> Vec<u16> {
    std::thread::scope(|scope| {
        let mut writer = stream.try_clone().expect("the same connection");
        scope.spawn(move || {
            requests.iter().for_each(|request| writer.write_all(request.as_bytes()).expect("written"))
        });
        let mut reader = BufReader::new(stream);
        requests.iter().map(|_| read_status(&mut reader)).collect()
    })
}

/// Reads one response and returns its status.
fn read_status(reader: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a status line");
    let status = line.split(' ').nth(1).expect("a status").parse().expect("a number");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).expect("a body");
    status
}
