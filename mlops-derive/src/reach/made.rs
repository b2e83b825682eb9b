//! What the call of a macro among items may make: what it, or a macro that it leads to, names.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::closure::Known;
use super::item::{Kind, Path};
use super::lookup::Lookups;
use super::mention::is_transparent;
use super::split::defines_statics;
use super::world::{ModuleId, NodeId, World};

/// What the call of a macro among items may make.
#[derive(Debug, Default)]
pub(crate) struct Makes {
    /// Names that it may define.
    pub(crate) names: Vec<String>,
    /// Types of ours that it may write an `impl` for.
    pub(crate) types: Vec<NodeId>,
    /// Traits of ours that it may write an `impl` of, for types of others as well.
    pub(crate) traits: Vec<NodeId>,
    /// It may define a trait, and write an `impl` of that.
    pub(crate) a_trait: bool,
    /// Nothing can be told: it counts as soon as anything in its module does.
    pub(crate) anything: bool,
}

/// The names that a call may define, and the macros that it leads to.
#[derive(Debug, Default)]
pub(crate) struct Defines {
    pub(crate) names: HashSet<String>,
    /// It defines nothing else than these names.
    only_known: bool,
    macros: Vec<NodeId>,
    /// It may define names that stand nowhere.
    pub(crate) anything: bool,
    /// It declares a module that has a file of its own.
    pub(crate) a_file: bool,
    /// Modules from which it may import everything.
    pub(crate) globs: Vec<ModuleId>,
}

impl World {
    pub(crate) fn defines(&self, lookups: &mut Lookups, call: NodeId) -> Rc<Defines> {
        if let Some(defines) = lookups.defines.get(&call) {
            return Rc::clone(defines);
        }
        let item = &self.nodes[call].item;
        // What is in an included file counts by itself; the words of its name are nothing.
        let is_known = defines_statics(&item.name) || item.name == "include";
        if is_known && self.macros_called(call, &item.name).is_empty() {
            let defines = Rc::new(Defines {
                names: item.statics.iter().cloned().collect(),
                only_known: true,
                ..Defines::default()
            });
            lookups.defines.insert(call, Rc::clone(&defines));
            return defines;
        }
        let mut defines = Defines {
            names: item.also.iter().cloned().collect(),
            anything: self.macros_called(call, &item.name).is_empty()
                && !makes_what_it_names(&item.name),
            ..Defines::default()
        };
        let mut brings = item.brings;
        let mut named: BTreeSet<&String> = item.also.iter().collect();
        // A macro may be handed on to another as an argument.
        let mut pending: Vec<&String> = item.also.iter().chain([&item.name]).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = pending.pop() {
            if !seen.insert(name) {
                continue;
            }
            for definition in self.macros_called(call, name) {
                let of = &self.nodes[definition].item;
                defines.macros.push(definition);
                defines.names.extend(of.also.iter().cloned());
                pending.extend(&of.mentions.loose);
                // Names that are put together stand nowhere.
                let puts_together =
                    |name: &String| matches!(name.as_str(), "paste" | "concat_idents");
                defines.anything |= of.mentions.loose.iter().any(puts_together);
                brings = brings.and(of.brings);
                named.extend(&of.mentions.loose);
            }
        }
        if brings.imports {
            defines.names.extend(named.iter().copied().cloned());
        }
        if brings.everything {
            defines.globs = self.modules_called(self.nodes[call].module, named.into_iter());
        }
        defines.a_file = brings.file && !self.told.contains(&call);
        defines.anything |= defines.a_file;
        let defines = Rc::new(defines);
        lookups.defines.insert(call, Rc::clone(&defines));
        defines
    }

