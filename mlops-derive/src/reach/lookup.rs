//! What a path means in a module. Where Rust would choose one meaning and the syntax does not tell which, all are found.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::condition::{Truth, evaluate};
use super::item::{Kind, Path as Written};
use super::made::Defines;
use super::package::{Dependency, Package};
use super::world::{CrateId, Definition, ModuleId, NodeId, World};
use super::{files, is_framework};

/// Everything that a path may mean, and what the way there depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) modules: Vec<ModuleId>,
    /// Paths into crates of others, such as `std::fs::read`.
    pub(crate) foreign: Vec<String>,
    /// Imports on the way.
    pub(crate) via: Vec<NodeId>,
    /// Dependencies on the way.
    pub(crate) externs: Vec<Extern>,
    /// An import of everything from a crate of others may bring the name, and nothing else does.
    pub(crate) perhaps: bool,
}

/// A dependency under the name that a crate gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extern {
    pub(crate) from: CrateId,
    pub(crate) name: String,
    pub(crate) target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A crate whose sources are at hand.
    Ours(CrateId),
    /// A package of a registry or of git.
    Package(String),
    /// Something in use that no manifest names in this way.
    Unknown,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.modules.is_empty() && self.foreign.is_empty()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.nodes.extend(other.nodes);
        self.modules.extend(other.modules);
        self.foreign.extend(other.foreign);
        self.via.extend(other.via);
        self.externs.extend(other.externs);
        self.perhaps |= other.perhaps;
    }

    /// Each once, in an order that does not depend on the way.
    fn tidy(mut self) -> Self {
        fn once<T: Ord>(list: &mut Vec<T>) {
            list.sort_unstable();
            list.dedup();
        }
        once(&mut self.nodes);
        once(&mut self.modules);
        once(&mut self.foreign);
        once(&mut self.via);
        once(&mut self.externs);
        self
    }
}

/// The answers to questions of what a name means in a module.
///
/// A question may lead back to itself: in `mod fit; pub use fit::fit;` the name `fit` is looked for among the names that are
/// called `fit`. So such questions are asked in rounds, each of which takes the answers of the one before where it meets
/// itself, until nothing new is found.
#[derive(Default)]
pub(crate) struct Lookups {
    known: Answers,
    /// The answers of this round, and of the one before.
    round: Answers,
    before: Answers,
    /// Questions that wait for the answers to others.
    asked: Vec<Question>,
    /// Something was asked that waits for an answer itself.
    circle: bool,
    /// It has had no answer in any round: what is not found now may be found in the next.
    unanswered: bool,
    /// A name that nothing has means nothing, whatever a macro may have written: nobody imports everything from that.
    pub(super) names_alone: bool,
    /// What calls of macros among items may define.
    pub(super) defines: HashMap<NodeId, Rc<Defines>>,
    /// The words in crates of macros, where they can be told.
    pub(super) words: HashMap<CrateId, Option<Rc<BTreeSet<String>>>>,
}

type Question = (ModuleId, String);
type Answers = HashMap<Question, Rc<Found>>;

/// More rounds than names that are brought by way of each other.
const ROUNDS: usize = 16;

const TYPES: u8 = 1;
const VALUES: u8 = 2;
const MACROS: u8 = 4;

