//! Items that only an expansion has: a derive or an attribute may write them beside what it stands at, under any name. A builder
//! is used without the type that it builds ever being named.

use std::rc::Rc;

use super::lookup::Lookups;
use super::mention::plain;
use super::world::{ModuleId, NodeId, World};

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
        let mut found = self.written_beside(module, name, false);
        for glob in self.modules[module].globs.clone() {
            let item = Rc::clone(&self.nodes[glob].item);
            if let Some(leaf) = self.nodes[glob].part {
                let source = self.imported(lookups, module, &item.imports[leaf].path);
                let inside = source.modules.into_iter();
                found.extend(inside.flat_map(|inner| self.written_beside(inner, name, false)));
            }
        }
        lookups.names_alone = false;
        found
    }

    /// The items of a module beside which something may have been written. Most small letters that mean nothing are variables:
    /// where nothing says that it is a name of the module, it has to have something in common with the item.
    pub(super) fn written_beside(
        &self,
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
        beside.filter(may_write).collect()
    }
}

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
