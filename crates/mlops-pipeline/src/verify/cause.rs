//! Why a stage gives something else each time: the usual causes, and the names in its code that hint at them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A usual cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// The order in which a hash map or set is walked.
    HashOrder,
    /// Random numbers that are not seeded from the stage's inputs.
    Random,
    /// The present moment.
    Time,
    /// How many threads there are, or which of them is first.
    Threads,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::HashOrder, Self::Random, Self::Time, Self::Threads];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HashOrder => "hash order",
            Self::Random => "unseeded random numbers",
            Self::Time => "time",
            Self::Threads => "threads",
        }
    }

    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::HashOrder => {
                "walk a `BTreeMap` or `BTreeSet`, or sort what comes out of the hash map"
            }
            Self::Random => "seed the generator with `cx.seed()`",
            Self::Time => "take the moment as a parameter of the stage",
            Self::Threads => {
                "put the parts together in their own order, and cut them by size and not by the number of threads"
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name in a stage's code that hints at a cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CauseInCode {
    /// The cause.
    pub cause: Cause,
    /// The name, such as `std::collections::HashMap`.
    pub name: String,
    /// The item that uses it.
    pub by: String,
    /// Where that item is.
    pub at: String,
}

/// Paths that hint at a cause; each stands for all that is below it.
const NAMES: [(&str, Cause); 49] = [
    ("ahash", Cause::HashOrder),
    ("dashmap", Cause::HashOrder),
    ("hashbrown", Cause::HashOrder),
    ("std::collections::HashMap", Cause::HashOrder),
    ("std::collections::HashSet", Cause::HashOrder),
    ("std::collections::hash_map", Cause::HashOrder),
    ("std::collections::hash_set", Cause::HashOrder),
    ("std::hash::DefaultHasher", Cause::HashOrder),
    ("std::hash::RandomState", Cause::HashOrder),
    ("fastrand", Cause::Random),
    ("getrandom", Cause::Random),
    ("nanoid", Cause::Random),
    ("rand::make_rng", Cause::Random),
    ("rand::random", Cause::Random),
    ("rand::rng", Cause::Random),
    ("rand::rngs::OsRng", Cause::Random),
    ("rand::rngs::SysRng", Cause::Random),
    ("rand::rngs::ThreadRng", Cause::Random),
    ("rand::thread_rng", Cause::Random),
    ("rand_core::OsRng", Cause::Random),
    ("ring::rand", Cause::Random),
    ("std::collections::hash_map::RandomState", Cause::Random),
    ("std::hash::RandomState", Cause::Random),
    ("ulid", Cause::Random),
    ("uuid::Uuid::new_v4", Cause::Random),
    ("uuid::Uuid::now_v7", Cause::Random),
    ("chrono::Local", Cause::Time),
    ("chrono::Utc::now", Cause::Time),
    ("jiff::Timestamp::now", Cause::Time),
    ("jiff::Zoned::now", Cause::Time),
    ("std::time::Instant", Cause::Time),
    ("std::time::SystemTime", Cause::Time),
    ("time::OffsetDateTime::now_local", Cause::Time),
    ("time::OffsetDateTime::now_utc", Cause::Time),
    ("time::UtcDateTime::now", Cause::Time),
    ("uuid::Uuid::now_v1", Cause::Time),
    ("uuid::Uuid::now_v6", Cause::Time),
    ("uuid::Uuid::now_v7", Cause::Time),
    ("crossbeam", Cause::Threads),
    ("crossbeam_channel", Cause::Threads),
    ("num_cpus", Cause::Threads),
    ("rayon", Cause::Threads),
    ("std::sync::mpsc", Cause::Threads),
    ("std::thread", Cause::Threads),
    ("threadpool", Cause::Threads),
    ("tokio::runtime", Cause::Threads),
    ("tokio::spawn", Cause::Threads),
    ("tokio::sync", Cause::Threads),
    ("tokio::task", Cause::Threads),
];

/// Below one of those, and no hint: they are the same each time.
const CONSTANT: [&str; 3] = [
    "std::time::SystemTime::UNIX_EPOCH",
    "std::thread::sleep",
    "std::thread::current",
];

