//! What procedural macros of the project write.
//!
//! Such a macro is a function that runs in the compiler: what it returns follows from its own code, with all that this calls, and
//! from the tokens that it is given. So it counts like a function, and where it is used count the names that it may write: those
//! in its texts and in the tokens that it quotes, and those that it is given. Where its code may make names in another way, or
//! looks at anything else, what it writes cannot be told.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};

use super::closure::{Closure, Known};
use super::edges::Edges;
use super::item::Kind;
use super::lookup::{Extern, Target};
use super::mention::{is_punct, is_transparent, unraw};
use super::signs::Signs;
use super::world::{CrateId, Node, NodeId, World};
use super::{files, is_framework, with_own_lexer};

/// What is known of one procedural macro.
#[derive(Debug, Default)]
pub(super) struct Procedure {
    found: Vec<NodeId>,
    externs: BTreeSet<Extern>,
    contents: BTreeMap<String, String>,
    conditions: BTreeSet<String>,
    featured: BTreeSet<CrateId>,
    profiled: BTreeSet<CrateId>,
    generated: bool,
    /// Names that it may write, with `*` for what is put in.
    names: Vec<String>,
    /// Why it cannot be told what it writes, if so.
    blind: Option<String>,
}

impl World {
    /// Whether an item is a procedural macro of the project.
    pub(super) fn is_procedural(&self, node: NodeId) -> bool {
        let node = &self.nodes[node];
        let of_crate = &self.crates[node.of_crate];
        !node.item.makes.is_empty()
            && of_crate.package.makes_macros
            && !of_crate.own
            && !is_framework(&of_crate.package.name)
    }

    /// What is written by the procedural macros that reached items use.
    pub(super) fn add_procedural(&mut self, known: &mut Known, closure: &mut Closure) {
        let mut uses = std::mem::take(&mut closure.procedural);
        for at in closure.searched..closure.found.len() {
            let (user, _) = closure.found[at];
            let edges = self.known_edges(known, user);
            let macros = edges.nodes.iter().copied();
            let macros =
                macros.filter(|node| self.is_procedural(*node) && closure.runs != Some(*node));
            uses.extend(macros.map(|node| (node, Some(user))));
        }
        closure.searched = closure.found.len();
        for (node, user) in uses {
            if !closure.written.insert((node, user)) {
                continue;
            }
            let procedure = self.procedure(known, node);
            let edges = self.written_by(&procedure, node, user);
            closure.add(&edges, user);
            let found = procedure.found.iter();
            closure.compiling.extend(found.map(|found| (*found, user)));
        }
    }

    /// What using a macro leads to.
    fn written_by(&self, procedure: &Procedure, node: NodeId, user: Option<NodeId>) -> Edges {
        let mut edges = Edges {
            externs: procedure.externs.clone(),
            conditions: procedure.conditions.clone(),
            featured: procedure.featured.clone(),
            profiled: procedure.profiled.clone(),
            generated: procedure.generated,
            blind: procedure.blind.clone(),
            ..Edges::default()
        };
        edges.contents.extend(procedure.contents.clone());
        let makes = &self.nodes[node].item.makes;
        let user = user.map(|user| &self.nodes[user]);
        // A call has what it is given in its parentheses; of what stands at an attribute all is known where it is one item.
        let is_told = |user: &&Node| {
            let mut called = user.mentions().macros.iter();
            match user.item.kind {
                Kind::Macro | Kind::Module | Kind::Use => false,
                Kind::Impl | Kind::Trait => called.any(|path| path.segments.last() == Some(makes)),
                _ => true,
            }
        };
        let Some(user) = user.filter(is_told) else {
            let cause = format!("what the macro `{makes}` is given cannot be told");
            edges.blind.get_or_insert(cause);
            return edges;
        };
        self.add_named(user.of_crate, &procedure.names, &mut edges);
        self.add_named(user.of_crate, &user.mentions().words, &mut edges);
        edges
    }

