//! `features join|materialize|push|get|forget|serve`: events joined as of a moment, and the store of the newest.

mod join;
mod online;
mod serve;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use mlops_features::online::{OnlineError, OnlineStore};
use mlops_features::point_in_time::{Events, PointInTimeError};

use crate::cli::arguments::CommonArguments;
use crate::cli::tell;
use crate::failure::{Exit, Failure};
use crate::project::Project;

/// Commands on events.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum OverTimeCommand {
    /// Join rows with the events that were known at each row's moment, and with nothing that was not.
    Join(JoinArguments),
    /// Bring the events of files into the online store; what is in already is not read again.
    Materialize(MaterializeArguments),
    /// Write the events of a file to a view of the online store, all or none.
    Push {
        /// The view.
        view: String,
        /// The file with the columns of the view.
        file: PathBuf,
        #[command(flatten)]
        online: OnlineArguments,
    },
    /// Look up features, written as `view:feature`, of entities.
    Get {
        /// The features.
        #[arg(required = true, value_name = "VIEW:FEATURE")]
        features: Vec<String>,
        /// The entities: a column of the key and its values.
        #[arg(long = "entity", required = true, value_name = "KEY=VALUE,…")]
        entities: Vec<String>,
        #[command(flatten)]
        online: OnlineArguments,
    },
    /// Drop a view of the online store, with all that it holds; the events' own files stay.
    Forget {
        /// The view.
        view: String,
        #[command(flatten)]
        online: OnlineArguments,
    },
    /// Answer over HTTP, on the routes and in the bodies that Feast's client uses.
    Serve(ServeArguments),
}

/// Where the online store is.
#[derive(Debug, Args, Clone)]
pub(crate) struct OnlineArguments {
    /// The file of the online store; without it, .mlops-online/features.db beside mlops.toml.
    #[arg(long, env = "MLOPS_ONLINE", value_name = "FILE")]
    pub(crate) online: Option<PathBuf>,
}

/// A folder of its own: that of the store is the store's, and other profiles have others.
const FOLDER: &str = ".mlops-online";

impl OnlineArguments {
    fn file(&self) -> Result<PathBuf, Failure> {
        match &self.online {
            Some(file) => Ok(file.clone()),
            None => Ok(Project::here()?.folder.join(FOLDER).join("features.db")),
        }
    }

    /// The store, which is made where it is missing.
    fn open(&self) -> Result<OnlineStore, Failure> {
        let file = self.file()?;
        let store = OnlineStore::open(&file)?;
        let ignored = file.with_file_name(".gitignore");
        if self.online.is_none() && !ignored.exists() {
            // What is looked up is no change of the repository: production would refuse to run beside it.
            tell::write_file(&ignored, b"*\n")?;
        }
        Ok(store)
    }

    /// The store, which has to be there: looking makes none.
    fn existing(&self) -> Result<OnlineStore, Failure> {
        Ok(OnlineStore::open_existing(self.file()?)?)
    }
}

/// What events are.
#[derive(Debug, Args, Clone)]
pub(crate) struct EventArguments {
    /// The columns by which an entity is known.
    #[arg(long, required = true, value_delimiter = ',', value_name = "COLUMN,…")]
    pub(crate) key: Vec<String>,
    /// The column of the moment at which an event happened.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) event_time: String,
    /// The column of the moment at which it became known; without it, it is known when it happens.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) created: Option<String>,
    /// The columns of what the newest event says.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub(crate) value: Vec<String>,
    /// How long an event is used, such as 30d.
    #[arg(long, value_name = "DURATION")]
    pub(crate) ttl: Option<String>,
}

