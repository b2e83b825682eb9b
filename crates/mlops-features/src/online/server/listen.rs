//! The server on a socket.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::Response;
use tokio::net::TcpListener;

use super::{FeatureServer, HttpAnswer};

/// The longest body that is read: a push of some hundred thousand events.
const LONGEST: usize = 64 << 20;

impl FeatureServer {
    /// The server as a part of another one.
    pub fn router(self) -> Router {
        let server = Arc::new(self);
        let answer = move |method: Method, uri: Uri, body: Bytes| {
            let server = Arc::clone(&server);
            async move {
                // SQLite waits for the disk and for other writers: not on the thread that the other requests need.
                let work = move || server.answer(method.as_str(), uri.path(), &body);
                let answer = tokio::task::spawn_blocking(work).await;
                response(answer.ok())
            }
        };
        Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(LONGEST))
    }

    /// Listens until `stop` is done; requests that have begun are answered.
    ///
    /// # Errors
    /// The socket fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(stop)
            .await
    }
}

fn response(answer: Option<HttpAnswer>) -> Response {
    let (status, text) = match answer {
        Some(answer) => (answer.status, answer.body.to_string()),
        // Its task panicked.
        None => (
            500,
            "{\"detail\":\"the request could not be answered\"}".to_owned(),
        ),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
