//! Items that only an expansion has: a derive or an attribute may write them beside what it stands at, under any name. A builder
//! is used without the type that it builds ever being named.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::files;
use super::item::Path;
use super::lookup::Lookups;
use super::mention::plain;
use super::procedural::{Pieces, takes_apart};
use super::world::{CrateId, ModuleId, Node, NodeId, World};

impl World {
    /// What a derive or an attribute may have written under a name that nothing else has, in a module or in those from which
    /// it imports everything.
    pub(super) fn written_around(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        name: &str,
    ) -> Vec<NodeId> {
        if lookups.names_alone || is_of_the_language(name) {
            return Vec::new();
        }
        lookups.names_alone = true;
        let mut found = self.written_beside(lookups, module, name, false);
        for glob in self.modules[module].globs.clone() {
            let item = Rc::clone(&self.nodes[glob].item);
            if let Some(leaf) = self.nodes[glob].part {
                let source = self.imported(lookups, module, &item.imports[leaf].path);
                for inner in source.modules {
                    found.extend(self.written_beside(lookups, inner, name, false));
                }
            }
        }
        lookups.names_alone = false;
        found
    }

    /// The items of a module beside which something may have been written. Most small letters that mean nothing are variables:
    /// where nothing says that it is a name of the module, it has to have something in common with the item.
    pub(super) fn written_beside(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        name: &str,
        is_certain: bool,
    ) -> Vec<NodeId> {
        let is_a_variable = !is_certain && name.starts_with(|c: char| c.is_lowercase() || c == '_');
        let may_write = |node: &NodeId| {
            let item = &self.nodes[*node].item;
            let is_about_it = || {
                let of_item = plain(&item.name);
                !of_item.is_empty() && plain(name).contains(&of_item)
            };
            let says_it = || item.also.iter().any(|also| also == name);
            !self.of_framework(*node) && (!is_a_variable || is_about_it() || says_it())
        };
        let beside = self.modules[module].written_beside.iter().copied();
        let mut beside: Vec<NodeId> = beside.filter(may_write).collect();
        let before = std::mem::replace(&mut lookups.names_alone, true);
        beside.retain(|node| self.may_be_written(lookups, *node, name));
        lookups.names_alone = before;
        beside
    }

    /// Whether one of the derives and attributes of an item can make a name. What macros of the project write consists of words in
    /// their crates and of words in the item; of others nothing is known.
    fn may_be_written(&mut self, lookups: &mut Lookups, node: NodeId, name: &str) -> bool {
        let (item, module) = (Rc::clone(&self.nodes[node].item), self.nodes[node].module);
        item.written_by.iter().any(|written| {
            let path = Path {
                segments: written
                    .trim_start_matches(':')
                    .split("::")
                    .map(str::to_owned)
                    .collect(),
                absolute: written.starts_with("::"),
            };
            let found = self.resolve(lookups, module, &path);
            let mut macros = found
                .nodes
                .iter()
                .filter(|node| self.is_procedural(**node))
                .peekable();
            if macros.peek().is_none() || !found.foreign.is_empty() {
                return true;
            }
            macros.any(
                |node| match self.words_of(lookups, self.nodes[*node].of_crate) {
                    Some(words) => {
                        let of_item = item
                            .mentions
                            .words
                            .iter()
                            .chain(&item.also)
                            .chain([&item.name]);
                        Pieces::of(words.iter().chain(of_item).map(String::as_str)).make(name)
                    }
                    None => true,
                },
            )
        })
    }

    /// All words in a crate of macros and in those below it; none where it may take names from anywhere else.
    fn words_of(&self, lookups: &mut Lookups, of_crate: CrateId) -> Option<Rc<BTreeSet<String>>> {
        if let Some(known) = lookups.words.get(&of_crate) {
            return known.clone();
        }
        // Crates that lead back to each other do not compile.
        lookups.words.insert(of_crate, None);
        let words = self.read_words(lookups, of_crate).map(Rc::new);
        lookups.words.insert(of_crate, words.clone());
        words
    }

    fn read_words(&self, lookups: &mut Lookups, of_crate: CrateId) -> Option<BTreeSet<String>> {
        let asked = &self.crates[of_crate];
        if asked.package.has_build_script || asked.incomplete.is_some() {
            return None;
        }
        let mut words = BTreeSet::new();
        for dependency in &asked.package.dependencies {
            match &dependency.folder {
                Some(folder) => {
                    let folder = crate::sources::canonical(folder).ok()?;
                    let below = *self.by_folder.get(&folder)?;
                    words.extend(self.words_of(lookups, below)?.iter().cloned());
                }
                None if matches!(dependency.package.as_str(), "proc-macro2" | "quote" | "syn") => {}
                None => return None,
            }
        }
        let of_it = |node: &&Node| node.of_crate == of_crate;
        if takes_apart(self.nodes.iter().filter(of_it)) {
            return None;
        }
        let mut read = BTreeSet::new();
        for node in self.nodes.iter().filter(of_it) {
            let mentions = node.mentions();
            if !mentions.files.is_empty() || !mentions.variables.is_empty() {
                return None;
            }
            if read.insert(&node.file.path) {
                let text = String::from_utf8(files::read(&node.file.path).ok()?).ok()?;
                let of_text =
                    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
                words.extend(of_text.map(str::to_owned));
            }
        }
        let is_from_elsewhere = ELSEWHERE.iter().any(|word| words.contains(*word));
        (!is_from_elsewhere).then_some(words)
    }
}

/// Words that code has which takes names from the world, or keeps them from one use of a macro to the next.
const ELSEWHERE: [&str; 16] = [
    "Cell",
    "Mutex",
    "OnceCell",
    "OnceLock",
    "RefCell",
    "RwLock",
    "LazyLock",
    "env",
    "fs",
    "include",
    "io",
    "net",
    "option_env",
    "process",
    "thread_local",
    "unsafe",
];

/// Names that every module has, and parameters of types by one letter.
fn is_of_the_language(name: &str) -> bool {
    const NAMES: [&str; 64] = [
        "Self",
        "Vec",
        "Option",
        "Some",
        "None",
        "Result",
        "Ok",
        "Err",
        "String",
        "Box",
        "ToString",
        "ToOwned",
        "Into",
        "From",
        "TryFrom",
        "TryInto",
        "AsRef",
        "AsMut",
        "Drop",
        "Fn",
        "FnMut",
        "FnOnce",
        "AsyncFn",
        "AsyncFnMut",
        "AsyncFnOnce",
        "Send",
        "Sync",
        "Sized",
        "Unpin",
        "Copy",
        "Clone",
        "Default",
        "Iterator",
        "IntoIterator",
        "Extend",
        "DoubleEndedIterator",
        "ExactSizeIterator",
        "FromIterator",
        "PartialEq",
        "Eq",
        "PartialOrd",
        "Ord",
        "Hash",
        "Debug",
        "drop",
        "bool",
        "char",
        "str",
        "f32",
        "f64",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "self",
        "derive",
    ];
    name.chars().count() == 1 || NAMES.contains(&name)
}
