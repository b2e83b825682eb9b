//! What can go wrong with the online store, each with a stable code and the next step.

use std::path::PathBuf;

use arrow_schema::ArrowError;
use mlops_core::{SourceError, nearest};
use mlops_data::DataError;
use mlops_store::StoreError;

use crate::point_in_time::PointInTimeError;

/// The online store cannot be asked or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnlineError {
    /// There is no view of this name.
    #[error("there is no view `{name}` in the online store")]
    UnknownView {
        /// The name that was asked for.
        name: String,
        /// The views that exist.
        candidates: Vec<String>,
    },
    /// A view has no feature of this name.
    #[error("the view `{view}` has no feature `{name}`")]
    UnknownFeature {
        /// The view.
        view: String,
        /// The name that was asked for.
        name: String,
        /// The features that it has.
        candidates: Vec<String>,
    },
    /// A feature is asked for without its view.
    #[error("`{name}` does not say of which view the feature is")]
    FeatureName {
        /// What was asked for.
        name: String,
    },
    /// A view is there already, with other columns.
    #[error("the view `{name}` has other columns in the store: {problem}")]
    ChangedView {
        /// The view.
        name: String,
        /// Where they differ.
        problem: String,
    },
    /// A column whose values cannot be kept.
    #[error("column `{column}` is {found}, which the online store does not keep")]
    ValueType {
        /// The column.
        column: String,
        /// Its type, as Arrow prints it.
        found: String,
    },
    /// A view whose features could not be asked for by its name.
    #[error("`{name}` cannot be the name of a view")]
    ViewName {
        /// The name.
        name: String,
    },
    /// A key is beyond what the keys of its view can be.
    #[error(
        "what is written to the view `{view}` has a key that its kind of whole numbers does not reach"
    )]
    KeyRange {
        /// The view.
        view: String,
    },
    /// A view was dropped while events were brought into it.
    #[error("the view `{view}` was forgotten while it was written")]
    ForgottenView {
        /// The view.
        view: String,
    },
    /// A file was written while it was read.
    #[error("{file} changed while it was brought in")]
    ChangedFile {
        /// The file.
        file: String,
    },
    /// What a view is, is not what was written.
    #[error("the view `{view}` is damaged: what it is, is not what was written")]
    DamagedView {
        /// The view.
        view: String,
    },
    /// A row is not what was written.
    #[error("a row of the view `{view}` is damaged: it is not what was written")]
    Damaged {
        /// The view.
        view: String,
    },
    /// The store was made by a newer program, or by one from before the first release.
    #[error("{} has the schema {found}, this program knows {known}", path.display())]
    NewerStore {
        /// The store.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// The folder of the store cannot be made.
    #[error("the folder of {} cannot be made", path.display())]
    Folder {
        /// The store.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// There is no store to look into.
    #[error("there is no online store at {}", path.display())]
    NoStore {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A key that was typed is none of the view's kind.
    #[error("`{text}` is no `{key}` of the view `{view}`, whose keys are {kind}")]
    KeyText {
        /// The view.
        view: String,
        /// The key's column.
        key: String,
        /// What was typed.
        text: String,
        /// What the keys are.
        kind: &'static str,
    },
    /// The database cannot be opened as it has to be.
    #[error(transparent)]
    Open(#[from] StoreError),
    /// SQLite refused.
    #[error("the online store failed")]
    Database(#[from] rusqlite::Error),
    /// Keys and times.
    #[error(transparent)]
    Events(#[from] PointInTimeError),
    /// Tables and files.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl OnlineError {
    /// The stable code, by which the book explains the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownView { .. } => "online::unknown_view",
            Self::UnknownFeature { .. } => "online::unknown_feature",
            Self::FeatureName { .. } => "online::feature_name",
            Self::ChangedView { .. } => "online::changed_view",
            Self::ValueType { .. } => "online::value_type",
            Self::ViewName { .. } => "online::view_name",
            Self::KeyRange { .. } => "online::key_range",
            Self::ForgottenView { .. } => "online::forgotten_view",
            Self::ChangedFile { .. } => "online::changed_file",
            Self::DamagedView { .. } => "online::damaged_view",
            Self::Damaged { .. } => "online::damaged",
            Self::NewerStore { .. } => "online::newer_store",
            Self::Folder { .. } => "online::folder",
            Self::NoStore { .. } => "online::no_store",
            Self::KeyText { .. } => "online::key_text",
            Self::Open(error) => error.code(),
            Self::Database(_) => "online::database",
            Self::Events(error) => error.code(),
            Self::Data(error) => error.code(),
        }
    }

    /// The next thing to try, where there is one.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownView { name, candidates } | Self::UnknownFeature { name, candidates, .. } => {
                match nearest(name, candidates.iter().map(String::as_str)) {
                    Some(near) => Some(format!("did you mean `{near}`?")),
                    None if candidates.is_empty() => {
                        Some("a view is made by its first `materialize` or `push`".to_owned())
                    }
                    None => Some(format!("there are: {}", candidates.join(", "))),
                }
            }
            Self::FeatureName { .. } => Some("write `view:feature`".to_owned()),
            Self::ChangedView { .. } => Some(
                "give the new columns a new name, and let readers move over; or drop the view first, `features forget VIEW`".to_owned(),
            ),
            Self::ValueType { .. } => {
                Some("features are numbers, texts, booleans and moments; convert the column".to_owned())
            }
            Self::Damaged { .. } => Some("materialise the view again, with `--again`".to_owned()),
            Self::ViewName { .. } => Some(
                "features are asked for as `view:feature`, so a view has a name, and no colon in it".to_owned(),
            ),
            Self::KeyRange { .. } => Some(
                "the first write decides whether keys have a sign: drop the view, `features forget VIEW`, and begin with keys of the kind that holds all".to_owned(),
            ),
            Self::ForgottenView { .. } => {
                Some("if it is still wanted, bring all its events in again".to_owned())
            }
            Self::ChangedFile { .. } => Some("materialise it again when nobody writes it".to_owned()),
            Self::DamagedView { .. } => Some("drop the view, `features forget VIEW`, and bring it in again".to_owned()),
            Self::NewerStore { found, known, .. } if found < known => {
                Some("bring the events into a new store".to_owned())
            }
            Self::NewerStore { .. } => Some("use the newer program".to_owned()),
            Self::NoStore { .. } => Some(
                "`features materialize` makes it; or name it with `--online FILE`".to_owned(),
            ),
            Self::KeyText { .. } => Some("give the key as it is written in the events".to_owned()),
            Self::Open(error) => error.help(),
            Self::Folder { .. } | Self::Database(_) => {
                Some("look at the permissions and the free space of its folder".to_owned())
            }
            Self::Events(error) => error.help(),
            Self::Data(error) => error.help(),
        }
    }
}

impl From<ArrowError> for OnlineError {
    fn from(error: ArrowError) -> Self {
        Self::Data(DataError::Arrow(error))
    }
}

impl From<SourceError> for OnlineError {
    fn from(error: SourceError) -> Self {
        Self::Data(DataError::Source(error))
    }
}
