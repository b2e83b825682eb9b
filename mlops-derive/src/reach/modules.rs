//! Follows modules to their files: by their names, by `#[path]`, by what a macro declares, by what is included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::condition::{Truth, evaluate};
use super::item::{Item, Kind};
use super::world::{Definition, Module, ModuleId, SourceFile, World};

impl World {
    /// Fills a module from its file; `folder` is where files of its modules lie.
    pub(super) fn read_module(&mut self, module: ModuleId, path: &Path, folder: &Path) {
        match self.files.read(path) {
            Ok(items) => {
                let file = Rc::new(self.source_file(path));
                self.add_items(module, &items, &file, folder, false);
            }
            Err(cause) => self.cannot_tell(module, cause),
        }
    }

    fn add_items(
        &mut self,
        module: ModuleId,
        items: &[Rc<Item>],
        file: &Rc<SourceFile>,
        folder: &Path,
        inside: bool,
    ) {
        let of_crate = self.modules[module].of_crate;
        for item in items {
            if self.is_left_out(of_crate, &item.conditions) {
                continue;
            }
            match item.kind {
                Kind::Module => self.add_module(module, item, file, folder, inside),
                Kind::MacroCall if item.name == "include" => {
                    let call = self.add_node(module, item, None, file);
                    self.modules[module].calls.push(call);
                    self.calls.push(call);
                    self.add_included(module, item, file, folder);
                }
                Kind::MacroCall => {
                    self.add_item(module, item, file);
                    self.add_declared(module, item, file, folder, inside);
                }
                _ => self.add_item(module, item, file),
            }
        }
    }

    fn add_module(
        &mut self,
        parent: ModuleId,
        item: &Rc<Item>,
        file: &Rc<SourceFile>,
        folder: &Path,
        inside: bool,
    ) {
        let module = self.modules.len();
        let around = &self.modules[parent];
        let conditions = around
            .conditions
            .iter()
            .chain(&item.conditions)
            .cloned()
            .collect();
        self.modules.push(Module {
            of_crate: around.of_crate,
            parent: Some(parent),
            path: format!("{}::{}", around.path, item.name),
            spreads: item.spreads,
            conditions,
            ..Module::default()
        });
        if let Some(attribute) = item.written_by.first() {
            let name = &item.name;
            let cause =
                format!("what the attribute `{attribute}` makes of `mod {name}` cannot be told");
            self.cannot_tell(module, cause);
        }
        self.define(parent, &item.name, Definition::Module(module));
        self.called
            .entry(item.name.clone())
            .or_default()
            .push(module);
        // `#[path]` is seen from the file's folder; within an inline module, from that of its name.
        let base = if inside {
            folder.to_owned()
        } else {
            file.path.parent().map(Path::to_owned).unwrap_or_default()
        };
        if let Some(items) = &item.inline {
            let items: Vec<Rc<Item>> = items.iter().cloned().map(Rc::new).collect();
            let folder = match self.paths(module, item).pop() {
                Some(path) => base.join(path),
                None => folder.join(&item.name),
            };
            self.add_items(module, &items, file, &folder, true);
            return;
        }
        let given = self.paths(module, item);
        if !given.is_empty() {
            // More than one only where the compiler alone knows which it is: then each counts.
            for path in given {
                let path = base.join(path);
                let folder = path.parent().map(Path::to_owned).unwrap_or_default();
                self.read_module(module, &path, &folder);
            }
            return;
        }
        let places = places_of(folder, &item.name);
        match places.iter().find(|(path, _)| path.is_file()) {
            Some((path, folder)) => self.read_module(module, path, folder),
            None => {
                let cause = format!("{}: no file for `mod {}`", file.shown, item.name);
                self.cannot_tell(module, cause);
            }
        }
    }

    /// The files that `#[path]` gives a module. Their conditions become the module's own, so that they count.
    fn paths(&mut self, module: ModuleId, item: &Item) -> Vec<String> {
        let asker = self.asker(self.modules[module].of_crate);
        let mut paths = Vec::new();
        for (condition, path) in &item.paths {
            if condition.is_empty() || evaluate(condition, asker) != Truth::No {
                paths.push(path.clone());
            }
        }
        let conditions = item.paths.iter().map(|(condition, _)| condition);
        let conditions: Vec<String> = conditions
            .filter(|text| !text.is_empty())
            .cloned()
            .collect();
        self.modules[module].conditions.extend(conditions);
        paths
    }

    /// Modules with files of their own that the call of a macro declares: each of its names that has a file may be one.
    fn add_declared(
        &mut self,
        module: ModuleId,
        call: &Rc<Item>,
        file: &Rc<SourceFile>,
        folder: &Path,
        inside: bool,
    ) {
        let Some(node) = self.calls.last().copied() else {
            return;
        };
        let definitions = self.macros.get(&call.name).into_iter().flatten();
        let definitions: Vec<Rc<Item>> = definitions
            .map(|definition| Rc::clone(&self.nodes[*definition].item))
            .collect();
        let named = definitions.iter().flat_map(|of| &of.mentions.loose);
        let names: BTreeSet<String> = named.chain(&call.also).cloned().collect();
        let declares = call.brings.file || definitions.iter().any(|of| of.brings.file);
        // `#[path]` may lead anywhere.
        if !declares || names.contains("path") {
            return;
        }
        for name in names {
            let has_file = places_of(folder, &name)
                .iter()
                .any(|(path, _)| path.is_file());
            let known = self.modules[module].names.get(&name);
            let is_known = known
                .into_iter()
                .flatten()
                .any(|definition| matches!(definition, Definition::Module(_)));
            if has_file && !is_known {
                let declared = Rc::new(Item {
                    kind: Kind::Module,
                    label: format!("mod {name}"),
                    name,
                    digest: call.digest,
                    lines: call.lines,
                    // Attributes may have come with it.
                    spreads: true,
                    ..Item::default()
                });
                self.add_module(module, &declared, file, folder, inside);
                self.told.insert(node);
            }
        }
    }

    /// `include!("items.rs")` where items can stand: what is in the file is in the module.
    fn add_included(
        &mut self,
        module: ModuleId,
        item: &Rc<Item>,
        file: &Rc<SourceFile>,
        folder: &Path,
    ) {
        for written in &item.mentions.files {
            let of_crate = self.modules[module].of_crate;
            let path = super::include::path(written, &file.path, &self.crates[of_crate]);
            match path.filter(|path| path.is_file()) {
                Some(path) => {
                    if let Ok(items) = self.files.read(&path) {
                        let included = Rc::new(self.source_file(&path));
                        self.add_items(module, &items, &included, folder, false);
                    }
                }
                None if self.is_generated(of_crate) => self.crates[of_crate].generated = true,
                None => {
                    let cause = format!(
                        "{}: what `include!({written})` means is not known",
                        file.shown
                    );
                    self.cannot_tell(module, cause);
                }
            }
        }
    }
}

/// Where the file of a module may lie, and where then those of the modules in it do.
fn places_of(folder: &Path, name: &str) -> [(PathBuf, PathBuf); 2] {
    let own = folder.join(name);
    [
        (folder.join(format!("{name}.rs")), own.clone()),
        (own.join("mod.rs"), own),
    ]
}
