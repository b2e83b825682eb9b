//! Traits that a module has in scope: their methods are called without their names, so their imports count.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::item::Kind;
use super::lookup::{Extern, Lookups};
use super::world::{ModuleId, NodeId, World};

/// Traits of the standard library that have to be imported before their methods can be called.
const OF_THE_STANDARD_LIBRARY: [&str; 66] = [
    "Add",
    "AddAssign",
    "Any",
    "AsFd",
    "AsHandle",
    "AsMut",
    "AsRawFd",
    "AsRef",
    "AsSocket",
    "BitAnd",
    "BitOr",
    "BitXor",
    "Borrow",
    "BorrowMut",
    "BufRead",
    "BuildHasher",
    "CommandExt",
    "Debug",
    "Default",
    "Deref",
    "DerefMut",
    "DirEntryExt",
    "Display",
    "Div",
    "Error",
    "ExactSizeIterator",
    "ExitStatusExt",
    "Extend",
    "FileExt",
    "FileTypeExt",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "FromRawFd",
    "FromStr",
    "Future",
    "Hash",
    "Hasher",
    "Index",
    "IndexMut",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "IntoRawFd",
    "IsTerminal",
    "Iterator",
    "JoinHandleExt",
    "MetadataExt",
    "Mul",
    "Neg",
    "Not",
    "OpenOptionsExt",
    "OsStrExt",
    "OsStringExt",
    "PermissionsExt",
    "Read",
    "Rem",
    "Seek",
    "Sub",
    "Termination",
    "ToOwned",
    "ToSocketAddrs",
    "Wake",
    "Write",
];

/// Imports of a module that may bring traits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The imports.
    pub(crate) leaves: BTreeSet<NodeId>,
    /// The crates of others that they may come from.
    pub(crate) externs: BTreeSet<Extern>,
    /// Imports of traits of ours, each with the trait.
    pub(crate) ours: BTreeSet<(NodeId, NodeId)>,
}

impl World {
    /// The imports of `module` that may bring traits.
    pub(crate) fn traits_in_scope(&mut self, lookups: &mut Lookups, module: ModuleId) -> Scope {
        let mut scope = Scope::default();
        self.add_scope(lookups, module, &mut HashSet::new(), &mut scope);
        scope
    }

    fn add_scope(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        seen: &mut HashSet<ModuleId>,
        scope: &mut Scope,
    ) {
        if !seen.insert(module) {
            return;
        }
        for leaf in self.modules[module].imports.clone() {
            let item = Rc::clone(&self.nodes[leaf].item);
            let Some(import) = self.nodes[leaf].part.map(|part| &item.imports[part]) else {
                continue;
            };
            // A trait's name begins with a capital letter; where it does not, the compiler warns.
            let last = import
                .path
                .segments
                .last()
                .map(String::as_str)
                .unwrap_or_default();
            if !last.starts_with(|c: char| c.is_uppercase()) {
                continue;
            }
            let found = self.imported(lookups, module, &import.path);
            for node in &found.nodes {
                if self.nodes[*node].item.kind == Kind::Trait {
                    scope.ours.insert((leaf, *node));
                }
            }
            for foreign in &found.foreign {
                let standard = ["std::", "core::", "alloc::"]
                    .iter()
                    .any(|prefix| foreign.starts_with(prefix));
                if !standard {
                    scope.leaves.insert(leaf);
                    scope.externs.extend(found.externs.iter().cloned());
                } else if OF_THE_STANDARD_LIBRARY.contains(&last) {
                    scope.leaves.insert(leaf);
                }
            }
        }
        for glob in self.modules[module].globs.clone() {
            let item = Rc::clone(&self.nodes[glob].item);
            let Some(import) = self.nodes[glob].part.map(|part| &item.imports[part]) else {
                continue;
            };
            let found = self.imported(lookups, module, &import.path);
            if !found.foreign.is_empty() {
                scope.leaves.insert(glob);
                scope.externs.extend(found.externs.iter().cloned());
            }
            for inner in &found.modules {
                let traits: Vec<NodeId> = self
                    .traits
                    .iter()
                    .copied()
                    .filter(|of| self.nodes[*of].module == *inner)
                    .collect();
                scope.ours.extend(traits.into_iter().map(|of| (glob, of)));
                self.add_scope(lookups, *inner, seen, scope);
            }
        }
    }
}
