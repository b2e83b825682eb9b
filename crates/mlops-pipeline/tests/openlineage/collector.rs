//! A collector on this machine that answers as a test wants it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
    /// What it was answered.
    pub(crate) status: u16,
}

/// Listens on 127.0.0.1 until the test ends.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Collector {
    /// Answers the n-th request (from 0) with `answer(n, body)`.
    pub(crate) fn start(answer: impl Fn(usize, &str) -> u16 + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap(), answer)
    }

    pub(crate) fn start_on(
        address: SocketAddr,
        answer: impl Fn(usize, &str) -> u16 + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let kept = Arc::clone(&requests);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                thread::spawn(move || {
                    let _ = serve(&stream.unwrap(), &kept, &*answer);
                });
            }
        });
        Self { address, requests }
    }

    /// An address where nobody listens.
    pub(crate) fn nobody() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    }

    /// An address that takes connections and never answers.
    pub(crate) fn mute() -> (SocketAddr, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (listener.local_addr().unwrap(), listener)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The events that were taken, in order.
    pub(crate) fn taken(&self) -> Vec<Value> {
        self.requests()
            .into_iter()
            .filter(|request| request.status < 300)
            .map(|request| serde_json::from_str(&request.body).unwrap())
            .collect()
    }
}

fn serve(
    stream: &TcpStream,
    kept: &Mutex<Vec<Request>>,
    answer: &dyn Fn(usize, &str) -> u16,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let (mut length, mut authorization) = (0, None);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "authorization" => authorization = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8(body).unwrap();
        let status = {
            let mut kept = kept.lock().unwrap();
            let status = answer(kept.len(), &body);
            kept.push(Request {
                path: first.split(' ').nth(1).unwrap().to_owned(),
                authorization: authorization.clone(),
                body,
                status,
            });
            status
        };
        // A careless collector repeats what it was sent.
        let text = format!("you said {}", authorization.unwrap_or_default());
        write!(
            &mut &*stream,
            "HTTP/1.1 {status} Answer\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )?;
    }
}
