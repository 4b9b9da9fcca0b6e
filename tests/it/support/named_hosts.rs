//! A proxy through which a local AWS is reached at any host name over http, so that it counts as another machine.
//!
//! It refuses tunnels, so nothing is sent over https.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

pub(crate) struct NamedHosts(SocketAddr);

impl NamedHosts {
    /// Starts a proxy for an endpoint such as `http://127.0.0.1:1234`.
    pub(crate) fn start(endpoint: &str) -> Self {
        let target = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let target = target.clone();
                std::thread::spawn(move || serve(&client, &target));
            }
        });
        Self(address)
    }

    /// The value of `HTTP_PROXY` and `HTTPS_PROXY`.
    pub(crate) fn proxy(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Serves the one request of a connection; `None` if it breaks.
fn serve(client: &TcpStream, target: &str) -> Option<()> {
    let mut reader = BufReader::new(client);
    let mut client = client;
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "host" | "connection" | "proxy-connection" => continue,
            _ => {}
        }
        headers += &line;
    }
    if first.starts_with("CONNECT ") {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").ok();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (method, url) = first.split_once(' ')?;
    let (_, below_scheme) = url.split_once("://")?;
    let path = &below_scheme[below_scheme.find('/')?..];
    let mut server = TcpStream::connect(target).ok()?;
    let head = format!("{method} {path}Host: {target}\r\nConnection: close\r\n{headers}\r\n");
    server.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    io::copy(&mut server, &mut client).ok()?;
    client.shutdown(std::net::Shutdown::Both).ok()
}
