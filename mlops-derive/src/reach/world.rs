//! The crates that a stage may reach, each as a tree of modules with what they define.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::built::Built;
use super::compilation::Compilation;
use super::compiled::Compiled;
use super::condition::{Asker, Truth, evaluate};
use super::features;
use super::files::Files;
use super::item::{Item, Kind, Mentions};
use super::lock::Lock;
use super::package::Package;

/// Everything that was read, for one compilation.
pub(crate) struct World {
    pub(crate) compilation: Compilation,
    /// How the crates below were compiled, once somebody asks.
    compiled: OnceCell<Option<Compiled>>,
    pub(crate) crates: Vec<Crate>,
    pub(crate) modules: Vec<Module>,
    pub(crate) nodes: Vec<Node>,
    /// Items by name, for names that may stand for anything.
    pub(crate) by_name: HashMap<String, Vec<NodeId>>,
    pub(crate) macros: HashMap<String, Vec<NodeId>>,
    /// Modules by name.
    pub(crate) called: HashMap<String, Vec<ModuleId>>,
    pub(crate) impls: Vec<NodeId>,
    pub(crate) traits: Vec<NodeId>,
    pub(crate) calls: Vec<NodeId>,
    /// Calls that declare modules whose files were found.
    pub(crate) told: HashSet<NodeId>,
    /// Items whose attributes name something else, under that name.
    pub(crate) registered: HashMap<String, Vec<NodeId>>,
    /// The folder that paths are shown from.
    pub(crate) repository: PathBuf,
    pub(crate) files: Files,
    /// `Cargo.lock`, if there is one.
    pub(crate) lock: Option<Rc<Lock>>,
    pub(super) by_folder: HashMap<PathBuf, CrateId>,
    packages: HashMap<PathBuf, Result<Rc<Package>, String>>,
}

pub(crate) type CrateId = usize;
pub(crate) type ModuleId = usize;
pub(crate) type NodeId = usize;

/// One crate whose sources are at hand.
pub(crate) struct Crate {
    pub(crate) package: Rc<Package>,
    /// The one that is being compiled.
    pub(crate) own: bool,
    /// Features that it surely has not.
    pub(crate) off: BTreeSet<String>,
    pub(crate) edition: String,
    pub(crate) root: ModuleId,
    /// Names that an import may bring.
    pub(crate) imported: HashSet<String>,
    /// `#[macro_use] extern crate`, which brings macros that nobody names.
    pub(crate) macro_uses: Vec<NodeId>,
    /// Why its items cannot be told, if so.
    pub(crate) incomplete: Option<String>,
    /// What its build script wrote, where that can be told; of the one that is being compiled the compiler knows it.
    pub(crate) built: Option<Built>,
    /// A build script wrote some of it, to a place that only the crate's own compilation knows.
    pub(crate) generated: bool,
}

/// A module.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) of_crate: CrateId,
    pub(crate) parent: Option<ModuleId>,
    /// `churn::training`
    pub(crate) path: String,
    /// Conditions of this module and of those around it.
    pub(crate) conditions: Vec<String>,
    pub(crate) names: HashMap<String, Vec<Definition>>,
    /// Its macros are known around it.
    pub(crate) spreads: bool,
    /// Imports of everything.
    pub(crate) globs: Vec<NodeId>,
    /// All imports of one name.
    pub(crate) imports: Vec<NodeId>,
    /// Calls of macros that may define something here.
    pub(crate) calls: Vec<NodeId>,
    /// Items with derives or attributes that may write others beside them.
    pub(crate) written_beside: Vec<NodeId>,
}

/// What a name in a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    Node(NodeId),
    Module(ModuleId),
}

/// One thing that can be reached.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) of_crate: CrateId,
    pub(crate) module: ModuleId,
    pub(crate) item: Rc<Item>,
    /// A function of an `impl` or a trait, or a leaf of a `use`.
    pub(crate) part: Option<usize>,
    pub(crate) file: Rc<SourceFile>,
}

/// A file of a crate.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// As the compiler opens it: what it includes is seen from there.
    pub(crate) path: PathBuf,
    /// Without links and dots.
    pub(crate) canonical: PathBuf,
    /// As people see it.
    pub(crate) shown: String,
}

impl Node {
    pub(crate) fn label(&self) -> String {
        match (self.item.kind, self.part) {
            (Kind::Use, Some(leaf)) => {
                let import = &self.item.imports[leaf];
                let path = import.path.segments.join("::");
                match import.name.as_str() {
                    "*" => format!("use {path}::*"),
                    name if import.path.segments.last().is_some_and(|last| last == name) => {
                        format!("use {path}")
                    }
                    name => format!("use {path} as {name}"),
                }
            }
            (Kind::ExternCrate, _) | (_, None) => self.item.label.clone(),
            (_, Some(member)) => self.item.members[member].label.clone(),
        }
    }

