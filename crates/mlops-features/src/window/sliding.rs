//! A window that moves with the events, whatever order they come in: what an online store keeps for one entity.

use std::cmp::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::{Window, WindowValue};

/// Something that happened, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<T> {
    /// When it happened.
    pub at: Timestamp,
    /// When it became known; the same moment where nothing else is said.
    pub created: Timestamp,
    /// What it says.
    pub value: T,
}

impl<T> Event<T> {
    /// An event that was known as soon as it happened.
    pub const fn new(at: Timestamp, value: T) -> Self {
        Self {
            at,
            created: at,
            value,
        }
    }

    /// The same, known at another moment.
    #[must_use]
    pub const fn created(mut self, created: Timestamp) -> Self {
        self.created = created;
        self
    }
}

/// The events of one entity, as far as a window can still see them.
///
/// ```
/// use std::time::Duration;
/// use jiff::Timestamp;
/// use mlops_features::{Event, SlidingWindow};
///
/// let at = |second| Timestamp::from_second(second).unwrap();
/// let mut window = SlidingWindow::new(Duration::from_secs(60));
/// window.push(Event::new(at(100), 2.0));
/// window.push(Event::new(at(40), 1.0)); // late, and welcome
/// assert_eq!(window.at(at(100)).values(), [2.0]); // 40 is sixty seconds before: no longer within
/// assert_eq!(window.at(at(99)).values(), [1.0]);
/// ```
#[derive(Debug, Clone)]
pub struct SlidingWindow<T> {
    over: Duration,
    /// By event time, time of becoming known, and value.
    events: Vec<Event<T>>,
}

impl<T: WindowValue> SlidingWindow<T> {
    /// A window that reaches back so far.
    pub const fn new(over: Duration) -> Self {
        Self {
            over,
            events: Vec::new(),
        }
    }

    /// Adds an event, late or not.
    pub fn push(&mut self, event: Event<T>) {
        let place = self
            .events
            .partition_point(|known| order(known, &event).is_le());
        self.events.insert(place, event);
    }

    /// Forgets what no window from this moment on can see.
    pub fn forget_before(&mut self, moment: Timestamp) {
        let first = self
            .events
            .partition_point(|event| !is_within(event.at, moment, self.over));
        // Of what lies after the moment nothing is forgotten, whatever the clock says.
        let seen = self.events.partition_point(|event| event.at <= moment);
        self.events.drain(..first.min(seen));
    }

    /// The window at a moment.
    pub fn at(&self, moment: Timestamp) -> Window<T> {
        let seen = self
            .events
            .iter()
            .filter(|event| is_within(event.at, moment, self.over) && event.created <= moment);
        Window {
            values: seen.map(|event| event.value.clone()).collect(),
        }
    }

    /// How many events are kept.
    pub fn kept(&self) -> usize {
        self.events.len()
    }
}

fn order<T: WindowValue>(one: &Event<T>, two: &Event<T>) -> Ordering {
    (one.at, one.created)
        .cmp(&(two.at, two.created))
        .then_with(|| one.value.compared(&two.value))
}

/// After the moment so long before, and up to the moment itself.
fn is_within(at: Timestamp, moment: Timestamp, over: Duration) -> bool {
    let age = moment.duration_since(at);
    // A negative age is that of an event of the future; longer than what is counted is no window.
    Duration::try_from(age).is_ok_and(|age| age < over)
}
