//! What procedural macros of the project write.
//!
//! Such a macro is a function that runs in the compiler: what it returns follows from its own code, with all that this calls, and
//! from the tokens that it is given. So it counts like a function, and where it is used count the names that it may write: those
//! in its texts and in the tokens that it quotes, those that it is given, and what can be put together of these. Where its code
//! takes texts apart, or looks at anything else, what it writes cannot be told.

mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::TokenStream;

use self::texts::{Stands, Texts};

pub(super) use self::texts::Pieces;
use super::closure::{Closure, Known};
use super::edges::Edges;
use super::item::{Kind, Path};
use super::lookup::{Extern, Lookups, Target};
use super::signs::Signs;
use super::world::{Node, NodeId, World};
use super::{files, is_framework, with_own_lexer};

/// What is known of one procedural macro.
#[derive(Debug)]
pub(super) struct Procedure {
    /// Its own code, with all that this calls.
    code: Closure,
    /// Names that it may write, with `*` for what is put in.
    names: Vec<String>,
    /// It may put others together of these and of those that it is given.
    glues: bool,
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
            let edges = self.written_by(&mut known.lookups, &procedure, node, user);
            closure.add(&edges, user);
            let found = procedure.code.found.iter();
            closure
                .compiling
                .extend(found.map(|(found, _)| (*found, user)));
        }
    }

    /// What using a macro leads to.
    fn written_by(
        &mut self,
        lookups: &mut Lookups,
        procedure: &Procedure,
        node: NodeId,
        user: Option<NodeId>,
    ) -> Edges {
        let code = &procedure.code;
        let contents = code.contents.iter();
        let mut edges = Edges {
            externs: code.externs.clone(),
            contents: contents
                .map(|(label, content)| (label.clone(), content.clone()))
                .collect(),
            conditions: code.conditions.clone(),
            featured: code.featured.clone(),
            profiled: code.profiled.clone(),
            generated: code.generated,
            blind: code.blind.clone(),
            ..Edges::default()
        };
        let makes = self.nodes[node].item.makes.clone();
        // A call has what it is given in its parentheses; of what stands at an attribute all is known where it is one item.
        let is_told = |user: &NodeId| {
            let user = &self.nodes[*user];
            let mut called = user.mentions().macros.iter();
            match user.item.kind {
                Kind::Macro | Kind::Module | Kind::Use => false,
                Kind::Impl | Kind::Trait => called.any(|path| path.segments.last() == Some(&makes)),
                _ => true,
            }
        };
        let Some(user) = user.filter(is_told) else {
            let cause = format!("what the macro `{makes}` is given cannot be told");
            edges.blind.get_or_insert(cause);
            return edges;
        };
        let names = self.names_written(procedure, user);
        self.add_named(self.nodes[user].of_crate, &names, &mut edges);
        // What is the framework's has to be in scope, if its crates are not named.
        if !names.iter().any(|name| name.starts_with("mlops")) {
            edges.nodes.retain(|node| !self.of_framework(*node));
        }
        let module = self.nodes[user].module;
        // A word that means nothing is no name.
        let before = std::mem::replace(&mut lookups.names_alone, true);
        for name in names {
            let is_own = procedure.names.contains(&name);
            let path = Path::of(name);
            let found = self.resolve(lookups, module, &path);
            // The crate of the macro is named where the macro is.
            if is_own || !found.nodes.is_empty() || !found.foreign.is_empty() {
                self.add_found(found, &mut edges);
            }
        }
        lookups.names_alone = before;
        let writes = |name: &&str| procedure.names.iter().any(|written| written == name);
        if ["include", "include_str", "include_bytes"]
            .iter()
            .any(writes)
        {
            self.add_any_file(user, "what a macro includes", &mut edges);
        }
        if ["line", "column", "file"].iter().any(writes) {
            self.add_place(user, &mut edges);
        }
        if ["cfg", "cfg_attr", "env", "option_env", "stringify"]
            .iter()
            .any(writes)
        {
            let cause = format!("what the macro `{makes}` asks of the compiler cannot be told");
            edges.blind.get_or_insert(cause);
        }
        edges
    }

    /// The names that a macro may write where it is used: its own, those that it is given, and what these make together.
    fn names_written(&self, procedure: &Procedure, user: NodeId) -> Vec<String> {
        let given = self.nodes[user].mentions();
        let mut names: BTreeSet<String> = procedure.names.iter().cloned().collect();
        names.extend(given.words.iter().chain(&given.soft).cloned());
        if procedure.glues {
            let pieces = names.iter().flat_map(|name| name.split('*'));
            let pieces = Pieces::of(pieces.chain(given.loose.iter().map(String::as_str)));
            let all = self.by_name.keys();
            let made: Vec<String> = all.filter(|name| pieces.make(name)).cloned().collect();
            names.extend(made);
        }
        names.into_iter().collect()
    }

    fn procedure(&mut self, known: &mut Known, node: NodeId) -> Rc<Procedure> {
        if let Some(procedure) = known.procedures.get(&node) {
            return Rc::clone(procedure);
        }
        let mut start = Closure::default();
        start.runs = Some(node);
        let mut closure = self.closure(known, start, &[node]);
        let name = &self.crates[self.nodes[node].of_crate].package.name;
        let unseen = format!("what the macros of `{name}` write cannot be seen");
        let mut texts = Texts::default();
        texts.glues = self.glues(&closure);
        let is_told = self.add_words(&closure, &mut texts) && self.is_plain(&closure);
        let blind = (!is_told || texts.by_letters).then_some(unseen);
        closure.blind = closure.blind.or(blind);
        let procedure = Rc::new(Procedure {
            code: closure,
            glues: texts.glues,
            names: texts.into_names(),
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
                && !macros.any(|name| SAY_WHERE.contains(&name.as_str()))
        };
        let found = closure.found.iter();
        !takes_apart(found.map(|(node, _)| &self.nodes[*node]))
            && closure.foreign.keys().all(knows)
            && closure.externs.iter().all(is_known)
            && closure.found.iter().all(is_fixed)
            && !closure.generated
    }

    /// Whether code may put texts together, or write them in other letters.
    fn glues(&self, closure: &Closure) -> bool {
        let of_found = |node: &NodeId| self.nodes[*node].mentions();
        let mut found = closure.found.iter().map(|(node, _)| node);
        let is_a_text = || {
            let mut found = closure.found.iter().map(|(node, _)| node);
            found.any(|node| {
                let mut segments = of_found(node).paths.iter().flat_map(|path| &path.segments);
                segments.any(|segment| segment == "String")
            })
        };
        let signs = closure.signs[0];
        let mut members = closure.all_members();
        signs.has_all(Signs::ADD)
            || signs.has_all(Signs::ADD_ASSIGN)
            || members.any(|name| GLUES.contains(&name.as_str()))
            || (closure.all_members().any(|name| name == "collect") && is_a_text())
            || found.any(|node| {
                let called = of_found(node).macros.iter();
                let mut names = called.filter_map(|path| path.segments.last());
                names.any(|name| matches!(name.as_str(), "concat" | "write" | "writeln"))
            })
    }

    /// Adds the names that stand in the texts of code, and in what it gives to macros; whether they can be told.
    fn add_words(&self, closure: &Closure, texts: &mut Texts) -> bool {
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
            let Some(tokens) = tokens.clone() else {
                return false;
            };
            let lines = first as usize..=last as usize;
            texts.add(tokens, &lines, Stands::default());
            true
        })
    }
}

