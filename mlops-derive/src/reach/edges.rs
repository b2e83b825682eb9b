//! What one item leads to: other items, names of members, crates of others, and what only the compiler knows.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::built::Built;
use super::callers::Caller;
use super::condition::{beside_features, is_about_the_profile, is_about_the_target, is_whole};
use super::glued;
use super::include;
use super::is_framework;
use super::item::{Item, Kind, Mentions, Path};
use super::lookup::{Extern, Found, Lookups, Target, may_be_a_type};
use super::mention::is_transparent;
use super::mention::receivers::SLICE;
use super::signs::Signs;
use super::world::{CrateId, ModuleId, NodeId, World};

/// What an item leads to.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) nodes: BTreeSet<NodeId>,
    pub(crate) members: BTreeSet<String>,
    pub(crate) methods: BTreeSet<String>,
    /// Those that are called behind types of the standard library only.
    pub(crate) library_methods: BTreeSet<String>,
    /// What is named of types of the standard library.
    pub(crate) library_members: BTreeSet<String>,
    pub(crate) signs: Signs,
    /// Names and signs are those that the framework uses.
    pub(crate) of_framework: bool,
    /// Traits of ours that a body has in scope.
    pub(crate) in_scope: BTreeSet<NodeId>,
    pub(crate) foreign: BTreeSet<String>,
    /// Traits of the prelude that it names: they need no import.
    pub(crate) of_prelude: BTreeSet<String>,
    /// The trait that it implements, which it names for that alone.
    pub(crate) implements: String,
    pub(crate) externs: BTreeSet<Extern>,
    /// Files of which a macro puts the name together, as written.
    pub(crate) put_together: BTreeSet<String>,
    /// What macros are given, and where; see `Mentions::given`.
    pub(crate) given: BTreeSet<(NodeId, String, String)>,
    /// Things that count by content: a label, and a digest or text.
    pub(crate) contents: BTreeSet<(String, String)>,
    /// Conditions whose value the compiler writes into the expansion.
    pub(crate) conditions: BTreeSet<String>,
    /// Variables whose value the compiler writes into the expansion.
    pub(crate) variables: BTreeSet<String>,
    /// Crates whose features it depends on, which their sources do not tell.
    pub(crate) featured: BTreeSet<CrateId>,
    /// Crates whose profile it depends on.
    pub(crate) profiled: BTreeSet<CrateId>,
    /// It depends on what a build script of one of them wrote.
    pub(crate) generated: bool,
    /// Why it cannot be told what it leads to, if so.
    pub(crate) blind: Option<String>,
}

impl World {
    /// What the item, or the part of it, leads to.
    pub(crate) fn edges(&mut self, lookups: &mut Lookups, node: NodeId) -> Edges {
        let reached = self.nodes[node].clone();
        let mut edges = Edges {
            of_framework: self.of_framework(node),
            ..Edges::default()
        };
        let item = Rc::clone(&reached.item);
        if let Some(of_trait) = item
            .header
            .of_trait
            .as_ref()
            .filter(|_| reached.part.is_none())
            && !item.header.names_it_again
        {
            edges.implements = of_trait.segments.last().cloned().unwrap_or_default();
        }
        let mut conditions = self.modules[reached.module].conditions.clone();
        conditions.extend(item.conditions.iter().cloned());
        match (item.kind, reached.part) {
            (Kind::Use | Kind::ExternCrate, leaf) => {
                let import = leaf.and_then(|leaf| item.imports.get(leaf));
                let signs = import.map(|import| Signs::of_import(&import.path));
                edges.signs.add(signs.unwrap_or_default());
            }
            (_, Some(member)) => {
                let member = &item.members[member];
                conditions.extend(member.conditions.iter().cloned());
                self.add_mentions(lookups, reached.module, &member.mentions, node, &mut edges);
            }
            _ => self.add_mentions(lookups, reached.module, &item.mentions, node, &mut edges),
        }
        for condition in conditions {
            self.add_condition(reached.module, condition, &mut edges);
        }
        if let Some(kept) = item.kept.filter(|_| !edges.of_framework) {
            let label = format!("what is said of {}", item.label);
            let kept = blake3::Hash::from_bytes(kept).to_hex().to_string();
            edges.contents.insert((label, kept));
        }
        if item.kind == Kind::MacroCall {
            self.add_made(lookups, node, &item, &mut edges);
            if self.defines(lookups, node).a_file {
                let cause = format!("which file a module in `{}` has cannot be told", item.label);
                edges.blind.get_or_insert(cause);
            }
        }
        if item.brings.everything {
            let names = item.mentions.loose.iter().chain(&item.also);
            for inner in self.modules_called(reached.module, names) {
                self.add_traits_of(lookups, inner, &mut edges);
            }
        }
        if item.kind == Kind::ExternBlock {
            // What the project itself offers under a symbol is no look outside.
            let offered = item.also.iter().filter(|name| {
                let offering = self.registered.get(*name).into_iter().flatten();
                offering
                    .into_iter()
                    .any(|node| self.nodes[*node].item.kind == Kind::Function)
            });
            if offered.count() < item.declares {
                let names = item.also.iter();
                edges
                    .foreign
                    .extend(names.map(|name| format!("extern::{name}")));
            }
            // What is linked may have been made by a build script.
            edges.generated |= self.is_generated(reached.of_crate);
            let asked = &self.crates[reached.of_crate];
            if let Some(content) = asked.built.as_ref().and_then(Built::content) {
                let label = format!("what the build script of {} wrote", asked.package.name);
                edges.contents.insert((label, content));
            }
            // Somebody of ours may offer what is declared here.
            self.add_named(reached.of_crate, &item.also, &mut edges);
        }
        edges.nodes.remove(&node);
        edges
    }

