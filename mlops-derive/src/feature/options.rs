//! The options of `#[mlops::feature(…)]`: one list of names, each with one way to read it.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Lit, Path};

use crate::attribute::OF_A_FEATURE;
use crate::function::Function;
use crate::mistakes::{Mistakes, mistake};
use crate::options::{self, Value, WrittenOption};

/// What `#[mlops::feature(…)]` says.
pub(super) struct Options {
    pub(super) entity: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) ttl: Option<Duration>,
    /// How far back windows reach, with the word that says it.
    pub(super) over: Option<(Duration, Ident)>,
    /// `over` is there, but wrong.
    pub(super) failed_over: bool,
    /// The features that it is computed from.
    pub(super) uses: Vec<Path>,
    pub(super) name: Option<String>,
    /// The day from which it is not to be used.
    pub(super) deprecated: Option<String>,
    pub(super) instead: Option<String>,
    /// `…::__features`
    pub(super) private: TokenStream,
    given: Vec<Ident>,
}

impl Options {
    pub(super) fn parse(tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        let mut parsed = Self {
            entity: None,
            owner: None,
            ttl: None,
            over: None,
            failed_over: false,
            uses: Vec::new(),
            name: None,
            deprecated: None,
            instead: None,
            private: private(None),
            given: Vec::new(),
        };
        for option in options::split(tokens, mistakes) {
            if parsed.given.contains(&option.name) {
                mistakes.add(
                    &option.name,
                    format!("the option `{}` is given twice", option.name),
                    "keep one of them",
                );
                continue;
            }
            parsed.read(&option, mistakes);
            parsed.given.push(option.name);
        }
        if let (Some(word), true) = (
            parsed.given.iter().find(|name| *name == "instead"),
            !parsed.is_given("deprecated"),
        ) {
            mistakes.add(
                word,
                "`instead` says what to use in the place of a feature that is deprecated",
                "it goes with `deprecated = \"2026-12-31\"`, the day from which the feature is not to be used",
            );
        }
        parsed
    }

