//! Names that serde gives to fields: rows are read by them, so columns are called so.

use syn::{Attribute, Field, Lit};

use crate::mistakes::Mistakes;
use crate::options;

/// What `rename_all` asks for.
#[derive(Default)]
pub(super) struct Case(Option<String>);

/// The `rename_all` of a type.
pub(super) fn of(attributes: &[Attribute]) -> Case {
    Case(said(attributes, "rename_all").flatten())
}

/// What serde is told of a field.
pub(super) struct Serde {
    pub(super) name: Option<String>,
    pub(super) skipped: bool,
    pub(super) flattened: bool,
}

pub(super) fn field(field: &Field) -> Serde {
    let says = |word| said(&field.attrs, word).is_some();
    Serde {
        name: said(&field.attrs, "rename").flatten(),
        skipped: says("skip") || says("skip_deserializing"),
        flattened: says("flatten"),
    }
}

/// Whether `#[serde(…)]` says a word, and the text that it gives it.
fn said(attributes: &[Attribute], word: &str) -> Option<Option<String>> {
    let serde = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"));
    for attribute in serde {
        let Ok(list) = attribute.meta.require_list() else {
            continue;
        };
        // serde judges its own attributes; a mistake in them is not ours to report.
        for option in options::split(list.tokens.clone(), &mut Mistakes::default()) {
            if option.name == word {
                let text = option.literal("", |literal| match literal {
                    Lit::Str(text) => Some(Ok(text.value())),
                    _ => None,
                });
                return Some(text.ok());
            }
        }
    }
    None
}

impl Case {
    /// The name of a field, which is in snake case, in this case.
    pub(super) fn apply(&self, name: &str) -> String {
        let words = || name.split('_').filter(|word| !word.is_empty());
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        };
        match self.0.as_deref() {
            Some("PascalCase") => words().map(capital).collect(),
            Some("camelCase") => {
                let pascal: String = words().map(capital).collect();
                let mut letters = pascal.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_ascii_lowercase().to_string() + letters.as_str()
                })
            }
            Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => name.to_ascii_uppercase(),
            Some("kebab-case") => name.replace('_', "-"),
            Some("SCREAMING-KEBAB-CASE") => name.to_ascii_uppercase().replace('_', "-"),
            _ => name.to_owned(),
        }
    }
}
