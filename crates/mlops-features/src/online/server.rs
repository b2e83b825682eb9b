//! Look-up and writing over HTTP, on the routes and in the bodies that Feast's own client uses.
//!
//! [`FeatureServer::answer`] is the whole of it, as a function from a request to an answer; with the feature `serve` it listens,
//! too. What differs from Feast's server is what that one gets wrong: a value beyond its time to live is `OUTSIDE_MAX_AGE` and not
//! given out, and nothing is left out of a materialisation because of the times that stand in it.

mod body;
mod frame;
#[cfg(feature = "serve")]
mod listen;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use self::body::{GetFeatures, Materialize, Problem, Push, WriteFeatures};
use super::OnlineStore;
use super::served::ServedLog;
use super::view::View;
use crate::point_in_time::EventSource;

/// An answer: a status of HTTP and a body of JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body, JSON.
    pub body: Value,
}

/// An online store behind HTTP.
#[derive(Debug)]
pub struct FeatureServer {
    store: Arc<OnlineStore>,
    sources: BTreeMap<String, EventSource>,
    services: BTreeMap<String, Vec<String>>,
    push_sources: BTreeMap<String, String>,
    log: Option<Arc<ServedLog>>,
}

impl FeatureServer {
    /// Serves this store.
    pub fn new(store: Arc<OnlineStore>) -> Self {
        Self {
            store,
            sources: BTreeMap::new(),
            services: BTreeMap::new(),
            push_sources: BTreeMap::new(),
            log: None,
        }
    }

    /// Where the events of a view are, for `/materialize`.
    #[must_use]
    pub fn source(mut self, view: impl Into<String>, source: impl Into<EventSource>) -> Self {
        self.sources.insert(view.into(), source.into());
        self
    }

    /// A list of features that is asked for by one name.
    #[must_use]
    pub fn service<F: Into<String>>(
        mut self,
        name: impl Into<String>,
        features: impl IntoIterator<Item = F>,
    ) -> Self {
        let features = features.into_iter().map(Into::into).collect();
        self.services.insert(name.into(), features);
        self
    }

    /// The name under which events of a view are pushed, where it is not that of the view.
    #[must_use]
    pub fn push_source(mut self, name: impl Into<String>, view: impl Into<String>) -> Self {
        self.push_sources.insert(name.into(), view.into());
        self
    }

    /// Keeps samples of what is served, to be compared with the past.
    #[must_use]
    pub fn log(mut self, log: Arc<ServedLog>) -> Self {
        self.log = Some(log);
        self
    }

    /// The answer to a request.
    pub fn answer(&self, method: &str, path: &str, body: &[u8]) -> HttpAnswer {
        let found = match (method, path) {
            ("GET", "/health") => Ok(Value::Null),
            ("POST", "/get-online-features") => self.get(body),
            ("POST", "/push") => self.push(body),
            ("POST", "/write-to-online-store") => self.write(body),
            ("POST", "/materialize") => self.materialize(body, false),
            ("POST", "/materialize-incremental") => self.materialize(body, true),
            _ => Err(Problem::no_such_route(method, path)),
        };
        match found {
            Ok(body) => HttpAnswer { status: 200, body },
            Err(problem) => problem.into(),
        }
    }

    fn get(&self, body: &[u8]) -> Result<Value, Problem> {
        let asked: GetFeatures = body::read(body)?;
        let features = match &asked.feature_service {
            Some(name) => self
                .services
                .get(name)
                .ok_or_else(|| Problem::unknown("feature service", name, self.services.keys()))?
                .as_slice(),
            None => &asked.features,
        };
        let views = features.iter().map(|name| {
            let view = name.split_once(':').map_or(name.as_str(), |(view, _)| view);
            self.store.view(view)
        });
        let views = views.collect::<Result<Vec<View>, _>>()?;
        let entities = frame::entities(&asked.entities, &views)?;
        let names: Vec<&str> = features.iter().map(String::as_str).collect();
        let answer = self.store.get(&names, &entities)?;
        if let Some(log) = &self.log {
            log.note(&views, &entities, &answer)?;
        }
        Ok(frame::answer(
            &asked.entities,
            &answer,
            asked.full_feature_names,
        ))
    }

    fn push(&self, body: &[u8]) -> Result<Value, Problem> {
        let Push {
            push_source_name,
            df,
            to,
        } = body::read(body)?;
        if to != "online" {
            return Err(Problem::wrong(format!(
                "`to` is `{to}`: this server writes to `online`; events for training go where they are kept"
            )));
        }
        let view = self
            .push_sources
            .get(&push_source_name)
            .unwrap_or(&push_source_name);
        let view = self.store.view(view)?;
        self.store
            .push(&view.events(), &frame::events(&df, &view)?)?;
        Ok(Value::Null)
    }

    fn write(&self, body: &[u8]) -> Result<Value, Problem> {
        let WriteFeatures {
            feature_view_name,
            df,
        } = body::read(body)?;
        let view = self.store.view(&feature_view_name)?;
        self.store
            .push(&view.events(), &frame::events(&df, &view)?)?;
        Ok(Value::Null)
    }

    /// Brings in what is not in yet. That the bounds are moments is checked; that something lies outside them is no reason to
    /// leave it out, for it would be missed for ever: what is of the future waits in the store.
    fn materialize(&self, body: &[u8], incremental: bool) -> Result<Value, Problem> {
        let asked: Materialize = body::read(body)?;
        if incremental && asked.end_ts.is_none() {
            return Err(Problem::wrong("`end_ts` is missing".to_owned()));
        }
        for bound in asked.start_ts.iter().chain(&asked.end_ts) {
            frame::moment(bound)
                .ok_or_else(|| Problem::wrong(format!("`{bound}` is no moment")))?;
        }
        let views = match asked.feature_views {
            Some(views) => views,
            None => self.sources.keys().cloned().collect(),
        };
        let mut brought = serde_json::Map::new();
        for name in views {
            let source = self
                .sources
                .get(&name)
                .ok_or_else(|| Problem::unknown("source of a view", &name, self.sources.keys()))?;
            let view = self.store.view(&name)?;
            let written = self.store.materialize(&view.events(), source)?;
            brought.insert(
                name,
                json!({ "seen": written.seen, "newer": written.newer, "pending": written.pending, "skipped": written.skipped }),
            );
        }
        Ok(json!({ "materialized": brought }))
    }
}
