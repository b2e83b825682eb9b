//! `features serve`: the online store over HTTP.

use std::sync::Arc;

use mlops_data::File;
use mlops_features::online::FeatureServer;
use serde_json::json;

use super::{ServeArguments, pair};
use crate::cli::arguments::CommonArguments;
use crate::cli::tell;
use crate::failure::{Exit, Failure};

pub(super) fn serve(common: &CommonArguments, arguments: &ServeArguments) -> Result<u8, Failure> {
    let store = Arc::new(arguments.online.open()?);
    let mut server = FeatureServer::new(store);
    for text in &arguments.sources {
        let (view, file) = pair(text)?;
        server = server.source(view, File::new(file));
    }
    for text in &arguments.services {
        let (name, features) = pair(text)?;
        server = server.service(name, features.split(','));
    }
    for text in &arguments.push_sources {
        let (name, view) = pair(text)?;
        server = server.push_source(name, view);
    }
    let address = &arguments.listen;
    let failed = |error: std::io::Error| {
        let message = format!("nothing can listen at `{address}`: {error}");
        Failure::new(Exit::Failed, "online::listen", message)
            .help("choose another address with `--listen`")
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        // Listened for before anybody is told where to ask, so that who asks at once can also stop it at once.
        let stop = stop().map_err(failed)?;
        match common.json {
            true => {
                tell::json_line(&json!({ "event": "listening", "address": bound.to_string() }))?
            }
            false => tell::text(&format!("listening at http://{bound}"))?,
        }
        server.serve(listener, stop).await.map_err(failed)
    })?;
    Ok(0)
}

/// Ends with Ctrl-C, and with the signal by which machines stop their services: what is being answered is answered.
fn stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
