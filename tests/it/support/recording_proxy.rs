//! A TCP proxy that forwards connections unchanged and records which write requests passed through.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// DynamoDB operations that write. Every DynamoDB request is a POST, so only the operation name distinguishes them.
const TABLE_WRITES: [&str; 7] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchWriteItem",
    "CreateTable",
    "DeleteTable",
];

pub(crate) struct RecordingProxy {
    address: SocketAddr,
    request_bytes: Arc<Mutex<Vec<u8>>>,
}

impl RecordingProxy {
    /// Starts a proxy for an endpoint such as `http://127.0.0.1:1234`.
    pub(crate) fn start(endpoint: &str) -> Self {
        Self::start_renaming(endpoint, "", "")
    }

    /// Starts a proxy for an endpoint that knows itself by another name than its callers.
    pub(crate) fn start_renaming(endpoint: &str, name: &'static str, name_at_endpoint: &'static str) -> Self {
        let target = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let request_bytes = Arc::new(Mutex::new(Vec::new()));
        let recorded = request_bytes.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&target) else { continue };
                let (to_client, from_server) = (client.try_clone(), server.try_clone());
                let recorded = recorded.clone();
                std::thread::spawn(move || {
                    forward(client, server, |bytes| {
                        recorded.lock().expect("lock").extend(&bytes);
                        replace(bytes, name, name_at_endpoint)
                    })
                });
                if let (Ok(to_client), Ok(from_server)) = (to_client, from_server) {
                    std::thread::spawn(move || forward(from_server, to_client, |bytes| bytes));
                }
            }
        });
        Self { address, request_bytes }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The write requests since the last call of this method, in order.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.request_bytes.lock().expect("lock"));
        let text = String::from_utf8_lossy(&bytes);
        let calls = text.lines().filter_map(|line| parse_write(line.trim_end()));
        calls.collect()
    }
}

/// Parses a write request from a line, which may follow the previous body without a line break.
fn parse_write(line: &str) -> Option<String> {
    if let Some((_, target)) = line.split_once(": DynamoDB_") {
        let operation = target.rsplit('.').next()?;
        return TABLE_WRITES.contains(&operation).then(|| operation.to_owned());
    }
    let (before, path) = line.strip_suffix(" HTTP/1.1")?.rsplit_once(' ')?;
    let verb = ["PUT", "PATCH", "DELETE", "POST"].into_iter().find(|verb| before.ends_with(verb))?;
    (path != "/").then(|| format!("{verb} {path}"))
}

/// Replaces a name in the head of a request, which is read at once.
fn replace(bytes: Vec<u8>, name: &str, other: &str) -> Vec<u8> {
    match String::from_utf8(bytes) {
        Ok(text) if !name.is_empty() => text.replace(name, other).into_bytes(),
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, convert: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&convert(buffer[..count].to_vec())).is_err() {
            break;
        }
    }
    // Signals end of input to the other side, which may already have closed the connection.
    let _ = to.shutdown(std::net::Shutdown::Write);
}