    /// What tokens that stand in `module` lead to.
    pub(crate) fn add_mentions(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        mentions: &Mentions,
        node: NodeId,
        edges: &mut Edges,
    ) {
        let of_crate = self.modules[module].of_crate;
        edges.members.extend(mentions.members.iter().cloned());
        edges.methods.extend(mentions.methods.iter().cloned());
        for (name, of) in &mentions.library_calls {
            match self.is_type_of_ours(lookups, module, of) {
                true => edges.methods.insert(name.clone()),
                false => edges.library_methods.insert(name.clone()),
            };
        }
        for of in &mentions.library_index {
            if self.is_type_of_ours(lookups, module, of) {
                edges.signs.add(Signs::INDEX);
            }
        }
        for (name, of) in &mentions.library_members {
            match self.is_type_of_ours(lookups, module, of) {
                true => edges.members.insert(name.clone()),
                false => edges.library_members.insert(name.clone()),
            };
        }
        edges.signs.add(mentions.signs);
        let given = mentions.given.iter().cloned();
        edges
            .given
            .extend(given.map(|(name, given)| (node, name, given)));
        let given = self.add_macros(lookups, module, mentions, node, edges);
        let locals = self.locals(lookups, module, mentions, edges);
        for import in &mentions.imports {
            // Under its own name a macro is found where it is called.
            let last = import.path.segments.last();
            let renamed = last.filter(|last| **last != import.name);
            let macros = renamed.map(|last| self.macros_called(node, last));
            edges.nodes.extend(macros.into_iter().flatten());
        }
        for path in &mentions.paths {
            let mut found = self.resolve_here(lookups, module, path, &locals);
            let first = path.segments.first().map(String::as_str);
            if let Some(name) = first.filter(|name| Caller::of_trait(&[name]).is_some())
                && found.nodes.is_empty()
            {
                edges.of_prelude.insert(name.to_owned());
            }
            // A macro is meant only where it is called; those calls are looked at above.
            found
                .nodes
                .retain(|node| self.nodes[*node].item.kind != Kind::Macro);
            self.add_framework(&found, path, edges);
            self.add_found(found, edges);
        }
        for path in &mentions.hidden {
            let mut found = self.resolve_here(lookups, module, path, &locals);
            found
                .nodes
                .retain(|node| may_be_a_type(self.nodes[*node].item.kind));
            // What an import brings from others may be a type; a crate by its own name is none.
            let of_others = !found.foreign.is_empty() && !found.via.is_empty();
            if of_others || !found.nodes.is_empty() {
                found.foreign.clear();
                self.add_found(found, edges);
            }
        }
        for path in &mentions.quoted {
            let found = self.resolve_here(lookups, module, path, &locals);
            // `with = "codec"` means what is in the module.
            for inner in &found.modules {
                self.add_all_of(*inner, edges);
            }
            self.add_found(found, edges);
        }
        self.add_named(of_crate, &mentions.loose, edges);
        for name in &mentions.loose {
            let beyond = self.dependency(of_crate, name);
            edges.externs.extend(beyond.externs);
        }
        if given == Given::AnyPlace {
            let last = mentions
                .paths
                .iter()
                .filter_map(|path| path.segments.last());
            let names: Vec<String> = last.cloned().collect();
            self.add_named(of_crate, &names, edges);
        }
        if given == Given::Moved {
            // Behind a dot, too: the macro may put it behind a path.
            self.add_named(of_crate, &mentions.members, edges);
        }
        for name in &mentions.soft {
            let path = Path::of(name);
            let found = self.resolve_here(lookups, module, &path, &locals);
            let may_mean_others = match given {
                Given::Kept => false,
                Given::ToOthers => found.nodes.is_empty(),
                Given::Moved | Given::AnyPlace => true,
            };
            if may_mean_others {
                self.add_named(of_crate, std::slice::from_ref(name), edges);
            }
        }
        for written in &mentions.files {
            self.add_file(lookups, module, written, node, edges);
        }
        for written in &mentions.variables {
            self.add_variable(of_crate, written, edges);
        }
        for condition in &mentions.conditions {
            self.add_condition(module, condition.clone(), edges);
        }
        if mentions.place {
            self.add_place(node, edges);
        }
    }

