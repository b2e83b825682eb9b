//! The clock as a typed source.

#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use mlops_core::{
    Clock, Digest, Source, SourceError, SourceState, SystemClock, Trust, nearest, note_source,
};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::Shape;

const KIND: &str = "clock";
const SHAPE: Shape = Shape {
    named: "a clock",
    text: "`day`, `hour` or `exact`, a day such as `2026-10-01`, or a moment such as `2026-10-01T12:00:00Z`",
    keys: &["as_of"],
};

/// The present time, which a stage reads: in the key by the moment, rounded down.
///
/// All stages of a run see the moment at which it began. Rounded to the day, a result is reused until the day ends, in
/// Coordinated Universal Time; an exact moment is another one in each run, so nothing that rests on it is reused.
///
/// In a configuration it is `day`, `hour` or `exact`; and to see what a run of another day would have seen, it is that
/// moment: `--set as_of=2026-10-01`. A moment that is given and the same moment on the clock have the same key.
///
/// ```
/// use mlops_data::Now;
/// let as_of = Now::at("2026-10-01T12:34:56Z".parse()?);
/// assert_eq!(as_of.instant().to_string(), "2026-10-01T12:34:56Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Now {
    time: Time,
    /// When the run began that looks at it; shared by all clones, because the stage gets one and the engine another.
    began: Arc<Mutex<Option<Timestamp>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Time {
    At(Timestamp),
    Clock(Granularity),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Granularity {
    Day,
    Hour,
    Exact,
}

impl Granularity {
    const ALL: [Self; 3] = [Self::Day, Self::Hour, Self::Exact];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Exact => "exact",
        }
    }

    fn round(self, moment: Timestamp) -> Timestamp {
        let step = match self {
            Self::Day => 24 * 60 * 60,
            Self::Hour => 60 * 60,
            Self::Exact => return moment,
        };
        let seconds = moment.as_second().div_euclid(step) * step;
        // A moment that can be written can be rounded down, but for the first day that there is.
        Timestamp::from_second(seconds).unwrap_or(moment)
    }
}

impl Now {
    /// The beginning of the present day, in Coordinated Universal Time.
    pub fn day() -> Self {
        Self::of(Time::Clock(Granularity::Day))
    }

    /// The beginning of the present hour.
    pub fn hour() -> Self {
        Self::of(Time::Clock(Granularity::Hour))
    }

    /// The moment, to the microsecond: another one in each run.
    pub fn exact() -> Self {
        Self::of(Time::Clock(Granularity::Exact))
    }

    /// This moment, whatever the clock says.
    pub fn at(moment: Timestamp) -> Self {
        Self::of(Time::At(moment))
    }

    fn of(time: Time) -> Self {
        Self {
            time,
            began: Arc::default(),
        }
    }

    /// The moment that was given; else that at which the run began, rounded down. Outside of a run it is the machine's clock
    /// that says it.
    pub fn instant(&self) -> Timestamp {
        match self.time {
            Time::At(moment) => moment,
            Time::Clock(granularity) => {
                let began = *self.began.lock().unwrap_or_else(PoisonError::into_inner);
                granularity.round(began.unwrap_or_else(|| SystemClock.now()))
            }
        }
    }

    fn set_began(&self, began: Option<Timestamp>) {
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = began;
    }
}

/// The day, because it is the coarsest: what a run made is reused for as long as possible.
impl Default for Now {
    fn default() -> Self {
        Self::day()
    }
}

impl Source for Now {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        format!("clock:{self}")
    }

    fn form(&self) -> String {
        String::new()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        let instant = self.instant();
        Ok(SourceState {
            fingerprint: instant.to_string(),
            size: 0,
            modified: Some(instant),
            trust: Trust::Always,
        })
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        Ok(digest_of(self.instant()))
    }

    fn pinned(&self) -> Option<Digest> {
        match self.time {
            Time::At(moment) => Some(digest_of(moment)),
            Time::Clock(_) => None,
        }
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        None
    }

    fn run_began(&self, at: Timestamp) {
        self.set_began(Some(at));
    }

    fn run_ended(&self) {
        self.set_began(None);
    }

    fn shown(&self) -> Option<String> {
        Some(self.instant().to_string())
    }

    fn grows_old(&self) -> bool {
        false
    }
}

fn digest_of(moment: Timestamp) -> Digest {
    Digest::of(moment.to_string().as_bytes())
}

impl fmt::Display for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.time {
            Time::At(moment) => moment.fmt(f),
            Time::Clock(granularity) => f.write_str(granularity.as_str()),
        }
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Now({self})")
    }
}

impl PartialEq for Now {
    fn eq(&self, other: &Self) -> bool {
        self.time == other.time
    }
}

impl Eq for Now {}

impl Hash for Now {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.time.hash(state);
    }
}

impl Serialize for Now {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note_source(Arc::new(self.clone()));
        SHAPE.write(serializer, &self.to_string(), &[])
    }
}

impl<'de> Deserialize<'de> for Now {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = SHAPE.read(deserializer)?;
        let text = written
            .place
            .ok_or_else(|| D::Error::missing_field("as_of"))?;
        text.parse().map_err(D::Error::custom)
    }
}

impl std::str::FromStr for Now {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let known = Granularity::ALL
            .into_iter()
            .find(|granularity| granularity.as_str() == text);
        if let Some(granularity) = known {
            return Ok(Self::of(Time::Clock(granularity)));
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self::at(moment));
        }
        // A time without its zone would be read as a day, and the time be lost.
        let is_day = text.len() == "2026-10-01".len();
        if is_day && let Ok(moment) = format!("{text}T00:00:00Z").parse::<Timestamp>() {
            return Ok(Self::at(moment));
        }
        let hint = nearest(text, Granularity::ALL.map(Granularity::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(format!("`{text}` is no time: write {}{hint}", SHAPE.text))
    }
}