/// Whether code may take texts apart: by a function that does, or by a range.
pub(super) fn takes_apart<'a>(nodes: impl Iterator<Item = &'a Node>) -> bool {
    let (mut signs, mut is_got) = (Signs::NONE, false);
    for node in nodes {
        let mentions = node.mentions();
        signs.add(mentions.signs);
        let of_library = mentions
            .library_calls
            .iter()
            .chain(&mentions.library_members);
        let imported = node
            .item
            .imports
            .iter()
            .flat_map(|import| &import.path.segments);
        let names = mentions.members.iter().chain(&mentions.methods);
        let names = names
            .chain(of_library.map(|(name, _)| name))
            .chain(imported);
        for name in names {
            if BY_LETTERS.contains(&name.as_str()) {
                return true;
            }
            is_got |= name == "get" || name == "get_mut";
        }
        let is_a_text = |of: &String| of == "str" || of == "String";
        if mentions.library_index.iter().any(is_a_text) {
            return true;
        }
    }
    signs.has_all(Signs::INDEX_BY_RANGE)
        || signs.has_all(Signs::INDEX_BY_OTHER.with(Signs::RANGE))
        || is_got && signs.has_all(Signs::RANGE)
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

/// Macros that say where they stand.
const SAY_WHERE: [&str; 2] = ["file", "module_path"];

/// What makes a text of whole others, or in other letters of the same names.
const GLUES: [&str; 17] = [
    "concat",
    "extend",
    "fold",
    "from_iter",
    "join",
    "make_ascii_lowercase",
    "make_ascii_uppercase",
    "push",
    "push_str",
    "reduce",
    "repeat",
    "sum",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_uppercase",
    "write_str",
];

/// What takes texts apart, and what tells where tokens stand.
const BY_LETTERS: [&str; 51] = [
    "as_bytes",
    "as_mut_str",
    "byte_range",
    "bytes",
    "char_indices",
    "chars",
    "column",
    "drain",
    "end",
    "escape_debug",
    "escape_default",
    "escape_unicode",
    "file",
    "from_digit",
    "from_u32",
    "from_utf8",
    "from_utf8_lossy",
    "from_utf8_unchecked",
    "get_unchecked",
    "insert",
    "insert_str",
    "into_bytes",
    "into_chars",
    "line",
    "lines",
    "local_file",
    "matches",
    "pop",
    "remove",
    "remove_matches",
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
    "trim",
    "trim_end_matches",
    "trim_start_matches",
    "truncate",
];
