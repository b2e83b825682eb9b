//! A server that says what it is told to, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Told {
    /// By method; the empty one is for all.
    answers: Vec<(&'static str, Vec<u8>)>,
    pause: Option<Duration>,
    stays_silent: bool,
    requests: Vec<String>,
}

/// It lives as long as the test's process.
pub(super) struct Server {
    port: u16,
    told: Arc<Mutex<Told>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Told>>::default();
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = Arc::clone(&heard);
                std::thread::spawn(move || converse(stream, &told));
            }
        });
        Self { port, told }
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// From here on, every request is answered so, and the connection closed.
    pub(super) fn answers(&self, answer: impl AsRef<str>) {
        *self.told.lock().unwrap() = Told {
            answers: vec![("", answer.as_ref().as_bytes().to_vec())],
            requests: self.requests(),
            ..Told::default()
        };
    }

    /// The same for one method.
    pub(super) fn answers_to(&self, method: &'static str, answer: impl AsRef<str>) {
        let mut told = self.told.lock().unwrap();
        told.answers
            .push((method, answer.as_ref().as_bytes().to_vec()));
    }

    /// The same, but the connection stays open without another word.
    pub(super) fn answers_and_waits(&self, beginning: &str) {
        self.answers(beginning);
        self.told.lock().unwrap().stays_silent = true;
    }

    /// The same, with a pause before each byte of the content.
    pub(super) fn answers_slowly(&self, answer: &str, pause: Duration) {
        self.answers(answer);
        self.told.lock().unwrap().pause = Some(pause);
    }

    /// The heads of all requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.told.lock().unwrap().requests.clone()
    }
}

fn converse(mut stream: TcpStream, told: &Mutex<Told>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let (mut answer, pause, stays_silent) = {
        let mut told = told.lock().unwrap();
        let fits = |method: &str| head.starts_with(method);
        let found = told.answers.iter().find(|(method, _)| fits(method));
        let answer = found.map(|(_, answer)| answer.clone()).unwrap_or_default();
        told.requests.push(head.clone());
        (answer, told.pause, told.stays_silent)
    };
    if head.starts_with("HEAD ")
        && let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n")
    {
        answer.truncate(end + 4);
    }
    match pause {
        None => {
            let _ = stream.write_all(&answer);
        }
        Some(pause) => {
            let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
            let (head, content) = answer.split_at(end.unwrap_or_default() + 4);
            let _ = stream.write_all(head);
            for byte in content {
                std::thread::sleep(pause);
                let _ = stream.write_all(&[*byte]);
            }
        }
    }
    if stays_silent {
        std::thread::sleep(Duration::from_secs(60));
    }
}
