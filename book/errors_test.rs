//! Each error code has a page, and each page a code that the program can print.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::CHAPTERS;

/// The first words of codes.
const FAMILIES: [&str; 14] = [
    "accept",
    "artifact",
    "command",
    "configuration",
    "data",
    "evaluation",
    "feature",
    "join",
    "lineage",
    "online",
    "pipeline",
    "settings",
    "store",
    "verify",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

/// Rust files of the program; its tests name codes that may not exist.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !["tests", "benches", "target"].contains(&name.as_str()) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// Texts in quotes that are nothing but `family::word`.
fn codes_in(text: &str) -> BTreeSet<String> {
    text.split('"')
        .filter(|quoted| {
            quoted.split_once("::").is_some_and(|(family, word)| {
                let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
                FAMILIES.contains(&family) && !word.is_empty() && word.chars().all(is_word)
            })
        })
        .map(str::to_owned)
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test of the pages reads the sources"
)]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn codes() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&crates(), &mut files);
    files
        .iter()
        .flat_map(|file| codes_in(&read(file)))
        .collect()
}

#[test]
fn each_code_has_a_page_and_each_page_a_code() {
    let pages: BTreeSet<String> = CHAPTERS
        .iter()
        .filter_map(|chapter| chapter.strip_prefix("errors/"))
        .filter(|page| *page != "index")
        .map(|page| page.replace('/', "::"))
        .collect();
    let codes = codes();
    assert!(codes.len() > 50, "the sources were not found: {codes:?}");
    let missing: Vec<_> = codes.difference(&pages).collect();
    let idle: Vec<_> = pages.difference(&codes).collect();
    assert!(
        missing.is_empty() && idle.is_empty(),
        "codes without a page: {missing:?}; pages without a code: {idle:?}"
    );
}

#[test]
fn each_page_is_headed_by_its_code_and_says_what_to_do() {
    for page in CHAPTERS
        .iter()
        .filter(|page| page.starts_with("errors/") && **page != "errors/index")
    {
        let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{page}.md")));
        let code = page.trim_start_matches("errors/").replace('/', "::");
        assert!(text.starts_with(&format!("# `{code}`\n")), "{page}");
        assert!(text.contains(&format!("error[{code}]: ")), "{page}");
        assert!(text.contains("**What to do.** "), "{page}");
    }
}

#[test]
fn a_path_in_a_text_is_no_code() {
    let text = r#"a("store::busy"); b("store::Store"); c("churn::train"); d("store::"); e("x store::busy")"#;
    assert_eq!(codes_in(text), BTreeSet::from(["store::busy".to_owned()]));
}