    /// Whether the name of a type that everybody knows is that of one of ours here.
    fn is_type_of_ours(&mut self, lookups: &mut Lookups, module: ModuleId, name: &str) -> bool {
        let found = self.lookup(lookups, module, name);
        name != SLICE && !(found.nodes.is_empty() && found.modules.is_empty())
    }

    /// Where an item stands, token by token.
    pub(crate) fn add_place(&self, node: NodeId, edges: &mut Edges) {
        let node = &self.nodes[node];
        let label = format!("place of {} in {}", node.label(), node.file.shown);
        let layout = blake3::Hash::from_bytes(node.layout()).to_hex().to_string();
        edges.contents.insert((label, layout));
    }

    fn add_variable(&self, of_crate: CrateId, written: &str, edges: &mut Edges) {
        let Some(variable) = include::variable(written, &self.crates[of_crate]) else {
            // Its value cannot be followed, so it is as if it were read when the stage runs.
            edges.foreign.insert("std::env::var".to_owned());
            return;
        };
        let built = self.crates[of_crate].built.as_ref();
        if let Some(value) = built.and_then(|built| built.variables.get(&variable)) {
            let name = &self.crates[of_crate].package.name;
            let label = format!("{variable} by the build script of {name}");
            edges.contents.insert((label, value.clone()));
        } else if self.crates[of_crate].own || !variable.starts_with("CARGO_") {
            edges.variables.insert(variable);
        } else {
            let description = self.crates[of_crate].package.description.clone();
            let label = format!("manifest of {}", self.crates[of_crate].package.name);
            edges.contents.insert((label, description));
        }
        edges.generated |= self.is_generated(of_crate);
    }

    /// The names that `use` brings within a body.
    fn locals(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        mentions: &Mentions,
        edges: &mut Edges,
    ) -> Vec<(String, Found)> {
        let mut locals: Vec<(String, Found)> = Vec::new();
        // Twice, since an import may begin with a name that one below it brings.
        for _ in 0..mentions.imports.len().min(2) {
            let before = std::mem::take(&mut locals);
            for import in &mentions.imports {
                let mut found = self.resolve_here(lookups, module, &import.path, &before);
                found.add(self.imported(lookups, module, &import.path));
                locals.push((import.name.clone(), found));
            }
        }
        for (name, found) in &locals {
            self.add_found(found.clone(), edges);
            // What a trait offers is called without its name.
            if name == "*" {
                for inner in &found.modules {
                    self.add_traits_of(lookups, *inner, edges);
                }
            }
        }
        locals
    }