    pub(crate) fn mentions(&self) -> &Mentions {
        match (self.item.kind, self.part) {
            (Kind::Use | Kind::ExternCrate, _) | (_, None) => &self.item.mentions,
            (_, Some(member)) => &self.item.members[member].mentions,
        }
    }

    pub(crate) fn layout(&self) -> [u8; 32] {
        match (self.item.kind, self.part) {
            (Kind::Use | Kind::ExternCrate, _) | (_, None) => self.item.layout,
            (_, Some(member)) => self.item.members[member].layout,
        }
    }

    pub(crate) fn spaces(&self) -> [u8; 32] {
        match (self.item.kind, self.part) {
            (Kind::Use | Kind::ExternCrate, _) | (_, None) => self.item.spaces,
            (_, Some(member)) => self.item.members[member].spaces,
        }
    }

    pub(crate) fn lines(&self) -> (u32, u32) {
        match (self.item.kind, self.part) {
            (Kind::Use | Kind::ExternCrate, _) | (_, None) => self.item.lines,
            (_, Some(member)) => self.item.members[member].lines,
        }
    }
}

impl World {
    pub(crate) fn new(compilation: Compilation, repository: PathBuf, lock: Option<Lock>) -> Self {
        let files = Files::new(&compilation);
        Self {
            compilation,
            compiled: OnceCell::new(),
            crates: Vec::new(),
            modules: Vec::new(),
            nodes: Vec::new(),
            by_name: HashMap::new(),
            macros: HashMap::new(),
            called: HashMap::new(),
            impls: Vec::new(),
            traits: Vec::new(),
            calls: Vec::new(),
            told: HashSet::new(),
            registered: HashMap::new(),
            repository,
            files,
            lock: lock.map(Rc::new),
            by_folder: HashMap::new(),
            packages: HashMap::new(),
        }
    }

    /// How the crates below were compiled; nothing if Cargo has left no notes.
    pub(crate) fn compiled(&self) -> Option<&Compiled> {
        let compiled = self
            .compiled
            .get_or_init(|| Compiled::new(&self.compilation));
        compiled.as_ref()
    }

    /// What the manifest in a folder says.
    fn package(&mut self, folder: &Path) -> Result<Rc<Package>, String> {
        self.packages
            .entry(folder.to_owned())
            .or_insert_with(|| Package::read(folder).map(Rc::new))
            .clone()
    }

    /// How code calls the library of the package in a folder.
    pub(crate) fn library_name(&mut self, folder: &Path) -> Option<String> {
        Some(self.package(folder).ok()?.library.clone())
    }

    /// The crate that is being compiled.
    pub(crate) fn load_own(&mut self, package: Package, root: &Path) -> CrateId {
        let edition = self.compilation.edition.clone();
        let package = Rc::new(package);
        let own = self.load(Rc::clone(&package), root.to_owned(), true, edition);
        self.load_below(&package, 0);
        own
    }

    /// Every path dependency: one may register something that nobody names.
    fn load_below(&mut self, package: &Package, depth: usize) {
        for dependency in &package.dependencies {
            let Some(folder) = &dependency.folder else {
                continue;
            };
            if super::is_framework(&dependency.package) || depth > 32 {
                continue;
            }
            let is_new = crate::sources::canonical(folder)
                .is_ok_and(|folder| !self.by_folder.contains_key(&folder));
            // Without a library there is nothing to use.
            if is_new && let Ok(loaded) = self.library(folder) {
                let package = Rc::clone(&self.crates[loaded].package);
                self.load_below(&package, depth + 1);
            }
        }
    }

    /// The library of the package in a folder.
    pub(crate) fn library(&mut self, folder: &Path) -> Result<CrateId, String> {
        let folder = crate::sources::canonical(folder)?;
        if let Some(known) = self.by_folder.get(&folder) {
            return Ok(*known);
        }
        let package = self.package(&folder)?;
        let root = package
            .root
            .clone()
            .ok_or_else(|| format!("{}: no library", folder.display()))?;
        let edition = package.edition.clone();
        let loaded = self.load(package, root, false, edition);
        self.by_folder.insert(folder, loaded);
        Ok(loaded)
    }

    fn load(&mut self, package: Rc<Package>, root: PathBuf, own: bool, edition: String) -> CrateId {
        let of_crate = self.crates.len();
        let root_module = self.modules.len();
        let path = if own && !self.compilation.crate_name.is_empty() {
            self.compilation.crate_name.clone()
        } else {
            package.library.clone()
        };
        let off = match &self.lock {
            Some(lock) if !own => features::surely_off(&package, lock),
            _ => BTreeSet::new(),
        };
        let built = match package.has_build_script && !own {
            true => self.compiled().and_then(|compiled| {
                let folder = compiled.out_folder(&package.name, &package.library)?;
                Built::read(&folder)
            }),
            false => None,
        };
        self.crates.push(Crate {
            built,
            package,
            own,
            off,
            edition,
            root: root_module,
            imported: HashSet::new(),
            macro_uses: Vec::new(),
            incomplete: None,
            generated: false,
        });
        self.modules.push(Module {
            of_crate,
            path,
            ..Module::default()
        });
        self.files.open(&root);
        let folder = root.parent().map(Path::to_owned).unwrap_or_default();
        self.read_module(root_module, &root, &folder);
        self.files.close();
        self.crates[of_crate].imported = self.imported_names(of_crate);
        of_crate
    }

