//! Stages that look at the world outside without saying so, each in one way, and beside them stages that say so or do not look.
//! `verify --hermetic` has to name what the first ones do, and nothing of the others.
#![expect(
    clippy::disallowed_methods,
    reason = "what no stage should do is done here on purpose"
)]

use std::net::{TcpStream, ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Config {
    /// What the stages that say so read.
    file: File,
    folder: Folder,
    files: Glob,
    mode: EnvVar,
    as_of: Now,
    exactly: Now,
    page: Url,
    /// What the others do.
    path: String,
    list: String,
    port: u16,
    written: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: File::new("declared.txt"),
            folder: Folder::new("declared"),
            files: Glob::new("declared/*.txt"),
            mode: EnvVar::new("OUTSIDE_MODE"),
            as_of: Now::day(),
            exactly: Now::exact(),
            page: Url::default(),
            path: "undeclared.txt".to_owned(),
            list: "undeclared".to_owned(),
            port: 9,
            written: "written.txt".to_owned(),
        }
    }
}

/// Looks at nothing.
#[stage]
fn pure(numbers: &[f64]) -> f64 {
    let begun = Instant::now();
    let map: std::collections::HashMap<u64, f64> = numbers
        .iter()
        .map(|number| (number.to_bits(), *number))
        .collect();
    let mut sorted: Vec<f64> = map.into_values().collect();
    sorted.sort_by(f64::total_cmp);
    // A stopwatch is no clock.
    assert!(begun.elapsed() < Duration::from_secs(600));
    sorted.iter().sum()
}

/// Works on as many threads as there are processors.
#[stage]
fn on_threads(numbers: &[f64]) -> Result<f64> {
    let threads = std::thread::available_parallelism()?.get();
    let sums = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || numbers.iter().skip(thread).step_by(threads).count()))
            .collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_default())
            .sum::<usize>()
    });
    Ok(sums as f64)
}

/// Waits on a runtime.
#[stage]
async fn on_a_runtime(numbers: &[f64]) -> f64 {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let count = numbers.len();
    tokio::task::spawn_blocking(move || count as f64)
        .await
        .unwrap_or_default()
}

/// Reads what it declares, and says so in the context's own folder.
#[stage]
fn declared(cx: &StageContext, file: &File, folder: &Folder) -> Result<u64> {
    let mut size = file.read_text()?.len() as u64;
    for inside in folder.files()? {
        size += inside.read_text()?.len() as u64;
    }
    let scratch = cx.scratch()?.join("part");
    std::fs::write(&scratch, size.to_string())?;
    std::fs::rename(&scratch, scratch.with_extension("done"))?;
    std::fs::write(std::env::temp_dir().join("more"), "x")?;
    cx.note(format!("asked at {}", cx.now()));
    Ok(size)
}

/// Reads what it declares in other ways.
#[stage]
fn declared_otherwise(
    files: &Glob,
    mode: &EnvVar,
    as_of: &Now,
    exactly: &Now,
    page: &Url,
) -> Result<String> {
    let mut sizes = Vec::new();
    for file in files.files()? {
        sizes.push(file.read()?.len());
    }
    Ok(format!(
        "{sizes:?} {} {} {} {}",
        mode.value()?,
        as_of.instant(),
        exactly.instant(),
        page.read_text()?
    ))
}

/// Reads a file whose path is a text, three helpers and a thread away.
#[stage]
fn by_three_helpers(path: &str) -> u64 {
    first_helper(path)
}

fn first_helper(path: &str) -> u64 {
    second_helper(Path::new(path))
}

fn second_helper(path: &Path) -> u64 {
    std::thread::scope(|scope| {
        scope
            .spawn(|| third_helper(path))
            .join()
            .unwrap_or_default()
    })
}

fn third_helper(path: &Path) -> u64 {
    std::fs::read(path).map_or(0, |bytes| bytes.len() as u64)
}

/// Lists a folder.
#[stage]
fn by_listing(path: &str) -> u64 {
    std::fs::read_dir(path).map_or(0, |entries| entries.count() as u64)
}

/// Asks whether something is there.
#[stage]
fn by_looking(path: &str) -> bool {
    Path::new(path).exists()
}

/// Connects to a port.
#[stage]
fn by_connection(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Sends without a connection.
#[stage]
fn by_datagram(port: u16) -> bool {
    UdpSocket::bind("127.0.0.1:0")
        .and_then(|socket| socket.send_to(b"x", ("127.0.0.1", port)))
        .is_ok()
}

/// Looks up a name.
#[stage]
fn by_name() -> bool {
    "prices.invalid:80".to_socket_addrs().is_ok()
}

/// Runs a program that is found along `PATH`.
#[stage]
fn by_program() -> bool {
    Command::new("true")
        .status()
        .is_ok_and(|status| status.success())
}

/// Asks which time zone the machine is in: a link to a table that anybody may read.
#[stage]
fn by_zone() -> bool {
    std::fs::read_link("/etc/localtime").is_ok()
}

/// Reads the clock.
#[stage]
fn by_clock() -> Result<u64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    // The same for as long as this is used.
    Ok(now.as_secs() / 10_000_000_000)
}

/// Draws an identifier.
#[stage]
fn by_identifier() -> bool {
    uuid::Uuid::now_v7().is_nil()
}

/// Depends on a variable, without which it fails.
#[stage]
fn by_variable() -> Result<String> {
    Ok(std::env::var("OUTSIDE_MODE")?)
}

/// Depends on two variables, without which it gives something else.
#[stage]
fn by_two_variables() -> String {
    let of = |name| std::env::var(name).unwrap_or_default();
    format!("{} {}", of("OUTSIDE_MODE"), of("OUTSIDE_SIZE"))
}

/// Writes a file.
#[stage]
fn by_writing(path: &str) -> bool {
    std::fs::write(path, "x").is_ok()
}

#[derive(Outputs)]
struct Looks {
    pure: Handle<f64>,
    on_threads: Handle<f64>,
    on_a_runtime: Handle<f64>,
    declared: Handle<u64>,
    declared_otherwise: Handle<String>,
    by_three_helpers: Handle<u64>,
    by_listing: Handle<u64>,
    by_looking: Handle<bool>,
    by_connection: Handle<bool>,
    by_datagram: Handle<bool>,
    by_name: Handle<bool>,
    by_program: Handle<bool>,
    by_zone: Handle<bool>,
    by_clock: Handle<u64>,
    by_identifier: Handle<bool>,
    by_variable: Handle<String>,
    by_two_variables: Handle<String>,
    by_writing: Handle<bool>,
}

fn looks(config: &Config) -> Looks {
    let numbers = vec![1.0, 2.5, 4.0];
    Looks {
        pure: pure(numbers.clone()),
        on_threads: on_threads(numbers.clone()),
        on_a_runtime: on_a_runtime(numbers),
        declared: declared(&config.file, &config.folder),
        declared_otherwise: declared_otherwise(
            &config.files,
            &config.mode,
            &config.as_of,
            &config.exactly,
            &config.page,
        ),
        by_three_helpers: by_three_helpers(&config.path),
        by_listing: by_listing(&config.list),
        by_looking: by_looking(&config.path),
        by_connection: by_connection(config.port),
        by_datagram: by_datagram(config.port),
        by_name: by_name(),
        by_program: by_program(),
        by_zone: by_zone(),
        by_clock: by_clock(),
        by_identifier: by_identifier(),
        by_variable: by_variable(),
        by_two_variables: by_two_variables(),
        by_writing: by_writing(&config.written),
    }
}

fn main() -> ExitCode {
    mlops::app().pipeline("looks", looks).main()
}