/// What to join.
#[derive(Debug, Args, Clone)]
pub(crate) struct JoinArguments {
    /// The rows that ask: csv, tsv, parquet, arrow, …
    pub(crate) rows: PathBuf,
    /// The column of the moment at which each row asks.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) moment: String,
    /// The events.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: PathBuf,
    #[command(flatten)]
    pub(crate) columns: EventArguments,
    /// A function of a column over a window that ends at the row's moment, such as sum:amount:7d or count::1d.
    #[arg(long = "aggregate", value_name = "FUNCTION:COLUMN:WINDOW")]
    pub(crate) aggregates: Vec<String>,
    /// What stands before the names of the new columns.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) prefix: String,
    /// Join as it would have been at this moment.
    #[arg(long, value_name = "MOMENT")]
    pub(crate) as_of: Option<jiff::Timestamp>,
    /// The file of the result: .csv, .parquet or .arrow.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

/// What to bring into the online store.
#[derive(Debug, Args, Clone)]
pub(crate) struct MaterializeArguments {
    /// The name of the view.
    pub(crate) view: String,
    /// The files of events.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: EventArguments,
    /// Read files that are in already, and mend rows that are damaged.
    #[arg(long)]
    pub(crate) again: bool,
    #[command(flatten)]
    pub(crate) online: OnlineArguments,
}

/// What to serve, and where.
#[derive(Debug, Args, Clone)]
pub(crate) struct ServeArguments {
    /// The address and the port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6566")]
    pub(crate) listen: String,
    /// The file with the events of a view, for /materialize.
    #[arg(long = "source", value_name = "VIEW=FILE")]
    pub(crate) sources: Vec<String>,
    /// A list of features that is asked for by one name.
    #[arg(long = "service", value_name = "NAME=VIEW:FEATURE,…")]
    pub(crate) services: Vec<String>,
    /// The name under which events of a view are pushed, where it is another one.
    #[arg(long = "push-source", value_name = "NAME=VIEW")]
    pub(crate) push_sources: Vec<String>,
    #[command(flatten)]
    pub(crate) online: OnlineArguments,
}

pub(super) fn over_time(
    common: &CommonArguments,
    command: &OverTimeCommand,
) -> Result<u8, Failure> {
    match command {
        OverTimeCommand::Join(arguments) => join::join(common, arguments),
        OverTimeCommand::Materialize(arguments) => online::materialize(common, arguments),
        OverTimeCommand::Push { view, file, online } => online::push(common, view, file, online),
        OverTimeCommand::Get {
            features,
            entities,
            online,
        } => online::get(common, features, entities, online),
        OverTimeCommand::Forget { view, online } => online::forget(common, view, online),
        OverTimeCommand::Serve(arguments) => serve::serve(common, arguments),
    }
}

impl EventArguments {
    fn events(&self, name: &str) -> Result<Events, Failure> {
        let mut events = Events::new(name, &self.key, &self.event_time).values(&self.value);
        if let Some(column) = &self.created {
            events = events.created(column);
        }
        if let Some(ttl) = &self.ttl {
            events = events.ttl(duration(ttl)?);
        }
        Ok(events)
    }
}

/// A duration in which a day has 24 hours.
fn duration(text: &str) -> Result<SignedDuration, Failure> {
    let span = text.parse::<jiff::Span>().ok();
    let parsed = span.and_then(|span| {
        span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())
            .ok()
    });
    parsed.ok_or_else(|| {
        Failure::usage("command::duration", format!("`{text}` is no duration"))
            .help("write 30m, 12h, 7d, 2w")
    })
}

/// Both sides of `name=value`.
fn pair(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('=').ok_or_else(|| {
        Failure::usage("command::reference", format!("`{text}` names nothing"))
            .help("write NAME=VALUE")
    })
}

impl From<PointInTimeError> for Failure {
    fn from(error: PointInTimeError) -> Self {
        match error {
            PointInTimeError::Data(error) => error.into(),
            error => {
                let exit = match error {
                    PointInTimeError::TimeMissing { .. } | PointInTimeError::TimeRange { .. } => {
                        Exit::Failed
                    }
                    _ => Exit::Usage,
                };
                Self {
                    help: error.help(),
                    ..Self::new(exit, error.code(), error.to_string())
                }
            }
        }
    }
}

impl From<OnlineError> for Failure {
    fn from(error: OnlineError) -> Self {
        match error {
            OnlineError::Data(error) => error.into(),
            OnlineError::Events(error) => error.into(),
            OnlineError::Open(error) => error.into(),
            error => {
                let exit = match error {
                    OnlineError::Damaged { .. } | OnlineError::DamagedView { .. } => Exit::Damaged,
                    OnlineError::Database(_)
                    | OnlineError::Folder { .. }
                    | OnlineError::ChangedFile { .. } => Exit::Failed,
                    _ => Exit::Usage,
                };
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                Self {
                    causes: cause.into_iter().collect(),
                    help: error.help(),
                    ..Self::new(exit, error.code(), error.to_string())
                }
            }
        }
    }
}