    /// The traits that an import of everything from a module has in scope.
    fn add_traits_of(&mut self, lookups: &mut Lookups, module: ModuleId, edges: &mut Edges) {
        let imports = self.traits_in_scope(lookups, module);
        edges.nodes.extend(imports.leaves);
        edges.externs.extend(imports.externs);
        let imported = imports.ours.into_iter().map(|(_, of_trait)| of_trait);
        edges.in_scope.extend(imported);
        let own = self.traits.iter().copied();
        let own = own.filter(|of_trait| self.nodes[*of_trait].module == module);
        edges.in_scope.extend(own);
    }

    fn resolve_here(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        path: &Path,
        locals: &[(String, Found)],
    ) -> Found {
        let mut found = self.resolve(lookups, module, path);
        let Some(first) = path.segments.first().filter(|_| !path.absolute) else {
            return found;
        };
        for (name, local) in locals {
            let mut here = local.clone();
            let rest = if name == first {
                &path.segments[1..]
            } else if name == "*" {
                &path.segments[..]
            } else {
                continue;
            };
            for segment in rest {
                here = self.inside(lookups, here, segment);
            }
            // Without the segments there is nothing of a path in the crates of others.
            found.nodes.extend(here.nodes);
            found.modules.extend(here.modules);
            found.via.extend(here.via);
            found.externs.extend(here.externs);
            if name == first {
                found.foreign.extend(here.foreign);
            }
        }
        found
    }

    pub(super) fn add_found(&mut self, found: Found, edges: &mut Edges) {
        let is_told = found.nodes.iter().any(|node| self.is_procedural(*node));
        edges.nodes.extend(found.nodes);
        edges.nodes.extend(found.via);
        edges.foreign.extend(found.foreign);
        for found in found.externs {
            if let Target::Ours(target) = found.target {
                let package = &self.crates[target].package;
                if package.makes_macros && !is_told && !is_framework(&package.name) {
                    edges.blind.get_or_insert_with(|| {
                        format!("what the macros of `{}` write cannot be seen", package.name)
                    });
                }
            }
            edges.externs.insert(found);
        }
    }

    /// What is used of the framework, as a name of the outside world may be: `mlops::File::new` makes a source that nobody
    /// declared.
    fn add_framework(&self, found: &Found, path: &Path, edges: &mut Edges) {
        for node in &found.nodes {
            let used = &self.nodes[*node];
            if !is_framework(&self.crates[used.of_crate].package.name) {
                continue;
            }
            let name = &used.item.name;
            let last = path.segments.last().filter(|last| *last != name);
            edges.foreign.insert(match last {
                Some(last) if path.segments.len() > 1 => format!("mlops::{name}::{last}"),
                _ => format!("mlops::{name}"),
            });
        }
    }

    /// Everything that a module defines.
    fn add_all_of(&self, module: ModuleId, edges: &mut Edges) {
        for (at, node) in self.nodes.iter().enumerate() {
            if node.module == module {
                edges.nodes.insert(at);
                edges
                    .members
                    .extend(node.item.members.iter().map(|member| member.name.clone()));
            }
        }
    }

    /// Every item of these names that a crate can mean, wherever it stands.
    pub(super) fn add_named(&self, of_crate: CrateId, names: &[String], edges: &mut Edges) {
        for name in names {
            if glued::is_any(name) {
                let cause = "names that a macro puts together cannot be told".to_owned();
                edges.blind.get_or_insert(cause);
            } else if glued::is_pattern(name) {
                let fitting = self.by_name.keys().filter(|other| glued::fits(name, other));
                edges
                    .nodes
                    .extend(fitting.flat_map(|name| self.of_name(of_crate, name)));
            } else {
                edges.nodes.extend(self.of_name(of_crate, name));
            }
            edges.members.insert(name.clone());
        }
    }

    /// Whether an item is one of the framework.
    pub(super) fn of_framework(&self, node: NodeId) -> bool {
        let of_crate = self.nodes[node].of_crate;
        is_framework(&self.crates[of_crate].package.name)
    }

    /// Every item of a name that a crate can mean. The framework means nothing of those who use it.
    pub(super) fn of_name(&self, of_crate: CrateId, name: &str) -> impl Iterator<Item = NodeId> {
        let of_the_framework = |of_crate: CrateId| {
            let package = &self.crates[of_crate].package;
            is_framework(&package.name)
        };
        let by_framework = of_the_framework(of_crate);
        let all = self.by_name.get(name).into_iter().flatten().copied();
        all.filter(move |node| !by_framework || of_the_framework(self.nodes[*node].of_crate))
    }