    pub(super) fn source_file(&self, path: &Path) -> SourceFile {
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        SourceFile {
            path: path.to_owned(),
            shown: crate::sources::relative(&canonical, &self.repository),
            canonical,
        }
    }

    pub(crate) fn cannot_tell(&mut self, module: ModuleId, cause: String) {
        let of_crate = self.modules[module].of_crate;
        self.crates[of_crate].incomplete.get_or_insert(cause);
    }

    /// Whether what cannot be found in a crate may have been written by its build script, nobody knows where.
    pub(crate) fn is_generated(&self, of_crate: CrateId) -> bool {
        let asked = &self.crates[of_crate];
        asked.package.has_build_script && !asked.own && asked.built.is_none()
    }

    pub(crate) fn asker(&self, of_crate: CrateId) -> Asker<'_> {
        let asked = &self.crates[of_crate];
        Asker {
            compilation: &self.compilation,
            own: asked.own,
            off: &asked.off,
        }
    }

    pub(super) fn is_left_out(&self, of_crate: CrateId, conditions: &[String]) -> bool {
        let asker = self.asker(of_crate);
        conditions
            .iter()
            .any(|condition| evaluate(condition, asker) == Truth::No)
    }

    pub(super) fn add_item(&mut self, module: ModuleId, item: &Rc<Item>, file: &Rc<SourceFile>) {
        if item.kind == Kind::Use || item.kind == Kind::ExternCrate {
            for (leaf, import) in item.imports.iter().enumerate() {
                let node = self.add_node(module, item, Some(leaf), file);
                if item.kind == Kind::ExternCrate && item.brings.everything {
                    let of_crate = self.modules[module].of_crate;
                    self.crates[of_crate].macro_uses.push(node);
                }
                if import.name == "*" {
                    self.modules[module].globs.push(node);
                } else {
                    self.modules[module].imports.push(node);
                    self.define(module, &import.name, Definition::Node(node));
                }
            }
            return;
        }
        let node = self.add_node(module, item, None, file);
        if !item.written_by.is_empty() {
            self.modules[module].written_beside.push(node);
        }
        match item.kind {
            Kind::Impl => self.impls.push(node),
            Kind::MacroCall => {
                self.modules[module].calls.push(node);
                self.calls.push(node);
            }
            Kind::Macro => {
                self.macros.entry(item.name.clone()).or_default().push(node);
                // An exported macro stands at the root, wherever it is written.
                let root = self.crates[self.modules[module].of_crate].root;
                if item.spreads {
                    self.define(root, &item.name, Definition::Node(node));
                }
                self.by_name
                    .entry(item.name.clone())
                    .or_default()
                    .push(node);
            }
            _ => {
                if item.kind == Kind::Trait {
                    self.traits.push(node);
                }
                self.define(module, &item.name, Definition::Node(node));
                if !item.makes.is_empty() && item.makes != item.name {
                    self.define(module, &item.makes, Definition::Node(node));
                }
                for name in item.also.iter().chain([&item.name]) {
                    self.by_name.entry(name.clone()).or_default().push(node);
                }
                // An enum's other names are its variants.
                let is_enum = item.label.starts_with("enum ");
                for name in item.also.iter().filter(|_| !is_enum) {
                    self.registered.entry(name.clone()).or_default().push(node);
                }
                if item.kind == Kind::ExternBlock {
                    for name in &item.also {
                        self.define(module, name, Definition::Node(node));
                    }
                }
            }
        }
        for member in 0..item.members.len() {
            if !self.is_left_out(
                self.modules[module].of_crate,
                &item.members[member].conditions,
            ) {
                self.add_node(module, item, Some(member), file);
            }
        }
    }

    pub(super) fn define(&mut self, module: ModuleId, name: &str, definition: Definition) {
        let names = &mut self.modules[module].names;
        names.entry(name.to_owned()).or_default().push(definition);
    }

    pub(super) fn add_node(
        &mut self,
        module: ModuleId,
        item: &Rc<Item>,
        part: Option<usize>,
        file: &Rc<SourceFile>,
    ) -> NodeId {
        self.nodes.push(Node {
            of_crate: self.modules[module].of_crate,
            module,
            item: Rc::clone(item),
            part,
            file: Rc::clone(file),
        });
        self.nodes.len() - 1
    }

    /// The nodes of an item's functions: they follow it.
    pub(crate) fn members(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let item = Rc::clone(&self.nodes[node].item);
        (node + 1..self.nodes.len()).take_while(move |next| {
            let next = &self.nodes[*next];
            next.part.is_some() && Rc::ptr_eq(&next.item, &item)
        })
    }
}