impl World {
    /// What `path` may mean in `module`.
    pub(crate) fn resolve(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        path: &Written,
    ) -> Found {
        let of_crate = self.modules[module].of_crate;
        let mut segments = path.segments.iter();
        let Some(first) = segments.next() else {
            return Found::default();
        };
        let mut here = Found::default();
        match first.as_str() {
            "crate" | "$crate" => here.modules.push(self.crates[of_crate].root),
            "self" => here.modules.push(module),
            "super" => here.modules.extend(self.modules[module].parent),
            "Self" => return Found::default(),
            name if path.absolute => {
                here = self.extern_name(lookups, of_crate, name);
                if self.crates[of_crate].edition == "2015" {
                    let root = self.crates[of_crate].root;
                    here.add(Found::clone(&self.lookup(lookups, root, name)));
                }
            }
            name => {
                here = Found::clone(&self.lookup(lookups, module, name));
                if here.perhaps || !self.is_certain(module, name, &here) {
                    let dependency = self.extern_name(lookups, of_crate, name);
                    if here.perhaps && !dependency.is_empty() {
                        here = dependency;
                    } else {
                        here.add(dependency);
                    }
                }
            }
        }
        if here.is_empty() && !path.absolute {
            here.nodes = self.written_around(lookups, module, first);
        }
        for segment in segments {
            here = self.inside(lookups, here, segment);
        }
        here
    }

    /// What the path of an import means.
    pub(crate) fn imported(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        path: &Written,
    ) -> Found {
        let of_crate = self.modules[module].of_crate;
        let first = path.segments.first().map(String::as_str);
        let is_from_here = matches!(first, Some("self" | "super" | "crate" | "$crate"));
        if self.crates[of_crate].edition == "2015" && !is_from_here {
            // There such paths begin at the root.
            return self.resolve(lookups, self.crates[of_crate].root, path);
        }
        self.resolve(lookups, module, path)
    }

    /// What `name` means within what was found.
    pub(crate) fn inside(&mut self, lookups: &mut Lookups, found: Found, name: &str) -> Found {
        // What stands before `::` is no value where there is a module of its name. A stage is a type, too.
        let is_module = !found.modules.is_empty();
        let mut nodes = found.nodes;
        nodes.retain(|node| !is_module || may_be_a_type(self.nodes[*node].item.kind));
        let mut next = Found {
            // A type stays what is reached, whatever of it is meant.
            nodes,
            via: found.via,
            externs: found.externs,
            ..Found::default()
        };
        for module in found.modules {
            if name == "super" {
                next.modules.extend(self.modules[module].parent);
            } else if name == "self" {
                next.modules.push(module);
            } else {
                let inside = Found::clone(&self.lookup(lookups, module, name));
                if inside.is_empty() {
                    let written = self.written_beside(lookups, module, name, true);
                    next.nodes.extend(written);
                }
                next.add(inside);
            }
        }
        for foreign in found.foreign {
            next.foreign.push(format!("{foreign}::{name}"));
        }
        // A module that a macro makes.
        for node in next.nodes.clone() {
            if self.nodes[node].item.kind == Kind::MacroCall {
                self.add_called(lookups, node, name, &mut next);
            }
        }
        next
    }

    /// What `name` may mean as a name of `module`: what is defined or imported there.
    pub(crate) fn lookup(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        name: &str,
    ) -> Rc<Found> {
        let question = (module, name.to_owned());
        if let Some(known) = lookups.known.get(&question) {
            return Rc::clone(known);
        }
        if !lookups.asked.is_empty() {
            return self.answer(lookups, question);
        }
        let mut found = Rc::default();
        for _ in 0..ROUNDS {
            lookups.circle = false;
            lookups.unanswered = false;
            found = self.answer(lookups, question.clone());
            let round = std::mem::take(&mut lookups.round);
            let is_settled = !lookups.circle || round == lookups.before;
            lookups.before = round;
            if is_settled {
                break;
            }
        }
        let settled = std::mem::take(&mut lookups.before);
        lookups.known.extend(settled);
        found
    }

    /// The answer of this round.
    fn answer(&mut self, lookups: &mut Lookups, question: Question) -> Rc<Found> {
        if let Some(found) = lookups.round.get(&question) {
            return Rc::clone(found);
        }
        if lookups.asked.contains(&question) {
            lookups.circle = true;
            let before = lookups.before.get(&question).cloned();
            lookups.unanswered |= before.is_none();
            return before.unwrap_or_default();
        }
        let (module, name) = &question;
        lookups.asked.push(question.clone());
        let found = Rc::new(self.names(lookups, *module, name).tidy());
        lookups.asked.pop();
        lookups.round.insert(question, Rc::clone(&found));
        found
    }