    fn procedure(&mut self, known: &mut Known, node: NodeId) -> Rc<Procedure> {
        if let Some(procedure) = known.procedures.get(&node) {
            return Rc::clone(procedure);
        }
        let mut start = Closure::default();
        start.runs = Some(node);
        let closure = self.closure(known, start, &[node]);
        let name = &self.crates[self.nodes[node].of_crate].package.name;
        let unseen = format!("what the macros of `{name}` write cannot be seen");
        let mut names = BTreeSet::new();
        let tells_all = self.is_plain(&closure) && self.add_words(&closure, &mut names);
        let blind = (!tells_all).then_some(unseen);
        let procedure = Rc::new(Procedure {
            found: closure.found.iter().map(|(node, _)| *node).collect(),
            names: names.into_iter().collect(),
            blind: closure.blind.or(blind),
            externs: closure.externs,
            contents: closure.contents,
            conditions: closure.conditions,
            featured: closure.featured,
            profiled: closure.profiled,
            generated: closure.generated,
        });
        known.procedures.insert(node, Rc::clone(&procedure));
        procedure
    }

    /// Whether code makes names by its texts alone, and looks at nothing but what it is given.
    fn is_plain(&self, closure: &Closure) -> bool {
        let knows = |path: &String| {
            let is_of_the_library = ["std::", "core::", "alloc::"]
                .iter()
                .find_map(|root| path.strip_prefix(root));
            let module = is_of_the_library.and_then(|path| path.split("::").next());
            match module {
                Some(module) => MODULES.contains(&module),
                None => ["proc_macro", "proc_macro2", "quote", "syn"]
                    .iter()
                    .any(|root| path.split("::").next() == Some(root)),
            }
        };
        let is_known = |found: &Extern| match &found.target {
            Target::Package(package) => {
                matches!(package.as_str(), "proc-macro2" | "quote" | "syn")
            }
            Target::Ours(_) => true,
            Target::Unknown => false,
        };
        let is_fixed = |(node, _): &(NodeId, Option<NodeId>)| {
            let node = &self.nodes[*node];
            let mentions = node.mentions();
            let mut macros = mentions
                .macros
                .iter()
                .filter_map(|path| path.segments.last());
            node.item.kind != Kind::MacroCall
                && !node.item.label.starts_with("static ")
                && mentions.files.is_empty()
                && mentions.variables.is_empty()
                && !mentions.place
                && !macros.any(|name| NOT_PLAIN.contains(&name.as_str()))
        };
        let makes_names = |name: &String| MAKES_NAMES.contains(&name.as_str());
        let signs = closure.signs[0];
        let puts_texts_together = [
            Signs::ADD,
            Signs::ADD_ASSIGN,
            Signs::INDEX_BY_RANGE,
            Signs::INDEX_BY_OTHER.with(Signs::RANGE),
        ];
        let names_texts = || {
            closure.found.iter().any(|(node, _)| {
                let mut paths = self.nodes[*node].mentions().paths.iter();
                paths.any(|path| path.segments.iter().any(|segment| segment == "String"))
            })
        };
        let puts_together = puts_texts_together
            .into_iter()
            .any(|way| signs.has_all(way))
            || (closure.members.contains("collect") && names_texts());
        !puts_together
            && closure.foreign.keys().all(knows)
            && closure.externs.iter().all(is_known)
            && closure.found.iter().all(is_fixed)
            && !closure.members.iter().any(makes_names)
            && !closure.generated
    }

    /// Adds the names that stand in the texts of code, and in what it gives to macros; whether they can be told.
    fn add_words(&self, closure: &Closure, names: &mut BTreeSet<String>) -> bool {
        let mut lexed: BTreeMap<&str, Option<TokenStream>> = BTreeMap::new();
        closure.found.iter().all(|(node, _)| {
            let node = &self.nodes[*node];
            if matches!(node.item.kind, Kind::Use | Kind::ExternCrate) {
                return true;
            }
            let file = &node.file;
            let tokens = lexed.entry(&file.shown).or_insert_with(|| {
                let text = String::from_utf8(files::read(&file.path).ok()?).ok()?;
                with_own_lexer(|| text.parse().ok())
            });
            let (first, last) = node.lines();
            tokens.clone().is_some_and(|tokens| {
                let mut words = Words {
                    lines: first as usize..=last as usize,
                    names,
                };
                words.add(tokens, false)
            })
        })
    }
}

/// Modules of the standard library that know nothing of the world.
const MODULES: [&str; 19] = [
    "borrow",
    "boxed",
    "char",
    "cmp",
    "convert",
    "default",
    "fmt",
    "iter",
    "mem",
    "num",
    "ops",
    "option",
    "primitive",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "vec",
];

/// Macros that put texts together, or say where they stand.
const NOT_PLAIN: [&str; 5] = ["concat", "file", "module_path", "write", "writeln"];

