//! Conditions of `#[cfg(…)]`, as far as they are known while a crate is compiled.

use std::collections::BTreeSet;

use quote::ToTokens as _;
use syn::punctuated::Punctuated;

use super::compilation::Compilation;

/// What is known about a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    /// Only the compiler knows.
    Unknown,
}

/// Names that the compiler sets by itself, without `--cfg`.
const BY_THE_COMPILER: [&str; 20] = [
    "clippy",
    "debug_assertions",
    "doc",
    "doctest",
    "fmt_debug",
    "miri",
    "overflow_checks",
    "panic",
    "proc_macro",
    "relocation_model",
    "sanitize",
    "target_abi",
    "target_arch",
    "target_endian",
    "target_env",
    "target_family",
    "target_feature",
    "target_os",
    "ub_checks",
    "unix",
];

/// Whose condition it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) compilation: &'a Compilation,
    /// It is the crate that is being compiled, and not one of its dependencies.
    pub(crate) own: bool,
    /// Features that a dependency surely has not.
    pub(crate) off: &'a BTreeSet<String>,
}

/// The value of `written`, such as `all(unix, feature = "fast")`.
pub(crate) fn evaluate(written: &str, asker: Asker<'_>) -> Truth {
    match syn::parse_str::<syn::Meta>(written) {
        Ok(meta) => of_meta(&meta, asker),
        Err(_) => match written.trim().trim_end_matches(',').trim() {
            "true" => Truth::Yes,
            "false" => Truth::No,
            _ => Truth::Unknown,
        },
    }
}

fn of_meta(meta: &syn::Meta, asker: Asker<'_>) -> Truth {
    match meta {
        syn::Meta::Path(path) => match path.get_ident() {
            Some(name) => of_name(&name.to_string(), asker),
            None => Truth::Unknown,
        },
        syn::Meta::NameValue(pair) => {
            let (
                Some(name),
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(value),
                    ..
                }),
            ) = (pair.path.get_ident(), &pair.value)
            else {
                return Truth::Unknown;
            };
            of_pair(&name.to_string(), &value.value(), asker)
        }
        syn::Meta::List(list) => {
            let Some(inside) = inside(list) else {
                return Truth::Unknown;
            };
            let mut values = inside.iter().map(|meta| of_meta(meta, asker));
            if list.path.is_ident("not") {
                return match values.next() {
                    Some(Truth::Yes) => Truth::No,
                    Some(Truth::No) => Truth::Yes,
                    _ => Truth::Unknown,
                };
            }
            let decides = match () {
                () if list.path.is_ident("all") => Truth::No,
                () if list.path.is_ident("any") => Truth::Yes,
                () => return Truth::Unknown,
            };
            let values: Vec<Truth> = values.collect();
            if values.contains(&decides) {
                decides
            } else if values.contains(&Truth::Unknown) {
                Truth::Unknown
            } else if decides == Truth::No {
                Truth::Yes
            } else {
                Truth::No
            }
        }
    }
}

fn of_name(name: &str, asker: Asker<'_>) -> Truth {
    match name {
        "test" if asker.own => known(asker.compilation.is_test),
        // Nobody compiles the tests of a dependency.
        "test" => Truth::No,
        "true" => Truth::Yes,
        "false" => Truth::No,
        "unix" if is_at_home(asker) => known(cfg!(unix)),
        "windows" if is_at_home(asker) => known(cfg!(windows)),
        _ if BY_THE_COMPILER.contains(&name) || name == "windows" => Truth::Unknown,
        _ if asker.compilation.root.is_none() => Truth::Unknown,
        _ if asker.own => known(
            asker
                .compilation
                .conditions
                .iter()
                .any(|known| known == name),
        ),
        _ => Truth::Unknown,
    }
}

/// Whether what is compiled is for the machine that compiles, of which the macro itself is a part.
fn is_at_home(asker: Asker<'_>) -> bool {
    asker.compilation.root.is_some() && !asker.compilation.is_for_another
}

fn of_pair(name: &str, value: &str, asker: Asker<'_>) -> Truth {
    if is_at_home(asker) {
        use std::env::consts::{ARCH, FAMILY, OS};
        match name {
            "target_os" => return known(value == OS),
            "target_family" => return known(value == FAMILY),
            "target_arch" => return known(value == ARCH),
            _ => {}
        }
    }
    if BY_THE_COMPILER.contains(&name) {
        return Truth::Unknown;
    }
    if !asker.own && name == "feature" && asker.off.contains(value) {
        return Truth::No;
    }
    // The other features of a dependency are not told to those who depend on it.
    if !asker.own || asker.compilation.root.is_none() {
        return Truth::Unknown;
    }
    let written = format!("{name}=\"{value}\"");
    known(asker.compilation.conditions.contains(&written))
}

