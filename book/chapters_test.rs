//! What mdBook does not check: chapters that nothing lists, includes and links that lead nowhere, settings that are refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mlops_core::{Configuration, ConfigurationText};

use super::CHAPTERS;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test of the chapters reads the chapters"
)]
fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn chapters_on_disk() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![source()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let below = path.strip_prefix(source()).unwrap().with_extension("");
                found.insert(below.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.remove("SUMMARY");
    found
}

/// The targets of the Markdown links in a text that are files of ours.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

fn complaints_about_lists(disk: &BTreeSet<String>, code: &[&str], summary: &str) -> Vec<String> {
    let code: BTreeSet<_> = code.iter().map(|&path| path.to_owned()).collect();
    let summary: BTreeSet<_> = links(summary)
        .filter_map(|link| link.strip_suffix(".md"))
        .map(|path| path.trim_start_matches("./").to_owned())
        .collect();
    let mut complaints = Vec::new();
    for (name, list) in [("lib.rs", &code), ("SUMMARY.md", &summary)] {
        for path in disk.difference(list) {
            complaints.push(format!("{path}.md is not listed in {name}"));
        }
        for path in list.difference(disk) {
            complaints.push(format!("{name} lists {path}.md, which does not exist"));
        }
    }
    complaints
}

/// What follows `{{#include` and its kin: a file, and after a colon an anchor or lines.
fn includes(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split("{{#")
        .skip(1)
        .filter_map(|rest| rest.split("}}").next())
        .filter_map(|inside| inside.split_once(char::is_whitespace))
        .filter(|(word, _)| word.ends_with("include"))
        .map(|(_, target)| match target.trim().split_once(':') {
            Some((file, anchor)) => (file, Some(anchor)),
            None => (target.trim(), None),
        })
}

fn complaints_about_includes(
    chapter: &str,
    text: &str,
    open: impl Fn(&Path) -> Option<String>,
) -> Vec<String> {
    let path = source().join(format!("{chapter}.md"));
    let folder = path.parent().unwrap();
    includes(text)
        .filter_map(|(file, anchor)| {
            let Some(listing) = open(&folder.join(file)) else {
                return Some(format!(
                    "{chapter}.md includes {file}, which does not exist"
                ));
            };
            let anchor = anchor?;
            let stands = |mark: &str| {
                listing.lines().any(|line| {
                    line.split_once(mark)
                        .is_some_and(|(_, name)| name.trim() == anchor)
                })
            };
            if anchor.starts_with(|c: char| c.is_ascii_digit() || c == ':') {
                Some(format!(
                    "{chapter}.md includes lines of {file}: lines move, use an anchor"
                ))
            } else if stands("ANCHOR: ") && stands("ANCHOR_END: ") {
                None
            } else {
                Some(format!(
                    "{chapter}.md includes {file}:{anchor}, which has no such anchor"
                ))
            }
        })
        .collect()
}

fn complaints_about_links(chapter: &str, text: &str) -> Vec<String> {
    let path = source().join(format!("{chapter}.md"));
    let folder = path.parent().unwrap();
    links(text)
        .filter(|link| link.ends_with(".md") && !folder.join(link).exists())
        .map(|link| format!("{chapter}.md links to {link}, which does not exist"))
        .collect()
}

fn in_every_chapter(mut rule: impl FnMut(&str, &str) -> Vec<String>) -> Vec<String> {
    CHAPTERS
        .iter()
        .flat_map(|chapter| {
            let text = read(&source().join(format!("{chapter}.md"))).unwrap();
            rule(chapter, &text)
        })
        .collect()
}

#[test]
fn every_chapter_is_listed_in_the_code_and_in_the_summary() {
    let summary = read(&source().join("SUMMARY.md")).unwrap();
    let complaints = complaints_about_lists(&chapters_on_disk(), CHAPTERS, &summary);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_include_names_a_file_and_an_anchor_that_exist() {
    let complaints =
        in_every_chapter(|chapter, text| complaints_about_includes(chapter, text, read));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_link_leads_to_a_chapter() {
    let complaints = in_every_chapter(complaints_about_links);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_configuration_in_the_book_is_accepted() {
    let complaints = in_every_chapter(|chapter, text| {
        text.split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .filter_map(|text| {
                Configuration::parse(&[ConfigurationText {
                    name: chapter,
                    text,
                }])
                .err()
            })
            .map(|error| error.to_string())
            .collect()
    });
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_contract_in_the_book_is_accepted() {
    let mut found = 0;
    let complaints = in_every_chapter(|chapter, text| {
        text.split("```toml,contract\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .inspect(|_| found += 1)
            .filter_map(|text| mlops::Contract::from_toml_str(text).err())
            .map(|error| format!("{chapter}: {error}"))
            .collect()
    });
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    assert!(found > 0);
}

/// The rules themselves: each must find what is planted.
mod planted {
    use super::*;

    #[test]
    fn a_chapter_that_is_not_listed_is_found() {
        let disk = BTreeSet::from(["a".to_owned(), "how/b".to_owned()]);
        let summary = "# Summary\n- [A](a.md)\n  - [B](./how/b.md)";
        assert!(complaints_about_lists(&disk, &["a", "how/b"], summary).is_empty());
        for (code, summary) in [
            (&["a"][..], summary),
            (&["a", "how/b", "c"], summary),
            (&["a", "how/b"], "- [A](a.md)"),
            (&["a", "how/b"], "- [A](a.md)\n- [B](how/b.md)\n- [C](c.md)"),
        ] {
            let complaints = complaints_about_lists(&disk, code, summary);
            assert_eq!(complaints.len(), 1, "{code:?} {summary}");
        }
    }

    #[test]
    fn an_include_that_leads_nowhere_is_found() {
        let open = |path: &Path| {
            path.ends_with("a.rs")
                .then(|| "// ANCHOR: whole\nx\n// ANCHOR_END: whole\n// ANCHOR: open\n".to_owned())
        };
        for (text, count) in [
            ("{{#include ../a.rs}}", 0),
            ("{{#include ../a.rs:whole}}", 0),
            ("{{#rustdoc_include ../a.rs:whole}}", 0),
            ("{{#include ../b.rs}}", 1),
            ("{{#include ../a.rs:who}}", 1),
            ("{{#include ../a.rs:open}}", 1),
            ("{{#include ../a.rs:1:2}}", 1),
            ("x {{#include ../a.rs:x}} y {{#include ../b.rs}}", 2),
        ] {
            assert_eq!(
                complaints_about_includes("c", text, open).len(),
                count,
                "{text}"
            );
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        assert!(complaints_about_links("caching", "[x](profiles.md#levels)").is_empty());
        assert!(complaints_about_links("how/key", "[x](../caching.md)").is_empty());
        assert_eq!(
            complaints_about_links("how/key", "[x](caching.md)").len(),
            1
        );
    }
}
