//! What a stage reaches in the code, read from the lines that its macro wrote, and what differs between two of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::reason::{Reason, ReasonKind};

/// Everything that a stage reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeReach {
    /// Items of the program and of its path dependencies, each after the one that led to it.
    pub items: Vec<ReachedItem>,
    /// Locked crates: name, version, and the features asked of them.
    pub crates: BTreeSet<(String, String, String)>,
    /// What else counts by content, such as an included file: its label and the beginning of its digest.
    pub contents: BTreeMap<String, String>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedItem {
    /// The item that led to it, as a position in the list.
    pub from: Option<usize>,
    /// The beginning of its digest.
    pub digest: String,
    /// As people call it, such as `fn normalise`.
    pub label: String,
    /// Its module, such as `app::text`.
    pub module: String,
    /// The file, relative to the repository.
    pub file: String,
    /// First and last line.
    pub lines: (u32, u32),
}

impl ReachedItem {
    /// `src/text.rs:42`
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.lines.0)
    }
}

impl CodeReach {
    /// Reads the lines of [`mlops_core::Code::items`]. A line that is not understood is left out: it is for explanations only.
    pub fn read(text: &str) -> Self {
        let mut reach = Self::default();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["item", from, digest, label, module, place] => {
                    let (file, lines) = place.rsplit_once(':').unwrap_or((place, ""));
                    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
                    reach.items.push(ReachedItem {
                        from: from.parse().ok(),
                        digest: (*digest).to_owned(),
                        label: (*label).to_owned(),
                        module: (*module).to_owned(),
                        file: file.to_owned(),
                        lines: (first.parse().unwrap_or(0), last.parse().unwrap_or(0)),
                    });
                }
                ["crate", name, version, asked] => {
                    let of = |text: &&str| (*text).to_owned();
                    reach.crates.insert((of(name), of(version), of(asked)));
                }
                ["content", label, digest] => {
                    reach
                        .contents
                        .insert((*label).to_owned(), (*digest).to_owned());
                }
                _ => {}
            }
        }
        reach
    }

    /// What differs, with the causes before what merely came along: changed items first, then items that are new or gone.
    pub fn differences(&self, new: &Self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let old_items = self.by_name();
        let new_items = new.by_name();
        let mut came = Vec::new();
        for (name, items) in &new_items {
            let Some(before) = old_items.get(name) else {
                came.push((items[0], "is new"));
                continue;
            };
            let digests = |items: &[&ReachedItem]| {
                items
                    .iter()
                    .map(|item| item.digest.clone())
                    .collect::<BTreeSet<_>>()
            };
            let (old, now) = (digests(before), digests(items));
            if old != now {
                let item = items.iter().find(|item| !old.contains(&item.digest));
                let item = item.unwrap_or(&items[0]);
                reasons.push(code(&item.label).at(item.place()));
            }
        }
        for (name, items) in &old_items {
            if !new_items.contains_key(name) {
                came.push((items[0], "is gone"));
            }
        }
        self.compare_contents(new, &mut reasons);
        self.compare_crates(new, &mut reasons);
        if reasons.is_empty() {
            // Nothing that was there changed, so what came or went is the cause itself.
            reasons.extend(
                came.into_iter()
                    .map(|(item, how)| code(&format!("{} {how}", item.label)).at(item.place())),
            );
        }
        reasons
    }

    fn by_name(&self) -> BTreeMap<(&str, &str), Vec<&ReachedItem>> {
        let mut items: BTreeMap<(&str, &str), Vec<&ReachedItem>> = BTreeMap::new();
        for item in &self.items {
            items
                .entry((&item.module, &item.label))
                .or_default()
                .push(item);
        }
        items
    }

    fn compare_contents(&self, new: &Self, reasons: &mut Vec<Reason>) {
        for (label, digest) in &new.contents {
            match self.contents.get(label) {
                Some(before) if before == digest => {}
                Some(_) => reasons.push(code(label)),
                None => reasons.push(code(&format!("{label} is new"))),
            }
        }
        for label in self.contents.keys() {
            if !new.contents.contains_key(label) {
                reasons.push(code(&format!("{label} is gone")));
            }
        }
    }

    /// `crate linfa 0.8.0 → 0.8.1`
    fn compare_crates(&self, new: &Self, reasons: &mut Vec<Reason>) {
        let named = |crates: &BTreeSet<(String, String, String)>| {
            let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (name, version, asked) in crates {
                let features = if asked.is_empty() || asked == "[]" {
                    String::new()
                } else {
                    format!(" with {asked}")
                };
                named
                    .entry(name.clone())
                    .or_default()
                    .push(format!("{version}{features}"));
            }
            named
        };
        let (old, now) = (named(&self.crates), named(&new.crates));
        let names: BTreeSet<&String> = old.keys().chain(now.keys()).collect();
        for name in names {
            let said = |versions: Option<&Vec<String>>| {
                versions.map_or_else(|| "none".to_owned(), |versions| versions.join(", "))
            };
            let (before, after) = (old.get(name), now.get(name));
            if before != after {
                let reason = Reason::new(ReasonKind::Dependency, format!("crate {name}"));
                reasons.push(reason.changed(said(before), said(after)));
            }
        }
    }
}

fn code(item: &str) -> Reason {
    Reason::new(ReasonKind::Code, item)
}

#[cfg(test)]
mod tests {
    use super::CodeReach;

    const OLD: &str = "item\t-\taa\tfn train\tapp::training\tsrc/training.rs:5-9\n\
        item\t0\tbb\tfn normalise\tapp::text\tsrc/text.rs:42-50\n\
        item\t1\tcc\tfn trim\tapp::text\tsrc/text.rs:60-61\n\
        crate\tlinfa\t0.8.0\t[]\n\
        content\tfile\"words.txt\"\tdd\n";

    fn differences(new: &str) -> Vec<String> {
        let new = CodeReach::read(new);
        let reasons = CodeReach::read(OLD).differences(&new);
        reasons.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_changed_item_is_named_with_its_place_and_what_came_along_is_not() {
        let new = OLD
            .replace("\tbb\t", "\tb2\t")
            .replace("src/text.rs:42-50", "src/text.rs:44-53")
            + "item\t1\tee\tfn fold\tapp::text\tsrc/text.rs:70-71\n";
        assert_eq!(differences(&new), ["fn normalise (src/text.rs:44)"]);
    }

    #[test]
    fn crates_and_files_are_named_with_what_they_were() {
        let new = OLD.replace("0.8.0", "0.8.1").replace("\tdd", "\tde");
        assert_eq!(
            differences(&new),
            ["file\"words.txt\"", "crate linfa 0.8.0 → 0.8.1"]
        );
    }

    #[test]
    fn what_came_or_went_is_the_cause_when_nothing_else_is() {
        let new = OLD.replace("item\t1\tcc\tfn trim\tapp::text\tsrc/text.rs:60-61\n", "");
        assert_eq!(differences(&new), ["fn trim is gone (src/text.rs:60)"]);
        assert_eq!(differences(OLD), Vec::<String>::new());
    }

    #[test]
    fn what_moved_is_the_same() {
        assert_eq!(
            differences(&OLD.replace(":42-50", ":1-9")),
            Vec::<String>::new()
        );
    }
}
