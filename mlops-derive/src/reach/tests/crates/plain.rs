//! The plain closure over bare names, for comparison: whatever has a name that is used is used, and so is whatever is called
//! without its name, such as `Display` and `Drop`.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::reach::mention::names;

/// What the names in a stage lead to.
pub(super) struct Plain {
    /// How many functions, and out of how many.
    pub(super) functions: usize,
    pub(super) all: usize,
    names: BTreeSet<String>,
    traits: BTreeSet<String>,
}

impl Plain {
    /// Whether a function of this name, in an `impl` of this trait if in one, is among them.
    pub(super) fn reaches(&self, name: &str, of_trait: Option<&str>) -> bool {
        self.names.contains(name) || of_trait.is_some_and(|name| !self.traits.contains(name))
    }
}

/// The items of a crate by their names.
#[derive(Default)]
pub(super) struct Items {
    all: Vec<Named>,
    by_name: BTreeMap<String, Vec<usize>>,
    traits: BTreeSet<String>,
    /// Functions of an `impl` of a trait, each with the trait's name.
    of_traits: Vec<(String, usize)>,
}

struct Named {
    is_function: bool,
    names: BTreeSet<String>,
}

impl Items {
    pub(super) fn read<'a>(texts: impl Iterator<Item = &'a String>) -> Self {
        let mut items = Self::default();
        for text in texts {
            items.visit_file(&syn::parse_file(text).unwrap());
        }
        items
    }

    /// What a stage leads to by the names that it and the functions beside it say.
    pub(super) fn closure(&self, stage: &str, stages: &str) -> Plain {
        let mut pending = Vec::new();
        for item in syn::parse_file(stages).unwrap().items {
            if let syn::Item::Fn(function) = &item
                && (function.sig.ident == stage || !is_a_stage(&function.attrs))
            {
                names(item.to_token_stream(), &mut pending);
            }
        }
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut reached = BTreeSet::new();
        for (of_trait, at) in &self.of_traits {
            if !self.traits.contains(of_trait) {
                reached.insert(*at);
                pending.extend(self.all[*at].names.iter().cloned());
            }
        }
        while let Some(name) = pending.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for at in self.by_name.get(&name).into_iter().flatten() {
                if reached.insert(*at) {
                    pending.extend(self.all[*at].names.iter().cloned());
                }
            }
        }
        let functions = reached.iter().filter(|at| self.all[**at].is_function);
        let all = self.all.iter().filter(|item| item.is_function);
        Plain {
            functions: functions.count(),
            all: all.count(),
            names: seen,
            traits: self.traits.clone(),
        }
    }

    fn add(&mut self, name: &str, is_function: bool, tokens: TokenStream) {
        let mut used = Vec::new();
        names(tokens, &mut used);
        self.by_name
            .entry(name.to_owned())
            .or_default()
            .push(self.all.len());
        self.all.push(Named {
            is_function,
            names: used.into_iter().collect(),
        });
    }
}

fn is_a_stage(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("stage"))
}

fn is_a_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.meta.to_token_stream().to_string();
        text == "test" || text == "cfg (test)"
    })
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let tokens = item.to_token_stream();
        match item {
            syn::Item::Fn(function) if !is_a_test(&function.attrs) => {
                self.add(&function.sig.ident.to_string(), true, tokens);
            }
            syn::Item::Struct(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::Item::Enum(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::Item::Union(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::Item::Type(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::Item::Const(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::Item::Static(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::Item::Macro(item) => match &item.ident {
                Some(name) => self.add(&name.to_string(), false, tokens),
                None => {
                    let mut defined = Vec::new();
                    names(item.mac.tokens.clone(), &mut defined);
                    for name in defined {
                        self.add(&name, false, tokens.clone());
                    }
                }
            },
            syn::Item::Mod(module) if !is_a_test(&module.attrs) => {
                visit::visit_item_mod(self, module)
            }
            syn::Item::Impl(item) => {
                let before = self.all.len();
                visit::visit_item_impl(self, item);
                let of_trait = item
                    .trait_
                    .as_ref()
                    .and_then(|(path, _)| path.segments.last());
                if let Some(of_trait) = of_trait {
                    let name = of_trait.ident.to_string();
                    let added = before..self.all.len();
                    self.of_traits.extend(added.map(|at| (name.clone(), at)));
                }
            }
            syn::Item::Trait(item) => {
                self.traits.insert(item.ident.to_string());
                visit::visit_item_trait(self, item);
            }
            _ => {}
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let tokens = item.to_token_stream();
        match item {
            syn::ImplItem::Fn(item) => self.add(&item.sig.ident.to_string(), true, tokens),
            syn::ImplItem::Const(item) => self.add(&item.ident.to_string(), false, tokens),
            syn::ImplItem::Type(item) => self.add(&item.ident.to_string(), false, tokens),
            _ => {}
        }
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        let tokens = item.to_token_stream();
        if let syn::TraitItem::Fn(item) = item
            && item.default.is_some()
        {
            self.add(&item.sig.ident.to_string(), true, tokens);
        }
    }
}