    fn names(&mut self, lookups: &mut Lookups, module: ModuleId, name: &str) -> Found {
        let mut found = Found::default();
        let mut covered = 0;
        let definitions = self.modules[module].names.get(name).cloned();
        for definition in definitions.into_iter().flatten() {
            // What only a condition brings leaves the name to others where the condition does not hold.
            let hides = if self.is_always(definition) {
                u8::MAX
            } else {
                0
            };
            match definition {
                Definition::Module(inner) => {
                    covered |= TYPES & hides;
                    found.modules.push(inner);
                }
                Definition::Node(node) => {
                    let item = Rc::clone(&self.nodes[node].item);
                    let Some(leaf) = self.nodes[node].part else {
                        covered |= spaces(item.kind) & hides;
                        found.nodes.push(node);
                        continue;
                    };
                    let path = &item.imports[leaf].path;
                    let target = if item.kind == Kind::ExternCrate {
                        self.extern_crate(module, &path.segments[0])
                    } else {
                        self.imported(lookups, module, path)
                    };
                    found.via.push(node);
                    // `use name` of a macro that stands above, or of what one of its calls makes.
                    let last = path.segments.last().map(String::as_str);
                    let macros = self.macros_called(node, last.unwrap_or_default());
                    let first = path.segments[0].as_str();
                    let is_in_ours = path.segments.len() == 1
                        || !target.via.is_empty()
                        || matches!(first, "crate" | "self" | "super" | "$crate");
                    let is_a_macro = target.is_empty() && !macros.is_empty() && is_in_ours;
                    // Under its own name it is found where it is called.
                    let is_renamed = last.is_some_and(|last| last != name);
                    if is_a_macro && is_renamed {
                        found.nodes.extend(macros);
                    }
                    let is_unknown = target.is_empty() && !self.leads_to_macros(&target);
                    if is_unknown && item.kind == Kind::Use && !is_a_macro && !lookups.unanswered {
                        found.externs.push(Extern {
                            from: self.modules[module].of_crate,
                            name: path.segments[0].clone(),
                            target: Target::Unknown,
                        });
                    }
                    covered |= self.spaces_of(&target) & hides;
                    found.add(target);
                }
            }
        }
        for call in self.modules[module].calls.clone() {
            self.add_called(lookups, call, name, &mut found);
        }
        self.by_globs(lookups, module, name, covered, &mut found);
        found
    }

    /// What the call of a macro among items may give the name to.
    fn add_called(&mut self, lookups: &mut Lookups, call: NodeId, name: &str, found: &mut Found) {
        let defines = self.defines(lookups, call);
        for glob in &defines.globs {
            let inside = self.lookup(lookups, *glob, name);
            if !inside.is_empty() {
                found.nodes.push(call);
                found.add(Found::clone(&inside));
            }
        }
        if defines.anything || defines.names.contains(name) {
            found.nodes.push(call);
        }
    }

    /// Whether `name` surely means something of what was found for it, and not a crate.
    fn is_certain(&self, module: ModuleId, name: &str, found: &Found) -> bool {
        let own = self.modules[module].names.get(name);
        let mut own = own.into_iter().flatten().copied().peekable();
        if own.peek().is_some() {
            return own.any(|definition| self.is_always(definition));
        }
        // The call of a macro that names something need not define it.
        let is_more = |node: &NodeId| self.nodes[*node].item.kind != Kind::MacroCall;
        !found.modules.is_empty() || !found.foreign.is_empty() || found.nodes.iter().any(is_more)
    }

