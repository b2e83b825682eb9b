//! A server of one content, which every path gives.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// It lives as long as the test's process.
pub(super) struct Server {
    port: u16,
    /// More lines of the head, and the body.
    gives: Arc<Mutex<(String, String)>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let gives = Arc::<Mutex<(String, String)>>::default();
        let given = Arc::clone(&gives);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &given.lock().unwrap());
            }
        });
        Self { port, gives }
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn gives(&self, headers: &str, body: &str) {
        *self.gives.lock().unwrap() = (headers.to_owned(), body.to_owned());
    }
}

fn answer(mut stream: TcpStream, (headers, body): &(String, String)) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    let length = body.len();
    let body = if head.starts_with(b"HEAD ") { "" } else { body };
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
    let _ = stream.write_all(answer.as_bytes());
}