/// What makes texts of other texts, by parts or by letters, and what tells where tokens stand.
const MAKES_NAMES: [&str; 68] = [
    "as_bytes",
    "as_mut_str",
    "byte_range",
    "bytes",
    "char_indices",
    "chars",
    "column",
    "concat",
    "drain",
    "end",
    "escape_debug",
    "escape_default",
    "escape_unicode",
    "extend",
    "file",
    "fold",
    "from_digit",
    "from_iter",
    "from_u32",
    "from_utf8",
    "from_utf8_lossy",
    "from_utf8_unchecked",
    "get_unchecked",
    "insert",
    "insert_str",
    "into_bytes",
    "into_chars",
    "join",
    "line",
    "lines",
    "local_file",
    "make_ascii_lowercase",
    "make_ascii_uppercase",
    "matches",
    "pop",
    "push",
    "push_str",
    "reduce",
    "remove",
    "remove_matches",
    "repeat",
    "replace",
    "replace_range",
    "replacen",
    "retain",
    "rev",
    "rsplit",
    "rsplit_once",
    "source_file",
    "source_text",
    "split",
    "split_at",
    "split_off",
    "split_once",
    "split_terminator",
    "start",
    "strip_prefix",
    "strip_suffix",
    "sum",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_uppercase",
    "trim",
    "trim_end_matches",
    "trim_start_matches",
    "truncate",
    "write_str",
];

/// Finds words in the tokens of some lines.
struct Words<'a> {
    lines: std::ops::RangeInclusive<usize>,
    names: &'a mut BTreeSet<String>,
}

impl Words<'_> {
    /// Whether all of them can be told.
    fn add(&mut self, tokens: TokenStream, is_quoted: bool) -> bool {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut told = true;
        for (at, token) in tokens.iter().enumerate() {
            let is_here = self.lines.contains(&token.span().start().line);
            match token {
                TokenTree::Group(group) => {
                    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
                    let word = |token: Option<&TokenTree>| match token {
                        Some(TokenTree::Ident(word)) => unraw(&word.to_string()),
                        _ => String::new(),
                    };
                    // What it says when it fails is not written.
                    let called = match is_punct(back(1), '!') {
                        true => word(back(2)),
                        false => String::new(),
                    };
                    let is_message = is_punct(back(2), '.') && word(back(1)) == "expect"
                        || matches!(called.as_str(), "assert" | "panic" | "todo" | "unreachable");
                    let quotes =
                        !called.is_empty() && (!is_transparent(&called) || called == "stringify");
                    told &= is_message || self.add(group.stream(), is_quoted || quotes);
                }
                TokenTree::Ident(word) if is_here && is_quoted => {
                    self.names.insert(unraw(&word.to_string()));
                }
                TokenTree::Literal(literal) if is_here => {
                    told &= words(&literal.to_string(), self.names);
                }
                _ => {}
            }
        }
        told
    }
}

/// Adds the names in a literal, with `*` for each placeholder; whether no name is made of placeholders alone.
pub(super) fn words(literal: &str, names: &mut BTreeSet<String>) -> bool {
    let text = match syn::parse_str(literal) {
        Ok(syn::Lit::Str(text)) => text.value(),
        Ok(syn::Lit::Char(letter)) => letter.value().to_string(),
        Ok(syn::Lit::Byte(_) | syn::Lit::ByteStr(_) | syn::Lit::CStr(_)) | Err(_) => return false,
        Ok(_) => return true,
    };
    let mut told = true;
    let mut word = String::new();
    let mut end = |word: &mut String, names: &mut BTreeSet<String>| {
        let found = std::mem::take(word);
        match found.chars().all(|letter| letter == '*') {
            true => told &= found.len() < 2,
            false => {
                names.insert(found);
            }
        }
    };
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '{' if rest.peek() == Some(&'{') => {
                rest.next();
                end(&mut word, names);
            }
            '{' => {
                let inside: String = rest.by_ref().take_while(|letter| *letter != '}').collect();
                word.push('*');
                // Where the text is no format, it says what it says.
                for name in inside.split(|letter: char| !is_of_a_name(letter)) {
                    end(&mut name.to_owned(), names);
                }
            }
            letter if is_of_a_name(letter) => word.push(letter),
            _ => end(&mut word, names),
        }
    }
    end(&mut word, names);
    told
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