    /// Whether a definition is there in every compilation that is like this one, as far as that is known.
    fn is_always(&self, definition: Definition) -> bool {
        let (of_crate, conditions) = match definition {
            Definition::Node(node) => {
                let node = &self.nodes[node];
                (node.of_crate, &node.item.conditions)
            }
            Definition::Module(module) => {
                let module = &self.modules[module];
                (module.of_crate, &module.conditions)
            }
        };
        let asker = self.asker(of_crate);
        let mut conditions = conditions.iter();
        conditions.all(|condition| evaluate(condition, asker) == Truth::Yes)
    }

    /// What imports of everything bring, where nothing nearer has the name.
    fn by_globs(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        name: &str,
        covered: u8,
        found: &mut Found,
    ) {
        let mut perhaps = Vec::new();
        for glob in self.modules[module].globs.clone() {
            let item = Rc::clone(&self.nodes[glob].item);
            let Some(leaf) = self.nodes[glob].part else {
                continue;
            };
            let source = self.imported(lookups, module, &item.imports[leaf].path);
            let mut brought = Found::default();
            for inner in source.modules {
                let inside = self.lookup(lookups, inner, name);
                let free = |node: &NodeId| spaces(self.nodes[*node].item.kind) & !covered != 0;
                brought
                    .nodes
                    .extend(inside.nodes.iter().copied().filter(free));
                if covered & TYPES == 0 {
                    brought.modules.extend(&inside.modules);
                }
                // What others define is in a space that is not known.
                brought.foreign.extend(inside.foreign.iter().cloned());
                if !brought.is_empty() {
                    brought.via.extend(&inside.via);
                    brought.externs.extend(inside.externs.iter().cloned());
                }
            }
            let variants = source.nodes.iter().copied();
            brought.nodes.extend(
                variants.filter(|node| self.nodes[*node].item.also.iter().any(|also| also == name)),
            );
            if !brought.is_empty() {
                brought.via.push(glob);
                brought.via.extend(source.via);
                brought.externs.extend(source.externs);
                found.add(brought);
            } else {
                perhaps.extend(
                    source
                        .foreign
                        .into_iter()
                        .map(|path| format!("{path}::{name}")),
                );
            }
        }
        if found.is_empty() && !perhaps.is_empty() {
            found.foreign.extend(perhaps);
            found.perhaps = true;
        }
    }

    /// A crate by its name, or by one that an `extern crate … as …;` at the root gives it.
    fn extern_name(&mut self, lookups: &mut Lookups, of_crate: CrateId, name: &str) -> Found {
        let root = self.crates[of_crate].root;
        let definitions = self.modules[root].names.get(name);
        let is_given = definitions.into_iter().flatten().any(|definition| {
            matches!(definition, Definition::Node(node) if self.nodes[*node].item.kind == Kind::ExternCrate)
        });
        if is_given {
            return Found::clone(&self.lookup(lookups, root, name));
        }
        self.dependency(of_crate, name)
    }

    pub(super) fn extern_crate(&mut self, module: ModuleId, name: &str) -> Found {
        let of_crate = self.modules[module].of_crate;
        if name == "self" {
            return Found {
                modules: vec![self.crates[of_crate].root],
                ..Found::default()
            };
        }
        self.dependency(of_crate, name)
    }

