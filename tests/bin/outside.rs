//! Stages that look at the outside world without declaring it, each in one way, and two that do not look at it at all.

use std::io::{BufRead, Read};
use std::path::Path;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Config {
    path: String,
    address: String,
    database: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "words.txt".to_owned(),
            address: "http://127.0.0.1:9/".to_owned(),
            database: "words.sqlite".to_owned(),
        }
    }
}

mod reading {
    use std::fs as files;

    pub(crate) fn words(path: &str) -> std::io::Result<String> {
        deeper(path)
    }

    fn deeper(path: &str) -> std::io::Result<String> {
        deepest(path)
    }

    #[expect(clippy::disallowed_methods, reason = "this is what is tested")]
    fn deepest(path: &str) -> std::io::Result<String> {
        files::read_to_string(path)
    }
}

/// A file through three helpers, its path a text.
#[stage]
fn file(path: &str) -> Result<String> {
    Ok(reading::words(path)?)
}

/// Whether there is something at a path.
#[stage]
fn presence(path: &str) -> bool {
    Path::new(path).exists()
}

/// A source that the stage makes for itself.
#[stage]
fn own_source(path: &str) -> Result<String> {
    Ok(File::new(path).read_text()?)
}

/// An address, by a client.
#[stage]
fn address(address: &str) -> Result<String> {
    Ok(ureq::get(address).call()?.body_mut().read_to_string()?)
}

/// The same, by a socket.
#[stage]
fn socket(address: &str) -> Result<String> {
    use std::io::Write;
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut connection = std::net::TcpStream::connect(host)?;
    connection.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A database.
#[stage]
fn database(path: &str) -> Result<String> {
    let connection = rusqlite::Connection::open(path)?;
    Ok(connection.query_row("SELECT word FROM words", [], |row| row.get(0))?)
}

/// The clock.
#[stage]
#[expect(clippy::disallowed_methods, reason = "this is what is tested")]
fn clock() -> Result<u64> {
    let now = std::time::SystemTime::now();
    Ok(now.duration_since(std::time::UNIX_EPOCH)?.as_nanos() as u64)
}

/// A variable.
#[stage]
fn variable() -> String {
    std::env::var("WORD").unwrap_or_default()
}

/// Random numbers without a seed.
#[stage]
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(1)
}

/// Another program.
#[stage]
fn program(path: &str) -> Result<String> {
    let output = std::process::Command::new("cat").arg(path).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

mod warehouse {
    /// Stands for a client that nobody knows but the project.
    pub(crate) fn fetch() -> u8 {
        7
    }
}

/// What `mlops.toml` may call a look at the outside world.
#[stage]
fn stock() -> u8 {
    warehouse::fetch()
}

/// Words from memory: readers that read no file.
#[stage]
fn memory() -> Result<usize> {
    let mut text = std::io::Cursor::new("a\nb\n");
    let mut first = String::new();
    text.read_line(&mut first)?;
    Ok(text.lines().count() + first.len())
}

/// A duration that is computed, a path that is taken apart, and a map in order.
#[stage]
fn arithmetic(path: &str) -> Result<String> {
    let minute = std::time::Duration::from_secs(60);
    let name = Path::new(path).file_name().unwrap_or_default();
    let sizes = std::collections::BTreeMap::from([(name.to_string_lossy(), minute.as_secs())]);
    Ok(format!("{sizes:?}"))
}

#[derive(Outputs)]
struct Looks {
    file: Handle<String>,
    presence: Handle<bool>,
    own_source: Handle<String>,
    address: Handle<String>,
    socket: Handle<String>,
    database: Handle<String>,
    clock: Handle<u64>,
    variable: Handle<String>,
    random: Handle<u64>,
    program: Handle<String>,
    stock: Handle<u8>,
    memory: Handle<usize>,
    arithmetic: Handle<String>,
}

fn looks(config: &Config) -> Looks {
    Looks {
        file: file(&config.path),
        presence: presence(&config.path),
        own_source: own_source(&config.path),
        address: address(&config.address),
        socket: socket(&config.address),
        database: database(&config.database),
        clock: clock(),
        variable: variable(),
        random: random(),
        program: program(&config.path),
        stock: stock(),
        memory: memory(),
        arithmetic: arithmetic(&config.path),
    }
}

fn main() -> ExitCode {
    mlops::app().pipeline("looks", looks).main()
}