/// What of a stage's code hints at a cause. `foreign` is [`mlops_core::Code::foreign`]: a line for each path that the code uses of
/// the crates of others, with the item that uses it and that item's place behind tabs; lines of methods say nothing here.
pub fn causes_in(foreign: &str) -> Vec<CauseInCode> {
    let mut found: Vec<CauseInCode> = foreign
        .lines()
        .flat_map(|line| {
            let mut fields = line.split('\t');
            let name = of_std(fields.next().unwrap_or_default());
            let by = fields.next().unwrap_or_default();
            let at = fields.next().unwrap_or_default();
            let is_constant = CONSTANT.iter().any(|known| is_below(&name, known));
            let causes = NAMES
                .iter()
                .filter(|(known, _)| !is_constant && is_below(&name, known))
                .map(|(_, cause)| *cause)
                .collect::<Vec<_>>();
            causes.into_iter().map(move |cause| CauseInCode {
                cause,
                name: name.clone(),
                by: by.to_owned(),
                at: at.to_owned(),
            })
        })
        .collect();
    found.sort();
    found.dedup();
    // A name below another one in the same item says nothing more.
    found.dedup_by(|next, kept| {
        (next.cause, &next.by, &next.at) == (kept.cause, &kept.by, &kept.at)
            && is_below(&next.name, &kept.name)
    });
    found
}

/// `core` and `alloc` are parts of `std`, under whose names people know them.
fn of_std(name: &str) -> String {
    match name.split_once("::") {
        Some(("core" | "alloc", rest)) => format!("std::{rest}"),
        _ => name.to_owned(),
    }
}

fn is_below(name: &str, known: &str) -> bool {
    name.strip_prefix(known)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(foreign: &str) -> Vec<String> {
        let found = causes_in(foreign);
        found
            .iter()
            .map(|found| {
                format!(
                    "{}: {} in {} ({})",
                    found.cause, found.name, found.by, found.at
                )
            })
            .collect()
    }

    #[test]
    fn each_known_name_is_found_with_its_place() {
        assert_eq!(
            said(
                "std::time::SystemTime::now\tfn now\tsrc/io.rs:12\n.elapsed\nrand::rng\tfn split\tsrc/split.rs:3\n"
            ),
            [
                "unseeded random numbers: rand::rng in fn split (src/split.rs:3)",
                "time: std::time::SystemTime::now in fn now (src/io.rs:12)",
            ]
        );
        for (name, cause) in NAMES {
            let found = causes_in(&format!("{name}\tfn f\tsrc/lib.rs:1"));
            assert!(found.iter().any(|found| found.cause == cause), "{name}");
            let below = causes_in(&format!("{name}::more\tfn f\tsrc/lib.rs:1"));
            assert!(below.iter().any(|found| found.cause == cause), "{name}");
        }
    }

    #[test]
    fn a_name_that_only_begins_alike_is_none() {
        for name in [
            "rayonnant::walk",
            "rand::rngs::StdRng",
            "std::collections::BTreeMap",
            "std::time::Duration",
            "my::std::thread",
            "time::Date",
            "std::time::SystemTime::UNIX_EPOCH",
            "std::thread::sleep",
            "",
        ] {
            assert!(
                causes_in(&format!("{name}\tfn f\tsrc/lib.rs:1")).is_empty(),
                "{name}"
            );
        }
        assert!(causes_in("").is_empty());
    }

    #[test]
    fn one_name_may_hint_at_two_causes_and_a_name_without_a_place_counts() {
        assert_eq!(
            said("std::hash::RandomState"),
            [
                "hash order: std::hash::RandomState in  ()",
                "unseeded random numbers: std::hash::RandomState in  ()",
            ]
        );
        assert_eq!(said("core::time::Duration"), Vec::<String>::new());
        let twice =
            "std::collections::HashMap\tfn a\ta:1\nstd::collections::HashMap::new\tfn a\ta:1";
        assert_eq!(said(twice).len(), 1);
        let elsewhere = twice.replace("HashMap::new\tfn a", "HashMap::new\tfn b");
        assert_eq!(said(&elsewhere).len(), 2);
        assert_eq!(
            said("rayon::prelude\tfn a\ta:1\nrayon::prelude\tfn a\ta:1").len(),
            1
        );
    }
}