fn known(value: bool) -> Truth {
    if value { Truth::Yes } else { Truth::No }
}

/// Whether the compiler of the present crate gives a dependency's condition the same value: it is about the target alone.
pub(crate) fn is_about_the_target(written: &str) -> bool {
    names(written).iter().all(|name| {
        ["all", "any", "not", "windows", "test"].contains(&name.as_str())
            || BY_THE_COMPILER.contains(&name.as_str())
    })
}

/// Whether the profile decides some of it, which may be another one for each package.
pub(crate) fn is_about_the_profile(written: &str) -> bool {
    let of_the_profile = ["debug_assertions", "overflow_checks", "panic"];
    let names = names(written);
    names
        .iter()
        .any(|name| of_the_profile.contains(&name.as_str()))
}

/// Whether the compiler can be asked for a condition as it is written: what a macro is given stands only at its calls.
pub(crate) fn is_whole(written: &str) -> bool {
    matches!(written.trim(), "true" | "false") || syn::parse_str::<syn::Meta>(written).is_ok()
}

/// What a condition asks besides features and what the compiler itself sets, each by itself: what `--cfg` may set.
pub(crate) fn beside_features(written: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(meta) = syn::parse_str(written) {
        add_beside_features(&meta, &mut found);
    }
    found
}

fn add_beside_features(meta: &syn::Meta, found: &mut Vec<String>) {
    match meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("feature") => {}
        syn::Meta::List(list) => {
            let inside = inside(list).into_iter().flatten();
            inside.for_each(|meta| add_beside_features(&meta, found));
        }
        alone => {
            let written = alone.to_token_stream().to_string();
            found.extend(Some(written).filter(|written| !is_about_the_target(written)));
        }
    }
}

/// The conditions in `all(…)`, `any(…)` or `not(…)`.
fn inside(list: &syn::MetaList) -> Option<Punctuated<syn::Meta, syn::Token![,]>> {
    list.parse_args_with(Punctuated::parse_terminated).ok()
}

fn names(written: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(tokens) = written.parse() {
        super::mention::names(tokens, &mut names);
    }
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Asker, Compilation, Truth, beside_features, evaluate, is_about_the_target};

    #[test]
    fn what_the_arguments_tell_is_known_and_the_rest_is_not_guessed() {
        let compilation = Compilation {
            root: Some("src/lib.rs".into()),
            conditions: vec!["feature=\"fast\"".to_owned(), "bed".to_owned()],
            ..Compilation::default()
        };
        let of = |written: &str| {
            evaluate(
                written,
                Asker {
                    compilation: &compilation,
                    own: true,
                    off: &BTreeSet::new(),
                },
            )
        };
        for yes in [
            "feature = \"fast\"",
            "bed",
            "not(test)",
            "any(unix, bed)",
            "all()",
        ] {
            assert_eq!(of(yes), Truth::Yes, "{yes}");
        }
        for no in [
            "feature = \"slow\"",
            "test",
            "other",
            "all(unix, test)",
            "any()",
        ] {
            assert_eq!(of(no), Truth::No, "{no}");
        }
        for unknown in ["target_env = \"gnu\"", "not(debug_assertions)"] {
            assert_eq!(of(unknown), Truth::Unknown, "{unknown}");
        }
        let os = format!("target_os = \"{}\"", std::env::consts::OS);
        assert_eq!(of(&os), Truth::Yes);
        assert_eq!(of("all(unix, windows)"), Truth::No);
    }

    #[test]
    fn a_dependency_s_features_are_not_guessed_and_its_tests_never_count() {
        let compilation = Compilation::default();
        let off = BTreeSet::from(["slow".to_owned()]);
        let of = |written: &str| {
            let asker = Asker {
                compilation: &compilation,
                own: false,
                off: &off,
            };
            evaluate(written, asker)
        };
        assert_eq!(of("feature = \"fast\""), Truth::Unknown);
        assert_eq!(of("feature = \"slow\""), Truth::No);
        assert_eq!(of("test"), Truth::No);
        assert!(is_about_the_target("all(unix, not(target_os = \"macos\"))"));
        assert!(!is_about_the_target("feature = \"fast\""));
    }

    #[test]
    fn what_flags_set_is_told_apart_from_features() {
        let of = |written: &str| beside_features(written);
        assert_eq!(of("feature = \"fast\""), [""; 0]);
        assert_eq!(of("all(feature = \"fast\", not(windows))"), [""; 0]);
        assert_eq!(of("all(feature = \"fast\", any(bed, unix))"), ["bed"]);
        assert_eq!(of("not(bed = \"deep\")"), ["bed = \"deep\""]);
    }
}