    fn add_macros(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        mentions: &Mentions,
        node: NodeId,
        edges: &mut Edges,
    ) -> Given {
        let mut given = Given::Kept;
        for path in &mentions.macros {
            let name = path.segments.last().cloned().unwrap_or_default();
            let found = self.resolve(lookups, module, path);
            let beyond = !found.foreign.is_empty();
            // An exported macro of another crate, by its path or by an import.
            let imported: Vec<NodeId> = found
                .nodes
                .iter()
                .copied()
                .filter(|node| self.nodes[*node].item.kind == Kind::Macro)
                .collect();
            self.add_found(found, edges);
            let mut definitions = self.macros_called(node, &name);
            definitions.extend(imported);
            definitions.sort_unstable();
            definitions.dedup();
            let is_of_others = beyond && (definitions.is_empty() || path.segments.len() > 1);
            let by_this = match is_transparent(&name) {
                true if definitions.is_empty() => Given::Kept,
                true => Given::AnyPlace,
                false if is_of_others => Given::ToOthers,
                // One that nobody is known to define is defined by another macro of ours.
                false if definitions.is_empty() || self.move_names(&definitions) => Given::Moved,
                false => Given::Kept,
            };
            given = given.max(by_this);
            if is_of_others {
                continue;
            }
            // Which of several of one name is meant depends on where they stand.
            if definitions.len() > 1 {
                let (line, _) = self.nodes[node].lines();
                let file = &self.nodes[node].file.shown;
                let before = definitions.iter().filter(|definition| {
                    let definition = &self.nodes[**definition];
                    definition.file.shown == *file && definition.lines().0 < line
                });
                let label = format!("macro_rules! {name} before {}", self.nodes[node].label());
                edges.contents.insert((label, before.count().to_string()));
            }
            edges.nodes.extend(definitions);
        }
        given
    }

    /// What the call of a macro makes is in its arguments and in the macro.
    fn add_made(&mut self, lookups: &mut Lookups, node: NodeId, item: &Item, edges: &mut Edges) {
        let (of_crate, module) = (self.nodes[node].of_crate, self.nodes[node].module);
        for name in &item.also {
            let mut found = self.resolve(lookups, module, &Path::of(name));
            found.nodes.retain(|found| *found != node);
            if found.nodes.is_empty() {
                self.add_named(of_crate, std::slice::from_ref(name), edges);
            } else {
                self.add_found(found, edges);
            }
        }
        edges.nodes.extend(self.macros_called(node, &item.name));
    }

    fn add_condition(&self, module: ModuleId, condition: String, edges: &mut Edges) {
        let of_crate = self.modules[module].of_crate;
        let asked = &self.crates[of_crate];
        let is_about_the_target = is_about_the_target(&condition);
        if asked.own {
            if is_whole(&condition) {
                edges.conditions.insert(condition);
            } else {
                let cause = "a macro is given a condition, which cannot be told".to_owned();
                edges.blind.get_or_insert(cause);
            }
            return;
        }
        let has_a_profile = !is_framework(&asked.package.name) && is_about_the_profile(&condition);
        if has_a_profile {
            edges.profiled.insert(of_crate);
        }
        if is_about_the_target && !has_a_profile {
            edges.conditions.insert(condition);
        } else if !is_about_the_target && !is_framework(&asked.package.name) {
            edges.featured.insert(of_crate);
            // Flags for the compiler set the same for all crates, a build script for its own.
            let others = beside_features(&condition);
            edges.generated |= self.is_generated(of_crate) && !others.is_empty();
            if let Some(built) = asked.built.as_ref().filter(|_| !others.is_empty()) {
                let name = &asked.package.name;
                let label = format!("conditions by the build script of {name}");
                edges.contents.insert((label, built.conditions.clone()));
            }
            edges.conditions.extend(others);
        }
    }
}

/// Where macros put the names that they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Given {
    /// They are macros of ours that leave each where it is.
    Kept,
    /// Some are macros of others, which cannot be looked at.
    ToOthers,
    /// Some are macros of ours that may put names where they mean something else.
    Moved,
    /// Some are macros of ours that have the name of a well-known one: paths may be taken apart, too.
    AnyPlace,
}
