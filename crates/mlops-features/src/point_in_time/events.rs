//! What events are: by which columns their entity is known, when they were, what they say, and for how long.

use jiff::SignedDuration;

/// The columns of events of one kind: the entity that they are about, when they happened and became known, and what they say.
///
/// It says nothing about where the events are, so that the same words serve a table of today, a file of ten years, and the store
/// that answers online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    pub(crate) name: String,
    pub(crate) keys: Vec<String>,
    pub(crate) on: Option<Vec<String>>,
    pub(crate) event_time: String,
    pub(crate) created_time: Option<String>,
    pub(crate) values: Vec<String>,
    pub(crate) prefix: String,
    pub(crate) event_time_as: Option<String>,
    pub(crate) ttl: Option<SignedDuration>,
}

impl Events {
    /// Events of this name, about the entity in the columns `keys`, which happened at the moment in the column `event_time`.
    pub fn new<K: Into<String>>(
        name: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
        event_time: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            keys: keys.into_iter().map(Into::into).collect(),
            on: None,
            event_time: event_time.into(),
            created_time: None,
            values: Vec::new(),
            prefix: String::new(),
            event_time_as: None,
            ttl: None,
        }
    }

    /// The column of the moment at which an event became known. Without it, an event is known when it happens.
    #[must_use]
    pub fn created(mut self, column: impl Into<String>) -> Self {
        self.created_time = Some(column.into());
        self
    }

    /// The columns that say what the newest event says. All of them decide between events of the same two times.
    #[must_use]
    pub fn values<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.values = columns.into_iter().map(Into::into).collect();
        self
    }

    /// How long an event is used after its event time, the last microsecond included. Without it, until a newer one comes.
    #[must_use]
    pub fn ttl(mut self, ttl: SignedDuration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// The columns of the rows that ask which are the entity's key, where they have other names.
    #[must_use]
    pub fn on<K: Into<String>>(mut self, columns: impl IntoIterator<Item = K>) -> Self {
        self.on = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// What stands before the names of the values and aggregates in the result.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Also gives the event time of the event that won, in a column of this name.
    #[must_use]
    pub fn event_time_as(mut self, column: impl Into<String>) -> Self {
        self.event_time_as = Some(column.into());
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns of the key in the rows that ask.
    pub(crate) fn keys_of_rows(&self) -> &[String] {
        self.on.as_deref().unwrap_or(&self.keys)
    }

    /// The columns of an event that are read, for these values: keys, times, values, each once.
    pub(crate) fn columns<'a>(&'a self, values: &[&'a str]) -> Vec<&'a str> {
        let mut columns: Vec<&str> = Vec::new();
        let keys = self.keys.iter().map(String::as_str);
        let times = std::iter::once(&*self.event_time).chain(self.created_time.as_deref());
        for column in keys.chain(times).chain(values.iter().copied()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }
}

/// So many days of 24 hours.
pub fn days(days: i64) -> SignedDuration {
    SignedDuration::from_secs(days.saturating_mul(86_400))
}
