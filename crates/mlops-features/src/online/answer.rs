//! What the store says when it is asked.

use jiff::Timestamp;

/// Whether a feature of an entity has a value, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It has one.
    Present,
    /// The newest event says that there is none.
    Null,
    /// Nothing is known of the entity.
    NotFound,
    /// The newest event is older than its time to live.
    TooOld,
}

/// A value of a feature.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FeatureValue {
    /// A whole number.
    Integer(i64),
    /// A double.
    Number(f64),
    /// A text.
    Text(String),
    /// Yes or no.
    Boolean(bool),
    /// A moment.
    Moment(Timestamp),
}

/// A feature of one entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The value; there is one exactly if the status is [`Status::Present`].
    pub value: Option<FeatureValue>,
    /// Whether there is a value, and if not, why.
    pub status: Status,
    /// When the newest event happened, where there is one.
    pub event_time: Option<Timestamp>,
}

/// A feature of all entities that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueOf {
    /// The view.
    pub view: String,
    /// The feature, as it is named in its view.
    pub feature: String,
    /// One for each entity, in their order.
    pub cells: Vec<Cell>,
}

/// The features that were asked for, of the entities that were asked for, as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The moment for which it holds.
    pub asked_at: Timestamp,
    /// In the order in which they were asked for.
    pub features: Vec<ValueOf>,
}

impl Answer {
    /// A feature by its name, with or without its view.
    pub fn feature(&self, name: &str) -> Option<&ValueOf> {
        self.features
            .iter()
            .find(|feature| match name.split_once(':') {
                Some((view, name)) => feature.view == view && feature.feature == name,
                None => feature.feature == name,
            })
    }

    /// The values of a feature as numbers, `None` where there is none; nothing if it holds no numbers.
    pub fn numbers(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let cells = self.feature(name)?.cells.iter();
        let numbers = cells.map(|cell| match &cell.value {
            None => Some(None),
            Some(FeatureValue::Number(value)) => Some(Some(*value)),
            Some(FeatureValue::Integer(value)) => Some(Some(*value as f64)),
            Some(FeatureValue::Boolean(value)) => Some(Some(f64::from(u8::from(*value)))),
            Some(_) => None,
        });
        numbers.collect()
    }
}
