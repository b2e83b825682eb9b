//! The bodies of requests, and the answers to those that cannot be answered.

use mlops_core::nearest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::HttpAnswer;
use crate::online::OnlineError;

/// Columns, each a list of values.
pub(super) type Frame = Map<String, Value>;

#[derive(Deserialize)]
pub(super) struct GetFeatures {
    pub(super) entities: Frame,
    #[serde(default)]
    pub(super) features: Vec<String>,
    #[serde(default)]
    pub(super) feature_service: Option<String>,
    #[serde(default)]
    pub(super) full_feature_names: bool,
}

#[derive(Deserialize)]
pub(super) struct Push {
    pub(super) push_source_name: String,
    pub(super) df: Frame,
    #[serde(default = "online")]
    pub(super) to: String,
}

fn online() -> String {
    "online".to_owned()
}

#[derive(Deserialize)]
pub(super) struct WriteFeatures {
    pub(super) feature_view_name: String,
    pub(super) df: Frame,
}

#[derive(Deserialize)]
pub(super) struct Materialize {
    #[serde(default)]
    pub(super) start_ts: Option<String>,
    #[serde(default)]
    pub(super) end_ts: Option<String>,
    #[serde(default)]
    pub(super) feature_views: Option<Vec<String>>,
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::wrong(error.to_string()))
}

/// Why there is no answer.
pub(super) struct Problem {
    status: u16,
    code: &'static str,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// The request is not what it should be.
    pub(super) fn wrong(message: String) -> Self {
        Self {
            status: 422,
            code: "online::request",
            message,
            help: None,
        }
    }

    pub(super) fn no_such_route(method: &str, path: &str) -> Self {
        Self {
            status: 404,
            code: "online::request",
            message: format!("there is no {method} {path}"),
            help: Some(
                "there are GET /health and POST /get-online-features, /push, /write-to-online-store, /materialize, /materialize-incremental"
                    .to_owned(),
            ),
        }
    }

    pub(super) fn unknown<'a>(
        what: &str,
        name: &str,
        candidates: impl Iterator<Item = &'a String>,
    ) -> Self {
        let near = nearest(name, candidates.map(String::as_str));
        Self {
            status: 404,
            code: "online::request",
            message: format!("there is no {what} `{name}`"),
            help: near.map(|near| format!("did you mean `{near}`?")),
        }
    }
}

impl From<OnlineError> for Problem {
    fn from(error: OnlineError) -> Self {
        let status = match error {
            OnlineError::UnknownView { .. } | OnlineError::UnknownFeature { .. } => 404,
            OnlineError::Database(_) | OnlineError::Damaged { .. } => 500,
            _ => 422,
        };
        Self {
            status,
            code: error.code(),
            message: error.to_string(),
            help: error.help(),
        }
    }
}

impl From<Problem> for HttpAnswer {
    fn from(problem: Problem) -> Self {
        let Problem {
            status,
            code,
            message,
            help,
        } = problem;
        Self {
            status,
            body: json!({ "detail": message, "code": code, "help": help }),
        }
    }
}
