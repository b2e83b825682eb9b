//! What attributes of ours say in sources that are read: which of it can change a value, and which of it names code.
//!
//! All that a `#[stage(…)]` says is policy, or has a place of its own in the key. A stage may compute features in its body, as in
//! `features![is_old].apply(&table)`, and then only the source tells how: so of a `#[mlops::feature(…)]` counts what its values
//! depend on.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

/// The options of `#[mlops::feature(…)]`.
pub(crate) const OF_A_FEATURE: [&str; 9] = [
    "entity",
    "owner",
    "ttl",
    "over",
    "uses",
    "name",
    "deprecated",
    "instead",
    "crate",
];

/// Options of a feature that say whose it is and what to use instead; values do not depend on them.
const WITHOUT_EFFECT: [&str; 3] = ["deprecated", "instead", "owner"];

/// Options of a feature that name code.
const NAMES_CODE: [&str; 2] = ["crate", "uses"];

/// An attribute that makes something of a function, and defines nothing elsewhere.
pub(crate) enum Ours {
    Stage,
    Feature {
        path: TokenStream,
        options: Vec<Written>,
    },
}

impl Ours {
    /// Reads what is in the brackets. The last name of the path decides, since a path may lead anywhere; others have attributes
    /// that are called `feature`, so there the options decide as well.
    pub(crate) fn of(attribute: &TokenStream) -> Option<Self> {
        let tokens: Vec<TokenTree> = attribute.clone().into_iter().collect();
        let end = tokens.iter().position(|token| !is_of_path(token));
        let (path, behind) = tokens.split_at(end.unwrap_or(tokens.len()));
        match path.last() {
            Some(TokenTree::Ident(word)) if word == "stage" => Some(Self::Stage),
            Some(TokenTree::Ident(word)) if word == "feature" => Some(Self::Feature {
                path: path.iter().cloned().collect(),
                options: options(behind)?,
            }),
            _ => None,
        }
    }

    pub(crate) const fn is_feature(&self) -> bool {
        matches!(self, Self::Feature { .. })
    }

    /// The attribute without what cannot change a value; empty if nothing of it can.
    pub(crate) fn with_effect(self) -> TokenStream {
        let Self::Feature { mut path, options } = self else {
            return TokenStream::new();
        };
        let mut kept = TokenStream::new();
        for option in options.into_iter().filter(Written::has_effect) {
            kept.extend(option.tokens);
            // Behind the last one, too: which one is the last may hang on one that is left out.
            kept.extend([TokenTree::Punct(Punct::new(',', Spacing::Alone))]);
        }
        path.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, kept))]);
        path
    }

    /// The code that it names.
    pub(crate) fn named_code(self) -> TokenStream {
        let Self::Feature { options, .. } = self else {
            return TokenStream::new();
        };
        let named = options
            .into_iter()
            .filter(|option| option.is_any(&NAMES_CODE));
        // The option's own name is none of the code's.
        named
            .flat_map(|option| option.tokens.into_iter().skip(1))
            .collect()
    }
}

/// One option, without the comma behind it.
pub(crate) struct Written {
    tokens: Vec<TokenTree>,
}

impl Written {
    fn is_any(&self, names: &[&str]) -> bool {
        matches!(self.tokens.first(), Some(TokenTree::Ident(word)) if names.iter().any(|name| word == name))
    }

    /// What is more than a name and a text may be more than one option: a macro writes it.
    fn has_effect(&self) -> bool {
        let is_text = matches!(self.tokens.as_slice(), [_, _, TokenTree::Literal(_)]);
        !(is_text && self.is_any(&WITHOUT_EFFECT))
    }
}

/// The options of a feature, if all are known and the one is there that none can be without.
fn options(behind: &[TokenTree]) -> Option<Vec<Written>> {
    let [TokenTree::Group(group)] = behind else {
        return None;
    };
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let options: Vec<Written> = tokens
        .split(is_comma)
        .filter(|tokens| !tokens.is_empty())
        .map(|tokens| Written {
            tokens: tokens.to_vec(),
        })
        .collect();
    let are_known = options.iter().all(|option| option.is_any(&OF_A_FEATURE));
    let has_entity = options.iter().any(|option| option.is_any(&["entity"]));
    (are_known && has_entity).then_some(options)
}

fn is_of_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;

    use super::Ours;

    fn ours(text: &str) -> Option<Ours> {
        Ours::of(&tokens(text))
    }

    fn tokens(text: &str) -> TokenStream {
        text.parse().unwrap()
    }

    #[test]
    fn an_attribute_of_ours_is_known_under_any_path() {
        for text in ["stage", "mlops::stage(train, cache = serde)"] {
            assert!(matches!(ours(text), Some(Ours::Stage)), "{text}");
        }
        for text in [
            "mlops::feature(entity = \"a\")",
            "::app::mlops::feature(owner = \"b\", uses(c::d), entity = \"a\",)",
        ] {
            assert!(ours(text).is_some_and(|ours| ours.is_feature()), "{text}");
        }
    }

    #[test]
    fn an_attribute_of_others_is_none_of_ours_even_if_it_is_called_so() {
        for text in [
            "stage::other(feature)",
            "serde(stage)",
            "doc = stage",
            "registry::feature",
            "registry::feature(STEPS)",
            "registry::feature(name = \"a\")",
            "registry::feature(entity = \"a\", STEPS)",
            "mlops::feature(entity = \"a\", $($more)*)",
            "mlops::feature = \"a\"",
        ] {
            assert!(ours(text).is_none(), "{text}");
        }
    }

    #[test]
    fn of_a_feature_counts_what_its_values_depend_on() {
        let kept = "mlops::feature(entity = \"a\", uses(c::d, e), ttl = \"1d\",)";
        for plain in [
            "mlops::feature(entity = \"a\", owner = \"b\", uses(c::d, e), ttl = \"1d\")",
            "mlops::feature(entity = \"a\", uses(c::d, e), ttl = \"1d\", deprecated = \"2026-12-31\", instead = \"f\")",
        ] {
            let plain = ours(plain).unwrap().with_effect();
            assert_eq!(plain.to_string(), tokens(kept).to_string());
        }
        let written = "mlops::feature(entity = \"a\", owner = $($owner)*,)";
        let counted = ours(written).unwrap().with_effect();
        assert_eq!(counted.to_string(), tokens(written).to_string());
    }

    #[test]
    fn a_feature_names_the_code_that_it_uses_and_a_stage_names_none() {
        let feature =
            ours("mlops::feature(entity = \"a\", owner = \"b\", uses(c::d, e), crate = f::g)");
        let named = feature.unwrap().named_code();
        assert_eq!(named.to_string(), tokens("(c::d, e) = f::g").to_string());
        assert!(ours("stage(train)").unwrap().named_code().is_empty());
    }
}
