//! Which derives and attributes may write items of any name beside what they stand at.

use proc_macro2::{TokenStream, TokenTree};

use super::stream;
use crate::reach::mention::{is_punct, unraw};

/// Derives and attributes that are not known to write nothing but an `impl` of what they stand at.
pub(super) fn writers(attributes: &[TokenStream]) -> Vec<String> {
    const DERIVES: [&str; 15] = [
        "Artifact",
        "Clone",
        "Contract",
        "Copy",
        "Debug",
        "Default",
        "Deserialize",
        "Eq",
        "Error",
        "Hash",
        "Ord",
        "Outputs",
        "PartialEq",
        "PartialOrd",
        "Serialize",
    ];
    const ATTRIBUTES: [&str; 47] = [
        "allow",
        "async_trait",
        "automatically_derived",
        "bench",
        "cfg",
        "cold",
        "default",
        "deny",
        "deprecated",
        "diagnostic",
        "doc",
        "error",
        "expect",
        "export_name",
        "feature",
        "forbid",
        "from",
        "global_allocator",
        "ignore",
        "inline",
        "instrument",
        "link",
        "link_name",
        "link_section",
        "macro_export",
        "macro_use",
        "main",
        "must_use",
        "no_mangle",
        "non_exhaustive",
        "panic_handler",
        "path",
        "proc_macro",
        "proc_macro_attribute",
        "proc_macro_derive",
        "repr",
        "rustfmt",
        "serde",
        "should_panic",
        "source",
        "stage",
        "target_feature",
        "test",
        "track_caller",
        "unsafe",
        "used",
        "warn",
    ];
    let mut found = Vec::new();
    for attribute in attributes {
        add_writers(attribute.clone(), &DERIVES, &ATTRIBUTES, &mut found);
    }
    found
}

fn add_writers(
    attribute: TokenStream,
    derives: &[&str],
    attributes: &[&str],
    found: &mut Vec<String>,
) {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let path = tokens.iter().map_while(|token| match token {
        TokenTree::Ident(word) => Some(Some(unraw(&word.to_string()))),
        TokenTree::Punct(punct) if punct.as_char() == ':' => Some(None),
        _ => None,
    });
    let path: Vec<String> = path.flatten().collect();
    let group = tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let last = path.last().map(String::as_str).unwrap_or_default();
    match (last, group) {
        ("derive", Some(list)) => {
            let list: Vec<TokenTree> = list.into_iter().collect();
            let of_list = list.split(|token| is_punct(Some(token), ','));
            let paths = of_list.map(|path| path.iter().map(ToString::to_string).collect());
            let last = |path: &String| path.rsplit(':').next().unwrap_or_default().to_owned();
            found.extend(paths.filter(|path: &String| {
                !path.is_empty() && !derives.contains(&last(path).as_str())
            }));
        }
        // What stands behind the condition.
        ("cfg_attr", Some(list)) => {
            let list: Vec<TokenTree> = list.into_iter().collect();
            for attribute in list.split(|token| is_punct(Some(token), ',')).skip(1) {
                add_writers(stream(attribute), derives, attributes, found);
            }
        }
        _ => {
            let known = path.first().map(String::as_str).unwrap_or_default();
            let is_known = attributes.contains(&last)
                || (path.len() > 1 && matches!(known, "rustfmt" | "clippy" | "diagnostic"));
            found.extend((!is_known).then(|| path.join("::")));
        }
    }
}