    /// The modules that names in a macro may mean where it is called.
    pub(crate) fn modules_called<'a>(
        &self,
        module: ModuleId,
        names: impl Iterator<Item = &'a String>,
    ) -> Vec<ModuleId> {
        let mut found = Vec::new();
        for name in names {
            match name.as_str() {
                "super" => found.extend(self.modules[module].parent),
                "crate" => found.push(self.crates[self.modules[module].of_crate].root),
                name => found.extend(self.called.get(name).into_iter().flatten()),
            }
        }
        found
    }

    /// What the call of a macro among items may make.
    pub(super) fn makes(&mut self, known: &mut Known, call: NodeId) -> Rc<Makes> {
        if let Some(makes) = known.makes.get(&call) {
            return Rc::clone(makes);
        }
        let defines = self.defines(&mut known.lookups, call);
        if defines.only_known {
            // It writes no `impl` for anything that is there.
            let makes = Rc::new(Makes {
                names: defines.names.iter().cloned().collect(),
                ..Makes::default()
            });
            known.makes.insert(call, Rc::clone(&makes));
            return makes;
        }
        let mut named: BTreeSet<NodeId> = BTreeSet::new();
        let item = Rc::clone(&self.nodes[call].item);
        let mut names: BTreeSet<String> = item.also.iter().cloned().collect();
        // A name may be one that an import or an alias gives, where the call stands or where the macro does.
        self.add_named_in(&mut known.lookups, call, &item.mentions.paths, &mut named);
        for definition in &defines.macros {
            let of = Rc::clone(&self.nodes[*definition].item);
            names.extend(of.mentions.loose.iter().cloned());
            self.add_named_in(
                &mut known.lookups,
                *definition,
                &of.mentions.paths,
                &mut named,
            );
        }
        for name in &names {
            named.extend(self.of_name(self.nodes[call].of_crate, name));
            let path = Path::of(name);
            self.add_named_in(&mut known.lookups, call, &[path], &mut named);
        }
        let is_for_ours = self.writes_for_ours(&mut known.lookups, call, &defines);
        let mut makes = Makes {
            names: defines.names.iter().cloned().collect(),
            a_trait: names.contains("trait"),
            anything: defines.anything,
            ..Makes::default()
        };
        for node in named {
            let of = &self.nodes[node];
            match of.item.kind {
                Kind::Type { .. } => makes.types.push(node),
                Kind::Trait if !is_for_ours => makes.traits.push(node),
                Kind::Alias => {
                    let (item, module) = (Rc::clone(&of.item), of.module);
                    if let Some(path) = &item.header.self_type {
                        let types = self.named_by(&mut known.lookups, module, path, 0);
                        makes.types.extend(types.into_iter().flatten());
                    }
                }
                _ => {}
            }
        }
        let makes = Rc::new(makes);
        known.makes.insert(call, Rc::clone(&makes));
        makes
    }

    /// Whether macros of ours may put what they are given where its names mean something else than at the call.
    pub(super) fn move_names(&self, definitions: &[NodeId]) -> bool {
        let mut pending = definitions.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(definition) = pending.pop() {
            if !seen.insert(definition) {
                continue;
            }
            let (of, brings) = (
                &self.nodes[definition].item,
                self.nodes[definition].item.brings,
            );
            let mut called = of
                .mentions
                .macros
                .iter()
                .filter_map(|path| path.segments.last());
            let is_unknown = |name: &String| {
                !is_transparent(name) && self.macros_called(definition, name).is_empty()
            };
            if brings.paths || brings.imports || brings.everything || called.any(is_unknown) {
                return true;
            }
            let named = of.mentions.loose.iter();
            pending.extend(named.flat_map(|name| self.macros_called(definition, name)));
        }
        false
    }

    /// Whether a call writes an `impl` for nothing but types of ours that it is given: these have to be reached.
    fn writes_for_ours(&mut self, lookups: &mut Lookups, call: NodeId, defines: &Defines) -> bool {
        let is_plain = |definition: &NodeId| {
            let item = &self.nodes[*definition].item;
            let mut called = item.mentions.macros.iter();
            !item.brings.others
                && called.all(|path| {
                    path.segments
                        .last()
                        .is_some_and(|name| is_transparent(name))
                })
        };
        if defines.anything || defines.macros.is_empty() || !defines.macros.iter().all(is_plain) {
            return false;
        }
        let (item, module) = (Rc::clone(&self.nodes[call].item), self.nodes[call].module);
        item.mentions.paths.iter().all(|path| {
            let found = self.resolve(lookups, module, path);
            let mut ours = found.nodes.iter().map(|node| self.nodes[*node].item.kind);
            // The words of a call may be what it defines. A generic type of others may hold one of ours, or none.
            found.foreign.is_empty() && ours.any(|kind| kind != Kind::MacroCall)
        })
    }

    fn add_named_in(
        &mut self,
        lookups: &mut Lookups,
        node: NodeId,
        paths: &[Path],
        named: &mut BTreeSet<NodeId>,
    ) {
        let module = self.nodes[node].module;
        for path in paths {
            named.extend(self.resolve(lookups, module, path).nodes);
        }
    }
}

/// Macros of others that define nothing but what their arguments name.
fn makes_what_it_names(name: &str) -> bool {
    matches!(
        name,
        "bitflags"
            | "submit"
            | "collect"
            | "const_assert"
            | "const_assert_eq"
            | "assert_impl_all"
            | "assert_not_impl_any"
            | "include"
            | "compile_error"
    )
}
