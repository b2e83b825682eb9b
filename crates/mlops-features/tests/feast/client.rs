//! Feast's client as it is installed from its registry, against our server on a socket.
//!
//! `MLOPS_FEAST_PYTHON` is the Python of an environment that has Feast; `.ci/run` makes one.

use std::process::Command;

use super::{hourly, server, store};

#[test]
fn feast_reads_and_writes_through_the_server_without_a_change_of_its_own() {
    let python = std::env::var("MLOPS_FEAST_PYTHON")
        .expect("MLOPS_FEAST_PYTHON says which Python has Feast");
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(server(store.clone()).serve(listener, std::future::pending()));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/feast/client.py");
    let output = Command::new(python)
        .args([script, &format!("http://{address}")])
        .current_dir(folder.path())
        .env("FEAST_USAGE", "False")
        .output()
        .unwrap();
    let (told, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{told}\n{wrong}");
    assert!(told.contains("all as expected"), "{told}\n{wrong}");
    // What the client wrote is in the store.
    let entities = mlops_data::table! { "driver_id" => [1010] };
    let answer = store
        .get(&["driver_hourly_stats:avg_daily_trips"], &entities)
        .unwrap();
    assert_eq!(answer.numbers("avg_daily_trips").unwrap(), [Some(42.0)]);
    assert_eq!(hourly().name(), "driver_hourly_stats");
}