    /// What every definition says: whose property it is, who answers for it, what it means.
    pub(super) fn check_required(
        &self,
        place: &TokenStream,
        function: &Function,
        mistakes: &mut Mistakes,
    ) {
        let name = &function.signature.ident;
        // Nothing may stand between the brackets; then the function's name has to be underlined.
        let place = if place.is_empty() {
            quote!(#name)
        } else {
            place.clone()
        };
        for (option, wrong, example) in [
            (
                "entity",
                "a feature needs an entity: what one row of it is about",
                "add `entity = \"customer\"`",
            ),
            (
                "owner",
                "a feature needs an owner: whoever answers for its definition",
                "add `owner = \"growth-ml\"`",
            ),
        ] {
            if !self.is_given(option) {
                mistakes.add(&place, wrong, example);
            }
        }
        let is_description = |attribute: &syn::Attribute| attribute.path().is_ident("doc");
        if !function.attributes.iter().any(is_description) {
            mistakes.add(
                name,
                "a feature needs a description: others find it by what it says",
                "write a doc comment above it, as in `/// Years since the contract began.`",
            );
        }
    }

    fn is_given(&self, option: &str) -> bool {
        self.given.iter().any(|name| name == option)
    }

    fn read(&mut self, option: &WrittenOption, mistakes: &mut Mistakes) {
        match option.name.to_string().as_str() {
            "entity" => {
                self.entity = mistakes.keep(option.literal("entity = \"customer\"", name));
            }
            "owner" => {
                self.owner = mistakes.keep(option.literal("owner = \"growth-ml\"", filled_text));
            }
            "ttl" => self.ttl = mistakes.keep(option.literal("ttl = \"30d\"", duration)),
            "over" => {
                let over = mistakes.keep(option.literal("over = \"7d\"", duration));
                self.failed_over = over.is_none();
                self.over = over.map(|over| (over, option.name.clone()));
            }
            "uses" => self.read_uses(option, mistakes),
            "name" => self.name = mistakes.keep(option.literal("name = \"tenure_years\"", name)),
            "deprecated" => {
                self.deprecated = mistakes.keep(option.literal("deprecated = \"2026-12-31\"", day));
            }
            "instead" => {
                self.instead =
                    mistakes.keep(option.literal("instead = \"tenure_days\"", filled_text));
            }
            "crate" => {
                if let Some(path) = mistakes.keep(option.path()) {
                    self.private = private(Some(&path));
                }
            }
            _ => mistakes.push(unknown(option)),
        }
    }

    fn read_uses(&mut self, option: &WrittenOption, mistakes: &mut Mistakes) {
        const HELP: &str = "write `uses(tenure_years)`, or `uses(contract::tenure_years)` for a feature of another module";
        let Value::Group(group) = &option.value else {
            mistakes.add(
                &option.name,
                "`uses` needs a list of the features that this one is computed from",
                HELP,
            );
            return;
        };
        let parser = syn::punctuated::Punctuated::<Path, syn::Token![,]>::parse_terminated;
        match syn::parse::Parser::parse2(parser, group.clone()) {
            Ok(paths) if !paths.is_empty() => self.uses.extend(paths),
            Ok(_) => mistakes.add(&option.name, "`uses` names no feature", HELP),
            Err(_) => mistakes.add(group, "this is not a list of features", HELP),
        }
    }
}

/// The module that expansions refer to.
fn private(crate_path: Option<&Path>) -> TokenStream {
    match crate_path {
        Some(path) => quote!(#path::__features),
        None => quote!(::mlops::__features),
    }
}

/// What to say of an option that there is not.
fn unknown(option: &WrittenOption) -> syn::Error {
    let name = option.name.to_string();
    let nearest = OF_A_FEATURE
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&name, known), known))
        .filter(|(distance, known)| *distance <= name.len().max(known.len()).div_ceil(3))
        .min();
    let help = match nearest {
        Some((_, nearest)) => format!("did you mean `{nearest}`?"),
        None => {
            let all: Vec<String> = OF_A_FEATURE
                .iter()
                .map(|option| format!("`{option}`"))
                .collect();
            format!("the options are {}", all.join(", "))
        }
    };
    mistake(
        &option.name,
        format!("`#[mlops::feature]` has no option `{name}`"),
        help,
    )
}

fn filled_text(literal: &Lit) -> Option<Result<String, String>> {
    let Lit::Str(text) = literal else { return None };
    let text = text.value();
    Some(if text.trim().is_empty() {
        Err("this text is empty".to_owned())
    } else {
        Ok(text)
    })
}

/// A name of a column, which stands in files, on command lines and in requests, too.
fn name(literal: &Lit) -> Option<Result<String, String>> {
    let text = filled_text(literal)?;
    let usable = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    Some(
        text.and_then(|text| match text.chars().find(|letter| !usable(*letter)) {
            Some(wrong) => Err(format!("this name cannot contain {wrong:?}")),
            None => Ok(text),
        }),
    )
}

fn duration(literal: &Lit) -> Option<Result<Duration, String>> {
    let Lit::Str(text) = literal else { return None };
    Some(match crate::stage::duration(&text.value()) {
        Ok(Duration::ZERO) => Err("no time at all holds no events and no values".to_owned()),
        other => other,
    })
}

/// A day of the calendar, `2026-12-31`.
fn day(literal: &Lit) -> Option<Result<String, String>> {
    let Lit::Str(text) = literal else { return None };
    let text = text.value();
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let [year, month, day] = parts.as_slice() else {
        return Some(Err(format!("`{text}` is no day")));
    };
    let found = (number(year, 4), number(month, 2), number(day, 2));
    Some(match found {
        (Some(year), Some(month), Some(day)) if day >= 1 && day <= days_of(year, month) => Ok(text),
        _ => Err(format!("`{text}` is no day")),
    })
}

const fn days_of(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}