    /// The crate that `of_crate` calls `name`.
    pub(crate) fn dependency(&mut self, of_crate: CrateId, name: &str) -> Found {
        if matches!(name, "std" | "core" | "alloc" | "proc_macro" | "test") {
            return Found {
                foreign: vec![name.to_owned()],
                ..Found::default()
            };
        }
        let package = Rc::clone(&self.crates[of_crate].package);
        let own = self.crates[of_crate].own;
        let mut folder = None;
        let mut named = None;
        if own && package.library == name && self.compilation.compiled(name).is_some() {
            folder = Some(package.folder.clone());
        }
        for dependency in &package.dependencies {
            if folder.is_some() || named.is_some() {
                break;
            }
            let Some(path) = &dependency.folder else {
                if dependency.name == name {
                    folder = self.framework_folder(&package, own, dependency);
                    named = Some(dependency.package.clone());
                }
                continue;
            };
            // A library may have a name of its own.
            let renamed = dependency.package.replace('-', "_") != dependency.name;
            let called = match self.library_name(path) {
                Some(library) if !renamed => library,
                _ => dependency.name.clone(),
            };
            if called == name {
                folder = Some(path.clone());
            }
        }
        if named.is_none() && folder.is_none() && own && self.compilation.compiled(name).is_some() {
            return self.beyond(of_crate, name, Target::Unknown);
        }
        match (folder, named) {
            (Some(folder), _) => match self.library(&folder) {
                Ok(library) => Found {
                    modules: vec![self.crates[library].root],
                    externs: vec![Extern {
                        from: of_crate,
                        name: name.to_owned(),
                        target: Target::Ours(library),
                    }],
                    ..Found::default()
                },
                Err(_) => self.beyond(of_crate, name, Target::Unknown),
            },
            (None, Some(target)) => {
                let lock = self.lock.as_ref();
                match lock.and_then(|lock| lock.depends(&package.name, &target)) {
                    // No feature asks for it, so the code that names it is left out.
                    Some(false) => Found::default(),
                    _ => self.beyond(of_crate, name, Target::Package(target)),
                }
            }
            (None, None) => Found::default(),
        }
    }

    /// Where a crate of the framework lies that comes from a registry: it counts by what is reached of it, not by its version.
    fn framework_folder(
        &self,
        from: &Package,
        own: bool,
        dependency: &Dependency,
    ) -> Option<PathBuf> {
        if !is_framework(&dependency.package) {
            return None;
        }
        // The compiler notes beside what it made which files it read; the first is the root.
        if own && let Some(compiled) = self.compilation.compiled(&dependency.name) {
            let stem = compiled.file_stem()?.to_str()?.strip_prefix("lib")?;
            let notes = files::read(&compiled.with_file_name(format!("{stem}.d"))).ok()?;
            let notes = String::from_utf8(notes).ok()?;
            let (_, files) = notes.lines().next()?.split_once(": ")?;
            let root = files.split(' ').find(|file| file.ends_with("src/lib.rs"))?;
            return Some(Path::new(root).parent()?.parent()?.to_owned());
        }
        // Unpacked beside each other, each with its version.
        let version = self.lock.as_ref()?.version(&dependency.package)?;
        let folder = from
            .folder
            .parent()?
            .join(format!("{}-{version}", dependency.package));
        folder.is_dir().then_some(folder)
    }

    fn beyond(&self, from: CrateId, name: &str, target: Target) -> Found {
        Found {
            foreign: vec![name.to_owned()],
            externs: vec![Extern {
                from,
                name: name.to_owned(),
                target,
            }],
            ..Found::default()
        }
    }

    /// Whether it goes into a crate of ours whose procedural macros have names that no item has.
    fn leads_to_macros(&self, found: &Found) -> bool {
        let mut externs = found.externs.iter();
        externs.any(|found| match found.target {
            Target::Ours(of_crate) => self.crates[of_crate].package.makes_macros,
            _ => false,
        })
    }

    fn spaces_of(&self, found: &Found) -> u8 {
        let modules = if found.modules.is_empty() { 0 } else { TYPES };
        found.nodes.iter().fold(modules, |all, node| {
            all | spaces(self.nodes[*node].item.kind)
        })
    }
}

/// Whether an item may stand where a type stands.
pub(super) fn may_be_a_type(kind: Kind) -> bool {
    spaces(kind) & TYPES != 0
}

/// The name spaces in which an item has its name.
fn spaces(kind: Kind) -> u8 {
    match kind {
        Kind::Function | Kind::Constant => VALUES,
        Kind::Type { value: true } => TYPES | VALUES,
        Kind::Type { value: false } | Kind::Trait | Kind::Alias | Kind::Module => TYPES,
        Kind::Macro => MACROS,
        _ => TYPES | VALUES | MACROS,
    }
}
