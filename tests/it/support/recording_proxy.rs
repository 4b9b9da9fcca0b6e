//! A tap on the wire: connections go through it unchanged, and it tells which calls that write went by.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// DynamoDB's operations that change something; everything there is a POST.
const TABLE_WRITES: [&str; 7] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchWriteItem",
    "CreateTable",
    "DeleteTable",
];

/// A port that leads to an endpoint.
pub(crate) struct RecordingProxy {
    address: SocketAddr,
    request_bytes: Arc<Mutex<Vec<u8>>>,
}

impl RecordingProxy {
    /// Listens for connections to an endpoint such as `http://127.0.0.1:1234`.
    pub(crate) fn start(endpoint: &str) -> Self {
        let target = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = heard.clone();
        std::thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let Ok(answerer) = TcpStream::connect(&target) else { continue };
                let (back, forth) = (caller.try_clone(), answerer.try_clone());
                let ear = ear.clone();
                std::thread::spawn(move || {
                    forward(caller, answerer, |bytes| ear.lock().expect("ear").extend(bytes))
                });
                if let (Ok(back), Ok(forth)) = (back, forth) {
                    std::thread::spawn(move || forward(forth, back, |_| ()));
                }
            }
        });
        Self { address, request_bytes: heard }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls that wrote since the last time this was asked, in order.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.request_bytes.lock().expect("ear"));
        let text = String::from_utf8_lossy(&bytes);
        let calls = text.lines().filter_map(|line| parse_write(line.trim_end()));
        calls.collect()
    }
}

/// The call that writes in a line of a request, which may follow a body without a line break.
fn parse_write(line: &str) -> Option<String> {
    if let Some((_, target)) = line.split_once(": DynamoDB_") {
        let operation = target.rsplit('.').next()?;
        return TABLE_WRITES.contains(&operation).then(|| operation.to_owned());
    }
    let (before, path) = line.strip_suffix(" HTTP/1.1")?.rsplit_once(' ')?;
    let verb = ["PUT", "PATCH", "DELETE", "POST"].into_iter().find(|verb| before.ends_with(verb))?;
    (path != "/").then(|| format!("{verb} {path}"))
}

fn forward(mut from: TcpStream, mut to: TcpStream, hear: impl Fn(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        hear(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // Whoever is at the other end learns that no more comes; it may have gone first.
    let _ = to.shutdown(std::net::Shutdown::Write);
}
